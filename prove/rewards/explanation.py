"""Why an episode got its reward, as data: what the formulas looked at, call by call and step by step.

    total = value·weight of the first term + of the second + …        (added from left to right: exactly the total)
    call  -> levels reached · the ground-truth call it answers · argument values that agree or not · its order
    step  -> the calls that answer it · covered or not · the steps it had to wait for
    edge  -> kept or not                      budget -> calls made, wanted, allowed

prove.rewards.why makes one for any reward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from prove.types import Breakdown


@dataclass(frozen=True)
class Term:
    """One part of the total."""

    name: str
    value: float
    weight: float

    @property
    def worth(self) -> float:
        return self.weight * self.value


@dataclass(frozen=True)
class Level:
    """What a call is judged by, and how far it got there, 0..1."""

    name: str
    reached: float


@dataclass(frozen=True)
class Argument:
    """One argument as the call gives it and as the ground truth wants it; each may be absent.

    `agrees` is None where the reward does not look: an argument that is not wanted, or a call that answers nothing.
    """

    name: str
    is_given: bool
    is_wanted: bool
    given: Any = None
    wanted: Any = None
    agrees: bool | None = None


@dataclass(frozen=True)
class Candidate:
    """A ground-truth call of the same tool that this call does not answer: the arguments it lacks for that (none:
    another call answers it)."""

    wanted: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class CallWhy:
    """One call. `wanted`: the index of the ground-truth call it answers, `step` the step of that.

    `late`: steps that had to be whole before this one's, and were not. `reaches` and `paid` are the graduated reward's.
    """

    levels: tuple[Level, ...]
    words: str
    wanted: int | None = None
    step: int | None = None
    arguments: tuple[Argument, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    late: tuple[int, ...] = ()
    reaches: tuple[int, ...] = ()
    paid: bool = True


@dataclass(frozen=True)
class StepWhy:
    """One ground-truth step: for each of its calls the position of the call that answers it (None: none)."""

    covered: bool
    positions: tuple[int | None, ...]
    late: tuple[int, ...] = ()


@dataclass(frozen=True)
class Edge:
    """Step `before` had to be whole before step `after`; `kept` if it was."""

    before: int
    after: int
    kept: bool


@dataclass(frozen=True)
class Budget:
    """Calls made, wanted by the ground truth, and free of penalty."""

    made: int
    wanted: int
    allowed: int


@dataclass(frozen=True)
class Explanation:
    """All of it for one episode under one reward."""

    breakdown: Breakdown
    terms: tuple[Term, ...]
    calls: tuple[CallWhy, ...]
    steps: tuple[StepWhy, ...] = ()
    edges: tuple[Edge, ...] = ()
    budget: Budget | None = None


def added(terms: Sequence[Term]) -> float:
    """The sum, always from left to right: `sum` rounds otherwise from Python 3.12 on."""
    return reduce(add, (term.worth for term in terms))
