"""Which ground-truth calls an episode made: same function, arguments that agree (prove.rewards.syntax), one call each.

    made(g) = the first call that agrees with g, was not taken by another g, and comes after those that g's step needs

No argument more, none less, and a refused call counts: whether the server had an answer is another question. Only calls
with the same content compete for one, so that first come, first served loses nothing unless their order matters too.
"""

from __future__ import annotations

from collections.abc import Sequence

from prove.rewards.syntax import BFCL, compare
from prove.types import ExecutedCall, GroundTruth, ToolCall

Places = tuple[int | None, ...]


def made(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> Places:
    """For each ground-truth call the position of the call that makes it, None if there is none."""
    taken: set[int] = set()
    last: dict[int, int] = {}  # step -> position of the last call that made one of its calls
    places: list[int | None] = []
    for number, step in enumerate(ground_truth.steps):
        after = max((last[need] for need, of in ground_truth.edges if of == number and need in last), default=-1)
        for wanted in step.calls:
            place = _first(calls, wanted, after, taken)
            places.append(place)
            if place is not None:
                taken.add(place)
                last[number] = max(place, last.get(number, -1))
    return tuple(places)


def _first(calls: Sequence[ExecutedCall], wanted: ToolCall, after: int, taken: set[int]) -> int | None:
    fitting = (place for place, call in enumerate(calls) if place > after and place not in taken and _is(call, wanted))
    return next(fitting, None)


def _is(call: ExecutedCall, wanted: ToolCall) -> bool:
    return call.error is None and compare(call, wanted, BFCL).values == 1.0


def leading(done: Sequence[bool]) -> int:
    """How many are done before the first that is not."""
    return next((place for place, one in enumerate(done) if not one), len(done))
