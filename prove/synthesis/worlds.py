"""The world of a seed after some calls, and the sessions in it in which asks are tried.

    world     seed 11, after a walk of writes
    ├─ run      an ask that works here, what it shows, and a bench after it     for explicit edges
    ├─ burst    a writer four times in a row, and a bench after it              for implicit edges
    └─ alone    what an ask comes to with nothing before it                     what bursts are compared with

A bench forks its session for what is tried on it: trials never see each other's writes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.synthesis.differences import differences, shape
from prove.synthesis.lab import Lab
from prove.synthesis.live import LiveSession
from prove.synthesis.propose import Parameter
from prove.synthesis.sampler import Ask
from prove.synthesis.trials import Shown, key, play, shown, spoken
from prove.types import ToolCall, ToolResult

Inputs = set[tuple[str, str]]
"""(tool, parameter)."""


class World:
    """The world of a seed after some calls; sessions in it are opened, used and closed, `eyes` only reads."""

    def __init__(self, lab: Lab, seed: int, calls: tuple[ToolCall, ...] = ()):
        self.seed, self.calls = seed, calls
        self._lab = lab
        self._open: list[LiveSession] = []
        self.eyes = lab.live.open([lab.server], seed)
        self._open.append(self.eyes)
        for call in calls:
            self.eyes.call(call.name, call.arguments)
        self._still = Bench(self, (), lab.reading)
        self._asks: dict[str, list[Ask]] = {}
        self._runs: dict[str, list[Run]] = {}
        self._bursts: dict[str, list[Burst]] = {}
        self._alone: dict[str, ToolResult | None] = {}
        self._moved: dict[tuple[str, str, int], frozenset[str]] = {}
        self._takers: tuple[dict[Any, Inputs], dict[str, Inputs]] | None = None

    def fork(self, session: LiveSession) -> LiveSession:
        """An independent session in the same state: far cheaper than making its calls again."""
        self._open.append(session.fork())
        return self._open[-1]

    def end(self, session: LiveSession) -> None:
        self._open.remove(session)
        session.close()

    def close(self) -> None:
        for session in list(self._open):
            self.end(session)

    def asks(self, tool: str) -> list[Ask]:
        """Working arguments of a tool in this world, at most as many as the effort says."""
        if tool not in self._asks:
            numbers = range(self._lab.effort.asks)
            found = [self._lab.ask(self.eyes, self.seed, tool, f"{len(self.calls)}:{number}") for number in numbers]
            self._asks[tool] = list({key(ask): ask for ask in found if ask}.values())
        return self._asks[tool]

    def runs(self, tool: str) -> list[Run]:
        """The asks of a tool that work."""
        if tool not in self._runs:
            self._runs[tool] = [run for ask in self.asks(tool) if (run := self._run(ask))]
        return self._runs[tool]

    def _run(self, ask: Ask) -> Run | None:
        session = self.fork(self.eyes)
        played = play(session, ask)
        self.end(session)
        if played is None or not played.result.ok:
            return None
        changes = played.calls if ask.tool not in self._lab.reading else ()
        bench = Bench(self, changes, self._lab.reading) if changes else self._still
        return Run(ask, played.calls, shown(played), bench, {})

    def alone(self, ask: Ask) -> ToolResult | None:
        """What the ask comes to in this world with nothing before it; None if a lookup of it is refused."""
        name = key(ask)
        if name not in self._alone:
            self._alone[name] = self._still.attempt(ask)
        return self._alone[name]

    def bursts(self, tool: str) -> list[Burst]:
        """The tool once, and several times in a row: the more it has touched, the more another tool may notice."""
        if tool not in self._bursts:
            self._bursts[tool] = [burst for size in self._lab.effort.bursts if (burst := self._burst(tool, size))]
        return self._bursts[tool]

    def _burst(self, tool: str, size: int) -> Burst | None:
        session = self.fork(self.eyes)
        calls: list[ToolCall] = []
        told: list[Mapping[str, Any]] = []
        for number in range(size):
            if len(calls) >= size:
                break
            ask = self._lab.ask(session, self.seed, tool, f"{len(self.calls)}:{number}")
            played = ask and play(session, ask)
            if ask and played and played.result.ok:
                calls += played.calls
                told.append(spoken(ask, played))
        self.end(session)
        return Burst(tool, len(calls), tuple(told), Bench(self, calls, self._lab.reading)) if calls else None

    def moving(self, ask: Ask, besides: str, writes: int = 1) -> frozenset[str]:
        """What an answer changes in after most other writers, for as many writes: time is the reason, not they."""
        bursts = [
            burst
            for tool in self._lab.controls
            if tool not in (besides, ask.tool)
            for burst in self._as_long(tool, writes)
        ]
        moved = [self._difference(ask, burst) for burst in bursts[: self._lab.effort.controls]]
        counted = Counter(path for paths in moved for path in paths)
        return frozenset(path for path, times in counted.items() if len(moved) > 1 and 2 * times > len(moved))

    def _as_long(self, tool: str, writes: int) -> list[Burst]:
        """The shortest burst of a tool that takes as long as so many writes, as the clock is what is controlled for."""
        return [burst for burst in self.bursts(tool) if burst.writes >= writes][:1]

    def _difference(self, ask: Ask, burst: Burst) -> frozenset[str]:
        name = (key(ask), burst.tool, burst.writes)
        if name not in self._moved:
            alone, later = self.alone(ask), burst.bench.attempt(ask)
            self._moved[name] = differences(alone, later) if alone and later else frozenset()
        return self._moved[name]

    def takers(self, value: Any) -> Inputs:
        """(tool, parameter) that takes this very value in this world, or ids of its shape."""
        values, shapes = self._takers = self._takers or self._taken()
        like = shape(str(value))
        return values.get(value, set()) | (shapes.get(like, set()) if like != value else set())

    def _taken(self) -> tuple[dict[Any, Inputs], dict[str, Inputs]]:
        values: dict[Any, Inputs] = defaultdict(set)
        shapes: dict[str, Inputs] = defaultdict(set)
        for parameter, value in self._accepted():
            values[value].add((parameter.tool, parameter.name))
            if parameter.identifies and re.search(r"[A-Za-z]{2}.*\d{2}", str(value)):
                shapes[shape(str(value))].add((parameter.tool, parameter.name))
        return values, shapes

    def _accepted(self) -> Iterator[tuple[Parameter, Any]]:
        """Values that a parameter takes: those of asks, and those at fields that its schema matches."""
        takes = self._lab.takes
        for tool in self._lab.tools:
            for run in self.runs(tool):
                for name, value in run.arguments.items():
                    if name in takes[tool] and isinstance(value, (str, int)):
                        yield takes[tool][name], value
                for each in run.shown:
                    yield from ((takes[after][name], each.value) for after, name in self._lab.fitting(tool, each))


class Bench:
    """A session in a world after some calls, where one ask after the other is tried: a new one after each write."""

    def __init__(self, world: World, calls: Sequence[ToolCall], reading: set[str]):
        self._world, self._calls, self._reading = world, tuple(calls), reading
        self._before: LiveSession | None = None
        self._session: LiveSession | None = None

    @property
    def session(self) -> LiveSession:
        if self._before is None:
            self._before = self._world.fork(self._world.eyes)
            for call in self._calls:
                self._before.call(call.name, call.arguments)
        if self._session is None:
            self._session = self._world.fork(self._before)
        return self._session

    def attempt(self, ask: Ask) -> ToolResult | None:
        """What the ask comes to after the calls; None if a lookup of it is refused."""
        played = play(self.session, ask)
        changed = played is None or len(played.calls) > 1 or (played.result.ok and ask.tool not in self._reading)
        if changed:
            self.close()
        return played and played.result

    def close(self) -> None:
        if self._session is not None:
            self._world.end(self._session)
            self._session = None


@dataclass(frozen=True)
class Run:
    """An ask that worked, what it showed, and a bench on which to try what may come after it."""

    ask: Ask
    calls: tuple[ToolCall, ...]
    shown: tuple[Shown, ...]
    bench: Bench
    later: dict[str, Ask | None]
    """Asks of other tools that became possible; filled as they are looked for."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.calls[-1].arguments


@dataclass(frozen=True)
class Burst:
    """A writer, called once or some times in a row; per call, by name, what it was given, has made or dealt with."""

    tool: str
    writes: int
    spoken: tuple[Mapping[str, Any], ...]
    bench: Bench
