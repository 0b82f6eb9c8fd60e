"""Rules of the chain that only read: what is open, how far a delivery is, what is reserved, incoming and free.

    requested --picked--> shipped --the road--> arrived --tool--> received
        `--tool--> cancelled

A delivery's pieces are nowhere on hand until it is received: they left the store of origin when it was requested.
"""

from __future__ import annotations

from datetime import date

from servers.retail_chain.records import (
    Article,
    Chain,
    Delivery,
    DeliveryStatus,
    Region,
    Reservation,
    ReservationStatus,
    Stock,
    Store,
)
from servers.state import later

TRANSFER_PICKED_AFTER, ORDER_PICKED_AFTER = 60, 240
TRANSFER_DAYS = {"city": 1, "region": 2, "chain": 4}
DOCK_OPENS = "07:30"


def is_open(chain: Chain, store: Store) -> bool:
    sunday = date.fromisoformat(chain.today).weekday() == 6
    return store.opens <= chain.now[11:] < store.closes and not (sunday and store.days != "daily")


def delivery_status(chain: Chain, delivery: Delivery) -> DeliveryStatus:
    if delivery.closed:
        return delivery.closed
    if chain.now < delivery.ships:
        return "requested"
    return "shipped" if chain.now < delivery.arrives else "arrived"


def reservation_status(chain: Chain, reservation: Reservation) -> ReservationStatus:
    return reservation.closed or ("expired" if reservation.until < chain.today else "active")


def reserved(chain: Chain, stock: Stock) -> int:
    rows = chain.reservations.where(store_id=stock.store_id, article_id=stock.article_id, closed="")
    return sum(row.quantity for row in rows if row.until >= chain.today)


def incoming(chain: Chain, stock: Stock) -> int:
    rows = chain.deliveries.where(store_id=stock.store_id, article_id=stock.article_id, closed="")
    return sum(row.quantity for row in rows)


def space(chain: Chain, stock: Stock) -> int:
    return max(0, stock.capacity - stock.on_hand - incoming(chain, stock))


def price_in(article: Article, region: Region | None) -> float:
    return next((row.price for row in article.prices if row.region == region), article.list_price)


def transfer_days(origin: Store, target: Store) -> int:
    if origin.city == target.city:
        return TRANSFER_DAYS["city"]
    return TRANSFER_DAYS["region" if origin.region == target.region else "chain"]


def arrival(now: str, days: int) -> str:
    return f"{later(now, days=days)[:10]}T{DOCK_OPENS}"


def stock_key(store_id: str, article_id: str) -> str:
    return f"{store_id}/{article_id}"
