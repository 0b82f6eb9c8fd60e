"""Writes random histories that make sense: the author lives every step on a host of its own while writing it.

So the ids it names exist, and most calls are accepted. Some calls repeat one that another session of the same world
made: then sessions that see one another have the most to see.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import msgspec

from experiments.isolation.history import History, Step
from experiments.isolation.random_calls import Arguments, breaking, vocabulary
from servers.control import handle
from servers.host import Host
from servers.probe import Look, NothingToAsk, Reference

Call = tuple[str, Any]


@dataclass(frozen=True)
class Recipe:
    """What histories are made of; settings.yaml says what each number is."""

    sessions: int
    worlds: int
    steps: dict[str, float]
    ways: dict[str, float]


def write(server: str, calls: int, rng: random.Random, recipe: Recipe) -> History:
    """A history with at least this many calls."""
    author = Author(server, rng, recipe)
    while author.calls < calls:
        author.step()
    return History(server, tuple(author.steps))


class Author:
    def __init__(self, server: str, rng: random.Random, recipe: Recipe):
        self.steps: list[Step] = []
        self.calls = 0
        self._rng = rng
        self._recipe = recipe
        self._host = Host(server)
        self._probes = import_module(f"servers.{server}.probes")
        self._worlds = [rng.randrange(100_000) for _ in range(recipe.worlds)]
        self._seeds: dict[str, int] = {}
        self._snapshots: dict[str, dict[str, None]] = {}
        self._made: dict[int, list[Call]] = {seed: [] for seed in self._worlds}
        self._named = 0

    def step(self) -> None:
        """One more step; a call may bring others with it that find its arguments."""
        kinds = self._recipe.steps
        do = self._rng.choices(list(kinds), list(kinds.values()))[0] if self._seeds else "open"
        session = self._rng.choice(list(self._seeds)) if self._seeds else ""
        getattr(self, f"_{do}")(session)

    def _open(self, _: str) -> None:
        if len(self._seeds) < self._recipe.sessions:
            name, seed = self._new(), self._rng.choice(self._worlds)
            self._host.open(name, seed)
            self._seeds[name] = seed
            self.steps.append(Step("open", name, seed=seed))

    def _fork(self, session: str) -> None:
        if len(self._seeds) < self._recipe.sessions:
            name = self._new()
            self._host.fork(session, name)
            self._seeds[name] = self._seeds[session]
            self.steps.append(Step("fork", session, name))

    def _snapshot(self, session: str) -> None:
        """Of a few names, so that a later one may replace an earlier."""
        name = self._rng.choice(["one", "two"])
        self._host.snapshot(session, name)
        self._snapshots.setdefault(session, {})[name] = None
        self.steps.append(Step("snapshot", session, name))

    def _restore(self, session: str) -> None:
        if names := list(self._snapshots.get(session, ())):
            name = self._rng.choice(names)
            self._host.restore(session, name)
            self.steps.append(Step("restore", session, name))

    def _close(self, session: str) -> None:
        self._host.close(session)
        del self._seeds[session]
        self._snapshots.pop(session, None)
        self.steps.append(Step("close", session))

    def _crash(self, _: str) -> None:
        self.steps.append(Step("crash"))

    def _call(self, session: str) -> None:
        ways = self._recipe.ways
        way = self._rng.choices(list(ways), list(ways.values()))[0]
        name, arguments = getattr(self, f"_{way}")(session, self._rng.choice(list(self._host.tools)))
        if (sent := as_sent(arguments)) is not None:
            self._say(session, name, sent)
            self._made[self._seeds[session]].append((name, sent))

    def _asked(self, session: str, tool: str) -> Call:
        def look(name: str, given: dict[str, Any]) -> dict[str, Any]:
            outcome = handle(self._host, session, name, given)
            if not outcome.ok:
                raise NothingToAsk
            return json.loads(outcome.text)

        try:
            asked = getattr(self._probes, tool)(Look(look, self._rng, self._seeds[session]))
        except (NothingToAsk, KeyError):
            return self._drawn(session, tool)
        return tool, {name: self._found(session, value) for name, value in asked.items()}

    def _found(self, session: str, value: Any) -> Any:
        """An argument; one that only a call can find is found by calls of the history."""
        if not isinstance(value, Reference):
            return value
        if value.id is not None:
            return value.id
        results = [self._say(session, lookup.tool, lookup.arguments) for lookup in value.path]
        return results[-1].get(value.field)

    def _again(self, session: str, tool: str) -> Call:
        made = self._made[self._seeds[session]]
        return self._rng.choice(made) if made else self._drawn(session, tool)

    def _drawn(self, session: str, tool: str) -> Call:
        return tool, self._arguments(session, tool).valid()

    def _broken(self, session: str, tool: str) -> Call:
        return tool, breaking(self._arguments(session, tool), self._rng)

    def _arguments(self, session: str, tool: str) -> Arguments:
        words = _words(self._host, self._seeds[session])
        return Arguments(self._host.tools[tool].input_schema, words, self._rng)

    def _say(self, session: str, name: str, arguments: Any) -> dict[str, Any]:
        self.steps.append(Step("call", session, name, arguments))
        self.calls += 1
        return json.loads(handle(self._host, session, name, arguments).text)

    def _new(self) -> str:
        self._named += 1
        return f"s{self._named}"


def as_sent(arguments: Any) -> dict[str, Any] | None:
    """The arguments as a server reads them; None for what no pool would send."""
    try:
        sent = msgspec.json.decode(json.dumps(arguments, allow_nan=False, ensure_ascii=False).encode())
    except ValueError:
        return None
    return sent if isinstance(sent, dict) else None


@cache
def _words(host: Host, seed: int) -> list[str]:
    return vocabulary(host.base(seed))
