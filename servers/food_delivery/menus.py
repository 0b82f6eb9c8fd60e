"""Raw material for menus: per cuisine how restaurants are called and what dishes are put together from."""

from __future__ import annotations

from typing import NamedTuple

from servers.food_delivery.records import Cuisine, Tag


class Kitchen(NamedTuple):
    """Names are first + second; dishes are filling + main ("Lamb Biryani") and sides as they stand."""

    first: list[str]
    second: list[str]
    fillings: list[str]
    mains: list[str]
    sides: list[str]


def _kitchen(first: str, second: str, fillings: str, mains: str, sides: str) -> Kitchen:
    return Kitchen(*([part.strip() for part in text.split(",")] for text in (first, second, fillings, mains, sides)))


KITCHENS: dict[Cuisine, Kitchen] = {
    "thai": _kitchen(
        "Lemongrass, Golden, Jasmine, Chiang Mai, Little", "Elephant, Orchid, Kitchen, Pavilion, Longtail",
        "Tofu, Prawn, Chicken, Duck", "Pad Thai, Green Curry, Massaman Curry, Basil Rice, Glass Noodles",
        "Papaya Salad, Mango Sticky Rice, Thai Iced Tea, Fish Cakes"),
    "indian": _kitchen(
        "Saffron, Copper, Royal, Malabar, Punjab", "Pot, Tandoor, Palace, Spice Box, Terrace",
        "Lamb, Chicken, Paneer, Chickpea", "Biryani, Tikka Masala, Korma, Vindaloo, Saag",
        "Garlic Naan, Vegetable Samosas, Mango Lassi, Dal Tadka"),
    "mexican": _kitchen(
        "Casa, La Buena, El Viejo, Rancho, Mercado", "Agave, Tortuga, Molino, Sombra, Lupita",
        "Carnitas, Black Bean, Chicken, Shrimp", "Burrito, Tacos, Quesadilla, Enchiladas, Bowl",
        "Guacamole, Churros, Street Corn, Horchata"),
    "japanese": _kitchen(
        "Sakura, Blue Crane, Kyoto, Moon, Hidden", "Bento, Ramen House, Counter, Garden, Noodle Bar",
        "Salmon, Chicken, Tofu, Tuna", "Donburi, Ramen, Teriyaki, Udon, Katsu Curry",
        "Miso Soup, Edamame, Matcha Mochi, Seaweed Salad"),
    "vietnamese": _kitchen(
        "Saigon, Hanoi, Red River, Banyan, Green Bamboo", "Street, Corner, Lantern, Bowl, Market",
        "Beef, Chicken, Lemongrass Tofu, Prawn", "Pho, Banh Mi, Vermicelli Bowl, Broken Rice, Clay Pot",
        "Summer Rolls, Iced Coffee, Lotus Salad, Banana Fritters"),
    "lebanese": _kitchen(
        "Cedar, Beirut, Byblos, Olive, Zaatar", "Grill, Table, Bakery, Courtyard, House",
        "Chicken, Lamb, Falafel, Halloumi", "Shawarma, Wrap, Rice Bowl, Platter, Manakish",
        "Hummus, Tabbouleh, Baklava, Fattoush"),
    "greek": _kitchen(
        "Aegean, White Island, Athena, Old Harbour, Ithaca", "Taverna, Grill, Souvlaki, Kitchen, Plate",
        "Pork, Chicken, Halloumi, Octopus", "Gyros, Souvlaki, Pita, Orzo, Skewers",
        "Greek Salad, Tzatziki, Dolmades, Honey Yoghurt"),
    "italian": _kitchen(
        "Trattoria, Osteria, Forno, Da, Piccola", "Vesuvio, Bellini, Marco, Ortica, Lucente",
        "Mushroom, Spicy Salami, Truffle, Clam", "Pizza, Risotto, Tagliatelle, Gnocchi, Calzone",
        "Tiramisu, Burrata, Minestrone, Focaccia"),
    "korean": _kitchen(
        "Seoul, Han River, Tiger, Jeju, Morning Calm", "Kitchen, Barbecue, Table, Chicken, Canteen",
        "Pork, Beef, Tofu, Squid", "Bibimbap, Bulgogi, Kimchi Stew, Japchae, Fried Rice",
        "Kimchi, Corn Dogs, Rice Cakes, Seaweed Rolls"),
    "chinese": _kitchen(
        "Jade, Happy, Sichuan, Pearl, Red", "Dragon, Wok, Dumpling House, Pagoda, Panda",
        "Duck, Pork, Tofu, Prawn", "Fried Rice, Chow Mein, Dumplings, Kung Pao, Hot Pot",
        "Spring Rolls, Wonton Soup, Sesame Balls, Smashed Cucumber"),
    "ethiopian": _kitchen(
        "Addis, Blue Nile, Axum, Sheba, Lalibela", "Injera, Table, Coffee House, Garden, Kitchen",
        "Lentil, Beef, Chicken, Chickpea", "Wot, Tibs, Firfir, Platter, Alicha",
        "Gomen, Sambusa, Spiced Coffee, Timatim Salad"),
    "peruvian": _kitchen(
        "Lima, Inca, Andes, Condor, Casa", "Cevicheria, Grill, Cocina, Terraza, Verde",
        "Chicken, Sea Bass, Beef, Quinoa", "Ceviche, Saltado, Anticuchos, Chaufa, Causa",
        "Yuca Fries, Chicha Morada, Alfajores, Corn Tamale"),
    "burgers": _kitchen(
        "Smoky, Big, Brick Lane, Double, Rusty", "Bun, Patty, Burger Works, Barrel, Grill",
        "Bacon, Halloumi, Black Bean, Chicken", "Burger, Double Burger, Melt, Sandwich, Smash Burger",
        "Sweet Potato Fries, Onion Rings, Vanilla Shake, Coleslaw"),
    "breakfast": _kitchen(
        "Early, Sunny, Yellow, Copper, Little", "Bird, Spoon, Kettle, Toast, Griddle",
        "Salmon, Avocado, Bacon, Mushroom", "Bagel, Omelette, Toast, Benedict, Hash",
        "Banana Pancakes, Granola Bowl, Flat White, Cinnamon Bun"),
}  # fmt: skip

VEGAN = ["Tofu", "Black Bean", "Chickpea", "Falafel", "Lentil", "Quinoa", "Avocado"]
VEGETARIAN = ["Paneer", "Halloumi", "Mushroom", "Truffle"]
SEAFOOD = ["Prawn", "Shrimp", "Salmon", "Tuna", "Octopus", "Clam", "Squid", "Sea Bass"]
SPICY = ["Curry", "Vindaloo", "Kimchi", "Kung Pao", "Spicy", "Sichuan", "Papaya", "Anticuchos", "Wot"]

DISTRICTS = """Riverside Oldtown Northgate Hillcrest Docklands Westpark Eastfield Southbank Millbrook Lakeside Kingsway
Fairview Greenwood Stonebridge Ashford Marlow""".split()
LABELS = ["Home", "Office", "Gym", "Studio", "Parents", "Allotment", "Library", "Workshop"]
COUPON_NAMES = """Noodle Week,Rainy Day,Lunch Break,Movie Night,Picnic Season,Green Monday,Family Feast,Late Supper,
Game Day,Sunday Brunch,Street Food,Harvest Table,Curry Club,Soup Weather,Birthday Treat,Payday Dinner""".replace(
    "\n", ""
).split(",")
COMMENTS = ["arrived warm", "lovely portions", "a bit too salty", "the soup had leaked", "best in town", "very slow"]
NOTES = ["ring the bell twice", "no cutlery please", "leave it at the door", "extra napkins", "call on arrival"]


def tags_of(dish: str) -> tuple[Tag, ...]:
    """What a dish's name says about it."""
    tags: list[Tag] = []
    if any(word in dish for word in VEGAN):
        tags.append("vegan")
    if tags or any(word in dish for word in VEGETARIAN):
        tags.append("vegetarian")
    if any(word in dish for word in SEAFOOD):
        tags.append("seafood")
    if any(word in dish for word in SPICY):
        tags.append("spicy")
    return tuple(tags)
