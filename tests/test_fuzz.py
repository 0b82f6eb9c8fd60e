"""600 random calls for every tool: whatever a policy emits, a world answers, stays itself and stays inside itself."""

from __future__ import annotations

import _strptime  # noqa: F401  (datetime.strptime imports it when first called)
import ast
import json
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from experiments.isolation.random_calls import Arguments, breaking, vocabulary
from servers import host
from servers.host import Host, server_names
from servers.state import Base, State
from tests.outside import watched

CALLS = 600  # per tool; 343 tools: 205,800
CALLS_PER_WORLD = 60
SECONDS = 240  # per server; a hanging tool would take for ever


@contextmanager
def nothing_but_the_world(patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Inside, the clock and the shared random generator fail, and what reaches out of the process is listed."""

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("a world read the real clock or the shared random generator")

    for name in ("time", "time_ns", "monotonic", "perf_counter", "localtime", "gmtime", "sleep"):
        patch.setattr(time, name, forbidden)
    for name in ("random", "randrange", "randint", "choice", "choices", "sample", "shuffle", "uniform", "getrandbits"):
        patch.setattr(random, name, forbidden)
    patch.setattr("os.urandom", forbidden)
    try:
        with watched() as touched:
            yield touched
    finally:
        patch.undo()


@pytest.mark.parametrize("server", server_names())
def test_random_calls_never_break_a_world(server: str, monkeypatch: pytest.MonkeyPatch):
    opened, rng, accepted = Host(server), random.Random(f"fuzz:{server}"), set()
    calls = [tool for tool in opened.tools for _ in range(CALLS)]
    rng.shuffle(calls)
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("a call did not return"))
    signal.alarm(SECONDS)
    for world, first in enumerate(range(0, len(calls), CALLS_PER_WORLD)):
        opened.open("fuzz", world % 8)
        words = vocabulary(opened.base(world % 8))
        with nothing_but_the_world(monkeypatch) as touched:
            for name in calls[first : first + CALLS_PER_WORLD]:
                if _call(opened, name, Arguments(opened.tools[name].input_schema, words, rng), rng):
                    accepted.add(name)
        assert touched == []
    signal.alarm(0)
    assert len(accepted) > len(opened.tools) / 2, "hardly any random call was understood: the test tries nothing"


def _call(opened: Host, name: str, arguments: Arguments, rng: random.Random) -> bool:
    """One call, valid or broken; true if the world accepted it."""
    state = opened.state("fuzz")
    broken = rng.random() < 0.3
    given = breaking(arguments, rng) if broken else arguments.valid()
    before = _written(state)
    outcome = opened.call("fuzz", name, given)
    result = json.loads(outcome.text)
    assert isinstance(result, dict)
    if not outcome.ok:
        assert result.keys() == {"error"} and 0 < len(result["error"]) <= 500, outcome.text[:1000]
        assert "Traceback" not in outcome.text and "servers/" not in outcome.text, outcome.text
    if not outcome.ok or opened.tools[name].hints.read_only:
        assert _written(state) == before, f"{name} {str(given)[:500]}: {outcome.text[:300]}"
    return outcome.ok and not broken


def _written(state: State) -> dict[str, dict[str, Any]]:
    """What the session has written; rows are immutable, so a shallow copy is enough."""
    return {table: dict(rows) for table, rows in state.overlay.items() if rows}


def test_the_watch_sees_files_clock_and_chance(monkeypatch: pytest.MonkeyPatch):
    with nothing_but_the_world(monkeypatch) as touched:
        Path(__file__).read_text()
        with pytest.raises(AssertionError):
            time.time()
        with pytest.raises(AssertionError):
            random.choice([1, 2])
    assert any("test_fuzz" in event for event in touched)


@pytest.mark.parametrize("server", server_names())
def test_no_line_of_a_world_asks_for_the_date(server: str):
    """datetime.now() and its kind are built in and cannot be made to fail; they must not be written."""
    for file in sorted((Path(host.__file__).parent / server).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            assert called not in ("now", "today", "utcnow", "SystemRandom"), f"{file.name}:{node.lineno}"


def test_a_vocabulary_holds_the_ids_and_names_of_a_world():
    bank = Host("banking").base(1)
    known = {*bank.tables["accounts"], *(payee.name for payee in bank.tables["payees"].values())}
    assert known <= set(vocabulary(bank))
    words = vocabulary(Base(0, "2025-01-01T00:00", {}, rows=[]))
    assert words == []
