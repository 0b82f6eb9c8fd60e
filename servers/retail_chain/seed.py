"""A chain of stores from a seed: who carries what, what is on its way, what is held for whom."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

from msgspec.structs import replace

from servers.names import CITIES, first_new_ids, ids, people, street
from servers.retail_chain.goods import CASES, PLACES, SHELVES, SUPPLIERS
from servers.retail_chain.records import (
    Adjustment,
    Article,
    Delivery,
    Kind,
    Region,
    RegionPrice,
    Reservation,
    Stock,
    Store,
    Supplier,
)
from servers.retail_chain.rules import ORDER_PICKED_AFTER, TRANSFER_PICKED_AFTER, arrival, stock_key, transfer_days
from servers.state import Base, later

REGIONS: list[Region] = ["north", "east", "south", "west"]
CITIES_PER_REGION = 3
STORES = 18
ARTICLES_PER_SHELF = 8
SUPPLIERS_USED = 10
# Age of a delivery: how far it has come by now.
STAGES = ["requested"] * 4 + ["shipped"] * 8 + ["arrived"] * 9 + ["received"] * 19 + ["cancelled"] * 3
ACTIVE, PAST = 36, 44
ADJUSTMENTS = 60
Shelves = dict[str, Stock]


def generate(seed: int) -> Base:
    """The chain of this seed: 18 stores in 12 cities, 80 articles, about 800 stocks, 86 deliveries, 80 reservations."""
    rng = random.Random(f"retail_chain:{seed}")
    today = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    now = f"{today.isoformat()}T{rng.randrange(9, 18):02d}:{rng.randrange(60):02d}"
    stores = {row.store_id: row for row in _stores(rng)}
    suppliers = [Supplier(name, rng.randrange(2, 10)) for name in rng.sample(SUPPLIERS, SUPPLIERS_USED)]
    articles = {row.article_id: row for row in _articles(rng, suppliers)}
    stock = {row.stock_id: row for row in _stock(rng, list(stores), list(articles), today)}
    adjustments = list(_adjustments(rng, stock, today))
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "TFR", "SPO", "RVN", "CNT"),
        stores=list(stores.values()),
        suppliers=suppliers,
        articles=list(articles.values()),
        deliveries=[
            *_transfers(rng, now, stores, stock),
            *_supplier_orders(rng, now, articles, suppliers, stock),
        ],
        reservations=_reservations(rng, today, stores, articles, stock),
        adjustments=adjustments,
        stock=list(stock.values()),
    )


def _stores(rng: random.Random) -> Iterator[Store]:
    cities = rng.sample(CITIES, CITIES_PER_REGION * len(REGIONS))
    where = [*cities, *rng.choices(cities, k=STORES - len(cities))]
    names: dict[str, str] = {}
    while len(names) < STORES:
        city = where[len(names)]
        names.setdefault(f"{city} {rng.choice(PLACES)}", city)
    managers = people(rng, STORES)
    for number, (name, city), manager in zip(ids(rng, "STO", STORES), names.items(), managers, strict=True):
        opens, closes = rng.choice(["08:00", "09:00", "09:30", "10:00"]), rng.choice(["18:30", "19:00", "20:00"])
        region = REGIONS[cities.index(city) // CITIES_PER_REGION]
        days = rng.choice(["daily", "daily", "Monday to Saturday"])
        yield Store(number, name, city, region, street(rng), manager, opens, closes, days)


def _articles(rng: random.Random, suppliers: list[Supplier]) -> Iterator[Article]:
    numbers = iter(ids(rng, "ART", ARTICLES_PER_SHELF * len(SHELVES)))
    for category, shelf in SHELVES.items():
        made_by = rng.sample(suppliers, 3)
        every = [(item, variant) for item in shelf.items for variant in shelf.variants]
        for (item, low, high), variant in rng.sample(every, ARTICLES_PER_SHELF):
            price = _price(low + (high - low) * rng.random() ** 1.4)
            yield Article(
                article_id=next(numbers),
                name=f"{variant} {item}",
                category=category,
                list_price=price,
                prices=tuple(RegionPrice(name, _price(price * rng.uniform(0.92, 1.12))) for name in REGIONS),
                case_size=rng.choice(CASES),
                supplier=rng.choice(made_by).name,
                discontinued=rng.random() < 0.07,
            )


def _price(amount: float) -> float:
    """A shelf price: it ends in .50 or .90."""
    return round(int(amount) + (0.5 if amount % 1 < 0.5 else 0.9), 2)


def _stock(rng: random.Random, stores: list[str], articles: list[str], today: date) -> Iterator[Stock]:
    """Each store carries 40 to 50 articles; one stock in twelve has run out."""
    for store_id in stores:
        for article_id in rng.sample(articles, rng.randrange(40, 51)):
            reorder_at = 2 + int(16 * rng.random() ** 2)
            capacity = reorder_at * rng.randrange(3, 7) + 6
            on_hand = 0 if rng.random() < 0.08 else 1 + int(capacity * 0.8 * rng.random() ** 1.2)
            counted = _day(today, rng.randrange(20, 240))
            yield Stock(stock_key(store_id, article_id), store_id, article_id, on_hand, reorder_at, capacity, counted)


def _adjustments(rng: random.Random, stock: Shelves, today: date) -> Iterator[Adjustment]:
    """The counts of recent weeks that found a difference."""
    for number, key in zip(ids(rng, "CNT", ADJUSTMENTS), rng.sample(list(stock), ADJUSTMENTS), strict=True):
        reason = rng.choice(["damaged", "damaged", "stolen", "spoiled", "found", "returned", "miscount"])
        change = rng.randrange(1, 5) * (1 if reason in ("found", "returned") else -1)
        day = _day(today, rng.randrange(1, 20))
        stock[key] = replace(stock[key], counted=day)
        yield Adjustment(number, key, change, reason, day)


def _transfers(rng: random.Random, now: str, stores: dict[str, Store], stock: Shelves) -> Iterator[Delivery]:
    carriers: dict[str, list[str]] = {}
    for row in stock.values():
        carriers.setdefault(row.article_id, []).append(row.store_id)
    shared = [row for row in stock.values() if len(carriers[row.article_id]) > 1 and row.capacity - row.on_hand >= 4]
    for number, target, stage in zip(
        ids(rng, "TFR", len(STAGES)), rng.sample(shared, len(STAGES)), STAGES, strict=True
    ):
        origin = rng.choice([store_id for store_id in carriers[target.article_id] if store_id != target.store_id])
        days = transfer_days(stores[origin], stores[target.store_id])
        quantity = rng.randrange(1, min(12, target.capacity - target.on_hand) // 2 + 1)
        yield _delivery(rng, now, number, "transfer", target, origin, quantity, days, stage)


def _supplier_orders(
    rng: random.Random, now: str, articles: dict[str, Article], suppliers: list[Supplier], stock: Shelves
) -> Iterator[Delivery]:
    lead = {supplier.name: supplier.lead_days for supplier in suppliers}
    roomy = [
        (row, articles[row.article_id])
        for row in stock.values()
        if (row.capacity - row.on_hand) // 2 >= articles[row.article_id].case_size
    ]
    for number, (target, article), stage in zip(
        ids(rng, "SPO", len(STAGES)), rng.sample(roomy, len(STAGES)), STAGES, strict=True
    ):
        cases = rng.randrange(1, (target.capacity - target.on_hand) // 2 // article.case_size + 1)
        quantity, days = cases * article.case_size, lead[article.supplier]
        yield _delivery(rng, now, number, "supplier_order", target, article.supplier, quantity, days, stage)


def _delivery(
    rng: random.Random,
    now: str,
    number: str,
    kind: Kind,
    target: Stock,
    origin: str,
    quantity: int,
    days: int,
    stage: str,
) -> Delivery:
    picked = TRANSFER_PICKED_AFTER if kind == "transfer" else ORDER_PICKED_AFTER
    requested = _requested(rng, now, days, picked, stage)
    return Delivery(
        delivery_id=number,
        kind=kind,
        article_id=target.article_id,
        store_id=target.store_id,
        origin=origin,
        quantity=quantity,
        requested=requested,
        ships=later(requested, minutes=picked),
        arrives=arrival(requested, days),
        closed=stage if stage in ("received", "cancelled") else "",
    )


def _requested(rng: random.Random, now: str, days: int, picked: int, stage: str) -> str:
    """When a delivery must have been requested to be where it is."""
    if stage == "requested":
        return later(now, minutes=-rng.randrange(2, picked - 20))
    if stage == "shipped" and days == 1:
        return later(now, minutes=-rng.randrange(picked, picked + 50))
    first, last = {"shipped": (1, days), "arrived": (days, days + 3)}.get(stage, (12, 120))
    clock = f"{rng.randrange(9, 17):02d}:{rng.randrange(60):02d}"
    return f"{later(now, days=-rng.randrange(first, last))[:10]}T{clock}"


def _reservations(
    rng: random.Random, today: date, stores: dict[str, Store], articles: dict[str, Article], stock: Shelves
) -> list[Reservation]:
    customers = people(rng, 58)
    filled = rng.sample([row for row in stock.values() if row.on_hand > 0], ACTIVE + PAST)
    rows = []
    for number, held in zip(ids(rng, "RVN", ACTIVE + PAST), filled, strict=True):
        active = len(rows) < ACTIVE
        closed = "" if active else rng.choice(["collected", "collected", "collected", "cancelled", "expired"])
        until = _day(today, -rng.randrange(7) if active else rng.randrange(1, 60))
        price = _in_region(articles[held.article_id], stores[held.store_id].region)
        quantity = rng.randrange(1, min(3, held.on_hand) + 1)
        closed = "" if closed == "expired" else closed
        customer = rng.choice(customers)
        rows.append(
            Reservation(number, held.article_id, held.store_id, customer, quantity, price, until, closed)  # type: ignore[arg-type]
        )
    return rows


def _in_region(article: Article, region: Region) -> float:
    return next(row.price for row in article.prices if row.region == region)


def _day(today: date, days_ago: int) -> str:
    return (today - timedelta(days=days_ago)).isoformat()
