"""What a hungry customer would ask now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from typing import Any

from servers.food_delivery.menus import COMMENTS, KITCHENS, NOTES
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
NEW_LABELS = ["Cabin", "Sister", "Boathouse", "Clinic", "Rehearsal Room", "Warehouse", "Grandma", "Club"]
NEW_STREETS = ["4 Juniper Row", "31 Signal Hill", "77 Weaver Square", "9 Lantern Court", "118 Foundry Walk"]


def search_restaurants(look: Look) -> Arguments:
    if look.chance(0.4):
        return {"name": look.choose(_restaurants(look))["name"]}
    cuisine = look.choose(KITCHENS)
    serving = [_details(look, row) for row in look("search_restaurants", cuisine=cuisine)["restaurants"]]
    return {"cuisine": cuisine, "district": look.choose(look.choose(serving)["zone"])}


def get_restaurant_details(look: Look) -> Arguments:
    return {"restaurant_id": _restaurant(look)}


def search_dishes(look: Look) -> Arguments:
    restaurant = _restaurant(look)
    dish = look.choose(_menu(look, restaurant.id))
    if look.chance(0.4):
        return {"text": dish["name"]}
    if look.chance(0.5):
        return {"text": look.choose(dish["name"].split()), "restaurant_id": restaurant}
    tags = [tag for tag in ("vegan", "vegetarian", "seafood", "spicy") if _menu(look, restaurant.id, tag)]
    return {"tag": look.choose(tags), "restaurant_id": restaurant}


def view_food_cart(look: Look) -> Arguments:
    return {}


def add_dish_to_cart(look: Look) -> Arguments:
    quantity = look.rng.choice([1, 2, 2, 3, 4])
    return {"dish_id": _dish(look, quantity), "quantity": quantity}


def remove_dish_from_cart(look: Look) -> Arguments:
    return {"dish_id": _dish_in_cart(look)}


def list_food_coupons(look: Look) -> Arguments:
    return {"status": look.choose(["usable", "used", "expired"])} if look.chance(0.6) else {}


def apply_food_coupon(look: Look) -> Arguments:
    cart = look("view_food_cart")
    return {"code": _coupon(look, cart["subtotal"], cart["coupon"])}


def list_delivery_addresses(look: Look) -> Arguments:
    return {}


def add_delivery_address(look: Look) -> Arguments:
    saved = look("list_delivery_addresses")["addresses"]
    if len(saved) >= 8:
        raise NothingToAsk
    taken = {row["label"] for row in saved}
    district = look.choose(_details(look, look.choose(_restaurants(look)))["zone"])
    label = look.choose(label for label in NEW_LABELS if label not in taken)
    return {"label": label, "street": look.choose(NEW_STREETS), "district": district}


def place_food_order(look: Look) -> Arguments:
    cart = look("view_food_cart")
    if not cart["dishes"]:
        raise NothingToAsk
    restaurant = _details(look, cart)
    if cart["subtotal"] < restaurant["minimum_order"] or not _is_open(look, restaurant):
        raise NothingToAsk
    return {"address_id": _address(look, restaurant["zone"]), "note": look.choose(NOTES)}


def list_food_orders(look: Look) -> Arguments:
    if look.chance(0.2):
        return {}
    row = look.choose(look("list_food_orders", limit=60)["orders"])
    return {"restaurant": row["restaurant"]} if look.chance(0.6) else {"status": row["status"]}


def track_food_order(look: Look) -> Arguments:
    return {"order_id": _order(look, _running if look.chance(0.6) else _any)}


def cancel_food_order(look: Look) -> Arguments:
    return {"order_id": _order(look, _stoppable)}


def reorder_food_order(look: Look) -> Arguments:
    if look("view_food_cart")["dishes"]:
        raise NothingToAsk
    return {"order_id": _order(look, _repeatable)}


def tip_courier(look: Look) -> Arguments:
    return {"order_id": _order(look, _untipped), "amount": look.amount(1, 9)}


def rate_food_order(look: Look) -> Arguments:
    stars = look.rng.randrange(2, 6)
    return {"order_id": _order(look, _unrated), "stars": stars, "comment": look.choose(COMMENTS)}


def _restaurants(look: Look) -> list[Arguments]:
    return look("search_restaurants", limit=60)["restaurants"]


def _details(look: Look, row: Arguments) -> Arguments:
    return look("get_restaurant_details", restaurant_id=row["restaurant_id"])


def _menu(look: Look, restaurant_id: str | None, tag: str | None = None) -> list[Arguments]:
    wanted = {"tag": tag} if tag else {}
    return look("search_dishes", restaurant_id=restaurant_id, limit=60, **wanted)["dishes"]


def _is_open(look: Look, restaurant: Arguments) -> bool:
    found = look("search_restaurants", name=restaurant["name"], limit=60)["restaurants"]
    return any(row["open_now"] for row in found if row["restaurant_id"] == restaurant["restaurant_id"])


def _restaurant(look: Look) -> Reference:
    """A restaurant: by id, or by name (found by searching that name)."""
    known = look.recall("restaurant")
    if known and known.id:
        return known
    row = look.choose(_restaurants(look))
    if look.chance(0.3):
        says = (f"restaurant {row['restaurant_id']}", row["restaurant_id"])
        return Reference("restaurant", row["restaurant_id"], says, row=row)
    path = (Lookup("search_restaurants", {"name": row["name"]}),)
    return Reference("restaurant", row["restaurant_id"], (row["name"],), path, "restaurant_id", row)


def _dish(look: Look, quantity: int) -> Reference:
    """An available dish where the cart allows it: by id, by its name if no other has it, or by name and restaurant."""
    known = look.recall("dish")
    if known and _can_add(look, known.row, quantity):
        return known
    place = look("view_food_cart")["restaurant_id"]
    open_now = [row for row in _restaurants(look) if row["open_now"] and place in ("", row["restaurant_id"])]
    mentioned = look.recall("restaurant")
    there = [row for row in open_now if mentioned and row["restaurant_id"] == mentioned.id]
    restaurant = look.choose(there or open_now)
    row = look.choose(row for row in _menu(look, restaurant["restaurant_id"]) if _can_add(look, row, quantity))
    if there:
        path = (Lookup("search_dishes", {"text": row["name"], "restaurant_id": restaurant["restaurant_id"]}),)
        return Reference("dish", row["dish_id"], (f"{row['name']} from that restaurant",), path, "dish_id", row)
    if look.chance(0.3):
        return Reference("dish", row["dish_id"], (f"dish {row['dish_id']}", row["dish_id"]), row=row)
    if look("search_dishes", text=row["name"])["total"] == 1:
        path = (Lookup("search_dishes", {"text": row["name"]}),)
        return Reference("dish", row["dish_id"], (row["name"],), path, "dish_id", row)
    return _dish_at(row, restaurant)


def _dish_at(row: Arguments, restaurant: Arguments) -> Reference:
    """A dish by its name and its restaurant's: found restaurant, then what it has of that name."""
    path = (
        Lookup("search_restaurants", {"name": restaurant["name"]}),
        Lookup("search_dishes", {"text": row["name"], "restaurant_id": restaurant["restaurant_id"]}),
    )
    says = (f"{row['name']} from {restaurant['name']}", f"{row['name']} by {restaurant['name']}")
    return Reference("dish", row["dish_id"], says, path, "dish_id", row)


def _can_add(look: Look, row: Arguments, quantity: int) -> bool:
    """Whether these portions fit: the dish available, its restaurant open and the only one, twelve not exceeded."""
    if not row.get("available"):
        return False
    cart = look("view_food_cart")
    inside = sum(line["quantity"] for line in cart["dishes"] if line["dish_id"] == row["dish_id"])
    found = look("search_restaurants", name=row["restaurant"], limit=60)["restaurants"]
    open_now = any(place["open_now"] for place in found if place["name"] == row["restaurant"])
    return open_now and cart["restaurant"] in ("", row["restaurant"]) and inside + quantity <= 12


def _dish_in_cart(look: Look) -> Reference:
    """A dish of the cart: by id, or by name (found by viewing the cart)."""
    lines = {line["dish_id"]: line for line in look("view_food_cart")["dishes"]}
    known = look.recall("dish")
    if known and known.id in lines:
        return known
    row = look.choose(lines.values())
    if look.chance(0.3):
        return Reference("dish", row["dish_id"], (f"dish {row['dish_id']}", row["dish_id"]), row=row)
    says = (f"the {row['name']}", row["name"])
    return Reference("dish", row["dish_id"], says, (Lookup("view_food_cart", {}),), "dish_id", row)


def _coupon(look: Look, subtotal: float, applied: str) -> Reference:
    """A coupon the cart is large enough for: by code, or by what it is called (found by listing the usable ones)."""
    usable = look("list_food_coupons")["coupons"]
    fitting = {row["code"]: row for row in usable if row["minimum"] <= subtotal and row["code"] != applied}
    known = look.recall("coupon")
    if known and known.id in fitting:
        return known
    row = look.choose(fitting.values())
    if look.chance(0.4):
        return Reference("coupon", row["code"], (f"coupon {row['code']}", f"code {row['code']}"), row=row)
    says = (f"my {row['name']} coupon", f"the {row['name']} coupon")
    return Reference("coupon", row["code"], says, (Lookup("list_food_coupons", {}),), "code", row)


def _address(look: Look, zone: list[str]) -> Reference:
    """A saved address in the zone: by id, or by its label (found by listing the addresses)."""
    saved = {row["address_id"]: row for row in look("list_delivery_addresses")["addresses"] if row["district"] in zone}
    known = look.recall("address")
    if known and known.id in saved:
        return known
    row = look.choose(saved.values())
    if look.chance(0.25):
        return Reference("address", row["address_id"], (f"address {row['address_id']}", row["address_id"]), row=row)
    says = (f"my {row['label']} address", f"my address {row['label']}", f"the {row['label']} address")
    return Reference("address", row["address_id"], says, (Lookup("list_delivery_addresses", {}),), "address_id", row)


def _order(look: Look, fits: Any) -> Reference:
    """A food order: by id, or as the latest from a restaurant (found among the orders from it)."""
    known = look.recall("order")
    if known and known.id and known.id.startswith("FOD-") and fits(look, _track(look, known.id)):
        return known
    rows = look("list_food_orders", limit=60)["orders"]
    row = look.choose(row for row in rows if fits(look, _track(look, row["order_id"])))
    found = look("list_food_orders", restaurant=row["restaurant"])["orders"]
    newest = next((other for other in found if other["restaurant"] == row["restaurant"]), row)
    if look.chance(0.25) or newest not in found or not fits(look, _track(look, newest["order_id"])):
        return Reference("order", row["order_id"], (f"order {row['order_id']}", row["order_id"]), row=row)
    says = (f"my last order from {row['restaurant']}", f"the latest {row['restaurant']} order")
    path = (Lookup("list_food_orders", {"restaurant": row["restaurant"]}),)
    return Reference("order", newest["order_id"], says, path, "order_id", newest)


def _track(look: Look, order_id: str) -> Arguments:
    return look("track_food_order", order_id=order_id)


def _any(look: Look, order: Arguments) -> bool:
    return True


def _running(look: Look, order: Arguments) -> bool:
    return order["status"] not in ("delivered", "cancelled")


def _stoppable(look: Look, order: Arguments) -> bool:
    return order["status"] in ("placed", "confirmed", "preparing")


def _untipped(look: Look, order: Arguments) -> bool:
    return order["status"] == "delivered" and not order["tip"]


def _unrated(look: Look, order: Arguments) -> bool:
    return order["status"] == "delivered" and not order["rated"]


def _repeatable(look: Look, order: Arguments) -> bool:
    """Whether its restaurant is open and every dish of it is still to be had."""
    menu = {row["name"] for row in _menu(look, order["restaurant_id"]) if row["available"]}
    names = {text.split(" ", 1)[1] for text in order["dishes"]}
    return names <= menu and _is_open(look, _details(look, order))
