"""The tables of the brokerage, and the types its tools take and give."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import msgspec

from servers.state import Row, State, Table

Symbol = Annotated[str, msgspec.Meta(description="ticker symbol of a stock or ETF, e.g. NOEN", max_length=8)]
TradeOrderId = Annotated[str, msgspec.Meta(description="trade order, e.g. TOR-30417", max_length=20)]
Shares = Annotated[int, msgspec.Meta(description="whole number of shares, e.g. 25", ge=1, le=10_000)]
Price = Annotated[float, msgspec.Meta(description="price of one share, e.g. 41.20", gt=0, le=100_000)]
Day = Annotated[date, msgspec.Meta(description="calendar date, e.g. 2026-03-13")]
Sector = Literal[
    "technology", "energy", "health", "finance", "industry", "consumer", "transport", "materials", "utilities",
    "property", "broad_market",
]  # fmt: skip
Kind = Literal["stock", "etf"]
Side = Literal["buy", "sell"]
Lasts = Literal["day", "until_cancelled"]
Status = Literal["open", "filled", "cancelled", "expired"]


class Investor(Row, frozen=True):
    investor_id: str
    name: str
    deposited: float
    """All that was ever paid in; the cash is this less what was bought plus what was sold."""
    cash: float


class Stock(Row, frozen=True):
    symbol: str
    name: str
    sector: Sector
    kind: Kind
    previous_close: float
    last: float
    volume: int
    """Shares traded today."""
    year_low: float
    year_high: float


class Closes(Row, frozen=True):
    """Closing prices of the trading days (Monday to Friday) that end with `until`, oldest first."""

    symbol: str
    until: str
    prices: tuple[float, ...]


class StandingOrder(Row, frozen=True):
    """What somebody else offers to buy or sell, until it is taken."""

    standing_order_id: str
    symbol: str
    side: Side
    price: float
    quantity: int
    at: str


class TradeOrder(Row, frozen=True):
    trade_order_id: str
    symbol: str
    side: Side
    quantity: int
    filled: int
    limit_price: float | None
    """None for a market order."""
    lasts: Lasts
    at: str
    """When it was submitted or last lost its place in the queue."""
    state: Literal["open", "filled", "cancelled"] = "open"
    """An open day order is expired once its day is over; see rules."""


class Fill(Row, frozen=True):
    fill_id: str
    trade_order_id: str
    quantity: int
    price: float
    at: str


class Position(Row, frozen=True):
    symbol: str
    shares: int
    cost: float
    """What the shares still held were bought for."""


class WatchlistEntry(Row, frozen=True):
    symbol: str
    since: str
    target_price: float | None = None
    reached_when: Literal["above", "below"] = "above"


class Brokerage(State):
    investors: Table[Investor]
    stocks: Table[Stock]
    closes: Table[Closes]
    standing_orders: Table[StandingOrder]
    trade_orders: Table[TradeOrder]
    fills: Table[Fill]
    positions: Table[Position]
    watchlist: Table[WatchlistEntry]


class StockRow(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    sector: Sector
    kind: Kind
    last: float
    change_percent: float
    """Since the previous close."""


class Stocks(msgspec.Struct, frozen=True):
    stocks: list[StockRow]
    total: int
    """How many match, of which the first are shown."""


class Quote(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    last: float
    change_percent: float
    bid: float | None
    """Highest price somebody would pay, None if nobody would."""
    ask: float | None
    volume: int
    year_low: float
    year_high: float
    market_open: bool


class DayClose(msgspec.Struct, frozen=True):
    date: str
    close: float


class PriceHistory(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    days: list[DayClose]
    lowest: float
    highest: float
    total: int
    """How many days match, of which the latest are shown; lowest and highest are of all that match."""


class Level(msgspec.Struct, frozen=True):
    price: float
    quantity: int
    own: int
    """How many of these shares the investor's own orders stand for."""


class OrderBook(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    bids: list[Level]
    """Best first: highest bid, lowest ask."""
    asks: list[Level]


class Submitted(msgspec.Struct, frozen=True):
    trade_order_id: str
    symbol: str
    quantity: int
    filled: int
    average_price: float | None
    status: Status
    buying_power: float


class OrderRow(msgspec.Struct, frozen=True):
    trade_order_id: str
    symbol: str
    side: Side
    quantity: int
    filled: int
    limit_price: float | None
    status: Status
    at: str


class Orders(msgspec.Struct, frozen=True):
    trade_orders: list[OrderRow]
    total: int
    """How many match, of which the newest are shown."""


class FillRow(msgspec.Struct, frozen=True):
    quantity: int
    price: float
    at: str


class OrderDetails(msgspec.Struct, frozen=True):
    trade_order_id: str
    symbol: str
    name: str
    side: Side
    quantity: int
    filled: int
    limit_price: float | None
    lasts: Lasts
    status: Status
    at: str
    queue_ahead: int
    """Shares of others that come first at its price or a better one; 0 unless it is open."""
    fills: list[FillRow]


class Withdrawn(msgspec.Struct, frozen=True):
    trade_order_id: str
    symbol: str
    cancelled_shares: int
    buying_power: float


class PositionRow(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    shares: int
    available: int
    """Not tied up in open sell orders."""
    average_price: float
    value: float
    gain: float


class Portfolio(msgspec.Struct, frozen=True):
    cash: float
    buying_power: float
    """Cash not reserved for open buy orders."""
    positions: list[PositionRow]
    total: int


class WatchRow(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    last: float
    change_percent: float
    target_price: float | None
    reached: bool


class Watchlist(msgspec.Struct, frozen=True):
    watchlist: list[WatchRow]
    total: int


class Watched(msgspec.Struct, frozen=True):
    symbol: str
    name: str
    target_price: float | None
    watched: int
    """How many stocks are on the watch list now."""
