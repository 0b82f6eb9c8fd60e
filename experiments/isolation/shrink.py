"""Makes a history small that still comes out differently: parts are left out, halves first, single steps last."""

from __future__ import annotations

from collections.abc import Iterator

from experiments.isolation.check import check
from experiments.isolation.history import History, Step, possible

Steps = tuple[Step, ...]


def shrunk(history: History, tries: int, transport: str = "inprocess") -> History:
    """The smallest of at most this many smaller histories that differ; each is a subset of the one before."""
    best = History(history.server, history.steps[: check(history, transport).differences[0].place + 1])
    size = len(best.steps) // 2
    while size and tries > 0:
        for part in _without(best.steps, size):
            smaller = History(best.server, part)
            tries -= 1
            if check(smaller, transport).differences:
                best = smaller
                break
            if not tries:
                break
        else:
            size //= 2
        size = min(size, len(best.steps) // 2)
    return best


def _without(steps: Steps, size: int) -> Iterator[Steps]:
    """The steps with one run of this length left out, the last run first."""
    for start in range(len(steps) - size, -1, -size):
        yield possible(steps[:start] + steps[start + size :])
