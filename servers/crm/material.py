"""Raw material for a sales world: what companies are called, what they buy, and what sales reps write down."""

from __future__ import annotations

from servers.crm.records import ActivityKind, Industry

NAMES = """Brightwater Nordlicht Altamar Kestrel Greenfield Solvik Castellan Marisol Ironbridge Lumen Harrow Vantage
Alpenrose Tideway Quercus Bluestone Orsted Fairholm Meridia Kaldor Sunvale Rivermark Estrela Northgate Tamarack
Copperhill Valmora Seabright Halden Monteverde Ashgrove Polaris""".split()
SUFFIXES: dict[Industry, list[str]] = {
    "energy": ["Energy", "Power", "Solar"],
    "food": ["Foods", "Bakeries", "Dairy"],
    "logistics": ["Logistics", "Freight", "Couriers"],
    "healthcare": ["Clinics", "Medical", "Care"],
    "retail": ["Stores", "Outfitters", "Market"],
    "construction": ["Construction", "Builders", "Timber"],
    "education": ["Academy", "Learning", "College"],
    "finance": ["Capital", "Insurance", "Advisors"],
    "tourism": ["Hotels", "Travel", "Resorts"],
    "machinery": ["Engineering", "Tools", "Robotics"],
    "software": ["Software", "Systems", "Analytics"],
    "media": ["Media", "Publishing", "Studios"],
}
BRANCHES = ["Services", "Nordic", "Iberia", "Group", "International", "Partners"]
TITLES = """Head of Purchasing,Managing Director,IT Manager,Operations Lead,Plant Manager,Office Manager,
Finance Director,Project Manager,Buyer,Chief of Staff,Facility Manager,Head of Sales""".replace("\n", "").split(",")
PRODUCTS = """Fleet sensors,Warehouse scanners,Cold chain monitors,Access control,Energy meters,Route planner,
Payroll module,Booking portal,Spare parts shop,Training package,Service desk,Label printers,Data warehouse,
Field tablets,Video wall,Climate control,Parking sensors,Loyalty cards,Dock scheduling,Water treatment,Fire alarms,
Visitor kiosks,Roof solar,Print management""".replace("\n", "").split(",")
FORMS = ["rollout", "pilot", "renewal", "extension", "upgrade", "framework contract", "replacement", "subscription"]
REGIONS = ["North", "South", "East", "West", "Key accounts"]
SUBJECTS: dict[ActivityKind, list[str]] = {
    "call": ["Discovery call", "Pricing call", "Check-in call", "Call about the contract", "Reference call"],
    "mail": ["Send the price list", "Send the proposal", "Send case studies", "Answer open questions",
             "Send the minutes"],
    "meeting": ["Product demo", "Kick-off workshop", "Site visit", "Negotiation meeting", "Quarterly review"],
    "task": ["Prepare the quote", "Check the credit rating", "Update the requirements", "Ask legal about terms",
             "Book the demo room"],
}  # fmt: skip
OUTCOMES = [
    "wants a second offer", "asked for a discount", "very interested, budget in spring", "left a voicemail",
    "needs approval from the board", "will decide after the trade fair", "likes us better than the rival",
    "asked for references", "moved to next month", "sent the signed papers", "worried about the delivery time",
    "wants a demo for the team", "talks to two other vendors", "happy with the pilot", "not reachable this week",
    "asked for a longer contract",
]  # fmt: skip
DISQUALIFIED_FOR = [
    "no budget this year",
    "too small",
    "student project",
    "competitor",
    "wrong number",
    "bought elsewhere",
]


def mail_name(name: str) -> str:
    """A full name as mail addresses spell it: "marta.wojcik"."""
    return ".".join(name.lower().replace("ó", "o").split())


def slug(company: str) -> str:
    return company.lower().replace(" ", "-")
