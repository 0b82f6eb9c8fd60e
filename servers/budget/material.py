"""Raw material for household budgets: categories with what is bought in them, recurring bills, things saved for."""

from __future__ import annotations

from typing import NamedTuple

from servers.budget.records import Every


class Habit(NamedTuple):
    """A category: its usual limits, how many expenses a month, and what its payees are called in the end."""

    low: int
    high: int
    fewest: int
    most: int
    places: list[str]


def _habit(low: int, high: int, fewest: int, most: int, places: str) -> Habit:
    return Habit(low, high, fewest, most, [place.strip() for place in places.split(",")])


HABITS: dict[str, Habit] = {
    "Groceries": _habit(320, 620, 8, 12, "Market, Foods, Grocer, Farm Shop, Supermarket, Bakery"),
    "Dining Out": _habit(110, 280, 4, 7, "Kitchen, Trattoria, Noodle Bar, Bistro, Tavern, Grill"),
    "Coffee": _habit(30, 80, 4, 7, "Cafe, Espresso Bar, Roastery, Tea Room"),
    "Transport": _habit(60, 160, 4, 6, "Rail, Cabs, Bus Lines, Bike Share"),
    "Car": _habit(90, 240, 2, 5, "Fuel, Parking, Car Wash"),
    "Car Repairs": _habit(60, 200, 0, 2, "Garage, Tyres, Auto Service"),
    "Clothes": _habit(60, 180, 1, 3, "Clothing, Shoes, Outfitters, Tailors"),
    "Kids": _habit(80, 220, 2, 4, "Toys, Playhouse, Nursery Shop, Paper Shop"),
    "Kids Activities": _habit(50, 150, 1, 3, "Swim School, Music School, Climbing Hall, Zoo"),
    "Kids Clothes": _habit(40, 120, 1, 2, "Kidswear, Shoes, Outfitters"),
    "Pets": _habit(40, 130, 1, 3, "Pet Supplies, Veterinary, Aquatics"),
    "Health": _habit(50, 170, 1, 3, "Pharmacy, Dental, Physio, Opticians"),
    "Gifts": _habit(40, 130, 1, 3, "Flowers, Gift Shop, Chocolates, Books"),
    "Books": _habit(25, 80, 1, 3, "Books, Comics, Stationers"),
    "Hobbies": _habit(50, 160, 1, 4, "Craft Supplies, Guitars, Cycling, Yarns"),
    "Garden": _habit(30, 120, 1, 3, "Garden Centre, Nursery, Hardware"),
    "Household Goods": _habit(50, 150, 2, 4, "Home Store, Hardware, Linen House"),
    "Home Repairs": _habit(60, 240, 0, 2, "Plumbing, Electrics, Hardware, Glaziers"),
    "Weekend Trips": _habit(90, 300, 0, 3, "Guesthouse, Rail, Ferries, Camping"),
    "Culture": _habit(40, 120, 1, 4, "Cinema, Theatre, Museum, Concert Hall"),
    "Charity": _habit(20, 90, 1, 2, "Food Bank, Animal Shelter, Lifeboats"),
    "Hair and Beauty": _habit(30, 110, 1, 2, "Hairdressers, Barbers, Nail Bar"),
}
REPAIRS = {
    "Housing": ["Locksmiths", "Chimney Sweeps", "Window Cleaning", "Removals"],
    "Utilities": ["Boiler Service", "Gas Bottles", "Firewood", "Heating Oil"],
    "Subscriptions": ["Magazine Club", "Video Rental", "Sports Club", "Podcast Society"],
}
"""What is bought now and then in the categories of bills."""
ALWAYS = ["Groceries", "Dining Out"]
HOUSES = """Greenleaf Harbour Corner Linden Riverside Marigold Mill Station Bluebird Juniper Halloway Saffron Northside
Copper Kite Larkspur Vesper Anchor Sunny Lantern Rosewood Tamarind Fjord Ivy Meadow""".split()


class Bill(NamedTuple):
    """A recurring expense of a category: names to choose from, amounts, how often, whether the amount varies."""

    category: str
    names: list[str]
    low: int
    high: int
    every: Every = "monthly"
    varies: bool = False


BILLS = [
    Bill("Housing", ["Rent", "Mortgage", "Rent and Service Charge"], 640, 1450),
    Bill("Housing", ["Home Insurance", "Contents Insurance", "Liability Insurance"], 24, 95, "quarterly"),
    Bill("Utilities", ["Voltara Electricity", "Brightgrid Electricity", "Nordstrom Power"], 42, 120, varies=True),
    Bill("Utilities", ["Aqualine Water", "City Water", "Clearbrook Water"], 14, 42, varies=True),
    Bill("Utilities", ["Fibrenet Internet", "Swiftline Internet", "Lumo Broadband"], 24, 46),
    Bill("Utilities", ["Lumo Mobile", "Echo Mobile", "Family Mobile Plan"], 9, 48),
]
SUBSCRIPTIONS = [
    Bill("Subscriptions", ["Streamly", "Filmhouse Online", "Serial Stream"], 8, 18),
    Bill("Subscriptions", ["Pulse Gym", "Ironworks Gym", "Riverside Yoga"], 22, 49),
    Bill("Subscriptions", ["Daily Courier", "The Weekly Ledger", "Science Monthly"], 6, 32),
    Bill("Subscriptions", ["Cloudbox Storage", "Photo Vault"], 2, 10),
    Bill("Subscriptions", ["Tunewave", "Audiobook Club"], 7, 15),
    Bill("Subscriptions", ["Language Coach", "Chess Academy"], 9, 25),
    Bill("Subscriptions", ["Recipe Box", "Coffee Club", "Vegetable Box"], 18, 55),
    Bill("Subscriptions", ["Museum Pass", "Alpine Club", "Library Friends"], 35, 90, "yearly"),
]
GOALS = [
    *["Summer Trip", "Winter Trip", "New Bicycle", "Emergency Fund", "Piano", "Wedding Gift", "Laptop", "Car Fund"],
    *[
        "Kitchen Renovation",
        "Bathroom Renovation",
        "Sofa",
        "Language Course",
        "Camera",
        "Moving Costs",
        "Trip to Kyoto",
    ],
    *["Trip to Lisbon", "Dental Work", "Driving Licence", "Anniversary", "Garden Shed"],
]
