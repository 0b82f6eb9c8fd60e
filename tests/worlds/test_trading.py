"""Laws of the brokerage, tried through its tools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worlds.live import Live

SEEDS = range(12)
PLENTY = 5_000_000.0


class Brokerage(Live):
    """The brokerage of a seed, and an investor with enough money to move its market."""

    def __init__(self, seed: int):
        super().__init__("trading", seed)

    def enrich(self) -> None:
        (investor,) = self.state.investors
        self.state.investors.update(investor, cash=investor.cash + PLENTY, deposited=investor.deposited + PLENTY)

    def stock(self) -> Any:
        """A stock that the investor neither holds nor has ordered, with several offers at each of its prices."""
        known = {row.symbol for row in [*self.state.positions, *self.state.trade_orders]}
        return max((row for row in self.state.stocks if row.symbol not in known), key=lambda row: len(self.asks(row)))

    def held(self) -> Any:
        """A position of which all shares can be sold, without orders of its own in the book."""
        ordered = {row["symbol"] for row in self("list_trade_orders", status="open", limit=50)["trade_orders"]}
        rows = [row for row in self.state.positions if row.symbol not in ordered]
        return max(rows, key=lambda row: row.shares)

    def asks(self, stock: Any) -> list[Any]:
        """What others offer, cheapest first and then oldest."""
        rows = self.state.standing_orders.where(symbol=stock.symbol, side="sell")
        return sorted(rows, key=lambda row: (row.price, row.at, row.standing_order_id))

    def offered(self, stock: Any) -> int:
        return sum(row.quantity for row in self.asks(stock))

    def buy(self, stock: Any, quantity: int, limit_price: float | None = None, **more: Any) -> dict[str, Any]:
        limit = {} if limit_price is None else {"limit_price": limit_price}
        return self("submit_trade_order", symbol=stock.symbol, side="buy", quantity=quantity, **limit, **more)

    def away(self, stock: Any, factor: float) -> float:
        return round(stock.last * factor, 2)

    def fills(self, trade_order_id: str) -> list[tuple[int, float]]:
        return [
            (row["quantity"], row["price"]) for row in self("get_trade_order", trade_order_id=trade_order_id)["fills"]
        ]

    def power(self) -> float:
        return self("list_stock_positions", limit=1)["buying_power"]


@pytest.fixture(params=[0, 1, 2])
def app(request: pytest.FixtureRequest) -> Brokerage:
    app = Brokerage(request.param)
    app.enrich()
    return app


def _check_accounts(app: Brokerage) -> None:
    """Cash and shares are what deposits and fills make of them."""
    (investor,) = app.state.investors
    cash, shares = investor.deposited, dict.fromkeys((row.symbol for row in app.state.stocks), 0)
    for fill in app.state.fills:
        order = app.state.trade_orders.find(fill.trade_order_id)
        bought = fill.quantity if order.side == "buy" else -fill.quantity
        cash, shares[order.symbol] = cash - bought * fill.price, shares[order.symbol] + bought
    assert investor.cash == pytest.approx(cash) and investor.cash >= 0
    assert {row.symbol: row.shares for row in app.state.positions} == {key: n for key, n in shares.items() if n}


def test_cash_and_shares_follow_from_deposits_and_fills():
    for seed in SEEDS:
        app = Brokerage(seed)
        _check_accounts(app)
        app.enrich()
        stock, position = app.stock(), app.held()
        app.buy(stock, 40)
        app.buy(stock, 25, app.away(stock, 1.2))
        app("submit_trade_order", symbol=position.symbol, side="sell", quantity=position.shares)
        _check_accounts(app)


def test_an_order_is_filled_by_what_its_fills_add_up_to():
    for seed in SEEDS:
        app = Brokerage(seed)
        for order in app.state.trade_orders:
            fills = app.fills(order.trade_order_id)
            assert order.filled == sum(quantity for quantity, _ in fills) <= order.quantity
            assert (order.filled == order.quantity) == (order.state == "filled")
            if order.limit_price is not None:
                worst = max if order.side == "buy" else min
                assert all(worst(price, order.limit_price) == order.limit_price for _, price in fills)


def test_every_bid_is_below_every_ask():
    for seed in SEEDS:
        app = Brokerage(seed)
        for stock in app.state.stocks:
            quote = app("get_stock_quote", symbol=stock.symbol)
            assert 0 < quote["bid"] < quote["ask"] and quote["market_open"]


def test_a_filled_order_never_exceeds_the_book(app: Brokerage):
    stock = app.stock()
    there = app.offered(stock)
    order = app.buy(stock, there + 7, app.away(stock, 1.4))
    assert (order["filled"], order["status"]) == (there, "open")
    assert app.asks(stock) == []
    assert app("show_order_book", symbol=stock.symbol)["bids"][0]["own"] == 7


def test_orders_are_filled_by_price_and_then_by_time(app: Brokerage):
    stock = app.stock()
    offers = app.asks(stock)
    assert len({row.price for row in offers}) < len(offers)
    wanted = sum(row.quantity for row in offers[:-1])
    order = app.buy(stock, wanted)
    assert app.fills(order["trade_order_id"]) == [(row.quantity, row.price) for row in offers[:-1]]
    assert [row.standing_order_id for row in app.asks(stock)] == [offers[-1].standing_order_id]


def test_a_limit_order_trades_no_worse_than_its_limit_and_its_rest_stands_in_the_book(app: Brokerage):
    stock = app.stock()
    cheapest = app.asks(stock)[0].price
    offered = sum(row.quantity for row in app.asks(stock) if row.price == cheapest)
    order = app.buy(stock, offered + 30, cheapest)
    assert (order["filled"], order["average_price"]) == (offered, cheapest)
    quote = app("get_stock_quote", symbol=stock.symbol)
    assert quote["bid"] == cheapest == quote["last"] and quote["ask"] > cheapest
    assert quote["volume"] == stock.volume + offered


def test_a_market_order_takes_what_there_is_and_the_rest_is_cancelled(app: Brokerage):
    stock = app.stock()
    there = app.offered(stock)
    order = app.buy(stock, there + 1)
    assert (order["filled"], order["status"]) == (there, "cancelled")
    assert "nobody sells" in app.refused("submit_trade_order", symbol=stock.symbol, side="buy", quantity=1)
    assert app("get_stock_quote", symbol=stock.symbol)["ask"] is None


def test_an_open_purchase_reserves_cash_until_it_is_withdrawn(app: Brokerage):
    stock, before = app.stock(), app.power()
    price = app.away(stock, 0.8)
    order = app.buy(stock, 10, price)
    assert app.power() == order["buying_power"] == pytest.approx(before - 10 * price)
    withdrawn = app("withdraw_trade_order", trade_order_id=order["trade_order_id"])
    assert withdrawn["cancelled_shares"] == 10 and app.power() == before
    assert "is cancelled" in app.refused("withdraw_trade_order", trade_order_id=order["trade_order_id"])


def test_a_purchase_beyond_the_buying_power_is_refused():
    app = Brokerage(4)
    stock = app.stock()
    price = app.asks(stock)[0].price
    too_many = int(app.power() / price) + 1
    arguments = {"symbol": stock.symbol, "side": "buy", "quantity": too_many, "limit_price": price}
    assert "not enough buying power" in app.refused("submit_trade_order", **arguments)
    app("submit_trade_order", **arguments | {"quantity": too_many - 1})


def test_nobody_sells_what_is_not_held_or_is_already_offered(app: Brokerage):
    stock, position = app.stock(), app.held()
    assert "only 0 shares" in app.refused("submit_trade_order", symbol=stock.symbol, side="sell", quantity=1)
    high = app.away(app.state.stocks.find(position.symbol), 1.3)
    sale = {"symbol": position.symbol, "side": "sell", "limit_price": high}
    order = app("submit_trade_order", quantity=position.shares, **sale)
    assert "only 0 shares" in app.refused("submit_trade_order", quantity=1, **sale)
    number = order["trade_order_id"]
    arguments = {"trade_order_id": number, "limit_price": high, "quantity": position.shares + 1}
    assert f"only {position.shares} shares" in app.refused("replace_trade_order", **arguments)


def test_own_orders_never_meet(app: Brokerage):
    position = app.held()
    stock = app.state.stocks.find(position.symbol)
    high = app.away(stock, 1.3)
    order = app("submit_trade_order", symbol=stock.symbol, side="sell", quantity=1, limit_price=high)
    meeting = {"symbol": stock.symbol, "side": "buy", "quantity": 1}
    assert order["trade_order_id"] in app.refused("submit_trade_order", **meeting)
    assert order["trade_order_id"] in app.refused("submit_trade_order", **meeting, limit_price=high)
    app("submit_trade_order", **meeting, limit_price=app.away(stock, 1.25))


def test_a_replaced_order_queues_anew_unless_it_only_shrinks(app: Brokerage):
    stock = app.stock()
    price = app.away(stock, 0.8)
    number = app.buy(stock, 20, price)["trade_order_id"]
    placed = app("get_trade_order", trade_order_id=number)["at"]
    app("replace_trade_order", trade_order_id=number, limit_price=price, quantity=15)
    assert app("get_trade_order", trade_order_id=number)["at"] == placed
    app("replace_trade_order", trade_order_id=number, limit_price=price, quantity=25)
    assert app("get_trade_order", trade_order_id=number)["at"] > placed
    assert "already for 25 shares" in app.refused("replace_trade_order", trade_order_id=number, limit_price=price)


def test_a_replaced_order_that_reaches_the_other_side_trades_at_once(app: Brokerage):
    stock = app.stock()
    best = app.asks(stock)[0]
    number = app.buy(stock, best.quantity + 40, app.away(stock, 0.8))["trade_order_id"]
    replaced = app("replace_trade_order", trade_order_id=number, limit_price=best.price)
    assert 0 < replaced["filled"] <= best.quantity + 40 and replaced["average_price"] == best.price
    filled = replaced["filled"]
    if replaced["status"] == "open":
        reason = app.refused("replace_trade_order", trade_order_id=number, limit_price=best.price, quantity=filled)
        assert f"{filled} shares" in reason


def test_what_stands_longer_comes_first_in_the_queue(app: Brokerage):
    stock = app.stock()
    best = app("get_stock_quote", symbol=stock.symbol)["bid"]
    wanted = app("show_order_book", symbol=stock.symbol, depth=1)["bids"][0]["quantity"]
    number = app.buy(stock, 5, best)["trade_order_id"]
    assert app("get_trade_order", trade_order_id=number)["queue_ahead"] == wanted
    app("replace_trade_order", trade_order_id=number, limit_price=round(best + 0.01, 2))
    assert app("get_trade_order", trade_order_id=number)["queue_ahead"] == 0


def test_limit_prices_are_in_cents_and_near_the_market(app: Brokerage):
    stock = app.stock()
    order = {"symbol": stock.symbol, "side": "buy", "quantity": 1}
    assert "two decimals" in app.refused("submit_trade_order", **order, limit_price=stock.last + 0.001)
    assert "too far" in app.refused("submit_trade_order", **order, limit_price=app.away(stock, 1.6))
    assert "too far" in app.refused("submit_trade_order", **order, limit_price=app.away(stock, 0.4))


def test_a_day_order_expires_at_the_close_and_frees_its_cash(app: Brokerage):
    stock, before = app.stock(), app.power()
    kept = app.buy(stock, 2, app.away(stock, 0.8), lasts="until_cancelled")["trade_order_id"]
    gone = app.buy(stock, 3, app.away(stock, 0.8))["trade_order_id"]
    app.wait(9 * 60)
    assert "market is closed" in app.refused("submit_trade_order", symbol=stock.symbol, side="buy", quantity=1)
    assert app("get_trade_order", trade_order_id=kept)["status"] == "open"
    assert app("get_trade_order", trade_order_id=gone)["status"] == "expired"
    assert "is expired" in app.refused("replace_trade_order", trade_order_id=gone, limit_price=stock.last)
    assert not app("get_stock_quote", symbol=stock.symbol)["market_open"]
    app("withdraw_trade_order", trade_order_id=kept)
    assert app.power() >= before


def test_a_closed_market_opens_on_the_next_working_day(app: Brokerage):
    stock = app.stock()
    for _ in range(40):
        app.wait(6 * 60)
        if not app("get_stock_quote", symbol=stock.symbol)["market_open"]:
            reason = app.refused("submit_trade_order", symbol=stock.symbol, side="buy", quantity=1)
            assert reason.endswith("T09:00") and reason[-16:] > app.state.now


def test_closing_prices_end_the_day_before_and_follow_the_dates_asked_for(app: Brokerage):
    stock = app.stock()
    history = app("get_stock_price_history", symbol=stock.symbol, limit=50)
    days = [row["date"] for row in history["days"]]
    assert history["days"][0]["close"] == stock.previous_close and days[0] < app.state.today
    assert days == sorted(set(days), reverse=True)
    part = app("get_stock_price_history", symbol=stock.symbol, after=days[9], before=days[5], limit=50)
    assert [row["date"] for row in part["days"]] == days[5:10]
    assert "no closes" in app.refused("get_stock_price_history", symbol=stock.symbol, after="9999-12-31")


def test_a_stock_is_watched_once_and_reaches_its_target_when_traded_there(app: Brokerage):
    watched = {row.symbol for row in app.state.watchlist}
    stock = next(row for row in app.state.stocks if row.symbol not in watched)
    assert "not on the watch list" in app.refused("unwatch_stock", symbol=stock.symbol)
    target = app.asks(stock)[-1].price
    app("watch_stock", symbol=stock.symbol, target_price=target)
    assert "already" in app.refused("watch_stock", symbol=stock.symbol, target_price=target)
    entries = app("list_watched_stocks", status="waiting", limit=50)["watchlist"]
    assert stock.symbol in {row["symbol"] for row in entries}
    if not app("list_trade_orders", symbol=stock.symbol, status="open", side="sell")["total"]:
        app.buy(stock, app.offered(stock))
        entries = app("list_watched_stocks", status="reached", limit=50)["watchlist"]
        assert stock.symbol in {row["symbol"] for row in entries}
    app("unwatch_stock", symbol=stock.symbol)


def test_the_watch_list_holds_twenty_stocks(app: Brokerage):
    watched = {row.symbol for row in app.state.watchlist}
    fresh = [row.symbol for row in app.state.stocks if row.symbol not in watched]
    while len(app.state.watchlist) < 20:
        app("watch_stock", symbol=fresh.pop())
    assert "full: 20" in app.refused("watch_stock", symbol=fresh.pop())


def test_stocks_and_orders_are_looked_up_by_what_exists(app: Brokerage):
    assert "no stock" in app.refused("get_stock_quote", symbol="????")
    assert "no trade order" in app.refused("get_trade_order", trade_order_id="TOR-00000")
    for sort in ("name", "gainers", "losers", "most_traded", "cheapest", "dearest"):
        assert app("search_stocks", sort=sort, kind="etf", limit=50)["total"] == 12
    assert app("search_stocks", name=app.stock().name.upper())["total"] >= 1


def test_every_refusal_can_be_provoked(refusals: Any):
    assert refusals.never_provoked() == []
