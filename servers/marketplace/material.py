"""Raw material for the marketplace: what people sell, and what they write to each other."""

from __future__ import annotations

import random
from typing import NamedTuple

from servers.marketplace.records import Category


class Corner(NamedTuple):
    """A title is make + thing, often with a remark ("Alpa Teak Sideboard, restored"); things have a usual price."""

    makes: list[str]
    things: list[tuple[str, int]]
    remarks: list[str]


def _corner(makes: str, things: str, remarks: str) -> Corner:
    priced = [thing.strip().rsplit(" ", 1) for thing in things.split(";")]
    return Corner(_split(makes), [(name, int(price)) for name, price in priced], _split(remarks))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";")]


CORNERS: dict[Category, Corner] = {
    "cameras": _corner(
        "Olden; Praktor; Zenova; Kagami; Rollin; Lumaflex",
        "Rangefinder Camera 280; Folding Camera 90; 50 mm Lens 140; Light Meter 45; Slide Projector 60; Film Camera 99",
        "with leather case; untested; recently serviced; with manual"),
    "bicycles": _corner(
        "Velora; Condor Hill; Gitana; Nordrad; Pista; Tandemo",
        "Road Bike 420; Touring Bike 380; Folding Bike 260; Cargo Bike 950; Wheelset 130; Bicycle Trailer 110",
        "serviced in spring; blue; new tyres; with lock"),
    "furniture": _corner(
        "Alpa; Bergson; Casa Mira; Danmo; Hovgaard; Teca",
        "Teak Sideboard 420; Rocking Chair 140; Oak Desk 190; Bookcase 85; Floor Mirror 70; Coffee Table 95",
        "restored; collection only; some scratches; 1960s"),
    "instruments": _corner(
        "Cordova; Harmonia; Silvane; Takumi; Orfeo; Balafon House",
        "Classical Guitar 220; Violin 480; Accordion 560; Ukulele 55; Stage Piano 640; Clarinet 260",
        "with case; new reeds and strings; student model; needs tuning"),
    "records": _corner(
        "Blue Canal; Night Ferry; Rai Nights; Orquesta Luz; Paper Lanterns; Fado Velho",
        "Live LP 18; First Pressing 60; Box Set 75; Picture Disc 25; Singles Collection 30; Debut Album 22",
        "sealed; gatefold; played once; signed"),
    "games": _corner(
        "Quartzo; Retroid; Pixelbox; Meeple Forge; Castellan; Go House",
        "Handheld Console 110; Board Game 28; Arcade Stick 70; Chess Set 40; Cartridge Bundle 65; Card Game 14",
        "complete; missing the manual; boxed; second edition"),
    "watches": _corner(
        "Helvar; Orient Bay; Meridiano; Tokei; Sarpan; Ebele",
        "Diver Watch 320; Pocket Watch 130; Chronograph 450; Dress Watch 180; Field Watch 110; Travel Clock 35",
        "with papers; new battery; running late; steel strap"),
    "outdoor": _corner(
        "Kestrel; Fjellvik; Sierra Azul; Tarp & Pole; Yurta; Boreal",
        "Two-Person Tent 150; Down Sleeping Bag 120; Kayak 430; Climbing Rope 50; Hiking Boots 65; Camp Stove 38",
        "used twice; checked last week; from last season; with bag"),
    "kitchen": _corner(
        "Ferro; Molino; Casa Lume; Donabe; Brasco; Tajine House",
        "Espresso Machine 240; Stand Mixer 160; Copper Pan Set 130; Pasta Maker 35; Enamel Teapot 22; Knife Block 60",
        "spotless; hardly used; one dent; with recipe book"),
    "clothing": _corner(
        "Alder; Northpass; Marisol; Kente & Co; Hanbok Lane; Tidewater",
        "Wool Coat 95; Leather Jacket 130; Silk Scarf 28; Denim Jacket 40; Evening Dress 75; Rain Boots 25",
        "size M; size L; never worn; vintage"),
    "tools": _corner(
        "Ironbark; Stahlhof; Toolsmith; Hataraku; Bricola; Volta",
        "Cordless Drill 75; Table Saw 260; Socket Set 45; Workbench 120; Hand Plane 50; Soldering Station 55",
        "boxed; sharpened; heavy; spare parts included"),
    "art": _corner(
        "Lindqvist; Okafor; Castillo; Nakamura; Moreau; Haddad",
        "Linocut 80; Harbour Watercolour 160; Ceramic Vase 60; Framed Poster 35; Bronze Figure 340; Charcoal Sketch 90",
        "signed; numbered; from an estate; small chip"),
}  # fmt: skip

DESCRIPTIONS = [
    "Selling because we are moving house.", "Inherited from an aunt, works well.", "Bought last year, hardly used.",
    "Some signs of wear, see pictures.", "From a smoke-free home.", "Can be collected or posted.",
    "No returns, please ask before you buy.", "Cleaned and checked last week.",
]  # fmt: skip
QUESTIONS = [
    "Is it still available?", "Could I pick it up on Saturday?", "Does it come with the original box?",
    "Would you post it abroad?", "Are there any scratches?", "How old is it?", "What are the exact measurements?",
    "Has it been repaired before?", "Can you send another picture?",
]  # fmt: skip
REPLIES = [
    "Yes, it is still here.", "Saturday works for me.", "No box, I'm afraid.", "I can post it anywhere in Europe.",
    "Only one small scratch on the back.", "It is about five years old.", "I will measure it tonight.",
    "Never repaired, everything is original.", "I have added a picture to the listing.",
]  # fmt: skip
PRAISE = ["as described", "quick and friendly", "well packed", "happy to deal again", "lovely item", "paid at once"]
BLAME = ["slow to answer", "not quite as described", "came late", "poorly packed", "took a while to pay"]


def title_and_worth(rng: random.Random, corner: Corner) -> tuple[str, float]:
    """Three in five carry a remark, so that plain and remarked ones have to be told apart."""
    thing, usual = rng.choice(corner.things)
    plain, worth = f"{rng.choice(corner.makes)} {thing}", usual * rng.triangular(0.45, 1.9, 0.9)
    return (f"{plain}, {rng.choice(corner.remarks)}" if rng.random() < 0.6 else plain), worth


def new_title_and_price(rng: random.Random, category: Category) -> tuple[str, int]:
    """What somebody else might put up for sale, without a remark."""
    thing, usual = rng.choice(CORNERS[category].things)
    return f"{rng.choice(CORNERS[category].makes)} {thing}", usual
