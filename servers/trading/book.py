"""The order book: who trades with whom, at what price.

    incoming order --match--> standing orders of the other side, best price first, then oldest --> fills
                         `--> what is left of a limit order stands in the book itself, of a market order is cancelled

A fill takes the price of the order that stood first. Orders of the investor never meet each other.
"""

from __future__ import annotations

from typing import NamedTuple

from servers.state import ToolError
from servers.trading.records import Brokerage, Fill, Level, Position, Side, StandingOrder, TradeOrder
from servers.trading.rules import cents, is_working, working_orders


class Take(NamedTuple):
    """So many shares of one standing order."""

    standing: StandingOrder
    quantity: int


def standing_orders(app: Brokerage, symbol: str, side: Side) -> list[StandingOrder]:
    """What others offer on one side, in the order in which it is taken: price, then time."""
    found = app.standing_orders.where(symbol=symbol, side=side)
    return sorted(found, key=lambda row: (_rank(side, row.price), row.at, row.standing_order_id))


def best_price(app: Brokerage, symbol: str, side: Side) -> float | None:
    """The highest bid or the lowest ask of anybody."""
    prices = [level.price for level in levels(app, symbol, side)]
    return prices[0] if prices else None


def levels(app: Brokerage, symbol: str, side: Side) -> list[Level]:
    """Shares wanted or offered at each price by anybody, best price first."""
    others: dict[float, int] = {}
    own: dict[float, int] = {}
    for row in app.standing_orders.where(symbol=symbol, side=side):
        others[row.price] = others.get(row.price, 0) + row.quantity
    for order in working_orders(app, symbol, side):
        own[order.limit_price] = own.get(order.limit_price, 0) + order.quantity - order.filled
    prices = sorted({**others, **own}, key=lambda price: _rank(side, price))
    return [Level(price, others.get(price, 0) + own.get(price, 0), own.get(price, 0)) for price in prices]


def match(app: Brokerage, symbol: str, side: Side, quantity: int, limit_price: float | None) -> list[Take]:
    """What an incoming order would take now; nothing is written."""
    takes: list[Take] = []
    for standing in standing_orders(app, symbol, opposite(side)):
        if quantity == 0 or not _accepts(side, limit_price, standing.price):
            break
        takes.append(Take(standing, min(quantity, standing.quantity)))
        quantity -= takes[-1].quantity
    return takes


def cost_of(takes: list[Take]) -> float:
    return cents(sum(take.quantity * take.standing.price for take in takes))


def check_own_orders(app: Brokerage, symbol: str, side: Side, limit_price: float | None) -> None:
    """Refuses an order that could meet another order of the same investor."""
    for own in working_orders(app, symbol, opposite(side)):
        if _accepts(side, limit_price, own.limit_price):
            raise ToolError(f"it could meet your own {own.side} order {own.trade_order_id} at {own.limit_price:.2f}")


def execute(app: Brokerage, order: TradeOrder, takes: list[Take]) -> TradeOrder:
    """Carries out the fills of an order: the book shrinks, shares and cash change hands, the last price moves."""
    for take in takes:
        _take_from_book(app, take)
        app.fills.add(Fill(app.new_id("FLL"), order.trade_order_id, take.quantity, take.standing.price, app.now))
        _settle(app, order, take.quantity, take.standing.price)
    filled = order.filled + sum(take.quantity for take in takes)
    state = "filled" if filled == order.quantity else "open" if order.limit_price is not None else "cancelled"
    return app.trade_orders.update(order, filled=filled, state=state)


def queue_ahead(app: Brokerage, order: TradeOrder) -> int:
    """Shares of others that a counterparty would take before this order."""
    if not is_working(app, order):
        return 0
    mine = (_rank(order.side, order.limit_price), order.at)
    rows = app.standing_orders.where(symbol=order.symbol, side=order.side)
    return sum(row.quantity for row in rows if (_rank(order.side, row.price), row.at) <= mine)


def after_trade(position: Position, side: Side, quantity: int, price: float) -> Position:
    """A position once so many shares are bought, or sold at their average cost."""
    if side == "buy":
        cost = cents(position.cost + quantity * price)
        return Position(position.symbol, position.shares + quantity, cost)
    left = position.shares - quantity
    return Position(position.symbol, left, cents(position.cost * left / position.shares))


def opposite(side: Side) -> Side:
    return "sell" if side == "buy" else "buy"


def _settle(app: Brokerage, order: TradeOrder, quantity: int, price: float) -> None:
    (investor,) = app.investors
    signed = -quantity * price if order.side == "buy" else quantity * price
    app.investors.update(investor, cash=cents(investor.cash + signed))
    held = app.positions.get(order.symbol) or Position(order.symbol, 0, 0.0)
    changed = after_trade(held, order.side, quantity, price)
    if changed.shares:
        app.positions.save(changed)
    else:
        app.positions.delete(order.symbol)
    stock = app.stocks.find(order.symbol)
    low, high = min(stock.year_low, price), max(stock.year_high, price)
    app.stocks.update(stock, last=price, volume=stock.volume + quantity, year_low=low, year_high=high)


def _take_from_book(app: Brokerage, take: Take) -> None:
    left = take.standing.quantity - take.quantity
    if left:
        app.standing_orders.update(take.standing, quantity=left)
    else:
        app.standing_orders.delete(take.standing.standing_order_id)


def _rank(side: Side, price: float) -> float:
    """Lower comes first: high bids, low asks."""
    return -price if side == "buy" else price


def _accepts(side: Side, limit_price: float | None, price: float) -> bool:
    if limit_price is None:
        return True
    return price <= limit_price if side == "buy" else price >= limit_price
