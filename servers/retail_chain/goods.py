"""Raw material for a chain: what its articles are called and cost, who supplies them, where its stores lie."""

from __future__ import annotations

from typing import NamedTuple

from servers.retail_chain.records import Category


class Shelf(NamedTuple):
    """Articles are variant + item ("Blue Enamel Mug"); an item costs from … to …."""

    items: list[tuple[str, float, float]]
    variants: list[str]


def _shelf(items: str, variants: str) -> Shelf:
    parts = [part.strip().rsplit(" ", 2) for part in items.split(",")]
    return Shelf([(name, float(low), float(high)) for name, low, high in parts], variants.split())


COLOURS = "Red Blue White Grey Green Black"
SHELVES: dict[Category, Shelf] = {
    "kitchen": _shelf(
        """Enamel Mug 6 14, Cast Iron Pan 28 75, Bread Knife 12 39, Salad Bowl 14 42, Pepper Mill 16 45,
        Measuring Jug 5 15, Tea Kettle 22 69, Oven Dish 15 48, Chopping Board 9 34""", COLOURS),
    "bath": _shelf(
        """Bath Towel 11 32, Soap Dish 5 18, Shower Curtain 14 35, Bath Mat 12 38, Laundry Basket 18 55,
        Toothbrush Holder 4 14, Shaving Mirror 15 60, Bathrobe 29 85""", "White Sand Teal Rose Slate Ivory"),
    "bedding": _shelf(
        """Linen Duvet Cover 49 139, Down Pillow 25 89, Fitted Sheet 15 45, Wool Blanket 35 120, Bedspread 39 110,
        Cotton Pillowcase 7 22, Mattress Topper 59 190""", "Single Double King Striped Plain Checked"),
    "garden": _shelf(
        """Watering Can 12 38, Pruning Shears 9 44, Plant Pot 5 49, Folding Chair 25 79, Seed Tray 4 14,
        Garden Hose 19 59, Bird Feeder 9 36, Parasol 35 149""", "Small Medium Large Galvanised Terracotta Olive"),
    "toys": _shelf(
        """Wooden Train 12 45, Puzzle 8 29, Plush Bear 9 35, Building Blocks 14 59, Kite 8 32, Tea Set 12 36,
        Balance Bike 45 119, Board Game 15 49""", "Forest Ocean Circus Safari Space Farm"),
    "stationery": _shelf(
        """Fountain Pen 9 69, Notebook 3 18, Desk Organiser 12 42, Wall Calendar 6 19, Letter Set 5 19,
        Pencil Case 5 24, Paper Trimmer 15 49, Ring Binder 3 11""", "Classic Marbled Navy Burgundy Recycled Slim"),
    "outdoor": _shelf(
        """Rain Jacket 39 149, Camping Stove 25 89, Trekking Pole 19 69, Sleeping Bag 39 189, Head Torch 12 55,
        Thermos Flask 14 42, Hammock 22 65, Dry Bag 9 36""", "Alpine Coastal Summit Trail Tundra Canyon"),
    "lighting": _shelf(
        """Table Lamp 22 95, Floor Lamp 49 189, Pendant Light 35 160, Lantern 9 45, Fairy Lights 6 25,
        Reading Light 12 49, Night Light 5 22""", "Brass Copper Opal Matte Oak Rattan"),
    "pets": _shelf(
        """Dog Bed 25 89, Cat Tree 35 149, Food Bowl 4 19, Dog Lead 7 29, Scratching Post 15 55, Bird Cage 39 119,
        Grooming Brush 5 21, Pet Carrier 19 69""", "Mini Soft Sturdy Deluxe Foldable Washable"),
    "luggage": _shelf(
        """Cabin Suitcase 45 179, Weekend Bag 35 129, Daypack 19 89, Packing Cubes 9 35, Toiletry Bag 8 32,
        Passport Wallet 7 29, Garment Bag 15 59""", "Cobalt Charcoal Tan Crimson Moss Canvas"),
}  # fmt: skip

SUPPLIERS = """Nordhaus Trading,Bellweather Goods,Costa e Filhos,Ravel & Sons,Amberline,Kestrel Imports,Tiko Works,
Lindholm Group,Maison Perrin,Oakridge Supply,Yamato Craft,Verde Mercantile,Halloran Brothers,Zeeland Wholesale,
Adana Tekstil,Polaris Home""".replace("\n", "").split(",")
PLACES = """Station,Harbour,Market Hall,Old Town,Riverside,Westgate,Arcade,University,Cathedral,Garden Mile,
Northpark,Exchange""".replace("\n", "").split(",")
CASES = [4, 6, 6, 8, 10, 12, 12, 20, 24]
