"""What a customer would ask of this shop now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference
from servers.shopping.material import BLAME, DOUBT, HOMES, PRAISE, SHELVES
from servers.shopping.seed import gift_codes_of

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
NEW_LABELS = ["Cabin", "Boathouse", "Clinic", "Grandma", "Club", "Atelier", "Allotment", "Flatmate"]
NEW_STREETS = [
    "4 Juniper Row", "31 Signal Hill", "77 Weaver Square", "9 Lantern Court", "118 Foundry Walk", "52 Heron Quay",
    "16 Almond Terrace", "203 Kiln Road",
]  # fmt: skip
REASONS = ["wrong_size", "damaged", "not_as_described", "arrived_too_late", "changed_my_mind"]
GIFT_CARDS_TO_REDEEM = 3
MOST_OF_ONE = 10
TRIES = 12


def find_products(look: Look) -> Arguments:
    row = look.choose(_shelf(look))
    if look.chance(0.35):
        return {"text": look.choose([row["name"], " ".join(row["name"].split()[-2:])])}
    if look.chance(0.5):
        return {"category": row["category"], "max_price": _round(row["price_from"])}
    return {"category": row["category"], "sort": look.choose(["best_rated", "cheapest", "newest"])}


def get_product(look: Look) -> Arguments:
    return {"product_id": _product(look)}


def list_product_reviews(look: Look) -> Arguments:
    product = _product(look)
    found = look("list_product_reviews", product_id=product.id, limit=50)["reviews"]
    if found and look.chance(0.4):
        return {"product_id": product, "stars": look.choose(found)["stars"]}
    return {"product_id": product}


def write_product_review(look: Look) -> Arguments:
    stars = look.rng.choice([1, 2, 3, 4, 4, 5, 5])
    words = PRAISE if stars > 3 else DOUBT if stars > 2 else BLAME
    return {"product_id": _delivered_product(look), "stars": stars, "text": look.choose(words)}


def view_shop_cart(look: Look) -> Arguments:
    return {}


def add_to_shop_cart(look: Look) -> Arguments:
    quantity = look.rng.choice([1, 1, 1, 2, 3])
    inside = {line["variant_id"]: line["quantity"] for line in look("view_shop_cart")["lines"]}

    def fits(row: Arguments) -> bool:
        wanted = inside.get(row["variant_id"], 0) + quantity
        return wanted <= min(_now(look, row)["stock"], MOST_OF_ONE) and not _was_in(look, row, "available")

    variant = _variant(look, fits)
    return {"variant_id": variant, "quantity": quantity} if quantity > 1 else {"variant_id": variant}


def remove_from_shop_cart(look: Look) -> Arguments:
    variant = _listed(look, "view_shop_cart", "lines")
    inside = next(row["quantity"] for row in look("view_shop_cart")["lines"] if row["variant_id"] == variant.id)
    if inside > 1 and look.chance(0.7):
        return {"variant_id": variant, "quantity": look.rng.randrange(1, inside)}
    return {"variant_id": variant}


def list_shop_coupons(look: Look) -> Arguments:
    return {"status": look.choose(["usable", "used", "expired"])} if look.chance(0.6) else {}


def apply_shop_coupon(look: Look) -> Arguments:
    return {"code": _coupon(look)}


def redeem_shop_gift_card(look: Look) -> Arguments:
    redeemed = look("get_shop_account")["redeemed_gift_cards"]
    codes = gift_codes_of(look.seed)[:GIFT_CARDS_TO_REDEEM]
    return {"code": look.choose(code for code in codes if code[-4:] not in redeemed)}


def get_shop_account(look: Look) -> Arguments:
    return {}


def add_shop_address(look: Look) -> Arguments:
    saved = look("get_shop_account")["addresses"]
    if len(saved) >= 8:
        raise NothingToAsk
    taken = {row["label"] for row in saved}
    label, country = look.choose(label for label in NEW_LABELS if label not in taken), look.choose(HOMES)
    return {
        "label": label,
        "street": look.choose(NEW_STREETS),
        "city": look.choose(HOMES[country]),
        "country": country,
    }


def list_shipping_methods(look: Look) -> Arguments:
    return {"address_id": _address(look)}


def checkout_shop_cart(look: Look) -> Arguments:
    cart, account = look("view_shop_cart"), look("get_shop_account")
    if not cart["lines"] or not all(line["available"] for line in cart["lines"]):
        raise NothingToAsk
    if cart["coupon"] and not cart["discount"]:
        raise NothingToAsk
    address = _address(look)
    methods = look("list_shipping_methods", address_id=address.id)["methods"]
    arguments = {"address_id": address, "shipping": look.choose(methods)["method"]}
    if account["store_credit"] and look.chance(0.4):
        arguments["pay_with"] = "store_credit"
    points = min(account["points"], int(100 * cart["total"])) // 100
    if points and look.chance(0.4):
        arguments["points"] = 100 * look.rng.randrange(1, min(points, 30) + 1)
    return arguments


def list_shop_orders(look: Look) -> Arguments:
    row = look.choose(look("list_shop_orders", limit=50)["orders"])
    if look.chance(0.15):
        return {}
    if look.chance(0.4):
        return {"product": look.choose(row["items"])}
    return {"status": row["status"]} if look.chance(0.6) else {"since": row["placed"][:10]}


def get_shop_order(look: Look) -> Arguments:
    return {"order_id": _order(look, lambda row: True)}


def cancel_shop_order(look: Look) -> Arguments:
    return {"order_id": _order(look, lambda row: row["status"] in ("placed", "packed"))}


def request_return(look: Look) -> Arguments:
    item = _item(look)
    arguments = {"item_id": item, "reason": look.choose(REASONS)}
    if item.row["returnable"] > 1 and look.chance(0.7):
        arguments["quantity"] = look.rng.randrange(1, item.row["returnable"] + 1)
    if look.chance(0.3):
        arguments["refund_to"] = "store_credit"
    return arguments


def list_returns(look: Look) -> Arguments:
    rows = look("list_returns", limit=50)["returns"]
    sent_back = {row["order_id"] for row in rows}
    if sent_back and look.chance(0.5):
        return {"order_id": _order(look, lambda row: row["order_id"] in sent_back)}
    return {"status": look.choose(rows)["status"]} if look.chance(0.7) else {}


def view_wishlist(look: Look) -> Arguments:
    return {}


def add_to_wishlist(look: Look) -> Arguments:
    wished = {row["variant_id"] for row in look("view_wishlist")["wishes"]}
    if len(wished) >= 12:
        raise NothingToAsk

    def fits(row: Arguments) -> bool:
        return row["variant_id"] not in wished and not _was_in(look, row, "price_then")

    return {"variant_id": _variant(look, fits)}


def remove_from_wishlist(look: Look) -> Arguments:
    return {"variant_id": _listed(look, "view_wishlist", "wishes")}


def set_price_alert(look: Look) -> Arguments:
    variant = _listed(look, "view_wishlist", "wishes")
    price = next(row["price"] for row in look("view_wishlist")["wishes"] if row["variant_id"] == variant.id)
    return {"variant_id": variant, "below": max(1.0, float(int(price * look.choose([0.6, 0.7, 0.75, 0.8, 0.9]))))}


def _shelf(look: Look) -> list[Arguments]:
    """The products of one department."""
    return look("find_products", category=look.choose(SHELVES), limit=50)["products"]


def _product(look: Look) -> Reference:
    """A product: by id, or by name (found by searching that name)."""
    known = look.recall("product")
    if known and known.id:
        return known
    return _named_product(look, look.choose(_shelf(look)))


def _named_product(look: Look, row: Arguments) -> Reference:
    if look.chance(0.15):
        says = (f"product {row['product_id']}", row["product_id"])
        return Reference("product", row["product_id"], says, row=row)
    path = (Lookup("find_products", {"text": row["name"]}),)
    return Reference("product", row["product_id"], (f"the {row['name']}",), path, "product_id", row)


def _delivered_product(look: Look) -> Reference:
    """A product that arrived and that the customer has not reviewed: by name, or as the only one of its order."""
    author, known = look("get_shop_account")["name"], look.recall("product")
    arrived = look("list_shop_orders", status="delivered", limit=50)["orders"]
    for order in look.rng.sample(arrived, min(TRIES, len(arrived))):
        items = look("get_shop_order", order_id=order["order_id"])["items"]
        row = look.choose(items)
        written = look("list_product_reviews", product_id=row["product_id"], limit=50)["reviews"]
        if author in {review["author"] for review in written}:
            continue
        if known and known.id == row["product_id"]:
            return known
        if len(items) == 1 and look.chance(0.4):
            path = (Lookup("get_shop_order", {"order_id": order["order_id"]}),)
            says = (f"what I bought with order {order['order_id']}", f"the product of order {order['order_id']}")
            return Reference("product", row["product_id"], says, path, "product_id", row)
        return _named_product(look, row)
    raise NothingToAsk


def _variant(look: Look, fits: Fits) -> Reference:
    """A variant that fits: by id, or by product, colour and size (found product, then what it comes in)."""
    known, product = look.recall("variant"), look.recall("product")
    if known and (row := _mentioned(look, known, product)) and fits(row):
        return known
    for _ in range(TRIES):
        product_id = product.id if product else look.choose(_shelf(look))["product_id"]
        found = look("get_product", product_id=product_id)
        rows = [{**row, "product_id": product_id, "name": found["name"]} for row in found["variants"]]
        if rows := [row for row in rows if fits(row)]:
            return _named_variant(look, look.choose(rows), bool(product))
    raise NothingToAsk


def _mentioned(look: Look, known: Reference, product: Reference | None) -> Arguments | None:
    """The row of a variant that was mentioned, with its product, which is told by the conversation or by its name."""
    if known.row.get("product_id"):
        return {**known.row, "variant_id": known.id}
    named = look("find_products", text=known.row["name"], limit=50)["products"] if "name" in known.row else []
    for product_id in [*([product.id] if product else []), *(row["product_id"] for row in named)]:
        for row in look("get_product", product_id=product_id).get("variants", ()):
            if row["variant_id"] == known.id:
                return {**row, "product_id": product_id}
    return None


def _was_in(look: Look, row: Arguments, column: str) -> bool:
    """Whether a variant was mentioned as a row of the list with this column: nobody takes it off and puts it back."""
    known = look.recall("variant")
    return known is not None and known.id == row["variant_id"] and column in known.row


def _named_variant(look: Look, row: Arguments, mentioned: bool) -> Reference:
    number, find = row["variant_id"], Lookup("get_product", {"product_id": row["product_id"]})
    if mentioned:
        return Reference("variant", number, _says("that product", row), (find,), "variant_id", row)
    if look.chance(0.15):
        return Reference("variant", number, (f"variant {number}", number), row=row)
    if look.chance(0.15):
        return Reference("variant", number, _says(f"product {row['product_id']}", row), (find,), "variant_id", row)
    path = (Lookup("find_products", {"text": row["name"]}), find)
    return Reference("variant", number, _says(f"the {row['name']}", row), path, "variant_id", row)


def _says(what: str, row: Arguments) -> tuple[str, ...]:
    """A product with the colour and the size it comes in, as far as it comes in any."""
    colour, size = row["colour"], row["size"]
    if colour and size:
        return (f"{what} in {colour}, size {size}", f"{what} in size {size}, {colour}")
    return (f"{what} in {colour}",) if colour else (f"{what} in size {size}",) if size else (what,)


def _now(look: Look, row: Arguments) -> Arguments:
    """A variant as it is now."""
    found = look("get_product", product_id=row["product_id"])["variants"]
    return next(each for each in found if each["variant_id"] == row["variant_id"])


def _listed(look: Look, tool: str, field: str) -> Reference:
    """A variant in the cart or on the wish list: by id, or by its name (found by viewing that list)."""
    rows, known = look(tool)[field], look.recall("variant")
    if known and known.id in {row["variant_id"] for row in rows}:
        return known
    row = look.choose(rows)
    number, name, option = row["variant_id"], row["name"], row["option"]
    if look.chance(0.15):
        return Reference("variant", number, (f"variant {number}", number), row=row)
    alone = sum(other["name"] == name for other in rows) == 1
    says = (f"the {name} ({option})" if option else f"the {name}", *([f"the {name}"] if alone else []))
    return Reference("variant", number, says, (Lookup(tool, {}),), "variant_id", row)


def _coupon(look: Look) -> Reference | str:
    """A coupon that saves something on the cart: by code, or by its name (found by listing the usable ones)."""
    applied = look("view_shop_cart")["coupon"]
    saving = [row for row in look("list_shop_coupons")["coupons"] if row["saves"] and row["code"] != applied]
    known = look.recall("coupon")
    if known and known.id in {row["code"] for row in saving}:
        return known
    row = look.choose(saving)
    if look.chance(0.5):
        return row["code"]
    says = (f"my {row['name']} coupon", f"the {row['name']} coupon")
    return Reference("coupon", row["code"], says, (Lookup("list_shop_coupons", {}),), "code", row)


def _address(look: Look) -> Reference:
    """A saved address that the cart can be sent to: by id, or by its label (found in the account)."""
    known = look.recall("address")
    if known and _reachable(look, known.id):
        return known
    row = look.choose(look("get_shop_account")["addresses"])
    if not _reachable(look, row["address_id"]):
        raise NothingToAsk
    if look.chance(0.15):
        return Reference("address", row["address_id"], (f"address {row['address_id']}", row["address_id"]), row=row)
    says = (f"my {row['label']} address", f"the {row['label']} address", f"my address {row['label']}")
    return Reference("address", row["address_id"], says, (Lookup("get_shop_account", {}),), "address_id", row)


def _reachable(look: Look, address_id: str | None) -> bool:
    return bool(look("list_shipping_methods", address_id=address_id).get("methods"))


def _order(look: Look, fits: Fits) -> Reference:
    """A shop order: by id, or as the only or latest one with a product (found among the orders of that product)."""
    rows, known = look("list_shop_orders", limit=50)["orders"], look.recall("order")
    fitting = [row for row in rows if fits(row)]
    if known and known.id in {row["order_id"] for row in fitting}:
        return known
    row = look.choose(fitting)
    name, number = look.choose(row["items"]), row["order_id"]
    newest = look("list_shop_orders", product=name)["orders"][0]
    if newest["order_id"] != number or look.chance(0.15):
        return Reference("order", number, (f"order {number}", number), row=row)
    says = (f"my last order of the {name}", f"the latest order with the {name}")
    return Reference("order", number, says, (Lookup("list_shop_orders", {"product": name}),), "order_id", row)


def _item(look: Look) -> Reference:
    """An item that can go back to the card that paid it: by number, by its order, or by name (order, then items)."""
    rows = look("list_shop_orders", status="delivered", limit=20)["orders"]
    for order in look.rng.sample(rows, min(TRIES, len(rows))):
        details = look("get_shop_order", order_id=order["order_id"])
        items = [item for item in details["items"] if item["returnable"]]
        if items and not details["credit_used"]:
            return _named_item(look, look.choose(items), order)
    raise NothingToAsk


def _named_item(look: Look, row: Arguments, order: Arguments) -> Reference:
    number, name, order_id = row["item_id"], row["name"], order["order_id"]
    known, find = look.recall("order"), Lookup("get_shop_order", {"order_id": order_id})
    if known and known.id == order_id:
        return Reference("item", number, (f"the {name} of that order",), (find,), "item_id", row)
    newest = look("list_shop_orders", product=name)["orders"][0]
    if look.chance(0.15):
        return Reference("item", number, (f"item {number}", number), row=row)
    if newest["order_id"] != order_id or look.chance(0.25):
        says = (f"the {name} of order {order_id}", f"the {name} from {order_id}")
        return Reference("item", number, says, (find,), "item_id", row)
    says = (f"the {name} from my last order of it", f"the {name} I got most recently")
    return Reference("item", number, says, (Lookup("list_shop_orders", {"product": name}), find), "item_id", row)


def _round(price: float) -> float:
    """The next price that people would name: 30, 45, 60."""
    return float(15 * (int(price) // 15 + 1))
