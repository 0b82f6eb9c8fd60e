"""The tables of the chain, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

StoreId = Annotated[str, msgspec.Meta(description="store, e.g. STO-30417", max_length=20)]
ArticleId = Annotated[str, msgspec.Meta(description="article, e.g. ART-48213", max_length=20)]
DeliveryId = Annotated[
    str, msgspec.Meta(description="stock transfer or supplier order, e.g. TFR-71305 or SPO-20931", max_length=20)
]
ReservationId = Annotated[str, msgspec.Meta(description="article reservation, e.g. RVN-55120", max_length=20)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-14")]
Pieces = Annotated[int, msgspec.Meta(description="number of pieces, e.g. 6", ge=1, le=10_000)]
Region = Literal["north", "east", "south", "west"]
Category = Literal[
    "kitchen", "bath", "bedding", "garden", "toys", "stationery", "outdoor", "lighting", "pets", "luggage"
]
Days = Literal["daily", "Monday to Saturday"]
Kind = Literal["transfer", "supplier_order"]
DeliveryStatus = Literal["requested", "shipped", "arrived", "received", "cancelled"]
ReservationStatus = Literal["active", "collected", "cancelled", "expired"]
Level = Literal["low", "sold_out"]
Reason = Annotated[
    Literal["damaged", "stolen", "spoiled", "found", "returned", "miscount"],
    msgspec.Meta(description="why the number differs: the first three mean fewer, found and returned mean more"),
]


class Store(Row, frozen=True):
    store_id: str
    name: str
    city: str
    region: Region
    street: str
    manager: str
    opens: str
    closes: str
    days: Days


class Supplier(Row, frozen=True):
    name: str
    lead_days: int


class RegionPrice(Row, frozen=True):
    region: Region
    price: float


class Article(Row, frozen=True):
    article_id: str
    name: str
    category: Category
    list_price: float
    prices: tuple[RegionPrice, ...]
    case_size: int
    supplier: str
    discontinued: bool


class Stock(Row, frozen=True):
    """What one store has of one article; a store carries an article if there is such a row."""

    stock_id: str
    """"STO-30417/ART-48213"."""
    store_id: str
    article_id: str
    on_hand: int
    """On the shelf, reserved pieces included; what is on its way belongs to the delivery."""
    reorder_at: int
    capacity: int
    counted: str
    """Day of the last count."""


class Delivery(Row, frozen=True):
    """Pieces of one article on their way to a store, from another store or from a supplier."""

    delivery_id: str
    kind: Kind
    article_id: str
    store_id: str
    """Where it goes."""
    origin: str
    """A store_id, or the name of a supplier."""
    quantity: int
    requested: str
    ships: str
    arrives: str
    closed: Literal["", "received", "cancelled"] = ""


class Reservation(Row, frozen=True):
    reservation_id: str
    article_id: str
    store_id: str
    customer: str
    quantity: int
    price: float
    """For one piece, in the region of the store on the day it was reserved."""
    until: str
    """Last day, included."""
    closed: Literal["", "collected", "cancelled"] = ""


class Adjustment(Row, frozen=True):
    adjustment_id: str
    stock_id: str
    change: int
    reason: Reason
    date: str


class Chain(State):
    stores: Table[Store]
    suppliers: Table[Supplier]
    articles: Table[Article]
    stock: Table[Stock]
    deliveries: Table[Delivery]
    reservations: Table[Reservation]
    adjustments: Table[Adjustment]


class StoreRow(msgspec.Struct, frozen=True):
    store_id: str
    name: str
    region: Region
    opens: str
    closes: str
    days: Days
    open_now: bool


class Stores(msgspec.Struct, frozen=True):
    stores: list[StoreRow]
    total: int


class ArticleRow(msgspec.Struct, frozen=True):
    article_id: str
    name: str
    category: Category
    price: float
    case_size: int
    supplier: str
    discontinued: bool


class Articles(msgspec.Struct, frozen=True):
    articles: list[ArticleRow]
    total: int


class StockRow(msgspec.Struct, frozen=True):
    store_id: str
    store: str
    article_id: str
    article: str
    on_hand: int
    reserved: int
    incoming: int
    space: int
    """How many more the store can take, what is incoming included."""
    reorder_at: int


class StoreStock(msgspec.Struct, frozen=True):
    stock: list[StockRow]
    total: int


class DeliveryRow(msgspec.Struct, frozen=True):
    delivery_id: str
    article: str
    quantity: int
    origin: str
    store: str
    status: DeliveryStatus
    arrives: str


class Deliveries(msgspec.Struct, frozen=True):
    deliveries: list[DeliveryRow]
    total: int
    """How many match, of which the newest are shown."""


class SettledDelivery(msgspec.Struct, frozen=True):
    delivery_id: str
    outcome: Literal["received", "cancelled"]
    article: str
    quantity: int
    store: str
    on_hand: int
    """Of that article in the store it was going to, afterwards."""


class Reserved(msgspec.Struct, frozen=True):
    reservation_id: str
    article: str
    store: str
    customer: str
    quantity: int
    total: float
    until: str


class ReservationRow(msgspec.Struct, frozen=True):
    reservation_id: str
    customer: str
    article: str
    store: str
    quantity: int
    until: str
    status: ReservationStatus


class Reservations(msgspec.Struct, frozen=True):
    reservations: list[ReservationRow]
    total: int


class SettledReservation(msgspec.Struct, frozen=True):
    reservation_id: str
    outcome: Literal["collected", "cancelled"]
    article: str
    customer: str
    paid: float
    """Quantity times the reserved price; nothing if cancelled."""
    on_hand: int


class Adjusted(msgspec.Struct, frozen=True):
    adjustment_id: str
    store: str
    article: str
    before: int
    on_hand: int
    reason: Reason
