"""What a signed-in investor can do. Every tool: find, check, change, return; a refusal changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from servers.state import ToolError
from servers.tool import reads, writes
from servers.trading.book import best_price, check_own_orders, cost_of, execute, levels, match, queue_ahead
from servers.trading.records import (
    Brokerage,
    Day,
    FillRow,
    Kind,
    Lasts,
    OrderBook,
    OrderDetails,
    OrderRow,
    Orders,
    Portfolio,
    Position,
    PositionRow,
    Price,
    PriceHistory,
    Quote,
    Sector,
    Shares,
    Side,
    Status,
    Stock,
    StockRow,
    Stocks,
    Submitted,
    Symbol,
    TradeOrder,
    TradeOrderId,
    Watched,
    Watchlist,
    WatchlistEntry,
    WatchRow,
    Withdrawn,
)
from servers.trading.rules import (
    available_shares,
    buying_power,
    cents,
    change_percent,
    day_closes,
    is_reached,
    is_working,
    market_is_open,
    next_opening,
    status_of,
)

Limit = Annotated[int, Meta(description="how many to return", ge=1, le=50)]
Name = Annotated[str, Meta(description="company or fund name or part of it, e.g. Nordwind Energy", max_length=60)]
Depth = Annotated[int, Meta(description="how many price levels of each side, e.g. 5", ge=1, le=20)]
StockSort = Annotated[
    Literal["name", "gainers", "losers", "most_traded", "cheapest", "dearest"],
    Meta(description="which come first, e.g. gainers for the highest rise since the previous close"),
]
PositionSort = Annotated[
    Literal["largest", "best", "worst"], Meta(description="which come first: most value, highest or lowest gain")
]
LimitPrice = Annotated[
    float, Meta(description="worst price to accept, in whole cents, e.g. 41.20; leave out to take the market's", gt=0)
]

MOST_WATCHED = 20
COLLAR = 0.5


@reads
def search_stocks(
    app: Brokerage,
    name: Name | None = None,
    sector: Annotated[Sector, Meta(description="business sector, e.g. energy")] | None = None,
    kind: Annotated[Kind, Meta(description="single company or fund, e.g. etf")] | None = None,
    sort: StockSort = "name",
    limit: Limit = 5,
) -> Stocks:
    """Search stocks and ETFs by name, sector or kind with last price and change, e.g. sector="energy"."""
    found = list(app.stocks) if sector is None else app.stocks.where(sector=sector)
    if name is not None:
        found = [row for row in found if name.casefold() in row.name.casefold()]
    if kind is not None:
        found = [row for row in found if row.kind == kind]
    ordered = sorted(found, key=lambda row: (_stock_rank(row, sort), row.name))
    return Stocks([_stock_row(row) for row in ordered[:limit]], len(ordered))


@reads
def get_stock_quote(app: Brokerage, symbol: Symbol) -> Quote:
    """Show a stock's last price, best bid and ask, volume and yearly range, e.g. symbol="NOEN"."""
    stock = _stock(app, symbol)
    return Quote(
        symbol,
        stock.name,
        stock.last,
        change_percent(stock),
        best_price(app, symbol, "buy"),
        best_price(app, symbol, "sell"),
        stock.volume,
        stock.year_low,
        stock.year_high,
        market_is_open(app.now),
    )


@reads
def get_stock_price_history(
    app: Brokerage, symbol: Symbol, after: Day | None = None, before: Day | None = None, limit: Limit = 5
) -> PriceHistory:
    """Show a stock's daily closing prices between two dates (both included), latest first, e.g. after="2026-03-02"."""
    stock = _stock(app, symbol)
    known = day_closes(app.closes.find(symbol))
    first, last = after.isoformat() if after else known[0].date, before.isoformat() if before else known[-1].date
    found = [row for row in known if first <= row.date <= last]
    if not found:
        raise ToolError(
            f"no closes of {symbol} from {first} to {last}; there are some from {known[0].date} to {known[-1].date}"
        )
    prices = [row.close for row in found]
    return PriceHistory(symbol, stock.name, found[::-1][:limit], min(prices), max(prices), len(found))


@reads
def show_order_book(app: Brokerage, symbol: Symbol, depth: Depth = 3) -> OrderBook:
    """Show how many shares of a stock are wanted and offered at the best prices of either side, e.g. depth=5."""
    stock = _stock(app, symbol)
    return OrderBook(symbol, stock.name, levels(app, symbol, "buy")[:depth], levels(app, symbol, "sell")[:depth])


@writes
def submit_trade_order(
    app: Brokerage,
    symbol: Symbol,
    side: Annotated[Side, Meta(description="buy or sell")],
    quantity: Shares,
    limit_price: LimitPrice | None = None,
    lasts: Annotated[Lasts, Meta(description="when what is left of a limit order ends, e.g. day")] = "day",
) -> Submitted:
    """Buy or sell shares, covered by cash or holdings, in market hours, e.g. quantity=25, limit_price=41.20."""
    stock = _stock(app, symbol)
    _check_open(app)
    _check_limit(stock, limit_price)
    check_own_orders(app, symbol, side, limit_price)
    takes = match(app, symbol, side, quantity, limit_price)
    if limit_price is None and not takes:
        raise ToolError(f"nobody {'sells' if side == 'buy' else 'buys'} {symbol} now; give a limit_price to wait")
    rest = quantity - sum(take.quantity for take in takes)
    if side == "buy":
        _check_cash(app, cost_of(takes) + rest * (limit_price or 0), buying_power(app))
    else:
        _check_shares(app, symbol, quantity, available_shares(app, symbol))
    order = app.trade_orders.add(
        TradeOrder(app.new_id("TOR"), symbol, side, quantity, 0, limit_price, lasts if limit_price else "day", app.now)
    )
    return _submitted(app, execute(app, order, takes))


@writes
def replace_trade_order(
    app: Brokerage,
    trade_order_id: TradeOrderId,
    limit_price: Price,
    quantity: Annotated[Shares, Meta(description="new total, what is filled included; else unchanged")] | None = None,
) -> Submitted:
    """Change the limit, and the quantity if given, of an open trade order in market hours, e.g. limit_price=41.20."""
    order = _open_order(app, trade_order_id)
    total = order.quantity if quantity is None else quantity
    _check_open(app)
    _check_change(order, limit_price, total)
    _check_limit(_stock(app, order.symbol), limit_price)
    check_own_orders(app, order.symbol, order.side, limit_price)
    takes = match(app, order.symbol, order.side, total - order.filled, limit_price)
    _check_cover(app, order, limit_price, total, cost_of(takes), sum(take.quantity for take in takes))
    keeps_place = limit_price == order.limit_price and total < order.quantity
    at = order.at if keeps_place else app.now
    return _submitted(
        app, execute(app, app.trade_orders.update(order, limit_price=limit_price, quantity=total, at=at), takes)
    )


@writes(destructive=True)
def withdraw_trade_order(app: Brokerage, trade_order_id: TradeOrderId) -> Withdrawn:
    """Cancel what is left of an open trade order, even when the market is closed; its fills stay."""
    order = _open_order(app, trade_order_id)
    app.trade_orders.update(order, state="cancelled")
    return Withdrawn(trade_order_id, order.symbol, order.quantity - order.filled, buying_power(app))


@reads
def list_trade_orders(
    app: Brokerage,
    symbol: Symbol | None = None,
    status: Annotated[Status, Meta(description="open includes partly filled; e.g. filled")] | None = None,
    side: Annotated[Side, Meta(description="buy or sell")] | None = None,
    limit: Limit = 5,
) -> Orders:
    """List the investor's trade orders, newest first, all or by stock, status or side, e.g. status="open"."""
    found = list(app.trade_orders) if symbol is None else app.trade_orders.where(symbol=_stock(app, symbol).symbol)
    if status is not None:
        found = [row for row in found if status_of(app, row) == status]
    if side is not None:
        found = [row for row in found if row.side == side]
    newest = sorted(found, key=lambda row: (row.at, row.trade_order_id), reverse=True)
    return Orders([_order_row(app, row) for row in newest[:limit]], len(newest))


@reads
def get_trade_order(app: Brokerage, trade_order_id: TradeOrderId) -> OrderDetails:
    """Show one trade order with its fills and how many shares stand before it, e.g. trade_order_id="TOR-30417"."""
    order = _order(app, trade_order_id)
    return OrderDetails(
        trade_order_id,
        order.symbol,
        _stock(app, order.symbol).name,
        order.side,
        order.quantity,
        order.filled,
        order.limit_price,
        order.lasts,
        status_of(app, order),
        order.at,
        queue_ahead(app, order),
        [FillRow(row.quantity, row.price, row.at) for row in app.fills.where(trade_order_id=trade_order_id)],
    )


@reads
def list_stock_positions(
    app: Brokerage, symbol: Symbol | None = None, sort: PositionSort = "largest", limit: Limit = 6
) -> Portfolio:
    """List the shares held, all or of one stock, with value and gain, and cash and buying power, e.g. sort="worst"."""
    (investor,) = app.investors
    held = list(app.positions) if symbol is None else app.positions.where(symbol=_stock(app, symbol).symbol)
    rows = [_position_row(app, row) for row in held]
    ordered = sorted(rows, key=lambda row: (_position_rank(row, sort), row.symbol))
    return Portfolio(investor.cash, buying_power(app), ordered[:limit], len(ordered))


@reads
def list_watched_stocks(
    app: Brokerage,
    status: Annotated[
        Literal["all", "reached", "waiting"], Meta(description="by target price: reached, or not yet or none")
    ] = "all",
    limit: Limit = 6,
) -> Watchlist:
    """List the stocks on the watch list by name with last and target price, e.g. status="reached"."""
    rows = [_watch_row(app, entry) for entry in app.watchlist]
    found = [row for row in rows if status == "all" or row.reached == (status == "reached")]
    ordered = sorted(found, key=lambda row: row.name)
    return Watchlist(ordered[:limit], len(ordered))


@writes
def watch_stock(
    app: Brokerage,
    symbol: Symbol,
    target_price: Annotated[float, Meta(description="price to wait for, e.g. 41.20", gt=0, le=100_000)] | None = None,
) -> Watched:
    """Put a stock on the watch list, or give one that is there another target price, e.g. target_price=41.20."""
    stock, entry = _stock(app, symbol), app.watchlist.get(symbol)
    target = None if target_price is None else cents(target_price)
    if entry and entry.target_price == target:
        raise ToolError(f"{symbol} is already on the watch list with {'no' if target is None else 'this'} target price")
    if entry is None and len(app.watchlist) >= MOST_WATCHED:
        raise ToolError(f"the watch list is full: {MOST_WATCHED} stocks")
    since = entry.since if entry else app.today
    side = "below" if target is not None and target < stock.last else "above"
    app.watchlist.save(WatchlistEntry(symbol, since, target, side))
    return Watched(symbol, stock.name, target, len(app.watchlist))


@writes(destructive=True)
def unwatch_stock(app: Brokerage, symbol: Symbol) -> Watched:
    """Take a stock off the watch list, e.g. symbol="NOEN"."""
    stock, entry = _stock(app, symbol), app.watchlist.get(symbol)
    if entry is None:
        raise ToolError(f"{symbol} is not on the watch list")
    app.watchlist.delete(symbol)
    return Watched(symbol, stock.name, entry.target_price, len(app.watchlist))


def _stock(app: Brokerage, symbol: str) -> Stock:
    stock = app.stocks.get(symbol)
    if stock is None:
        raise ToolError(f"no stock with symbol {symbol}")
    return stock


def _order(app: Brokerage, trade_order_id: str) -> TradeOrder:
    order = app.trade_orders.get(trade_order_id)
    if order is None:
        raise ToolError(f"no trade order {trade_order_id}")
    return order


def _open_order(app: Brokerage, trade_order_id: str) -> TradeOrder:
    order = _order(app, trade_order_id)
    if not is_working(app, order):
        raise ToolError(f"{trade_order_id} is {status_of(app, order)}; only open trade orders can be changed")
    return order


def _check_open(app: Brokerage) -> None:
    if not market_is_open(app.now):
        raise ToolError(f"the market is closed; it opens at {next_opening(app.now)}")


def _check_limit(stock: Stock, limit_price: float | None) -> None:
    if limit_price is None:
        return
    if limit_price != cents(limit_price):
        raise ToolError(f"limit price {limit_price} has more than two decimals")
    low, high = cents(stock.last * (1 - COLLAR)), cents(stock.last * (1 + COLLAR))
    if not low <= limit_price <= high:
        raise ToolError(f"limit price {limit_price:.2f} is too far from {stock.last:.2f}: {low:.2f} to {high:.2f}")


def _check_change(order: TradeOrder, limit_price: float, total: int) -> None:
    if total <= order.filled:
        raise ToolError(f"{order.filled} shares of {order.trade_order_id} are filled; the new total must be more")
    if (limit_price, total) == (order.limit_price, order.quantity):
        raise ToolError(f"{order.trade_order_id} is already for {total} shares at {limit_price:.2f}")


def _check_cover(app: Brokerage, order: TradeOrder, limit_price: float, total: int, cost: float, taken: int) -> None:
    """A changed order is covered by what is free and by what the old one tied up."""
    tied_up = order.quantity - order.filled
    if order.side == "buy":
        needed = cost + (total - order.filled - taken) * limit_price
        _check_cash(app, needed, buying_power(app) + tied_up * order.limit_price)
    else:
        _check_shares(app, order.symbol, total - order.filled, available_shares(app, order.symbol) + tied_up)


def _check_cash(app: Brokerage, needed: float, available: float) -> None:
    if cents(needed) > cents(available):
        raise ToolError(f"not enough buying power: {cents(needed):.2f} needed, {cents(available):.2f} available")


def _check_shares(app: Brokerage, symbol: str, wanted: int, available: int) -> None:
    if wanted > available:
        raise ToolError(f"only {available} shares of {symbol} are available to sell, not {wanted}")


def _submitted(app: Brokerage, order: TradeOrder) -> Submitted:
    fills = app.fills.where(trade_order_id=order.trade_order_id)
    paid = sum(fill.quantity * fill.price for fill in fills)
    return Submitted(
        order.trade_order_id,
        order.symbol,
        order.quantity,
        order.filled,
        cents(paid / order.filled) if order.filled else None,
        status_of(app, order),
        buying_power(app),
    )


def _stock_rank(stock: Stock, sort: str) -> float:
    """Lower comes first; by name alone all are equal."""
    change, price = change_percent(stock), stock.last
    ranks = {"gainers": -change, "losers": change, "most_traded": -stock.volume, "cheapest": price, "dearest": -price}
    return ranks.get(sort, 0)


def _position_rank(row: PositionRow, sort: str) -> float:
    return {"largest": -row.value, "best": -row.gain, "worst": row.gain}[sort]


def _stock_row(stock: Stock) -> StockRow:
    return StockRow(stock.symbol, stock.name, stock.sector, stock.kind, stock.last, change_percent(stock))


def _order_row(app: Brokerage, row: TradeOrder) -> OrderRow:
    status = status_of(app, row)
    return OrderRow(row.trade_order_id, row.symbol, row.side, row.quantity, row.filled, row.limit_price, status, row.at)


def _position_row(app: Brokerage, held: Position) -> PositionRow:
    stock = _stock(app, held.symbol)
    value = cents(held.shares * stock.last)
    available = available_shares(app, held.symbol)
    average, gain = cents(held.cost / held.shares), cents(value - held.cost)
    return PositionRow(held.symbol, stock.name, held.shares, available, average, value, gain)


def _watch_row(app: Brokerage, entry: WatchlistEntry) -> WatchRow:
    stock = _stock(app, entry.symbol)
    reached = is_reached(entry, stock)
    return WatchRow(entry.symbol, stock.name, stock.last, change_percent(stock), entry.target_price, reached)
