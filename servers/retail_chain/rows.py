"""How the tables of the chain are shown in results: names next to ids, numbers worked out, and in which order."""

from __future__ import annotations

from servers.retail_chain.records import (
    Article,
    ArticleRow,
    Chain,
    Delivery,
    DeliveryRow,
    Region,
    Reservation,
    ReservationRow,
    Stock,
    StockRow,
    Store,
    StoreRow,
)
from servers.retail_chain.rules import (
    delivery_status,
    incoming,
    is_open,
    price_in,
    reservation_status,
    reserved,
    space,
)


def due(row: Reservation) -> float:
    return round(row.quantity * row.price, 2)


def store_row(chain: Chain, row: Store) -> StoreRow:
    return StoreRow(row.store_id, row.name, row.region, row.opens, row.closes, row.days, is_open(chain, row))


def article_row(row: Article, region: Region | None) -> ArticleRow:
    price = price_in(row, region)
    return ArticleRow(row.article_id, row.name, row.category, price, row.case_size, row.supplier, row.discontinued)


def stock_row(chain: Chain, row: Stock) -> StockRow:
    return StockRow(
        row.store_id,
        chain.stores.find(row.store_id).name,
        row.article_id,
        chain.articles.find(row.article_id).name,
        row.on_hand,
        reserved(chain, row),
        incoming(chain, row),
        space(chain, row),
        row.reorder_at,
    )


def by_article(row: StockRow) -> tuple[int, str]:
    """The scarcest first, measured by its reorder point."""
    return row.on_hand - row.reserved - row.reorder_at, row.article_id


def by_free(row: StockRow) -> tuple[int, str]:
    """The store with most free pieces first."""
    return row.reserved - row.on_hand, row.store_id


def delivery_row(chain: Chain, row: Delivery) -> DeliveryRow:
    store, article = chain.stores.find(row.store_id), chain.articles.find(row.article_id)
    origin = chain.stores.find(row.origin).name if row.kind == "transfer" else row.origin
    status = delivery_status(chain, row)
    return DeliveryRow(row.delivery_id, article.name, row.quantity, origin, store.name, status, row.arrives)


def reservation_row(chain: Chain, row: Reservation) -> ReservationRow:
    article, store = chain.articles.find(row.article_id), chain.stores.find(row.store_id)
    status = reservation_status(chain, row)
    return ReservationRow(row.reservation_id, row.customer, article.name, store.name, row.quantity, row.until, status)
