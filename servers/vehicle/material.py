"""Raw material for a car's life: models, destinations, charging stations, faults, services and what it can play."""

from __future__ import annotations

from servers.vehicle.records import MediaKind, Network, PlaceKind, Severity

MODELS = [
    ("Kestrel 4 Long Range", 74.0, 150), ("Kestrel 4", 58.0, 120), ("Nordwind Touring", 82.0, 170),
    ("Lumen City", 44.0, 80), ("Asteria GT", 92.0, 220), ("Volta Kombi", 64.0, 125), ("Mistral SUV", 78.0, 160),
]  # fmt: skip
NETWORKS: list[Network] = ["Voltara", "Ampero", "Nordlade", "Sparkway", "Citywatt"]
DISTRICTS = """Riverside Oldtown Northgate Hillcrest Docklands Westpark Eastfield Southbank Millbrook Lakeside Kingsway
Fairview Greenwood Stonebridge Ashford Marlow Highmoor Saltmarsh Limekiln Vineyards""".split()
PLACES: dict[PlaceKind, list[str]] = {
    "work": ["Office", "Warehouse", "Client Bergström", "Client Okafor & Sons", "Training Centre", "Trade Fair"],
    "family": ["Grandma", "Parents", "Aunt Rosa", "Uncle Kofi", "Sister's flat", "Cousin Mei"],
    "shop": [
        "Greenleaf Market",
        "Greenleaf Market South",
        "Nordic Home",
        "Garden Centre",
        "Farm Shop",
        "Hardware Store",
    ],
    "doctor": ["Riverside Dental", "Dr Abebe", "Eye Clinic", "Vet Lindqvist", "Physio Studio"],
    "school": ["Primary School", "Music School", "Kindergarten", "Language School"],
    "sport": ["Climbing Hall", "Pulse Gym", "Swimming Pool", "Tennis Club", "Football Ground", "Rowing Club"],
    "restaurant": ["Trattoria Nonna", "Saffron House", "Noodle Lane", "Taverna Ithaca", "Blue Door Cafe"],
    "travel": ["Airport", "Central Station", "Lake Cabin", "Ferry Terminal", "Campsite", "Lighthouse"],
}
NEW_PLACES = [
    "Mushroom forest", "Sunset viewpoint", "Antique dealer", "Canoe pier", "Picnic meadow", "Quiet car park",
    "Apple orchard", "Flea market", "Stargazing hill", "Dog beach", "Sledging slope", "Bike trail start",
]  # fmt: skip
NOTES = [
    "client visit", "trade fair", "school run", "site inspection", "airport transfer", "supplier meeting",
    "weekly shop", "training day", "handover of samples", "interview in town",
]  # fmt: skip
FAULTS: list[tuple[str, str, Severity]] = [
    ("P0A1F", "battery coolant low", "warning"), ("P0C73", "coolant pump performance", "warning"),
    ("B1245", "rear camera signal lost", "info"), ("C1A32", "brake fluid level", "critical"),
    ("U0131", "no contact to power steering", "critical"), ("B2297", "tailgate sensor", "info"),
    ("P1E00", "charge port temperature", "warning"), ("C0750", "tyre pressure sensor", "info"),
    ("B10A6", "seat heater driver", "info"), ("P0D2F", "drive motor temperature", "critical"),
    ("U3003", "low voltage battery", "warning"), ("B1A98", "wiper motor", "warning"),
    ("C1234", "wheel speed sensor front left", "warning"), ("B1F08", "parking sensor rear", "info"),
]  # fmt: skip
REMINDERS = [
    "Brake inspection", "Cabin air filter", "Tyre rotation", "General inspection", "Wiper blades", "Coolant change",
    "Winter tyres", "Brake fluid change", "Key battery", "Air conditioning service",
]  # fmt: skip
VISITS = [
    ("Annual service", 240.0), ("Tyre change", 60.0), ("Brake pads", 310.0), ("Software update", 0.0),
    ("Windscreen repair", 120.0), ("Cabin air filter", 75.0), ("Wheel alignment", 95.0), ("Recall: tailgate", 0.0),
    ("Battery health check", 50.0), ("Body repair", 680.0),
]  # fmt: skip
WORKSHOPS = ["Autohaus Keller", "Garage Moreau", "Riverside Motors", "Officina Ferrari & Figli", "Nowak Service"]
MEDIA: dict[MediaKind, list[str]] = {
    "radio": [
        "Radio Meridian", "Radio Meridian Jazz", "Harbour FM", "Nordic Classics", "City News 24", "Radio Sol",
        "Campus Radio", "Wave 88",
    ],
    "album": [
        "Blue Atlas", "Songs from the Ferry", "Nocturnes for Cello", "Lagos Nights", "Paper Lanterns", "Slow Rivers",
        "Fado at Midnight", "Electric Orchard", "Songs from the Attic",
    ],
    "podcast": [
        "Deep Field", "The Patient Gardener", "History on Foot", "Money Plainly", "Kitchen Chemistry", "Two Left Feet",
        "Cold Cases North", "Everyday Physics",
    ],
    "video": ["Otters of the Coast", "Learn Portuguese", "Cartoon Express", "Mountain Railways", "Stand-up Special"],
}  # fmt: skip
