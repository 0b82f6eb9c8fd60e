"""One investor's brokerage from a seed: an exchange with full order books, trades that add up to cash and shares."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from servers.names import first_new_ids, ids, people
from servers.state import Base, later
from servers.trading.book import after_trade
from servers.trading.material import company_names, fund_names, symbol_of
from servers.trading.records import (
    Closes,
    Fill,
    Investor,
    Position,
    Side,
    StandingOrder,
    Stock,
    TradeOrder,
    WatchlistEntry,
)
from servers.trading.rules import cents, trading_days

COMPANIES, FUNDS = 52, 12
DAYS = 66
PAST_ORDERS = 54
FAVOURITES = 22
OPEN_BUYS, OPEN_SELLS = 4, 3
WATCHED = 9
Best = dict[str, float]


@dataclass
class Account:
    """An investor's trades so far, kept so that cash and positions always follow from the fills."""

    cash: float
    numbers: list[str]
    fill_numbers: list[str]
    orders: list[TradeOrder] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)

    def add(self, order: TradeOrder, prices: list[tuple[int, float]]) -> None:
        """Books an order with its fills: so many shares at such a price."""
        at = order.at
        for quantity, price in prices:
            at = later(at, minutes=2)
            self.fills.append(Fill(self.fill_numbers.pop(), order.trade_order_id, quantity, price, at))
            self.cash = cents(self.cash + (-quantity if order.side == "buy" else quantity) * price)
            held = self.positions.get(order.symbol, Position(order.symbol, 0, 0.0))
            self.positions[order.symbol] = after_trade(held, order.side, quantity, price)
            if not self.positions[order.symbol].shares:
                del self.positions[order.symbol]
        self.orders.append(order)


def generate(seed: int) -> Base:
    """The exchange of this seed: 64 stocks with 66 closes each, some 1,200 standing orders, about 60 own orders."""
    rng = random.Random(f"trading:{seed}")
    today = _trading_day(rng)
    minute = rng.randrange(9 * 60 + 40, 16 * 60 + 30)
    now = f"{today}T{minute // 60:02d}:{minute % 60:02d}"
    closes, stocks = _stocks(rng, trading_days(today, 2)[0])
    book = _book(rng, stocks, now)
    deposited = float(rng.randrange(24, 170) * 500)
    account = Account(deposited, ids(rng, "TOR", PAST_ORDERS + 12), ids(rng, "FLL", 3 * (PAST_ORDERS + 12)))
    _trade(rng, account, closes)
    _stand(rng, account, stocks, book, now)
    return Base(
        seed,
        now=now,
        counters=first_new_ids(rng, "TOR", "FLL"),
        investors=[Investor(ids(rng, "NVR", 1)[0], people(rng, 1)[0], deposited, account.cash)],
        stocks=stocks,
        closes=closes,
        standing_orders=book,
        trade_orders=account.orders,
        fills=account.fills,
        positions=list(account.positions.values()),
        watchlist=_watchlist(rng, stocks, now),
    )


def _trading_day(rng: random.Random) -> str:
    day = date(2025, 1, 6) + timedelta(days=rng.randrange(680))
    return (day - timedelta(days=max(0, day.weekday() - 4))).isoformat()


def _stocks(rng: random.Random, until: str) -> tuple[list[Closes], list[Stock]]:
    companies, funds = company_names(rng, COMPANIES), fund_names(rng, FUNDS)
    closes: list[Closes] = []
    stocks: list[Stock] = []
    taken: set[str] = set()
    for name, sector in (companies | funds).items():
        symbol = symbol_of(rng, name, taken)
        taken.add(symbol)
        swing = rng.uniform(0.004, 0.011) if name in funds else rng.uniform(0.008, 0.032)
        prices = _walk(rng, math.exp(rng.uniform(1.6, 5.7)), swing)
        last = max(1.0, cents(prices[-1] * (1 + rng.gauss(0, swing))))
        low, high = min(*prices, last), max(*prices, last)
        low, high = cents(low * rng.uniform(0.72, 1)), cents(high * rng.uniform(1, 1.3))
        volume = int(10 ** rng.uniform(2.6, 5.4))
        kind = "etf" if name in funds else "stock"
        closes.append(Closes(symbol, until, tuple(prices)))
        stocks.append(Stock(symbol, name, sector, kind, prices[-1], last, volume, low, high))
    return closes, stocks


def _walk(rng: random.Random, start: float, swing: float) -> list[float]:
    """Closing prices: each day moves the one before by a little."""
    prices = [cents(start)]
    while len(prices) < DAYS:
        prices.append(max(1.0, cents(prices[-1] * (1 + rng.gauss(0.0006, swing)))))
    return prices


def _book(rng: random.Random, stocks: list[Stock], now: str) -> list[StandingOrder]:
    """Bids below and asks above each last price; about one stock in five is hardly traded."""
    first_minute, last_minute = 9 * 60, int(now[11:13]) * 60 + int(now[14:16])
    placed: list[tuple[str, Side, float]] = []
    for stock in stocks:
        thin = rng.random() < 0.2
        step = max(0.01, stock.last * rng.uniform(0.0006, 0.003))
        for side in ("buy", "sell"):
            away = 0.0
            for _ in range(2 if thin else rng.randrange(4, 8)):
                away += max(0.01, step * rng.uniform(0.5, 1.8))
                price = cents(stock.last - away if side == "buy" else stock.last + away)
                placed += [(stock.symbol, side, price)] * (1 if thin else rng.choice((1, 1, 2, 3)))
    rows = []
    for number, (symbol, side, price) in zip(ids(rng, "BKO", len(placed)), placed, strict=True):
        minute = first_minute + int(rng.random() * (last_minute - first_minute))
        at = f"{now[:10]}T{minute // 60:02d}:{minute % 60:02d}"
        rows.append(StandingOrder(number, symbol, side, price, _lot(rng, price), at))
    return rows


def _lot(rng: random.Random, price: float) -> int:
    """Shares of one standing order, mostly few, often round; fewer of what is dear."""
    shares = int(3 + 900 / price**0.6 * rng.random() ** 2.4)
    return shares - shares % 10 if shares > 30 else shares


def _trade(rng: random.Random, account: Account, closes: list[Closes]) -> None:
    """The orders of the last three months, at prices of their days."""
    favourites = rng.sample(closes, FAVOURITES)
    days = trading_days(closes[0].until, DAYS)
    for index in sorted(rng.randrange(2, DAYS) for _ in range(PAST_ORDERS)):
        held = [row for row in favourites if row.symbol in account.positions]
        side: Side = "sell" if held and rng.random() < 0.36 else "buy"
        row = rng.choice(held if side == "sell" else favourites)
        price = cents(row.prices[index] * rng.uniform(0.985, 1.015))
        quantity = _quantity(rng, account, row.symbol, side, price)
        if quantity:
            at = f"{days[index]}T{rng.randrange(9, 17):02d}:{rng.randrange(60):02d}"
            _past_order(rng, account, row.symbol, side, quantity, price, at)


def _quantity(rng: random.Random, account: Account, symbol: str, side: Side, price: float) -> int:
    """Shares of an order: a part of what is held, or for a small part of the cash; 0 if there is too little."""
    if side == "sell":
        shares = account.positions[symbol].shares
        return shares if rng.random() < 0.3 else max(1, int(shares * rng.uniform(0.2, 0.8)))
    shares = int(account.cash * rng.uniform(0.03, 0.2) / price)
    return shares - shares % 5 if shares > 20 and rng.random() < 0.6 else shares


def _past_order(
    rng: random.Random, account: Account, symbol: str, side: Side, quantity: int, price: float, at: str
) -> None:
    """Most were filled; some were cancelled, some expired with their day, both perhaps after a partial fill."""
    end = rng.choices(["filled", "cancelled", "expired"], [80, 11, 9])[0]
    limit_price = price if end != "filled" or rng.random() < 0.55 else None
    filled = quantity if end == "filled" else int(quantity * rng.choice([0, 0, 0.3, 0.6]))
    state = "open" if end == "expired" else end
    lasts = "day" if end == "expired" or limit_price is None else rng.choice(["day", "until_cancelled"])
    order = TradeOrder(account.numbers.pop(), symbol, side, quantity, filled, limit_price, lasts, at, state)
    account.add(order, _fills(rng, side, filled, price))


def _fills(rng: random.Random, side: Side, filled: int, price: float) -> list[tuple[int, float]]:
    """Shares filled in one to three parts; the first ones at slightly better prices than the last."""
    parts = min(filled, rng.choice([1, 1, 1, 2, 3]))
    cuts = [0, *sorted(rng.sample(range(1, filled), parts - 1)), filled] if parts else []
    better = -0.01 if side == "buy" else 0.01
    return [(end - start, cents(price + better * (parts - 1 - i))) for i, (start, end) in enumerate(_pairs(cuts))]


def _pairs(cuts: list[int]) -> list[tuple[int, int]]:
    return list(zip(cuts, cuts[1:], strict=False))


def _stand(rng: random.Random, account: Account, stocks: list[Stock], book: list[StandingOrder], now: str) -> None:
    """Orders that still stand: bids below the best bid, offers of held shares above the best ask."""
    bids: Best = {}
    asks: Best = {}
    for row in book:
        if row.side == "buy":
            bids[row.symbol] = max(row.price, bids.get(row.symbol, 0.0))
        else:
            asks[row.symbol] = min(row.price, asks.get(row.symbol, math.inf))
    sold = rng.sample(sorted(account.positions), min(OPEN_SELLS, len(account.positions)))
    affordable = [row.symbol for row in stocks if row.last < account.cash / 12 and row.symbol not in sold]
    wanted = rng.sample(affordable, min(OPEN_BUYS, len(affordable)))
    if wanted and rng.random() < 0.4:
        wanted.append(wanted[0])
    for symbol in wanted:
        price = cents(bids[symbol] * rng.uniform(0.965, 0.999))
        _standing(rng, account, symbol, "buy", max(1, int(account.cash * rng.uniform(0.02, 0.1) / price)), price, now)
    for symbol in sold:
        price = cents(asks[symbol] * rng.uniform(1.001, 1.04))
        shares = account.positions[symbol].shares
        _standing(rng, account, symbol, "sell", max(1, int(shares * rng.uniform(0.3, 0.9))), price, now)


def _standing(
    rng: random.Random, account: Account, symbol: str, side: Side, quantity: int, price: float, now: str
) -> None:
    """A day order of this morning, or one of the last two weeks that stands until cancelled, perhaps partly filled."""
    if rng.random() < 0.5:
        at = later(f"{now[:10]}T09:00", minutes=rng.randrange(30))
        order = TradeOrder(account.numbers.pop(), symbol, side, quantity, 0, price, "day", at)
        account.add(order, [])
        return
    day = trading_days(now[:10], 10)[rng.randrange(9)]
    filled = int(quantity * rng.choice([0, 0, 0.25, 0.5]))
    at = f"{day}T{rng.randrange(9, 17):02d}:{rng.randrange(60):02d}"
    order = TradeOrder(account.numbers.pop(), symbol, side, quantity, filled, price, "until_cancelled", at)
    account.add(order, [(filled, price)] if filled else [])


def _watchlist(rng: random.Random, stocks: list[Stock], now: str) -> list[WatchlistEntry]:
    rows = []
    for stock in rng.sample(stocks, WATCHED):
        since = later(now, days=-rng.randrange(2, 200))[:10]
        target = cents(stock.last * rng.choice([0.85, 0.9, 0.95, 0.98, 1.02, 1.05, 1.1, 1.2]))
        above = (target > stock.last) == (rng.random() < 0.8)
        chosen = target if rng.random() < 0.7 else None
        rows.append(WatchlistEntry(stock.symbol, since, chosen, "above" if above else "below"))
    return rows
