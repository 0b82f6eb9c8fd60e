"""Raw material for merchants: what shops are called, what they sell, who buys, which systems listen to them."""

from __future__ import annotations

from typing import NamedTuple

from servers.payments.records import EventKind


class Shop(NamedTuple):
    """Shops are first + second; products are make + thing ("Glazed Bowl") for a price in a range."""

    first: list[str]
    second: list[str]
    makes: list[str]
    things: list[str]
    low: float
    high: float


def _shop(first: str, second: str, makes: str, things: str, low: float, high: float) -> Shop:
    texts = (first, second, makes, things)
    return Shop(*([part.strip() for part in text.split(",")] for text in texts), low, high)


SHOPS = [
    _shop(
        "Kiln Lane, Red Clay, Salt Glaze, Old Harbour", "Pottery, Ceramics, Stoneware",
        "Glazed, Speckled, Tall, Small, Matte", "Bowl, Vase, Mug, Teapot, Planter, Plate", 12, 95),
    _shop(
        "Copperwheel, Northside, Velo, Two Rivers", "Cycles, Bike Works, Cycling",
        "City, Gravel, Touring, Junior, Cargo", "Service, Saddle, Wheelset, Helmet, Pannier, Brake Kit", 18, 320),
    _shop(
        "Morning Ridge, Blue Kettle, Cinnamon Street, Altura", "Roasters, Coffee, Coffee Works",
        "Ethiopian, Colombian, Sumatran, House, Decaf", "Beans 1kg, Espresso 250g, Filter Pack, Capsules", 7, 48),
    _shop(
        "Fernhill, Wild Thyme, Greenlane, Mossgate", "Nursery, Gardens, Garden Centre",
        "Dwarf, Climbing, Potted, Evergreen, Mature", "Maple, Rose, Fig, Lavender, Olive, Jasmine", 9, 180),
    _shop(
        "Paper Crane, Inkwell, Letterpress, Quarto", "Print, Press, Stationers",
        "Folded, Linen, Recycled, Foil, Letterpress", "Cards, Notebooks, Invitations, Posters, Labels", 14, 260),
    _shop(
        "Oakbridge, Plane & Chisel, Tallwood, Joiner's Yard", "Furniture, Woodworks, Joinery",
        "Oak, Walnut, Ash, Pine, Reclaimed", "Shelf, Stool, Desk, Bench, Side Table, Frame", 45, 640),
    _shop(
        "Sandbar, Tidewater, Little Lagoon, Northern Swell", "Surf School, Sailing, Watersports",
        "Beginner, Private, Family, Weekend, Sunset", "Lesson, Course, Board Hire, Boat Hire, Wetsuit Hire", 20, 240),
    _shop(
        "Pixelforge, Cloudberry, Bright Loop, Signalbox", "Software, Apps, Hosting",
        "Starter, Team, Studio, Archive, Premium", "Licence, Support Plan, Storage, Training, Backup", 9, 390),
    _shop(
        "Golden Hive, Stone Oven, Marigold, Quince & Rye", "Bakery, Pantry, Kitchen",
        "Wedding, Rye, Almond, Walnut, Apricot", "Cake, Hamper, Loaf Box, Tart, Biscuit Tin", 8, 190),
    _shop(
        "Third String, Rosewood, Open Chord, Reed & Bow", "Music, Instruments, Music School",
        "Violin, Guitar, Cello, Clarinet, Piano", "Lesson, Setup, Rental, Case, Tuning, Workshop", 22, 280),
]  # fmt: skip
EXTRAS = ["Gift Wrapping", "Express Delivery", "Home Delivery", "Extended Warranty", "Gift Voucher"]
COMPANY_KINDS = ["Interiors", "Catering", "Studio", "Hotel", "Events", "Architects", "Dental Practice", "Trading"]
MAIL_HOSTS = ["postbox.example", "mailhaven.example", "inbox.example", "letters.example"]
ALL_KINDS: list[EventKind] = ["invoice_created", "invoice_paid", "refund_issued", "payout_created"]
SYSTEMS: dict[str, list[EventKind]] = {
    "Warehouse Sync": ["invoice_paid", "refund_issued"],
    "Bookkeeping Export": ALL_KINDS,
    "Loyalty Points": ["invoice_paid", "refund_issued"],
    "Owner Alerts": ["refund_issued", "payout_created"],
    "Tax Archive": ["invoice_created", "invoice_paid", "refund_issued"],
    "Sales Dashboard": ["invoice_created", "invoice_paid"],
    "Cash Planner": ["invoice_paid", "payout_created"],
    "Delivery Desk": ["invoice_paid"],
}
