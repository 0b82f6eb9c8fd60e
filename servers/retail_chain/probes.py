"""What somebody in the back office would ask now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference

Arguments = dict[str, Any]
Fits = Callable[[Arguments], bool]
REGIONS = ["north", "east", "south", "west"]
CATEGORIES = "kitchen bath bedding garden toys stationery outdoor lighting pets luggage".split()
WALK_INS = ["Ines Calder", "Tomas Brück", "Noor Achterberg", "Mateus Falk", "Yuki Hartono", "Sadia Monteiro"]
FEWER, MORE = ["damaged", "stolen", "spoiled", "miscount"], ["found", "returned", "miscount"]


def find_stores(look: Look) -> Arguments:
    if look.chance(0.15):
        return {}
    store = look.choose(_stores(look))
    by = look.choose(["name", "city", "region"])
    if by == "region" and look.chance(0.3):
        return {"region": store["region"], "limit": look.choose([3, 4, 6])}
    return {by: _city(look, store) if by == "city" else store[by]}


def find_articles(look: Look) -> Arguments:
    if look.chance(0.35):
        arguments: Arguments = {"category": look.choose(CATEGORIES)}
        more = look.choose([{}, {}, {"limit": look.choose([3, 4, 6, 8, 10])}, {"region": look.choose(REGIONS)}])
        return arguments | more
    article = look.choose(_articles(look))
    if look.chance(0.4):
        return {"text": " ".join(article["name"].split()[1:])}
    return {"text": article["name"], "region": look.choose(REGIONS)}


def list_store_stock(look: Look) -> Arguments:
    """An article that was spoken of is asked for, most of the time; else a store, or a store and an article."""
    article = look.recall("article")
    if article and look.chance(0.6):
        return {"article_id": article}
    if look.chance(0.55):
        arguments: Arguments = {"store_id": _store(look), "level": look.choose(["low", "low", "sold_out"])}
        return arguments | {"category": look.choose(CATEGORIES)} if look.chance(0.3) else arguments
    store, row = _shelf(look)
    article = _article(look, row)
    return {"article_id": article} if look.chance(0.5) else {"store_id": store, "article_id": article}


def request_stock_transfer(look: Look) -> Arguments:
    row = _shelf(look, lambda row: _free(row) > 0)[1]
    everywhere = _stock(look, article_id=row["article_id"])
    article, origin = _article_and_origin(look, row, everywhere)
    source = next(other for other in everywhere if other["store_id"] == origin.id)
    target = look.choose(other for other in everywhere if other["store_id"] != origin.id and other["space"] > 0)
    return {
        "article_id": article,
        "from_store_id": origin,
        "to_store_id": _named_store(look, target, "receiving_store"),
        "quantity": _some(look, min(_free(source), target["space"], 12)),
    }


def place_supplier_order(look: Look) -> Arguments:
    scarcest = _scarcest(look, _store(look)) if look.chance(0.35) and not look.recall("article") else None
    if scarcest:
        article, store = scarcest
        row = article.row
    else:
        store, row = _shelf(look, lambda row: _cases(look, row) > 0)
        article = _article(look, row)
    return {"article_id": article, "store_id": store, "cases": _some(look, min(4, _cases(look, row)))}


def list_store_deliveries(look: Look) -> Arguments:
    if look.chance(0.35):
        row = look.choose(look("list_store_deliveries", limit=50)["deliveries"])
        kind = "transfer" if row["delivery_id"].startswith("TFR") else "supplier_order"
        if look.chance(0.25):
            return {"status": row["status"], "limit": look.choose([3, 4, 6, 8])}
        return {"kind": kind, "status": row["status"]}
    store = _store(look)
    row = look.choose(look("list_store_deliveries", store_id=store.id)["deliveries"])
    return {"store_id": store, "status": row["status"]} if look.chance(0.6) else {"store_id": store}


def settle_store_delivery(look: Look) -> Arguments:
    """One that has arrived is received; one just requested may be cancelled."""
    known, requested = look.recall("delivery"), look.chance(0.35)
    if known:
        rows = look("list_store_deliveries", status="arrived", limit=50)["deliveries"]
        requested = known.id not in {row["delivery_id"] for row in rows}
    status = "requested" if requested else "arrived"
    return {
        "delivery_id": _delivery(look, status),
        "outcome": "received" if status == "arrived" else "cancelled",
    }


def reserve_article(look: Look) -> Arguments:
    store, row = _shelf(look, lambda row: _free(row) > 0)
    active = _reservations(look)
    held = {(other["customer"], other["article"], other["store"]) for other in active}
    customers = [*WALK_INS, *(other["customer"] for other in active)]
    customer = look.choose(name for name in customers if (name, row["article"], row["store"]) not in held)
    soon = min((other["until"] for other in active), default="")
    if not soon:
        raise NothingToAsk
    return {
        "article_id": _article(look, row),
        "store_id": store,
        "customer": customer,
        "quantity": _some(look, min(3, _free(row))),
        "until": _after(soon, look.rng.randrange(5)),
    }


def list_article_reservations(look: Look) -> Arguments:
    if look.chance(0.45):
        held = _reservations(look) if look.chance(0.6) else look("list_article_reservations", limit=50)["reservations"]
        return {"customer": look.choose(held)["customer"]}
    status = look.choose(["active", "active", "active", "collected", "cancelled", "expired"])
    if look.chance(0.15):
        return {"status": status, "limit": look.choose([3, 4, 6, 8])}
    return {"store_id": _store(look), "status": status} if look.chance(0.6) else {"status": status}


def settle_article_reservation(look: Look) -> Arguments:
    """Collected only where the store is open; what was spoken of may have to be cancelled instead."""
    outcome = look.choose(["collected", "collected", "cancelled"])
    open_now = {store["name"] for store in _stores(look) if store["open_now"]}
    known = look.recall("reservation")
    if any(known and row["reservation_id"] == known.id and row["store"] not in open_now for row in _reservations(look)):
        outcome = "cancelled"
    return {
        "reservation_id": _reservation(look, lambda row: outcome == "cancelled" or row["store"] in open_now),
        "outcome": outcome,
    }


def adjust_store_stock(look: Look) -> Arguments:
    store, row = _shelf(look)
    fewer = _free(row) > 0 and look.chance(0.7)
    change = -look.rng.randrange(1, min(_free(row), 6) + 1) if fewer else look.rng.randrange(1, 5)
    return {
        "store_id": store,
        "article_id": _article(look, row),
        "counted": row["on_hand"] + change,
        "reason": look.choose(FEWER if fewer else MORE),
    }


def _stores(look: Look) -> list[Arguments]:
    return look("find_stores", limit=50)["stores"]


def _articles(look: Look) -> list[Arguments]:
    return look("find_articles", category=look.choose(CATEGORIES), limit=50)["articles"]


def _stock(look: Look, **which: Any) -> list[Arguments]:
    return look("list_store_stock", limit=50, **which).get("stock", [])


def _reservations(look: Look) -> list[Arguments]:
    return look("list_article_reservations", status="active", limit=50)["reservations"]


def _shelf(look: Look, fits: Fits = lambda row: True) -> tuple[Reference, Arguments]:
    """A store and a row of its stock that fits: of the store and the article last spoken of, of one of them, of any."""
    article, store = look.recall("article"), look.recall("store") or look.recall("receiving_store")
    if article:
        rows = [row for row in _stock(look, article_id=article.id) if fits(row)]
        there = [row for row in rows if store and row["store_id"] == store.id]
        if there or (rows and not store):
            row = look.choose(there or rows)
            return store or _named_store(look, row), row
    store = store or _named_store(look, look.choose(_stores(look)))
    return store, look.choose(row for row in _stock(look, store_id=store.id) if fits(row))


def _free(row: Arguments) -> int:
    return row["on_hand"] - row["reserved"]


def _some(look: Look, most: int) -> int:
    """A number up to the most there can be, rarely 1; NothingToAsk if there can be none."""
    return look.choose(range(min(2, most), most + 1)) if most > 0 else look.choose([])


def _cases(look: Look, row: Arguments) -> int:
    """How many cases of it a store can order now."""
    if row["incoming"]:
        return 0
    found = look("find_articles", text=row["article"], limit=50)["articles"]
    article = next(article for article in found if article["article_id"] == row["article_id"])
    return 0 if article["discontinued"] else row["space"] // article["case_size"]


def _city(look: Look, store: Arguments) -> str:
    """The longest beginning of a store's name that is a city."""
    words = store["name"].split()
    names = [" ".join(words[:count]) for count in range(1, len(words))]
    return look.choose(name for name in names if look("find_stores", city=name)["total"])


def _store(look: Look) -> Reference:
    known = look.recall("store") or look.recall("receiving_store")
    return known or _named_store(look, look.choose(_stores(look)))


def _named_store(look: Look, row: Arguments, kind: str = "store") -> Reference:
    """A store: by id, by its city if it is alone there, or by name (found by searching that)."""
    number, name = row["store_id"], row.get("name") or row["store"]
    if look.chance(0.15):
        return Reference(kind, number, (f"store {number}", number), row=row)
    city = _city(look, {"name": name})
    if look("find_stores", city=city)["total"] == 1 and look.chance(0.6):
        path = (Lookup("find_stores", {"city": city}),)
        return Reference(kind, number, (f"our {city} store", f"the store in {city}"), path, "store_id", row)
    path = (Lookup("find_stores", {"name": name}),)
    says = (f"the {name} store", f"our {name} branch", name)
    return Reference(kind, number, says, path, "store_id", row)


def _article(look: Look, row: Arguments) -> Reference:
    """The article of a row of stock: by id, or by name (found by searching that name)."""
    number, name = row["article_id"], row["article"]
    known = look.recall("article")
    if known and known.id == number:
        return known
    if look.chance(0.15):
        return Reference("article", number, (f"article {number}", number), row=row)
    path = (Lookup("find_articles", {"text": name}),)
    return Reference("article", number, (f"the {name}", f"the article {name}"), path, "article_id", row)


def _article_and_origin(look: Look, row: Arguments, everywhere: list[Arguments]) -> tuple[Reference, Reference]:
    """What a transfer carries, and from where: the store of the row, or the one with most to spare if one has."""
    rich = sorted(everywhere, key=_free, reverse=True)
    if len(rich) < 2 or _free(rich[0]) == _free(rich[1]) or look.chance(0.6):
        return _article(look, row), _named_store(look, row, "sending_store")
    number, name, most = row["article_id"], row["article"], rich[0]
    path = (Lookup("find_articles", {"text": name}), Lookup("list_store_stock", {"article_id": number}))
    says = ("whichever store has the most of it free", "the store with the most free pieces of it")
    article = Reference("article", number, (f"the {name}", name), row=row)
    return article, Reference("sending_store", most["store_id"], says, path, "store_id", most)


def _scarcest(look: Look, store: Reference) -> tuple[Reference, Reference] | None:
    """The article furthest below its reorder point in a store, and the store, which the same lookups find."""
    first = look("list_store_stock", store_id=store.id, level="low", limit=2)["stock"]
    missing = [row["reorder_at"] - _free(row) for row in first]
    if not first or missing[1:] == missing[:1] or not _cases(look, first[0]):
        return None
    row, name = first[0], first[0]["store"]
    path = (Lookup("list_store_stock", {"store_id": row["store_id"], "level": "low"}),)
    if store is not look.recall(store.kind):
        path = (Lookup("find_stores", {"name": name}), *path)
        store = Reference("store", store.id, (f"the {name} store", name), row=row)
    says = ("the article that is furthest below its reorder point", "the one article furthest below its reorder point")
    return Reference("article", row["article_id"], says, path, "article_id", row), store


def _delivery(look: Look, status: str) -> Reference:
    """A delivery of this status: by id, among all of that status, or by its store (found store, then what comes)."""
    rows = {row["delivery_id"]: row for row in look("list_store_deliveries", status=status, limit=50)["deliveries"]}
    known = look.recall("delivery")
    if known and known.id in rows:
        return known
    number, row = look.choose(rows.items())
    noun = "transfer" if number.startswith("TFR") else "supplier order"
    same = [other for other in rows.values() if _shown(other) == _shown(row)]
    if look.chance(0.3) or len(same) > 1:
        return Reference("delivery", number, (f"{noun} {number}", number), row=row)
    says = (f"the {status} {noun} of {row['article']} for {row['store']}",)
    first = look("list_store_deliveries", status=status)["deliveries"]
    if row in first and look.chance(0.35):
        path = (Lookup("list_store_deliveries", {"status": status}),)
        return Reference("delivery", number, says, path, "delivery_id", row)
    return _delivery_at(look, row, says)


def _delivery_at(look: Look, row: Arguments, says: tuple[str, ...]) -> Reference:
    number, store_id = row["delivery_id"], _store_id(look, row["store"])
    at = {"store_id": store_id, "status": row["status"]}
    if row not in look("list_store_deliveries", **at)["deliveries"]:
        raise NothingToAsk
    path = (Lookup("find_stores", {"name": row["store"]}), Lookup("list_store_deliveries", at))
    return Reference("delivery", number, says, path, "delivery_id", row)


def _shown(row: Arguments) -> tuple[str, ...]:
    return row["article"], row["store"], row["delivery_id"][:3]


def _reservation(look: Look, fits: Fits) -> Reference:
    """An active reservation: by id, by its customer, or by article and store (found store, then what is held there)."""
    rows = {row["reservation_id"]: row for row in _reservations(look) if fits(row)}
    known = look.recall("reservation")
    if known and known.id in rows:
        return known
    number, row = look.choose(rows.items())
    held = look("list_article_reservations", customer=row["customer"])["reservations"]
    if look.chance(0.3):
        return Reference("reservation", number, (f"reservation {number}", number), row=row)
    if row in held and look.chance(0.55):
        alone = len(held) == 1
        says = (f"the reservation of {row['customer']}", f"{row['customer']}'s reservation")
        if not alone:
            says = (f"{row['customer']}'s active reservation of {row['article']}",)
        path = (Lookup("list_article_reservations", {"customer": row["customer"]}),)
        return Reference("reservation", number, says, path, "reservation_id", row)
    return _reservation_at(look, row)


def _reservation_at(look: Look, row: Arguments) -> Reference:
    at = {"store_id": _store_id(look, row["store"]), "status": "active"}
    held = look("list_article_reservations", **at)["reservations"]
    if row not in held or sum(other["article"] == row["article"] for other in held) > 1:
        raise NothingToAsk
    path = (Lookup("find_stores", {"name": row["store"]}), Lookup("list_article_reservations", at))
    says = (f"the active reservation of {row['article']} at {row['store']}",)
    return Reference("reservation", row["reservation_id"], says, path, "reservation_id", row)


def _store_id(look: Look, name: str) -> str:
    found = look("find_stores", name=name)["stores"]
    return next(row["store_id"] for row in found if row["name"] == name)


def _after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
