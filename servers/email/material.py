"""Raw material for mail: companies, subjects and sentences that subjects and bodies are put together from."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["work", "bill", "travel", "news", "home"]


class Service(NamedTuple):
    """A company that writes automatically; one whose box is "no-reply" takes no answers."""

    name: str
    box: str
    kind: Kind
    subject: str
    line: str
    file: str = ""


def listed(text: str) -> list[str]:
    """The parts of a text between commas."""
    return [part.strip() for part in text.split(",")]


COMPANIES = listed(
    """Alderworks,Harbourline,Quillstone,Northgate Textiles,Bluefern Studio,Tessera Labs,Oakmere Legal,Sunday Foods,
Kiteline Media,Granary & Sons,Velvet Tram,Polder Energy,Mirador Clinics,Saltmarsh Films,Papaver Books,Ironbridge Tools,
Lumen Optics,Cobble Hotels,Driftwood Toys,Argent Insurance,Fjordline,Maple Archive,Castor Robotics,Juniper Schools"""
)
PROVIDERS = ["postbox.example", "inboxly.example", "letterbird.example"]
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

LABELS: dict[Kind, list[str]] = {
    "work": ["Clients", "Client contracts", "Projects", "Hiring", "Waiting", "Follow up", "Board", "Press"],
    "bill": ["Invoices", "Invoices paid", "Receipts", "Taxes", "Insurance"],
    "travel": ["Travel", "Trips", "Commute"],
    "news": ["Newsletters", "Reading", "Offers"],
    "home": ["Family", "Friends", "House", "School"],
}
HOW_MANY_LABELS: dict[Kind, int] = {"work": 3, "bill": 2, "travel": 1, "news": 1, "home": 2}

TOPICS = listed(
    """supplier contract,office move,pricing sheet,annual budget,hiring plan,trade fair stand,website relaunch,
insurance renewal,warehouse lease,customer survey,product brochure,training week,payroll change,security audit,
delivery schedule,store opening,packaging samples,photo shoot,spring catalogue,loyalty programme,data migration,
fire drill,parking permits,summer party,board slides,press release,returns policy,travel guidelines,machine upgrade,
quality report,partner agreement,translation job,visitor badges,solar panels,canteen menu,phone contracts,
research grant,interview panel,intern project,meeting minutes,stock count,cleaning rota,launch plan,demo kit"""
)
FORMS = listed(
    """Update on the {0},Feedback on the {0},Questions about the {0},Next steps for the {0},New draft of the {0},
Numbers for the {0},Deadline for the {0},Approval of the {0},Problem with the {0},Ideas for the {0},Notes on the {0},
Costs of the {0}"""
)
WORK_LINES = [
    "I went through the {topic} again and page {number} still lacks figures.",
    "Could you look over the {topic} before {day}?",
    "{company} asks for an answer about the {topic} by {day}.",
    "The total for the {topic} came to {money} euros, a little above what we planned.",
    "Please note that {person} takes over the {topic} while I am in {city}.",
    "The {topic} is still with {person}, so there is nothing to see yet.",
    "We agreed in {city} to split the {topic} into {number} parts.",
    "{person} found {number} open points in the {topic}, most of them small.",
    "Shall we talk about the {topic} on {day} at {hour}?",
    "Room {number} is booked on {day} so that we can finish the {topic}.",
    "The people at {company} liked our {topic} and want to see more of it.",
    "If nobody objects by {day}, I will order {number} more for the {topic}.",
]
WORK_ANSWERS = [
    "Thanks, {day} at {hour} suits me well.",
    "I agree, but {money} euros is the most we can spend.",
    "Let me ask {person} first and come back to you on {day}.",
    "Good catch, I corrected page {number}.",
    "Sorry for the late answer, I was in {city} until {day}.",
    "Can we move this to {day}? {company} needs me before.",
    "I would rather wait until {company} has signed.",
    "Done. {person} has the final version.",
    "I don't think {number} will be enough.",
]
HOME_ANSWERS = [
    "Lovely, {day} suits me.",
    "What a pity, I am in {city} until {day}.",
    "Count me in, and {person} too.",
    "Can we make it {day} instead?",
    "That made me laugh, thank you.",
    "I would pay {money} euros at most.",
    "See you at {hour} then.",
]
HOME_SUBJECTS = listed(
    """Dinner on {day}?,Photos from {city},A weekend in {city},Present for {person},Book club on {day},
Moving boxes,Watering the plants,Concert tickets for {day},The old bicycle,Recipe you asked for,
Choir rehearsal on {day},Garden party,Keys to the flat in {city},Hiking on {day},Second-hand piano,
School play on {day}"""
)
HOME_LINES = [
    "We are about {number} people and {person} brings dessert.",
    "The train from {city} gets in at {hour} on {day}.",
    "{person} says hello and still has your umbrella.",
    "I found {number} pictures that you will like.",
    "It should not cost more than {money} euros.",
    "Could you tell me by {day} whether you can come?",
    "Bring warm clothes, {city} is windy at this time of year.",
    "Do you remember the place near the station in {city}?",
    "I can pick you up at {hour}.",
]
SERVICES = [
    Service(
        "Voltara Energy", "no-reply", "bill", "Your electricity bill for {month}", "{money} euros are due.", "bill"
    ),
    Service(
        "Aqualine Water", "no-reply", "bill", "Water bill for {month}", "We charge {money} euros this month.", "bill"
    ),
    Service("Fibrenet", "billing", "bill", "Invoice for {month}", "Your line cost {money} euros.", "invoice"),
    Service("Lumo Mobile", "no-reply", "bill", "Phone invoice for {month}", "You used {number} gigabytes.", "invoice"),
    Service("Pulse Gym", "desk", "bill", "Membership fee for {month}", "{money} euros were collected.", "receipt"),
    Service("Kessler Books", "orders", "bill", "Your order of {number} books", "They cost {money} euros.", "receipt"),
    Service("Nordbahn", "no-reply", "travel", "Your ticket to {city}", "Departure on {day} at {hour}.", "ticket"),
    Service(
        "Cobalt Air", "no-reply", "travel", "Boarding pass for {city}", "Seat {number}, gate {number}.", "boarding"
    ),
    Service("Hotel Meridian", "desk", "travel", "Booking confirmed in {city}", "{number} nights for {money} euros."),
    Service("The Weekly Ledger", "no-reply", "news", "Ledger briefing of {day}", "Today: the {topic} boom in {city}."),
    Service("Streamly", "no-reply", "news", "What to watch in {month}", "{number} new films arrive on {day}."),
    Service("Harbour Museum", "hello", "news", "New exhibition in {month}", "{person} opens it on {day} at {hour}."),
    Service("City Library", "desk", "home", "Books due in {month}", "You have {number} books at home."),
    Service("Linden School", "office", "home", "Parent evening in {month}", "We meet on {day} at {hour}."),
]
SPAM = [
    ("Prize Desk", "winner@prize-desk.example", "You won {money} euros", "Claim within {number} hours."),
    ("Quick Loans", "offer@quick-loans.example", "Loan of {money} euros approved", "No questions asked."),
    ("Watch Outlet", "sale@watch-outlet.example", "Luxury watches {number} percent off", "Only until {day}."),
    ("Account Safety", "alert@account-safety.example", "Your account is locked", "Confirm your password by {day}."),
    ("Miracle Tea", "hello@miracle-tea.example", "Lose {number} kilos by {day}", "Doctors in {city} are amazed."),
    ("Crypto Friends", "join@crypto-friends.example", "{person} doubled {money} euros", "Ask how, before {day}."),
]
DRAFT_LINES = ["I wanted to ask about", "Here are my thoughts on", "Just a short note about", "I have news on"]
