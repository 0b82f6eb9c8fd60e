"""Raw material for regions: how towns, districts, roads and places are called, and when places are open."""

from __future__ import annotations

from typing import NamedTuple

from servers.maps.records import Category, Kind, Weekday
from servers.names import STREETS

REGIONS = [
    ("Brackenford", 52.1042, -1.8123, 68_500),
    ("Portamar", 40.6118, -8.4906, 84_600),
    ("Haldenstadt", 49.2871, 9.7714, 72_800),
    ("Velmora", 44.0925, 11.1302, 80_100),
    ("Skogvik", 59.4410, 10.2217, 56_700),
    ("Tarnowiec", 50.3386, 19.6651, 71_200),
    ("Montrebeau", 45.8213, 3.9047, 77_700),
    ("Agia Mara", 38.4127, 22.6018, 87_300),
    ("Ravnsund", 56.2204, 9.4185, 62_000),
    ("Casteldoria", 41.2750, 14.3391, 83_800),
]
DISTRICTS = """Harbourside Oldtown Northgate Hillcrest Docklands Westpark Eastfield Southbank Millbrook Lakeside
Kingsway Fairview Greenwood Stonebridge Ashford Marlow Cathedral Weavers Orchards Limekiln Belvedere Highmoor Saltmarsh
Tannery Foundry Observatory Vineyards Sandgate Larchmont Quayside""".split()
STEMS = [
    *STREETS,
    *"""Alder Birch Maple Juniper Hazel Falcon Heron Otter Lark Weaver Potter Cooper Baker Saddler Granite Amber Silver
    Copper Cobalt Curie Darwin Galilei Kepler Nansen Tesla Noether Hypatia Mandela Neruda Tagore Lovelace Gandhi Kahlo
    Beethoven Chopin Vivaldi Sibelius Signal Lantern Windmill Beacon Ferry Anchor Granary Convent Arsenal Victory
    Liberty Union Jubilee Midsummer Winter Summit Ravine Brook Spruce Poplar Acacia Magnolia Primrose""".split(),
]
ROAD_KINDS: dict[Kind, list[str]] = {
    "avenue": ["Avenue", "Boulevard"],
    "street": ["Street", "Road"],
    "lane": ["Lane", "Close"],
    "bridge": ["Bridge"],
    "path": ["Path"],
}
LABELS: dict[Category, list[str]] = {
    "restaurant": ["Client lunch", "Date night", "Late dinner", "Grandma's birthday"],
    "cafe": ["Quiet desk", "Sunday breakfast", "Chess evening", "Coffee with Sam"],
    "bakery": ["Good bread", "Birthday cake"],
    "supermarket": ["Weekly shop", "Cheap groceries"],
    "pharmacy": ["Prescriptions"],
    "hospital": ["Dentist", "Physio", "Eye doctor"],
    "school": ["Choir", "Piano lesson", "Kids' school"],
    "library": ["Book club", "Study room"],
    "museum": ["Rainy afternoon"],
    "cinema": ["Film night"],
    "park": ["Running track", "Dog walk", "Picnic"],
    "hotel": ["Guests from abroad", "Board meeting"],
    "gym": ["Yoga", "Swimming", "Training"],
    "hairdresser": ["Haircut"],
    "bookshop": ["Birthday presents"],
    "petrol_station": ["Car wash"],
    "post_office": ["Parcel pick-up"],
    "train_station": ["Train to work"],
}
NEW_LABELS = """Keep in mind,Tip from Sam,Meeting point,Mum likes it,Next time,Ask for Lena,Back entrance,Near work,
Rainy day plan,Open late""".replace("\n", "").split(",")
FIRST_LIST = "Everyday"
LISTS = ["Favourites", "Want to go", "Weekend", "Errands", "Date nights", "With the kids", "Business", "Rainy days"]
NEW_LISTS = ["Summer", "Visitors", "Birthday", "Evenings", "Photo spots", "House hunting", "Sundays", "Team outing"]


class Trade(NamedTuple):
    """How places of a category are called (a stem and one of these, or a chain), how many, and when they are open."""

    endings: list[str]
    chains: list[str]
    count: int
    opens: tuple[str, ...]
    closes: tuple[str, ...]
    closed: tuple[tuple[Weekday, ...], ...] = ((),)


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _trade(
    endings: str,
    chains: str,
    count: int,
    opens: str,
    closes: str,
    *closed: tuple[Weekday, ...],
) -> Trade:
    return Trade(_list(endings), _list(chains), count, tuple(opens.split()), tuple(closes.split()), closed or ((),))


SUNDAY: tuple[Weekday, ...] = ("Sunday",)
WEEKEND: tuple[Weekday, ...] = ("Saturday", "Sunday")
MONDAY: tuple[Weekday, ...] = ("Monday",)
TRADES: dict[Category, Trade] = {
    "restaurant": _trade(
        "Table, Kitchen, Grill, Trattoria, Noodles, Tandoor, Bistro, Taverna", "Pasta Presto, Wok Lane", 46,
        "11:30 12:00 17:00", "22:00 23:00 00:30", (), (), MONDAY, SUNDAY),
    "cafe": _trade(
        "Coffee, Cafe, Roastery, Tea Room, Espresso Bar", "Bean Republic, Kaffi, Blue Door Cafe", 34,
        "07:00 07:30 08:30", "17:00 18:30 20:00", (), (), MONDAY),
    "bakery": _trade(
        "Bakery, Bread House, Patisserie", "Crust & Co, Golden Ear", 22, "06:00 06:30 07:00", "13:00 18:00 19:00",
        SUNDAY, MONDAY, ()),
    "supermarket": _trade("Market, Grocery, Foods", "Greenleaf Market, Fresco, Nordkauf", 26, "07:00 08:00",
        "20:00 21:00 22:00", SUNDAY, ()),
    "pharmacy": _trade("Pharmacy, Apothecary", "Linden Pharmacy, Medica", 20, "08:00 08:30 09:00", "18:00 19:00 20:00",
        SUNDAY, WEEKEND, ()),
    "hospital": _trade("Hospital, Clinic, Medical Centre", "", 8, "00:00", "24:00"),
    "school": _trade("Primary School, Secondary School, Music School", "", 20, "07:30 08:00", "15:30 17:00", WEEKEND),
    "library": _trade("Library, Reading Room", "", 9, "09:00 10:00", "18:00 20:00", SUNDAY, MONDAY),
    "museum": _trade("Museum, Gallery, House of Photography", "", 13, "10:00 11:00", "17:00 18:00", MONDAY, ()),
    "cinema": _trade("Cinema, Picture House", "Cinema Lux", 8, "14:00 16:00", "23:30 00:30"),
    "theatre": _trade("Theatre, Playhouse, Opera", "", 7, "17:00 18:00", "23:00", MONDAY, ()),
    "park": _trade("Park, Gardens, Playground", "", 18, "00:00", "24:00"),
    "hotel": _trade("Hotel, Inn, Guesthouse", "Staywell Hotel", 18, "00:00", "24:00"),
    "bank": _trade("Savings Bank, Credit Union", "Union Bank, Alder Bank", 14, "09:00", "16:00 17:00", WEEKEND),
    "gym": _trade("Gym, Climbing Hall, Fitness", "Pulse Gym", 14, "06:00 07:00", "22:00 23:00"),
    "hairdresser": _trade("Hair, Barber, Salon", "", 18, "09:00 10:00", "18:00 19:00", MONDAY, SUNDAY),
    "bookshop": _trade("Books, Bookshop", "Kessler Books", 11, "09:30 10:00", "18:00 19:00", SUNDAY),
    "petrol_station": _trade("Fuel, Service Station", "Shellpoint Fuel, Petrolux", 14, "00:00 05:00", "24:00"),
    "car_park": _trade("Car Park, Garage, Park and Ride", "", 16, "00:00", "24:00"),
    "post_office": _trade("Post Office", "", 9, "08:30 09:00", "17:00 18:00", WEEKEND, SUNDAY),
    "train_station": _trade("Station", "", 7, "00:00", "24:00"),
}  # fmt: skip
