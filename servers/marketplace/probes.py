"""What a member would ask of this marketplace now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil
from typing import Any

from servers.marketplace.material import BLAME, CORNERS, PRAISE, QUESTIONS, REPLIES, new_title_and_price
from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
NEW_REMARKS = [
    "price negotiable", "pick-up preferred", "last chance", "works perfectly", "from a collector", "with spare parts",
    "pet-free home", "open to questions",
]  # fmt: skip
NEW_DESCRIPTIONS = [
    "Now with more pictures.", "Can be seen in the evenings.", "One small repair done.", "The box is included.",
    "Posted within two days.", "Measured again, see the list.", "Reduced for a quick sale.", "Only to be collected.",
]  # fmt: skip
FIRST_DESCRIPTIONS = [
    "Can be seen in the evenings.", "The box is included.", "Posted within two days.", "From a home without smokers.",
]  # fmt: skip
CONDITIONS = ["new", "like_new", "good", "fair", "for_parts"]
OPEN = ("pending", "countered")
RATED_WITHIN_DAYS = 55
TRIES = 10


def search_listings(look: Look) -> Arguments:
    if look.recall("seller") or look.chance(0.3):
        return {"seller_id": _seller(look)}
    if look.chance(0.3):
        return {"mine": look.choose(["selling", "selling", "bidding_on", "watching", "negotiating_over"])}
    category = look.choose(CORNERS)
    row = look.choose(look("search_listings", category=category, limit=50)["listings"])
    if look.chance(0.3):
        return {"text": row["title"].split(",")[0]}
    if look.chance(0.4):
        return {"category": category, "max_price": float(20 * ceil(row["price"] / 20))}
    if look.chance(0.5):
        return {"category": category, "kind": row["kind"]}
    if look.chance(0.25):
        return {"category": category, "status": look.choose(["sold", "ended"])}
    return {"category": category, "sort": look.choose(["newest", "cheapest", "ending_soon"]), "limit": 3}


def get_listing(look: Look) -> Arguments:
    if known := look.recall("listing"):
        return {"listing_id": known}
    if look.chance(0.35):
        return {"listing_id": _own(look, lambda row: _has_offers(look, row["listing_id"]))}
    return {"listing_id": _own(look) if look.chance(0.2) else _listing(look)}


def place_bid(look: Look) -> Arguments:
    listing = _listing(look, lambda row: row["kind"] == "auction")
    least = look("get_listing", listing_id=listing.id)["next_bid"]
    return {"listing_id": listing, "maximum": float(ceil(least * look.choose([1.0, 1.1, 1.25, 1.5, 2.0])))}


def buy_listing(look: Look) -> Arguments:
    return {"listing_id": _listing(look, lambda row: row["kind"] == "fixed_price")}


def make_offer(look: Look) -> Arguments:
    def takes_one(row: Arguments) -> bool:
        if row["kind"] != "fixed_price" or row["price"] < 20:
            return False
        details = look("get_listing", listing_id=row["listing_id"])
        return details["takes_offers"] and not any(offer["status"] in OPEN for offer in details["offers"])

    listing = _listing(look, takes_one)
    price = look("get_listing", listing_id=listing.id)["price"]
    return {"listing_id": listing, "amount": look.amount(0.6 * price, 0.92 * price)}


def answer_offer(look: Look) -> Arguments:
    countered = _known_offer(look, "negotiating_over", "countered")
    if countered or (not _known_offer(look, "selling", "pending") and look.chance(0.35)):
        offer, _ = _offer(look, "negotiating_over", "countered")
        return {"offer_id": offer, "answer": look.choose(["accept", "decline"])}
    offer, row = _offer(look, "selling", "pending")
    arguments: Arguments = {"offer_id": offer, "answer": look.choose(["accept", "decline", "counter"])}
    low, high = int(row["amount"]) + 1, ceil(row["price"])
    if arguments["answer"] == "counter" and low < high and look.chance(0.8):
        arguments["counter_amount"] = float(look.rng.randrange(low, high))
    return arguments


def create_listing(look: Look) -> Arguments:
    category = look.choose(CORNERS)
    title, usual = new_title_and_price(look.rng, category)
    if title in {row["title"] for row in _mine(look, "selling")}:
        raise NothingToAsk
    arguments = {
        "title": title,
        "category": category,
        "condition": look.choose(CONDITIONS),
        "price": float(max(2, int(usual * look.choose([0.5, 0.7, 0.8, 1.0, 1.2])))),
        "days": look.choose([3, 5, 10, 14]),
        "postage": look.choose([3.5, 5.0, 5.5, 7.0, 9.9]),
        "description": look.choose(FIRST_DESCRIPTIONS),
    }
    if look.chance(0.4):
        arguments |= {"kind": "auction", "reserve": float(ceil(arguments["price"] * look.choose([1.2, 1.5, 2])))}
    return arguments


def edit_listing(look: Look) -> Arguments:
    listing = _own(look)
    details = look("get_listing", listing_id=listing.id)
    asked = [offer["amount"] for offer in details["offers"] if offer["status"] in OPEN]
    low, high = int(max([0.6 * details["price"], *asked])) + 1, int(details["price"])
    if details["kind"] == "fixed_price" and low < high and look.chance(0.6):
        return {"listing_id": listing, "price": float(look.rng.randrange(low, high))}
    title = f"{details['title'].split(',')[0]}, {look.choose(NEW_REMARKS)}"
    if look.chance(0.4) and title not in {row["title"] for row in _mine(look, "selling")}:
        return {"listing_id": listing, "title": title}
    if look.chance(0.5):
        return {"listing_id": listing, "description": look.choose(NEW_DESCRIPTIONS)}
    return {"listing_id": listing, "postage": look.choose([3.5, 5.0, 5.5, 7.0, 9.9, 14.0])}


def end_listing(look: Look) -> Arguments:
    return {"listing_id": _own(look, lambda row: not row["bids"])}


def watch_listing(look: Look) -> Arguments:
    listing = _listing(look, lambda row: row["you"] != "watching")
    return {"listing_id": listing, "remind_minutes": look.choose([10, 15, 20, 30, 45, 90, 120, 180])}


def message_about_listing(look: Look) -> Arguments:
    known = look.recall("listing")
    seller = look("get_listing", listing_id=known.id)["seller_id"] if known else ""
    if seller == "me" or (not known and look.chance(0.5)):
        listing = known or _own(look, lambda row: bool(_writers(look, row["listing_id"])))
        writers = _writers(look, listing.id)
        return {"listing_id": listing, "text": look.choose(REPLIES), "to": look.choose(writers)}
    listing = known or _listing(look)
    arguments = {"listing_id": listing, "text": look.choose(QUESTIONS)}
    return arguments | {"to": look("get_listing", listing_id=listing.id)["seller"]} if look.chance(0.4) else arguments


def list_sales(look: Look) -> Arguments:
    rows = look("list_sales", limit=50)["sales"]
    waiting = [row for row in rows if _is_unrated(row, rows[0])]
    row = look.choose(waiting if waiting and look.chance(0.6) else rows)
    if look.chance(0.2):
        return {"role": row["role"], "limit": look.choose([2, 3])}
    return {"text": row["title"]} if look.chance(0.5) else {"person": row["other"]}


def rate_sale(look: Look) -> Arguments:
    rows = look("list_sales", limit=50)["sales"]
    stars = look.rng.choice([1, 2, 3, 4, 5, 5])
    sale = _sale(look, lambda row: _is_unrated(row, rows[0]))
    return {"sale_id": sale, "stars": stars, "comment": look.choose(PRAISE if stars > 3 else BLAME)}


def _is_unrated(row: Arguments, newest: Arguments) -> bool:
    """Whether a sale can be rated, for all that the newest one tells about today."""
    oldest = (date.fromisoformat(newest["sold"][:10]) - timedelta(days=RATED_WITHIN_DAYS)).isoformat()
    return row["status"] == "delivered" and not row["your_stars"] and row["sold"] >= oldest


def _mine(look: Look, part: str) -> list[Arguments]:
    return look("search_listings", mine=part, limit=50)["listings"]


def _has_offers(look: Look, listing_id: str) -> bool:
    """Whether an own listing has offers to answer."""
    return any(offer["status"] == "pending" for offer in look("get_listing", listing_id=listing_id)["offers"])


def _writers(look: Look, listing_id: str | None) -> list[str]:
    """Who wrote about an own listing lately."""
    letters = look("get_listing", listing_id=listing_id)["messages"]
    return list(dict.fromkeys(letter["sender"] for letter in letters if letter["sender"] != "you"))


def _row_of(look: Look, known: Reference | None) -> Arguments | None:
    """An active listing that was mentioned before, as a search shows it now."""
    details = look("get_listing", listing_id=known.id) if known else {}
    found = look("search_listings", text=details["title"], limit=50)["listings"] if details else []
    return next((row for row in found if known and row["listing_id"] == known.id), None)


def _listing(look: Look, fits: Fits = lambda row: True) -> Reference:
    """Somebody else's active listing that fits."""
    known = look.recall("listing")
    row = _row_of(look, known)
    if known and row and row["you"] != "seller" and fits(row):
        return known
    for _ in range(TRIES):
        rows = look("search_listings", category=look.choose(CORNERS), limit=50)["listings"]
        if rows := [row for row in rows if row["you"] != "seller" and fits(row)]:
            return _named(look, look.choose(rows))
    raise NothingToAsk


def _own(look: Look, fits: Fits = lambda row: True) -> Reference:
    """An own active listing that fits."""
    known = look.recall("listing")
    row = _row_of(look, known)
    if known and row and row["you"] == "seller" and fits(row):
        return known
    row = look.choose(row for row in _mine(look, "selling") if fits(row))
    return _found(look, row, {"text": row["title"], "mine": "selling"}, (f"my {row['title']}",))


def _named(look: Look, row: Arguments) -> Reference:
    """By id, by title, or as the cheapest that its seller has (found another one, then what else its seller has)."""
    cheapest = look("search_listings", seller_id=row["seller_id"], sort="cheapest")["listings"]
    others = [other for other in cheapest[1:] if _is_alone(look, other["title"])]
    if cheapest[0]["listing_id"] == row["listing_id"] and others and look.chance(0.5):
        title = look.choose(others)["title"]
        says = (f"the cheapest thing that the seller of the {title} has listed",)
        path = (
            Lookup("search_listings", {"text": title}),
            Lookup("search_listings", {"seller_id": row["seller_id"], "sort": "cheapest"}),
        )
        return Reference("listing", row["listing_id"], says, path, "listing_id", row)
    title, seller = row["title"], row["seller"]
    says = (f"the {title}",) if _is_alone(look, title) else (f"the {title} from {seller}", f"{seller}'s {title}")
    return _found(look, row, {"text": title}, says)


def _found(look: Look, row: Arguments, search: Arguments, says: tuple[str, ...]) -> Reference:
    """By number, or by a search that shows it."""
    number, shown = row["listing_id"], look("search_listings", **search)["listings"]
    same = [other for other in shown if other["title"] == row["title"] and other["seller"] == row["seller"]]
    if look.chance(0.1) or [other["listing_id"] for other in same] != [number]:
        return Reference("listing", number, (f"listing {number}", number), row=row)
    return Reference("listing", number, says, (Lookup("search_listings", search),), "listing_id", row)


def _is_alone(look: Look, title: str) -> bool:
    return look("search_listings", text=title)["total"] == 1


def _seller(look: Look) -> Reference:
    """A seller: of a listing mentioned or found, or of something the member bought."""
    known = look.recall("seller")
    if known and known.id != "me":
        return known
    if look.chance(0.4):
        row = look.choose(look("list_sales", role="bought", limit=50)["sales"])
        path = (Lookup("list_sales", {"role": "bought", "text": row["title"]}),)
        return Reference("seller", row["other_id"], (f"whoever sold me the {row['title']}",), path, "other_id", row)
    row = look.choose(look("search_listings", category=look.choose(CORNERS), limit=50)["listings"])
    if row["you"] == "seller" or not _is_alone(look, row["title"]):
        raise NothingToAsk
    path = (Lookup("search_listings", {"text": row["title"]}),)
    return Reference("seller", row["seller_id"], (f"the seller of the {row['title']}",), path, "seller_id", row)


def _offer(look: Look, part: str, status: str) -> tuple[Reference, Arguments]:
    """An offer in this state, and what is known of it and of its listing."""
    if known := _known_offer(look, part, status):
        return known
    row = look.choose(_offers(look, part, status))
    return _named_offer(look, row, part), row


def _known_offer(look: Look, part: str, status: str) -> tuple[Reference, Arguments] | None:
    """The offer mentioned, if it is in this state now."""
    known = look.recall("offer")
    rows = _offers(look, part, status) if known else []
    return next(((known, row) for row in rows if known and known.id == row["offer_id"]), None)


def _offers(look: Look, part: str, status: str) -> list[Arguments]:
    found = []
    for listing in _mine(look, part):
        details = look("get_listing", listing_id=listing["listing_id"])
        offers = [offer for offer in details["offers"] if offer["status"] == status]
        found += [{**listing, "price": details["price"], **offer} for offer in offers]
    return found


def _named_offer(look: Look, row: Arguments, part: str) -> Reference:
    """By number, by its listing's number, or by whom and for what (found listing, then its offers)."""
    number, title, find = row["offer_id"], row["title"], Lookup("get_listing", {"listing_id": row["listing_id"]})
    whose = "the counter-offer I got" if row["buyer"] == "you" else f"{row['buyer']}'s offer"
    if look.chance(0.1):
        return Reference("offer", number, (f"offer {number}", number), row=row)
    if look.chance(0.1):
        return Reference("offer", number, (f"{whose} on {row['listing_id']}",), (find,), "offer_id", row)
    search = {"text": title, "mine": part}
    if look("search_listings", **search)["total"] != 1:
        raise NothingToAsk
    says = (f"{whose} for the {title}" if row["buyer"] == "you" else f"{whose} on my {title}",)
    return Reference("offer", number, says, (Lookup("search_listings", search), find), "offer_id", row)


def _sale(look: Look, fits: Fits) -> Reference:
    """A sale or purchase: by number, by what was sold, or by the other side's name if there was only one."""
    rows, known = [row for row in look("list_sales", limit=50)["sales"] if fits(row)], look.recall("sale")
    if known and known.id in {row["sale_id"] for row in rows}:
        return known
    row = look.choose(rows)
    number, role = row["sale_id"], "purchase" if row["role"] == "bought" else "sale"
    by_person = {"role": row["role"], "person": row["other"]}
    if look.chance(0.1):
        return Reference("sale", number, (f"{role} {number}", number), row=row)
    if look("list_sales", **by_person)["total"] == 1 and look.chance(0.5):
        says = (f"my {role} {'from' if role == 'purchase' else 'to'} {row['other']}",)
        return Reference("sale", number, says, (Lookup("list_sales", by_person),), "sale_id", row)
    if look("list_sales", text=row["title"])["total"] != 1:
        raise NothingToAsk
    says = (f"the {row['title']} I {row['role']}", f"my {role} of the {row['title']}")
    return Reference("sale", number, says, (Lookup("list_sales", {"text": row["title"]}),), "sale_id", row)
