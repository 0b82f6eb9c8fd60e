"""Raw material for homes: rooms, what devices are called, who makes them, names of scenes and groups."""

from __future__ import annotations

from servers.iot_devices.records import Kind

ALWAYS = [("Living Room", 0, 26), ("Kitchen", 0, 15), ("Hallway", 0, 8), ("Bathroom", 1, 8), ("Main Bedroom", 1, 16)]
SOMETIMES = [
    *[("Study", 1, 11), ("Kids Room", 1, 13), ("Guest Room", 1, 14), ("Dining Room", 0, 18), ("Cellar", -1, 20)],
    *[("Attic", 2, 24), ("Laundry Room", -1, 9), ("Garage", 0, 20), ("Conservatory", 0, 16), ("Playroom", 1, 15)],
    *[("Music Room", 0, 14), ("Library", 0, 15), ("Pantry", 0, 6), ("Workshop", -1, 18), ("Landing", 1, 7)],
    *[("Garden Room", 0, 17), ("Dressing Room", 1, 8), ("Nursery", 1, 11)],
]
LIGHTS = """Ceiling Light,Floor Lamp,Desk Lamp,Reading Lamp,Wall Light,Pendant,LED Strip,Table Lamp,Night Light,
Spotlights,Corner Lamp,Lantern""".replace("\n", "").split(",")
PLUGS = """Coffee Machine,Fan,Aquarium,Fairy Lights,Dehumidifier,Printer,Kettle,Bread Maker,Heated Blanket,Amplifier,
Phone Charger,Tumble Dryer,Wine Fridge,Projector,Turntable,Egg Incubator""".replace("\n", "").split(",")
BLINDS = ["Roller Blind", "Skylight Blind", "Left Blind", "Right Blind", "Shutter"]
CAMERAS = ["Doorbell Camera", "Driveway Camera", "Garden Camera", "Porch Camera", "Terrace Camera", "Bike Shed Camera"]
SPEAKERS = ["Soundbar", "Radio", "Bookshelf Speaker", "Bedside Speaker", "Shower Speaker", "Party Speaker"]
VACUUMS = ["Rosie", "Dusty", "Biscuit", "Waffle", "Marble", "Pebble", "Crumbs", "Tumbleweed"]
DOORS = ["Patio Door", "Garden Door", "Side Door", "Terrace Door"]
MAKERS = ["Lumora", "Hearthly", "Nestor", "Brightwell", "Osmo", "Fjell", "Kanso", "Volt & Co"]
WORDS = ["Movie Night", "Reading", "Dinner", "Focus", "Party", "Sunrise", "Relax", "Homework", "Cleaning", "Gaming"]
NEW_SCENES = """Rainy Sunday,Board Games,Yoga,Late Dinner,Deep Work,Baking,Candlelight,Story Time,Siesta,Dance Floor,
Video Call,Piano Practice,Tea Time,Painting""".replace("\n", "").split(",")
NEW_AUTOMATIONS = """Someone came in,Night walk,Light the way,Cat on patrol,Hands full,Late return,Sleepwalker,
Delivery at the door,Quick snack,Early bird""".replace("\n", "").split(",")

WATTS: dict[Kind, list[float]] = {
    "light": [4, 6, 8, 9, 12, 15, 20],
    "plug": [8, 25, 40, 60, 120, 350, 900],
    "thermostat": [2.5, 3, 3.5],
    "camera": [4, 5, 6.5],
    "speaker": [8, 12, 18, 30],
}
HOURS: dict[Kind, tuple[float, float]] = {
    "light": (0.3, 6),
    "plug": (0.5, 9),
    "thermostat": (24, 24),
    "camera": (24, 24),
    "speaker": (0, 4),
}
"""How many hours a day such devices are used."""
DRAINS: dict[Kind, tuple[float, float]] = {
    "lock": (0.4, 1.5),
    "blind": (0.3, 1.2),
    "temperature_sensor": (0.1, 0.4),
    "humidity_sensor": (0.1, 0.4),
    "motion_sensor": (0.3, 1.0),
    "door_sensor": (0.2, 0.8),
}
"""Percent of battery a day."""
