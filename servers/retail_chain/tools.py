"""What the back office can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from servers.retail_chain.records import (
    Adjusted,
    Adjustment,
    Article,
    ArticleId,
    Articles,
    Category,
    Chain,
    Day,
    Deliveries,
    Delivery,
    DeliveryId,
    DeliveryRow,
    DeliveryStatus,
    Kind,
    Level,
    Pieces,
    Reason,
    Region,
    Reservation,
    ReservationId,
    Reservations,
    ReservationStatus,
    Reserved,
    SettledDelivery,
    SettledReservation,
    Stock,
    Store,
    StoreId,
    Stores,
    StoreStock,
)
from servers.retail_chain.rows import (
    article_row,
    by_article,
    by_free,
    delivery_row,
    due,
    reservation_row,
    stock_row,
    store_row,
)
from servers.retail_chain.rules import (
    ORDER_PICKED_AFTER,
    TRANSFER_PICKED_AFTER,
    arrival,
    delivery_status,
    incoming,
    is_open,
    price_in,
    reservation_status,
    reserved,
    space,
    stock_key,
    transfer_days,
)
from servers.state import ToolError, later
from servers.tool import reads, writes

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
StoreName = Annotated[str, Meta(description="store name or part of it, e.g. Porto Station", max_length=60)]
City = Annotated[str, Meta(description="city, e.g. Porto", max_length=40)]
Text = Annotated[str, Meta(description="article name or part of it, e.g. Blue Enamel Mug", max_length=60)]
InRegion = Annotated[Region, Meta(description="region of the chain, e.g. north")]
InCategory = Annotated[Category, Meta(description="kind of article, e.g. kitchen")]
Customer = Annotated[str, Meta(description="full name of the customer, e.g. Mira Holt", min_length=2, max_length=60)]
CustomerPart = Annotated[str, Meta(description="customer name or part of it, e.g. Mira Holt", max_length=60)]
Cases = Annotated[int, Meta(description="number of full cases, e.g. 2", ge=1, le=500)]
Counted = Annotated[int, Meta(description="pieces that are really there, reserved ones included", ge=0, le=10_000)]

HOLD_DAYS, LONGEST_HOLD_DAYS = 3, 14
FEWER, MORE = ("damaged", "stolen", "spoiled"), ("found", "returned")


@reads
def find_stores(
    chain: Chain,
    name: StoreName | None = None,
    city: City | None = None,
    region: InRegion | None = None,
    limit: Limit = 5,
) -> Stores:
    """Find stores by name, city or region with their opening hours and whether they are open now, e.g. city="Porto"."""
    found = list(chain.stores) if region is None else chain.stores.where(region=region)
    if name is not None:
        found = [row for row in found if name.casefold() in row.name.casefold()]
    if city is not None:
        found = [row for row in found if city.casefold() == row.city.casefold()]
    ordered = sorted(found, key=lambda row: row.name)
    return Stores([store_row(chain, row) for row in ordered[:limit]], len(ordered))


@reads
def find_articles(
    chain: Chain,
    text: Text | None = None,
    category: InCategory | None = None,
    region: Annotated[InRegion, Meta(description="whose prices to show; the list price if left out")] | None = None,
    limit: Limit = 5,
) -> Articles:
    """Find articles by name or category with price, supplier and case size, e.g. text="Enamel Mug", region="north"."""
    found = list(chain.articles) if category is None else chain.articles.where(category=category)
    if text is not None:
        found = [row for row in found if text.casefold() in row.name.casefold()]
    ordered = sorted(found, key=lambda row: (row.name, row.article_id))
    return Articles([article_row(row, region) for row in ordered[:limit]], len(ordered))


@reads
def list_store_stock(
    chain: Chain,
    store_id: StoreId | None = None,
    article_id: ArticleId | None = None,
    level: Annotated[Level, Meta(description="low: at most its reorder point is free; sold_out: nothing is")]
    | None = None,
    category: InCategory | None = None,
    limit: Limit = 5,
) -> StoreStock:
    """List what a store has, or which stores have an article: on hand, reserved, incoming; e.g. level="low"."""
    found = _stock_of(chain, store_id, article_id)
    if category is not None:
        found = [row for row in found if chain.articles.find(row.article_id).category == category]
    rows = [stock_row(chain, row) for row in found]
    if level is not None:
        rows = [row for row in rows if row.on_hand - row.reserved <= (row.reorder_at if level == "low" else 0)]
    ordered = sorted(rows, key=by_article if article_id is None else by_free)
    return StoreStock(ordered[:limit], len(ordered))


@writes
def request_stock_transfer(
    chain: Chain, article_id: ArticleId, from_store_id: StoreId, to_store_id: StoreId, quantity: Pieces
) -> DeliveryRow:
    """Send unreserved pieces of an article from one store to another that carries it and has space, e.g. quantity=4."""
    origin, target = _store(chain, from_store_id), _store(chain, to_store_id)
    if origin.store_id == target.store_id:
        raise ToolError(f"{origin.name} cannot send a transfer to itself")
    article = _article(chain, article_id)
    source, shelf = _stock(chain, origin, article), _stock(chain, target, article)
    _check_free(chain, source, quantity)
    _check_space(chain, shelf, quantity)
    chain.stock.update(source, on_hand=source.on_hand - quantity)
    days = transfer_days(origin, target)
    return _send(chain, "transfer", shelf, from_store_id, quantity, TRANSFER_PICKED_AFTER, days)


@writes
def place_supplier_order(chain: Chain, article_id: ArticleId, store_id: StoreId, cases: Cases) -> DeliveryRow:
    """Order full cases of an article for a store from its supplier; one open order each, space needed, e.g. cases=2."""
    store, article = _store(chain, store_id), _article(chain, article_id)
    stock = _stock(chain, store, article)
    if article.discontinued:
        raise ToolError(f"{article.name} is discontinued; {article.supplier} no longer supplies it")
    _check_no_open_order(chain, stock)
    quantity = cases * article.case_size
    _check_space(chain, stock, quantity)
    days = chain.suppliers.find(article.supplier).lead_days
    return _send(chain, "supplier_order", stock, article.supplier, quantity, ORDER_PICKED_AFTER, days)


@reads
def list_store_deliveries(
    chain: Chain,
    store_id: Annotated[StoreId, Meta(description="store they go to or come from, e.g. STO-30417")] | None = None,
    kind: Annotated[Kind, Meta(description="transfers between stores or supplier orders")] | None = None,
    status: Annotated[DeliveryStatus, Meta(description="how far they are, e.g. arrived")] | None = None,
    limit: Limit = 5,
) -> Deliveries:
    """List transfers and supplier orders, latest arrival first, of the chain or of a store, e.g. status="arrived"."""
    if store_id is None:
        found = list(chain.deliveries)
    else:
        store = _store(chain, store_id)
        found = chain.deliveries.where(store_id=store.store_id) + chain.deliveries.where(origin=store.store_id)
    if kind is not None:
        found = [row for row in found if row.kind == kind]
    if status is not None:
        found = [row for row in found if delivery_status(chain, row) == status]
    newest = sorted(found, key=lambda row: (row.arrives, row.delivery_id), reverse=True)
    return Deliveries([delivery_row(chain, row) for row in newest[:limit]], len(newest))


@writes
def settle_store_delivery(
    chain: Chain,
    delivery_id: DeliveryId,
    outcome: Annotated[Literal["received", "cancelled"], Meta(description="received, or cancelled, e.g. received")],
) -> SettledDelivery:
    """Book an arrived transfer or supplier order as received, or cancel a requested one, e.g. outcome="received"."""
    row = _delivery(chain, delivery_id)
    status = delivery_status(chain, row)
    if outcome == "received":
        _check_arrived(row, status)
        _add(chain, row.store_id, row)
    else:
        _check_requested(row, status)
        if row.kind == "transfer":
            _add(chain, row.origin, row)
    chain.deliveries.update(row, closed=outcome)
    store, article = _store(chain, row.store_id), _article(chain, row.article_id)
    on_hand = _stock(chain, store, article).on_hand
    return SettledDelivery(delivery_id, outcome, article.name, row.quantity, store.name, on_hand)


@writes
def reserve_article(
    chain: Chain,
    article_id: ArticleId,
    store_id: StoreId,
    customer: Customer,
    quantity: Annotated[int, Meta(description="pieces to hold, e.g. 2", ge=1, le=50)] = 1,
    until: Annotated[Day, Meta(description="last day it is held, at most 14 days ahead; else 3 days")] | None = None,
) -> Reserved:
    """Hold unreserved pieces of an article in a store for a customer at today's price, e.g. until="2026-03-14"."""
    store, article = _store(chain, store_id), _article(chain, article_id)
    stock = _stock(chain, store, article)
    last = _last_day(chain, until)
    _check_not_yet_reserved(chain, stock, customer)
    _check_free(chain, stock, quantity)
    price = price_in(article, store.region)
    number = chain.new_id("RVN")
    row = chain.reservations.add(Reservation(number, article_id, store_id, customer, quantity, price, last))
    return Reserved(number, article.name, store.name, customer, quantity, due(row), last)


@reads
def list_article_reservations(
    chain: Chain,
    customer: CustomerPart | None = None,
    store_id: StoreId | None = None,
    status: Annotated[ReservationStatus, Meta(description="where it stands, e.g. active")] | None = None,
    limit: Limit = 5,
) -> Reservations:
    """List reservations by customer, store or status, those that end last first, e.g. customer="Mira Holt"."""
    if store_id is None:
        found = list(chain.reservations)
    else:
        found = chain.reservations.where(store_id=_store(chain, store_id).store_id)
    if customer is not None:
        found = [row for row in found if customer.casefold() in row.customer.casefold()]
    if status is not None:
        found = [row for row in found if reservation_status(chain, row) == status]
    ordered = sorted(found, key=lambda row: (row.until, row.reservation_id), reverse=True)
    return Reservations([reservation_row(chain, row) for row in ordered[:limit]], len(ordered))


@writes
def settle_article_reservation(
    chain: Chain,
    reservation_id: ReservationId,
    outcome: Annotated[Literal["collected", "cancelled"], Meta(description="collected, or cancelled, e.g. collected")],
) -> SettledReservation:
    """Book an active reservation as collected, while its store is open, or cancel it, e.g. outcome="collected"."""
    row = _active(chain, reservation_id)
    store, article = _store(chain, row.store_id), _article(chain, row.article_id)
    stock = _stock(chain, store, article)
    if outcome == "collected":
        _check_open(chain, store)
        stock = chain.stock.update(stock, on_hand=stock.on_hand - row.quantity)
    chain.reservations.update(row, closed=outcome)
    paid = due(row) if outcome == "collected" else 0.0
    return SettledReservation(reservation_id, outcome, article.name, row.customer, paid, stock.on_hand)


@writes(idempotent=True)
def adjust_store_stock(
    chain: Chain, store_id: StoreId, article_id: ArticleId, counted: Counted, reason: Reason
) -> Adjusted:
    """Correct what a store has on hand of an article to a count, at least what is reserved, e.g. reason="damaged"."""
    store, article = _store(chain, store_id), _article(chain, article_id)
    stock = _stock(chain, store, article)
    change = counted - stock.on_hand
    _check_reason(stock, change, reason)
    _check_covers_reserved(chain, stock, counted)
    chain.stock.update(stock, on_hand=counted, counted=chain.today)
    number = chain.new_id("CNT")
    chain.adjustments.add(Adjustment(number, stock.stock_id, change, reason, chain.today))
    return Adjusted(number, store.name, article.name, stock.on_hand, counted, reason)


def _store(chain: Chain, store_id: str) -> Store:
    store = chain.stores.get(store_id)
    if store is None:
        raise ToolError(f"no store {store_id}")
    return store


def _article(chain: Chain, article_id: str) -> Article:
    article = chain.articles.get(article_id)
    if article is None:
        raise ToolError(f"no article {article_id}")
    return article


def _delivery(chain: Chain, delivery_id: str) -> Delivery:
    delivery = chain.deliveries.get(delivery_id)
    if delivery is None:
        raise ToolError(f"no stock transfer or supplier order {delivery_id}")
    return delivery


def _stock(chain: Chain, store: Store, article: Article) -> Stock:
    stock = chain.stock.get(stock_key(store.store_id, article.article_id))
    if stock is None:
        raise ToolError(f"{store.name} does not carry {article.name}")
    return stock


def _stock_of(chain: Chain, store_id: str | None, article_id: str | None) -> list[Stock]:
    """Of a store, of an article in every store, or both."""
    if store_id is None and article_id is None:
        raise ToolError("give a store_id, an article_id or both")
    if store_id is None:
        return chain.stock.where(article_id=_article(chain, str(article_id)).article_id)
    store = _store(chain, store_id)
    if article_id is None:
        return chain.stock.where(store_id=store_id)
    return [_stock(chain, store, _article(chain, article_id))]


def _active(chain: Chain, reservation_id: str) -> Reservation:
    row = chain.reservations.get(reservation_id)
    if row is None:
        raise ToolError(f"no article reservation {reservation_id}")
    status = reservation_status(chain, row)
    if status != "active":
        raise ToolError(f"{reservation_id} is {status}; only active reservations can be settled")
    return row


def _last_day(chain: Chain, until: date | None) -> str:
    latest = later(chain.now, days=LONGEST_HOLD_DAYS)[:10]
    last = later(chain.now, days=HOLD_DAYS)[:10] if until is None else until.isoformat()
    if not chain.today <= last <= latest:
        raise ToolError(f"articles are held from today, {chain.today}, until {latest} at most, not {last}")
    return last


def _check_free(chain: Chain, stock: Stock, quantity: int) -> None:
    held = reserved(chain, stock)
    if quantity > stock.on_hand - held:
        name = chain.stores.find(stock.store_id).name
        raise ToolError(f"{name} has {stock.on_hand - held} free of {stock.on_hand} on hand; {held} are reserved")


def _check_space(chain: Chain, stock: Stock, quantity: int) -> None:
    if quantity > (left := space(chain, stock)):
        name = chain.stores.find(stock.store_id).name
        raise ToolError(
            f"{name} has space for {left} more of it, not {quantity}; {incoming(chain, stock)} are incoming"
        )


def _check_no_open_order(chain: Chain, stock: Stock) -> None:
    known = dict(store_id=stock.store_id, article_id=stock.article_id, kind="supplier_order", closed="")
    for row in chain.deliveries.where(**known):
        raise ToolError(f"{row.delivery_id} with {row.quantity} pieces is open already; it arrives {row.arrives}")


def _check_not_yet_reserved(chain: Chain, stock: Stock, customer: str) -> None:
    for row in chain.reservations.where(store_id=stock.store_id, article_id=stock.article_id):
        if row.customer == customer and reservation_status(chain, row) == "active":
            raise ToolError(f"{row.reservation_id} already holds {row.quantity} of it there for {customer}")


def _check_arrived(delivery: Delivery, status: DeliveryStatus) -> None:
    if status in ("requested", "shipped"):
        raise ToolError(f"{delivery.delivery_id} is {status}; it arrives {delivery.arrives}")
    if status != "arrived":
        raise ToolError(f"{delivery.delivery_id} is already {status}")


def _check_requested(delivery: Delivery, status: DeliveryStatus) -> None:
    if status != "requested":
        raise ToolError(f"{delivery.delivery_id} is {status}; only requested deliveries can be cancelled")


def _check_open(chain: Chain, store: Store) -> None:
    if not is_open(chain, store):
        hours = f"{store.opens} to {store.closes}, {store.days}"
        raise ToolError(f"{store.name} is closed now; it is open {hours}")


def _check_reason(stock: Stock, change: int, reason: Reason) -> None:
    if change == 0:
        raise ToolError(f"the stock already says {stock.on_hand}; nothing to adjust")
    if (change > 0 and reason in FEWER) or (change < 0 and reason in MORE):
        raise ToolError(f"{reason} does not explain a change from {stock.on_hand} to {stock.on_hand + change}")


def _check_covers_reserved(chain: Chain, stock: Stock, counted: int) -> None:
    if counted < (held := reserved(chain, stock)):
        raise ToolError(f"{held} are reserved for customers; cancel reservations before counting only {counted}")


def _add(chain: Chain, store_id: str, delivery: Delivery) -> None:
    stock = chain.stock.find(stock_key(store_id, delivery.article_id))
    chain.stock.update(stock, on_hand=stock.on_hand + delivery.quantity)


def _send(
    chain: Chain, kind: Kind, stock: Stock, origin: str, quantity: int, picked_after: int, days: int
) -> DeliveryRow:
    """Puts pieces on their way to a store."""
    delivery = Delivery(
        delivery_id=chain.new_id("TFR" if kind == "transfer" else "SPO"),
        kind=kind,
        article_id=stock.article_id,
        store_id=stock.store_id,
        origin=origin,
        quantity=quantity,
        requested=chain.now,
        ships=later(chain.now, minutes=picked_after),
        arrives=arrival(chain.now, days),
    )
    return delivery_row(chain, chain.deliveries.add(delivery))
