"""Raw material for the shop: per category what products are put together from, and what customers say of them."""

from __future__ import annotations

from typing import NamedTuple

from servers.shopping.records import Category, Country


class Shelf(NamedTuple):
    """A product is brand + line + noun ("Alder Merino Sweater"); each size costs a step more than the one before."""

    brands: list[str]
    lines: list[str]
    nouns: list[str]
    colours: list[str]
    sizes: list[str]
    low: int
    high: int
    kg: float
    step: float = 0.0


def _shelf(text: str, low: int, high: int, kg: float, step: float = 0.0) -> Shelf:
    parts = ([word.strip() for word in part.split(",") if word.strip()] for part in text.split("|"))
    return Shelf(*parts, low, high, kg, step)  # type: ignore[call-arg]


CLOTHES = "S, M, L, XL"
FEET = "38, 39, 40, 41, 42, 43, 44"
SHELVES: dict[Category, Shelf] = {
    "sweaters": _shelf(
        "Alder, Fjordwool, Marisol, Bramble, Kente & Co | Merino, Cable-Knit, Lambswool, Ribbed, Cotton"
        f"| Sweater, Cardigan, Hoodie, Vest | navy, oatmeal, forest, rust, charcoal | {CLOTHES}", 35, 120, 0.6),
    "jackets": _shelf(
        "Northpass, Alder, Kestrel, Tidewater, Yama | Rain, Down, Trail, Wax Cotton, Quilted"
        f"| Jacket, Parka, Coat, Anorak | black, olive, navy, mustard, sand | {CLOTHES}", 70, 290, 1.1),
    "shoes": _shelf(
        "Strider, Lumen, Pasos, Kestrel, Akwaba | Road, Trail, Canvas, Leather, Court"
        f"| Runner, Sneaker, Boot, Loafer | white, black, tan, teal, grey | {FEET}", 45, 180, 1.0),
    "bags": _shelf(
        "Tidewater, Nomada, Halden, Sora, Bramble | City, Weekend, Roll-Top, Commuter, Canvas"
        "| Backpack, Tote, Duffel, Sling | black, olive, terracotta, navy | 12 L, 18 L, 28 L", 35, 160, 0.9, 0.12),
    "lamps": _shelf(
        "Nordlys, Halden, Lucerna, Studio Oko, Hikari | Desk, Floor, Bedside, Pendant, Clip-On"
        "| Lamp, Light, Lantern | brass, black, white, sage |", 24, 210, 2.4),
    "cookware": _shelf(
        "Ferro, Casa Lume, Topf & Co, Minera, Donabe | Cast Iron, Enamel, Steel, Copper, Ceramic"
        "| Skillet, Saucepan, Casserole, Wok | | 20 cm, 24 cm, 28 cm", 28, 190, 2.8, 0.18),
    "bedding": _shelf(
        "Linnea, Dormir, Cloudrest, Halden, Anatolia | Linen, Percale, Flannel, Satin, Wool"
        "| Duvet Cover, Sheet Set, Blanket, Bedspread | white, blush, slate, sage | single, double, king",
        32, 170, 1.7, 0.25),
    "headphones": _shelf(
        "Auralis, Tonic, Bravura, Echo North, Onda | Studio, Sport, Wireless, Travel, Noise-Cancelling"
        "| Headphones, Earbuds, Headset | black, white, midnight blue, silver |", 30, 340, 0.4),
    "keyboards": _shelf(
        "Tecla, Keysmith, Auralis, Modo, Taipan | Compact, Mechanical, Low-Profile, Ergonomic, Silent"
        "| Keyboard, Numpad, Keyboard Kit | grey, black, cream, mint |", 22, 190, 0.8),
    "toys": _shelf(
        "Piccolo, Woodling, Brickton, Otterly, Tangram House | Wooden, Magnetic, Giant, Travel, Glow"
        "| Train Set, Puzzle, Marble Run, Building Blocks | | small, large", 9, 80, 1.2, 0.6),
    "garden": _shelf(
        "Verdant, Spade & Fork, Terra Nova, Halden, Oasis | Copper, Folding, Classic, Bamboo, Heavy-Duty"
        "| Watering Can, Planter, Trellis, Tool Set | green, grey, terracotta |", 12, 110, 3.0),
    "fitness": _shelf(
        "Pulse, Kestrel, Asana, Ironbark, Capoeira | Studio, Home, Travel, Everyday, Club"
        "| Yoga Mat, Dumbbells, Roller, Jump Rope | black, plum, lime, petrol |", 14, 150, 4.5),
    "coffee": _shelf(
        "Molino, Brewster, Casa Lume, Kaffa, Tostado | Compact, Travel, Classic, Studio, Barista"
        "| Grinder, Dripper, Kettle, French Press | steel, black, cream | small, large", 16, 180, 1.3, 0.2),
}  # fmt: skip

EDITIONS = ["II", "Mini", "Pro", "Plus", "Lite"]
HOMES: dict[Country, list[str]] = {
    "Austria": ["Graz", "Linz"], "Belgium": ["Ghent", "Antwerp"], "Denmark": ["Aarhus", "Odense"],
    "Estonia": ["Tallinn", "Tartu"], "Finland": ["Tampere", "Turku"], "France": ["Lyon", "Nantes"],
    "Germany": ["Bremen", "Dresden"], "Ireland": ["Cork", "Galway"], "Italy": ["Turin", "Bologna"],
    "Netherlands": ["Utrecht", "Leiden"], "Norway": ["Oslo", "Bergen"], "Poland": ["Gdansk", "Poznan"],
    "Portugal": ["Lisbon", "Porto"], "Spain": ["Bilbao", "Seville"], "Sweden": ["Malmö", "Uppsala"],
    "Switzerland": ["Basel", "Bern"],
}  # fmt: skip
LABELS = ["Office", "Old Office", "Parents", "Summer House", "Studio", "Sister", "Workshop", "Neighbour"]
COUPON_NAMES = """Spring Refresh,Payday,Welcome Back,Winter Warmers,Midnight Deal,Anniversary,Harvest,Birthday Treat,
Flash Friday,Cosy Season,Summer Splash,Newsletter,Studio Days,Lucky Seven,Garden Party,Early Bird""".replace(
    "\n", ""
).split(",")

PRAISE = ["great value", "better than in the pictures", "my favourite purchase this year", "use it every day",
          "solid and well made", "bought a second one", "looks lovely", "arrived quickly and well packed"]  # fmt: skip
DOUBT = ["fine for the price", "smaller than expected", "colour is a bit off", "took a while to get used to",
         "good but not great", "does the job", "instructions could be clearer", "a little heavy"]  # fmt: skip
BLAME = ["broke after a month", "smells odd", "nothing like the description", "scratched on arrival",
         "poor stitching", "sent it back", "stopped working", "would not buy again"]  # fmt: skip


def option_of(colour: str, size: str) -> str:
    """How a variant is told from its siblings: "navy, M"."""
    return ", ".join(part for part in (colour, size) if part)
