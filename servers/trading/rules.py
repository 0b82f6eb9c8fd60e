"""Rules of the brokerage that only read: opening hours, what orders still stand, what cash and shares they tie up."""

from __future__ import annotations

from datetime import date, timedelta

from servers.state import later
from servers.trading.records import Brokerage, Closes, DayClose, Side, Status, Stock, TradeOrder, WatchlistEntry

OPENS, CLOSES = "09:00", "17:30"


def market_is_open(now: str) -> bool:
    return is_trading_day(now[:10]) and OPENS <= now[11:] < CLOSES


def next_opening(now: str) -> str:
    """When a closed market opens next."""
    opening = f"{now[:10]}T{OPENS}"
    while opening <= now or not is_trading_day(opening[:10]):
        opening = later(opening, days=1)
    return opening


def is_trading_day(day: str) -> bool:
    return date.fromisoformat(day).weekday() < 5


def trading_days(until: str, count: int) -> list[str]:
    """The last trading days up to one of them, oldest first."""
    day, found = date.fromisoformat(until), []
    while len(found) < count:
        if day.weekday() < 5:
            found.append(day.isoformat())
        day -= timedelta(days=1)
    return found[::-1]


def day_closes(closes: Closes) -> list[DayClose]:
    days = trading_days(closes.until, len(closes.prices))
    return [DayClose(day, price) for day, price in zip(days, closes.prices, strict=True)]


def status_of(app: Brokerage, order: TradeOrder) -> Status:
    if order.state == "open" and order.lasts == "day" and app.now >= f"{order.at[:10]}T{CLOSES}":
        return "expired"
    return order.state


def is_working(app: Brokerage, order: TradeOrder) -> bool:
    return status_of(app, order) == "open"


def working_orders(app: Brokerage, symbol: str, side: Side) -> list[TradeOrder]:
    """The investor's own orders that stand in the book."""
    return [row for row in app.trade_orders.where(state="open", symbol=symbol, side=side) if is_working(app, row)]


def reserved_cash(app: Brokerage) -> float:
    """What the open buy orders would cost at their limits."""
    open_buys = [row for row in app.trade_orders.where(state="open", side="buy") if is_working(app, row)]
    return cents(sum((row.quantity - row.filled) * row.limit_price for row in open_buys))


def buying_power(app: Brokerage) -> float:
    (investor,) = app.investors
    return cents(investor.cash - reserved_cash(app))


def available_shares(app: Brokerage, symbol: str) -> int:
    """Shares held that no open sell order ties up."""
    held = app.positions.get(symbol)
    offered = sum(row.quantity - row.filled for row in working_orders(app, symbol, "sell"))
    return held.shares - offered if held else 0


def change_percent(stock: Stock) -> float:
    return round((stock.last / stock.previous_close - 1) * 100, 2)


def is_reached(entry: WatchlistEntry, stock: Stock) -> bool:
    if entry.target_price is None:
        return False
    return stock.last >= entry.target_price if entry.reached_when == "above" else stock.last <= entry.target_price


def cents(amount: float) -> float:
    return round(float(amount), 2)
