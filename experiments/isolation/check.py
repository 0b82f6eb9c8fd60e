"""Holds a history against solo runs: every session must have been alone.

    together = play(history)                                     in a child of this process
    for life in lives(history): alone(life) == together          each in a child of its own, world and modules untouched
    the generated worlds, which sessions share, are what they were

The process that checks never runs a tool itself, so no solo run starts from what another run left behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from experiments.isolation.alone import alone, untouched
from experiments.isolation.apart import apart
from experiments.isolation.history import History, Life, lives
from experiments.isolation.play import Played, play


@dataclass(frozen=True)
class Difference:
    session: str
    place: int
    """The step that came out differently; the number of steps for what was found at the end."""
    what: str
    together: Any
    alone: Any

    def __str__(self) -> str:
        return (
            f"{self.session or 'the server'}, step {self.place}, {self.what}\n"
            f"  together: {str(self.together)[:300]}\n  alone:    {str(self.alone)[:300]}"
        )


@dataclass(frozen=True)
class Verdict:
    results: dict[int, tuple[bool, str]]
    """What each call came to, by its place."""
    differences: list[Difference]
    """What some session had that it would not have had alone, in the order of the history."""


def check(history: History, transport: str = "inprocess") -> Verdict:
    seeds = sorted({step.seed for step in history.steps if step.do == "open"})
    before = _worlds(history.server, seeds)
    together, after = apart(_together, history, transport, seeds)
    found = {each for life in lives(history.steps) for each in _of_life(history, life, together)}
    for seed in seeds:
        if after[seed] != before[seed]:
            change = _first_change(after[seed], before[seed])
            found.add(Difference("", len(history.steps), f"the shared world {seed}", *change))
    return Verdict(together.results, sorted(found, key=lambda each: (each.place, each.session, each.what)))


def _together(history: History, transport: str, seeds: list[int]) -> tuple[Played, dict[int, str]]:
    return play(history, transport), _worlds(history.server, seeds)


def _of_life(history: History, life: Life, together: Played) -> Iterator[Difference]:
    calls = [history.steps[place] for place in life.calls]
    results, end = apart(alone, history.server, life.seed, calls)
    for place, call, result in zip(life.calls, calls, results, strict=True):
        if together.results[place] != result:
            yield Difference(call.session, place, call.name, together.results[place], result)
    reached = together.ends[life.end, life.session]
    if reached.hash != end.hash:
        yield Difference(life.session, life.end, "hash", reached.hash, end.hash)
    if reached.diff != end.diff:
        yield Difference(life.session, life.end, "diff", *_first_change(reached.diff, end.diff))


def _worlds(server: str, seeds: list[int]) -> dict[int, str]:
    """The worlds that the sessions of this process share, as JSON."""
    bases = {seed: untouched(server).base(seed) for seed in seeds}
    return {
        seed: msgspec.json.encode([base.now, base.counters, list(base.tables.items())]).decode()
        for seed, base in bases.items()
    }


def _first_change(now: str, before: str) -> tuple[str, str]:
    """Both from shortly before they part."""
    shared = len(os.path.commonprefix([now, before]))
    return now[max(0, shared - 60) : shared + 60], before[max(0, shared - 60) : shared + 60]
