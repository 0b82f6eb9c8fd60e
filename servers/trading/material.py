"""Raw material for a stock exchange: what companies and funds are called, sector by sector, and their symbols."""

from __future__ import annotations

import random

from servers.trading.records import Sector

FIRST = """Nordwind Halcyon Kestrel Alder Tessera Meridian Solvane Brightwater Ostrava Quillon Farrow Corvus Lumen
Castell Ardent Vireo Montclair Sable Harrow Zephyra Kintaro Bellwether Orinoco Tamarind Ironbark Calder Sunda Juniper
Everline Novara Granite Peregrine Oakhaven Teluk Aurelia Baltica Cinder Drava Fenwick Galatea Hinode Ibarra Jorvik
Kilima Larkspur Mistral Nankai Okavango Pinecrest Rhodes Silverbay Tierra Umbra Valmora Westray Yarrow""".split()
TRADES: dict[Sector, list[str]] = {
    "technology": ["Semiconductors", "Software", "Robotics", "Networks", "Cloud Systems"],
    "energy": ["Energy", "Petroleum", "Solar", "Wind Power"],
    "health": ["Pharma", "Biotech", "Diagnostics", "Medical Devices"],
    "finance": ["Bank", "Insurance", "Capital", "Leasing"],
    "industry": ["Engineering", "Aerospace", "Machine Tools", "Shipyards"],
    "consumer": ["Foods", "Brands", "Apparel", "Breweries", "Toys"],
    "transport": ["Airlines", "Logistics", "Rail", "Shipping"],
    "materials": ["Steel", "Mining", "Chemicals", "Paper"],
    "utilities": ["Water", "Power Grid", "Gas Networks"],
    "property": ["Properties", "Housing", "Retail Parks"],
}
FUND_HOUSES = ["Northgate", "Compass", "Sternfeld", "Bluepeak", "Carillon", "Tradewind"]
FUNDS: dict[str, Sector] = {
    "World Index": "broad_market",
    "Europe 600": "broad_market",
    "Emerging Markets": "broad_market",
    "Small Caps": "broad_market",
    "Dividend Income": "broad_market",
    "Clean Energy": "energy",
    "Global Health": "health",
    "Chip Makers": "technology",
    "Real Estate": "property",
    "Metals and Mining": "materials",
    "Infrastructure": "utilities",
    "Banks of Asia": "finance",
}


def company_names(rng: random.Random, count: int) -> dict[str, Sector]:
    """Distinct names with their sectors; about one in six shares its first word with an earlier one."""
    sectors = list(TRADES)
    fresh = iter(rng.sample(FIRST, len(FIRST)))
    names: dict[str, Sector] = {}
    while len(names) < count:
        sector = sectors[len(names) % len(sectors)]
        shared = names and rng.random() < 0.16
        first = rng.choice(list(names)).split()[0] if shared else next(fresh)
        names[f"{first} {rng.choice(TRADES[sector])}"] = sector
    return names


def fund_names(rng: random.Random, count: int) -> dict[str, Sector]:
    """Distinct funds; the same index is often offered by two houses."""
    names: dict[str, Sector] = {}
    while len(names) < count:
        theme = rng.choice(list(FUNDS))
        names[f"{rng.choice(FUND_HOUSES)} {theme}"] = FUNDS[theme]
    return names


def symbol_of(rng: random.Random, name: str, taken: set[str]) -> str:
    """A free symbol of four letters that sounds like the name: "Nordwind Energy" is NOEN, or NORE, or …"""
    first, second, *_ = name.upper().replace("6", "S").split()
    for symbol in (first[:2] + second[:2], first[:3] + second[:1], first[:1] + second[:3]):
        if symbol not in taken:
            return symbol
    while (symbol := first[:2] + "".join(rng.choices("ABCDEFGHKLMNPRSTVWXZ", k=2))) in taken:
        pass
    return symbol
