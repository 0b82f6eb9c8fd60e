"""What an investor would ask of the brokerage now: one function per tool, its arguments drawn from live state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from servers.probe import Look, Lookup, NothingToAsk, Reference
from servers.trading.material import TRADES

Arguments = dict[str, Any]
Fits = Callable[[str], bool]
SECTORS = [*TRADES, "broad_market"]
SORTS = ["gainers", "losers", "most_traded", "cheapest", "dearest"]
SUPERLATIVES = {
    "gainers": "biggest gainer",
    "losers": "biggest loser",
    "cheapest": "cheapest stock",
    "dearest": "most expensive stock",
}


def search_stocks(look: Look) -> Arguments:
    if look.chance(0.3):
        return {"name": look.choose(_stocks(look))["name"]}
    if look.chance(0.1):
        return {"kind": "etf", "sort": look.choose(SORTS)}
    arguments: Arguments = {"sector": look.choose(SECTORS), "sort": look.choose(SORTS)}
    return arguments | {"limit": look.choose([3, 4, 6, 8])} if look.chance(0.15) else arguments


def get_stock_quote(look: Look) -> Arguments:
    return {"symbol": _stock(look)}


def get_stock_price_history(look: Look) -> Arguments:
    stock = _stock(look)
    days = [row["date"] for row in look("get_stock_price_history", symbol=stock.id, limit=50)["days"]]
    first, last = sorted(look.rng.sample(days, 2))
    return {"symbol": stock, "after": first, "before": last}


def show_order_book(look: Look) -> Arguments:
    return {"symbol": _stock(look), "depth": look.choose([2, 4, 5, 6, 8])}


def submit_trade_order(look: Look) -> Arguments:
    known = look.recall("stock")
    open_to = [side for side in ("buy", "sell") if known and _most(look, str(known.id), side) > 1]
    side = look.choose(open_to or ["buy", "buy", "sell"])
    stock = _stock(look, lambda symbol: _most(look, symbol, side) > 1)
    quantity = _some(look, _most(look, str(stock.id), side))
    arguments: Arguments = {"symbol": stock, "side": side, "quantity": quantity}
    if look.chance(0.4):
        return arguments
    quote = _quote(look, stock.id)
    factor = look.rng.uniform(0.95, 1.01) if side == "buy" else look.rng.uniform(0.99, 1.05)
    price = round((quote["ask"] if side == "buy" else quote["bid"]) * factor, 2)
    return arguments | {"limit_price": price, "lasts": look.choose(["day", "until_cancelled"])}


def replace_trade_order(look: Look) -> Arguments:
    order, details = _open_order(look)
    away = look.rng.uniform(0.004, 0.03)
    quote = _quote(look, details["symbol"])
    last = quote["last"]
    price = round(details["limit_price"] * (1 - away if details["side"] == "buy" else 1 + away), 2)
    if not quote["market_open"] or not 0.55 * last < price < 1.45 * last or price == details["limit_price"]:
        raise NothingToAsk
    arguments: Arguments = {"trade_order_id": order, "limit_price": price}
    fewer = range(details["filled"] + 1, details["quantity"])
    return arguments | {"quantity": look.choose(fewer)} if fewer and look.chance(0.6) else arguments


def withdraw_trade_order(look: Look) -> Arguments:
    return {"trade_order_id": _open_order(look)[0]}


def list_trade_orders(look: Look) -> Arguments:
    status = look.choose(["open", "open", "open", "filled", "filled", "cancelled", "expired"])
    if look.chance(0.45):
        if look.chance(0.2):
            return {"status": status, "limit": look.choose([3, 4, 6, 8])}
        return {"status": status, "side": look.choose(["buy", "sell"])}
    traded = {row["symbol"] for row in look("list_trade_orders", limit=50)["trade_orders"]}
    stock = _stock(look, traded.__contains__)
    return {"symbol": stock, "status": status} if look.chance(0.3) else {"symbol": stock}


def get_trade_order(look: Look) -> Arguments:
    return {"trade_order_id": _open_order(look)[0] if look.chance(0.4) else _past_order(look)}


def list_stock_positions(look: Look) -> Arguments:
    if look.chance(0.5):
        return {"symbol": _held_stock(look)}
    arguments: Arguments = {"sort": look.choose(["largest", "best", "worst"])}
    return arguments | {"limit": look.choose([3, 4, 8])} if look.chance(0.15) else arguments


def list_watched_stocks(look: Look) -> Arguments:
    return {"status": look.choose(["reached", "waiting"])} if look.chance(0.5) else {}


def watch_stock(look: Look) -> Arguments:
    watched = _watched(look)
    if len(watched) >= 20:
        raise NothingToAsk
    stock = _stock(look, lambda symbol: symbol not in watched)
    factor = look.choose([0.8, 0.9, 0.95, 1.05, 1.1, 1.25])
    target = _quote(look, stock.id)["last"] * factor
    return {"symbol": stock, "target_price": round(target) if target > 20 else round(target, 1)}


def unwatch_stock(look: Look) -> Arguments:
    return {"symbol": _watched_stock(look)}


def _stocks(look: Look) -> list[Arguments]:
    return look("search_stocks", sector=look.choose(SECTORS), limit=50)["stocks"]


def _stock(look: Look, fits: Fits = lambda symbol: True) -> Reference:
    """A stock that fits: as before, by symbol, by name, as the extreme of its sector or of the portfolio."""
    known = look.recall("stock")
    if known and known.id and fits(known.id):
        return known
    for _ in range(8):
        found = look.choose([_by_name, _by_name, _by_name, _by_symbol, _as_extreme, _as_position])(look)
        if found and fits(str(found.id)):
            return found
    held = [symbol for symbol in _held(look) if fits(symbol)]
    return _named(_quote(look, look.choose(held)))


def _by_name(look: Look) -> Reference | None:
    return _named(look.choose(_stocks(look)))


def _by_symbol(look: Look) -> Reference | None:
    row = look.choose(_stocks(look))
    return Reference("stock", row["symbol"], (row["symbol"], f"ticker {row['symbol']}"), row=row)


def _as_extreme(look: Look) -> Reference | None:
    """The first of a sector by some order; none if two share that place."""
    sector, sort = look.choose(TRADES), look.choose(SUPERLATIVES)
    first, second = look("search_stocks", sector=sector, sort=sort, limit=2)["stocks"]
    measure = "last" if sort in ("cheapest", "dearest") else "change_percent"
    if first[measure] == second[measure]:
        return None
    said = f"the {SUPERLATIVES[sort]} in the {sector} sector"
    says = (f"today's{said.removeprefix('the')}", f"{said} today") if measure == "change_percent" else (said,)
    path = (Lookup("search_stocks", {"sector": sector, "sort": sort}),)
    return Reference("stock", first["symbol"], says, path, "symbol", first)


def _as_position(look: Look) -> Reference | None:
    sort, said = look.choose(
        [
            ("largest", "my largest position"),
            ("best", "my holding with the highest gain"),
            ("worst", "my holding with the lowest gain"),
        ]
    )
    rows = look("list_stock_positions", sort=sort, limit=2)["positions"]
    measure = "value" if sort == "largest" else "gain"
    if len(rows) < 2 or rows[0][measure] == rows[1][measure]:
        return None
    path = (Lookup("list_stock_positions", {"sort": sort}),)
    return Reference("stock", rows[0]["symbol"], (said,), path, "symbol", rows[0])


def _held_stock(look: Look) -> Reference:
    """A stock of the portfolio, by symbol or by name."""
    held, known = _held(look), look.recall("stock")
    if known and known.id in held:
        return known
    row = _quote(look, look.choose(held))
    if look.chance(0.3):
        return Reference("stock", row["symbol"], (row["symbol"], f"ticker {row['symbol']}"), row=row)
    return _named(row)


def _named(row: Arguments) -> Reference:
    path = (Lookup("search_stocks", {"name": row["name"]}),)
    return Reference("stock", row["symbol"], (row["name"],), path, "symbol", row)


def _open_order(look: Look) -> tuple[Reference, Arguments]:
    """An open order with its details: by number, by its stock's symbol, or by its stock's name (two lookups)."""
    known = look.recall("trade_order")
    if known and (details := _details(look, known.id))["status"] == "open":
        return known, details
    row = look.choose(look("list_trade_orders", status="open", limit=50)["trade_orders"])
    symbol, number = row["symbol"], row["trade_order_id"]
    details = _details(look, number)
    alone = look("list_trade_orders", symbol=symbol, status="open")["total"] == 1
    if not alone or look.chance(0.3):
        return _numbered(row), details
    search = Lookup("list_trade_orders", {"symbol": symbol, "status": "open"})
    if look.chance(0.3):
        says = (f"my open {symbol} order", f"my open order to {row['side']} {symbol}")
        return Reference("trade_order", number, says, (search,), "trade_order_id", row), details
    name = details["name"]
    says = (
        f"my open {name} order",
        f"my open order to {row['side']} {name}",
        f"the open {row['side']} order for {name}",
    )
    path = (Lookup("search_stocks", {"name": name}), search)
    return Reference("trade_order", number, says, path, "trade_order_id", row), details


def _past_order(look: Look) -> Reference:
    """An order that is over: by number, or as the latest filled, cancelled or expired one of its stock."""
    known = look.recall("trade_order")
    if known and known.id:
        return known
    rows = look("list_trade_orders", limit=50)["trade_orders"]
    row = look.choose(row for row in rows if row["status"] != "open")
    symbol, status = row["symbol"], row["status"]
    if look.chance(0.3):
        return _numbered(row)
    latest = look("list_trade_orders", symbol=symbol, status=status)["trade_orders"][0]
    name = _quote(look, symbol)["name"]
    search = Lookup("list_trade_orders", {"symbol": symbol, "status": status})
    says = (f"my latest {status} order for {name}", f"my last {status} {name} order")
    path = (Lookup("search_stocks", {"name": name}), search)
    return Reference("trade_order", latest["trade_order_id"], says, path, "trade_order_id", latest)


def _numbered(row: Arguments) -> Reference:
    number = row["trade_order_id"]
    return Reference("trade_order", number, (f"order {number}", f"trade order {number}", number), row=row)


def _watched_stock(look: Look) -> Reference:
    """A stock of the watch list: by symbol, or by name as the list shows it."""
    rows = _watched(look)
    known = look.recall("stock")
    if known and known.id in rows:
        return known
    row = look.choose(rows.values())
    if look.chance(0.3):
        return Reference("stock", row["symbol"], (row["symbol"], f"ticker {row['symbol']}"), row=row)
    shown = {other["symbol"] for other in look("list_watched_stocks")["watchlist"]}
    if row["symbol"] not in shown or look.chance(0.4):
        return _named(row)
    path = (Lookup("list_watched_stocks", {}),)
    return Reference("stock", row["symbol"], (row["name"],), path, "symbol", row)


def _most(look: Look, symbol: str, side: str) -> int:
    """Shares of a stock that could be bought or sold now; 0 if own orders of the other side stand in its book."""
    standing = look("list_trade_orders", symbol=symbol, status="open", limit=50)["trade_orders"]
    quote = _quote(look, symbol)
    tradable = quote["market_open"] and quote["bid"] and quote["ask"]
    if not tradable or any(row["side"] != side for row in standing):
        return 0
    if side == "sell":
        return _held(look).get(symbol, 0)
    dearest = look("show_order_book", symbol=symbol, depth=20)["asks"][-1]["price"]
    power = look("list_stock_positions", limit=1)["buying_power"]
    return min(400, int(power / max(dearest, quote["ask"] * 1.05)))


def _some(look: Look, most: int) -> int:
    """As people say it: often all, or a round number."""
    number = look.rng.randrange(2, min(most, 60) + 1)
    return number - number % 5 if number > 10 and look.chance(0.6) else number


def _held(look: Look) -> dict[str, int]:
    """Available shares by symbol, without those that cannot be sold."""
    rows = look("list_stock_positions", limit=50)["positions"]
    return {row["symbol"]: row["available"] for row in rows if row["available"]}


def _watched(look: Look) -> dict[str, Arguments]:
    return {row["symbol"]: row for row in look("list_watched_stocks", limit=50)["watchlist"]}


def _quote(look: Look, symbol: str | None) -> Arguments:
    return look("get_stock_quote", symbol=symbol)


def _details(look: Look, trade_order_id: str | None) -> Arguments:
    return look("get_trade_order", trade_order_id=trade_order_id)
