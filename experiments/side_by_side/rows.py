"""How one session's operations grow with the rows of its world: ours, which shares them, and a copy of its own.

A bank of the generator, its transactions cut down or copied under new ids until the world has so many rows.
"""

from __future__ import annotations

import gc
import json
import statistics
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from itertools import count, cycle
from time import perf_counter
from typing import Any

import msgspec

from experiments.side_by_side.competitors import plain
from experiments.side_by_side.measures import KIB, WORLD, Sample
from servers.host import Host
from servers.state import Base, State
from servers.tool import Tool, invoke

ENOUGH_S = 0.05
"""One repeat of an operation takes at least so long, or one execution."""
MOST = 2000
"""An operation that leaves something behind is done at most so often in one repeat."""
Answer = Callable[[Tool, State, dict[str, Any]], Any]


def grown(base: Base, rows: int) -> Base:
    """The same bank with so many rows in all. ValueError: the other tables alone have more."""
    others = {name: list(table.values()) for name, table in base.tables.items() if name != "transactions"}
    known = list(base.tables["transactions"].values())
    wanted = rows - sum(map(len, others.values()))
    if wanted < 0:
        raise ValueError(f"the bank has {rows - wanted} rows without its transactions, more than {rows}")
    numbers, origins = count(10_000_000), cycle(known)
    more = [
        msgspec.structs.replace(next(origins), transaction_id=f"TRX-{next(numbers)}")
        for _ in range(wanted - len(known))
    ]
    return Base(base.seed, base.now, base.counters, **others, transactions=(known + more)[:wanted])


def measured(settings: Mapping[str, Any]) -> Iterator[tuple[str, Sample]]:
    host = Host(WORLD)
    for rows in settings["row_counts"]:
        base = grown(host.base(settings["seed"]), rows)
        world = type(host.state(None))
        yield from _shared(world, base, host.tools, rows, settings)
        yield from _copied(world, base, host.tools, rows, settings)


def _shared(world: Any, base: Base, tools: Any, rows: int, settings: Mapping[str, Any]) -> Iterator[tuple[str, Sample]]:
    state = _after_writes(world(base), tools, invoke, settings["writes"])
    works = {
        "open": lambda: world(base),
        "fork": state.fork,
        "hash": state.hash,
        **_calls(state, tools, invoke),
    }
    yield from _timed("inprocess", works, rows, settings)
    yield "inprocess", _memory(lambda: _after_writes(world(base), tools, invoke, settings["writes"]), rows, settings)


def _copied(world: Any, base: Base, tools: Any, rows: int, settings: Mapping[str, Any]) -> Iterator[tuple[str, Sample]]:
    untouched = world(base)
    state = _after_writes(plain.copied(untouched), tools, plain.answer, settings["writes"])
    works = {
        "open": lambda: plain.copied(untouched),
        "fork": lambda: plain.copied(state),
        **_calls(state, tools, plain.answer),
    }
    yield from _timed("plain", works, rows, settings)
    yield "plain", _memory(lambda: plain.copied(untouched), rows, settings)


def _after_writes(state: State, tools: Mapping[str, Tool], answer: Answer, writes: int) -> State:
    _, transfer = _accounts(state, tools)
    for _ in range(writes):
        answer(tools["transfer_between_accounts"], state, transfer)
    return state


def _calls(state: State, tools: Mapping[str, Tool], answer: Answer) -> dict[str, Callable[[], Any]]:
    account, transfer = _accounts(state, tools)
    return {
        "read by key": lambda: answer(tools["get_account"], state, account),
        "search": lambda: answer(tools["search_transactions"], state, {"merchant": "Kessler"}),
        "write": lambda: answer(tools["transfer_between_accounts"], state, transfer),
    }


def _accounts(state: State, tools: Mapping[str, Tool]) -> tuple[dict[str, Any], dict[str, Any]]:
    listed = json.loads(invoke(tools["list_accounts"], state, {}).text)["accounts"]
    first, second = [account["account_id"] for account in listed][:2]
    return {"account_id": first}, {"from_account_id": first, "to_account_id": second, "amount": 0.01}


def _timed(
    name: str, works: Mapping[str, Callable[[], Any]], rows: int, settings: Mapping[str, Any]
) -> Iterator[tuple[str, Sample]]:
    for what, work in works.items():
        work()
        times = tuple(1e6 * once(work) for _ in range(settings["repeats"]))
        yield name, Sample(f"rows: {what}", rows, "us", times)


def once(work: Callable[[], Any]) -> float:
    """Median seconds of one execution."""
    times: list[float] = []
    end = perf_counter() + ENOUGH_S
    while not times or perf_counter() < end and len(times) < MOST:
        begin = perf_counter()
        work()
        times.append(perf_counter() - begin)
    return statistics.median(times)


def _memory(make: Callable[[], Any], rows: int, settings: Mapping[str, Any]) -> Sample:
    """What Python allocates for a session: the pages of a process are too coarse for the few KiB of ours."""
    sessions = max(3, min(settings["held"], 500_000 // rows))
    values = []
    for _ in range(settings["repeats"]):
        gc.collect()
        tracemalloc.start()
        held = [make() for _ in range(sessions)]
        gc.collect()
        values.append(tracemalloc.get_traced_memory()[0] / sessions / KIB)
        tracemalloc.stop()
        del held
    return Sample("rows: memory", rows, "KiB", tuple(values), f"mean of {sessions} sessions")
