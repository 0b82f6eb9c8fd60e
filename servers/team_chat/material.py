"""Raw material for the workspace: channels, what they are about, and what is said in them."""

from __future__ import annotations

TEAMS = {
    "Design": ["Designer", "Illustrator", "Design lead"],
    "Engineering": ["Developer", "Senior developer", "Test engineer", "Engineering lead"],
    "Sales": ["Account manager", "Sales lead", "Sales assistant"],
    "Support": ["Support agent", "Support lead"],
    "Marketing": ["Copywriter", "Campaign manager", "Marketing lead"],
    "Finance": ["Accountant", "Controller"],
    "People": ["Recruiter", "Office manager"],
}
CITIES = {
    "Lisbon": 0,
    "Leeds": 0,
    "Oslo": 1,
    "Lyon": 1,
    "Tampere": 2,
    "Nairobi": 2,
    "Pune": 5,
    "Recife": -3,
    "Boston": -5,
}
PROJECTS = """falcon heron kestrel magpie osprey plover puffin raven robin sparrow starling swift wren lark ibis
crane""".split()
STAGES = {"launch": "Getting {0} out of the door", "design": "Screens and texts of {0}", "feedback": "What people say"}
COMPANY = {
    "general": "News and questions for everybody",
    "random": "Anything that is not work",
    "help-desk": "Broken laptops and lost passwords",
    "kudos": "Thank somebody",
}
TEAM_TOPICS = {
    "design": "Drafts, colours, type",
    "engineering": "Code and releases",
    "sales": "Leads and closed deals",
    "support": "Hard tickets",
    "marketing": "Campaigns and texts",
    "finance": "Budgets and invoices",
    "people": "Hiring and holidays",
}
HOBBIES = {
    "book-club": "One novel a month",
    "running": "Lunch runs and races",
    "cooking": "Recipes worth trying",
    "plants": "Cuttings to give away",
    "photography": "Your best shots",
    "board-games": "Game nights",
    "parents": "School, naps, travel",
    "music": "What are you listening to?",
    "cycling": "Routes and repairs",
    "gardening": "Tomatoes and more",
}
PRIVATE = {
    "hiring": "Candidates",
    "salary-round": "Numbers for the next round",
    "incident-room": "Only while something is broken",
    "offsite-planning": "Where to go in spring",
    "press-crisis": "Answers to journalists",
    "reorganisation": "Who sits where",
    "supplier-talks": "Contracts being negotiated",
}
TOPICS = """checkout page,billing export,welcome email,search index,holiday calendar,price list,login screen,
mobile menu,data import,status page,customer survey,test server,invoice template,onboarding guide,cookie banner,
spring campaign,newsletter,help articles,demo account,call script,photo archive,address form,error report,
meeting notes,sales deck,type scale,icon set,release notes,trade fair,travel policy""".replace("\n", "").split(",")
WORK = [
    "The {topic} is ready for review.",
    "Who can look at the {topic} before {day}?",
    "I moved the {topic} to {day} because {person} is away.",
    "We had {number} complaints about the {topic} since {day}.",
    "The {topic} broke again at {hour}, I am on it.",
    "{person} and I rewrote the {topic}, {number} pages shorter now.",
    "Reminder: the {topic} freezes on {day} at {hour}.",
    "Can somebody send me the old {topic}?",
    "Good news, the {topic} is live in {city}.",
    "I counted {number} open questions about the {topic}.",
    "The customer in {city} wants the {topic} in two languages.",
    "Let us drop the {topic} until {day}.",
]
SOCIAL = [
    "Anybody free on {day} at {hour}?",
    "I have {number} tickets for {day}, who wants one?",
    "Greetings from {city}, it is raining here.",
    "{person} beat me again yesterday, by {number} points.",
    "The place near the station in {city} is worth a visit.",
    "We are {number} people so far, next meeting on {day}.",
    "Look what {person} brought from {city}!",
    "Does anyone have a spare bag for {day}?",
    "My record is {number}, what is yours?",
    "Cake in the kitchen at {hour}, made by {person}.",
]
NEWS = [
    "The office in {city} is closed on {day}.",
    "Please welcome {person}, who joins us on {day}.",
    "We signed {number} new customers in {city} this week.",
    "All-hands meeting on {day} at {hour}.",
    "New laptops arrive on {day}; write to {person} if yours is slow.",
    "Parking in {city} costs {number} euros from {day}.",
    "The fire drill takes place on {day} at {hour}.",
]
DIRECT = [
    "Do you have {number} minutes at {hour}?",
    "Thanks for your help with the {topic}!",
    "Can you cover for me on {day}?",
    "I sent you the {topic}.",
    "Are you in {city} on {day}?",
    "{person} asked me about the {topic}, what shall I say?",
    "Running {number} minutes late, sorry.",
    "Coffee on {day}?",
]
ANSWERS = [
    "On it.",
    "I can do that on {day}.",
    "Ask {person}, they did it last time.",
    "Not before {day}, sorry.",
    "Agreed.",
    "Why only {number}?",
    "Great, thank you!",
    "See you at {hour}.",
    "Same here in {city}.",
    "Could you share a picture?",
    "Done, please check.",
    "I would rather wait for {person}.",
]
STATUSES = [
    *["In a workshop", "On holiday", "Out sick", "Focus time", "At the dentist", "Travelling to {city}"],
    *["Working from {city}", "On a call", "At lunch", "Parental leave"],
]
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday".split()
