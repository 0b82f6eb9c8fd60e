"""Which model call answers which ground-truth call: the best of all assignments, found exactly.

    maximise   Σ_g m(g)·o(g)  >  aligned calls  >  Σ argument agreement  >  earlier positions      (lexicographic)
    m(g) = 1 if every call of step g is aligned,   o(g) = Π_{(j,g)∈E} 1[last call of j before first call of g]

If every ground-truth call can have its own best candidate and no order is broken that could be kept, that is it. Else a
best-first search (A*) over states (next model call, aligned ground-truth calls, steps begun too early): its bound gives
every open ground-truth call its best remaining candidate, so that a flood of equal calls costs no more than the first
few of them.

**Ours:** "earlier positions" compares position by position in the order the ground truth is written; it decides which
of several equal calls is named, never the score. The problem is exponential in the worst case: once states times
ground-truth calls are MAX_WORK (a second or two; 12 ground-truth and 60 model calls in random conflict need less) the
most promising one is completed greedily, which is deterministic but may miss the best.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from prove.types import ExecutedCall, GroundTruth, ToolCall

MAX_WORK = 1_200_000
NEVER = math.inf

State = tuple[int, int, int]  # next rank, bits of aligned ground-truth calls, bits of steps begun too early


@dataclass(frozen=True)
class Alignment:
    """For each ground-truth call the position of its model call (None: none) and the share of arguments agreeing
    (0 where unaligned); for each ground-truth step whether it counts as covered, m(g)·o(g); which steps are late, with
    the predecessors that are not whole before them."""

    positions: tuple[int | None, ...]
    agreement: tuple[float, ...]
    covered: tuple[bool, ...]
    late: Mapping[int, Sequence[int]]


def align(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> Alignment:
    """The best assignment of model calls to ground-truth calls, each used at most once.

    Raises ValueError for a ground truth with an empty step or an edge to a step that does not exist.
    """
    check(ground_truth)
    wanted = ground_truth.calls
    shares = [{p: agreeing(call, gt) for p, call in enumerate(calls) if matches(call, gt)} for gt in wanted]
    positions = tuple(max(share, key=share.__getitem__, default=None) for share in shares)
    late = violated(ground_truth, positions)
    if not _is_best(ground_truth, positions, late):
        positions = _Search(ground_truth, shares).best()
        late = violated(ground_truth, positions)
    agreement = tuple(
        0.0 if p is None else share[p] / len(gt.arguments) if gt.arguments else 1.0
        for p, share, gt in zip(positions, shares, wanted, strict=True)
    )
    covered = tuple(
        g not in late and all(positions[a] is not None for a in members)
        for g, members in enumerate(members_of(ground_truth))
    )
    return Alignment(positions, agreement, covered, late)


def check(ground_truth: GroundTruth) -> None:
    """ValueError if a step is empty or an edge names no step."""
    count = len(ground_truth.steps)
    for number, step in enumerate(ground_truth.steps):
        if not step.calls:
            raise ValueError(f"ground-truth step {number} has no calls")
    for edge in ground_truth.edges:
        if not all(0 <= end < count for end in edge):
            raise ValueError(f"edge {list(edge)} names no step: there are {count}")


def matches(call: ExecutedCall, wanted: ToolCall) -> bool:
    """Same tool, and every argument key of the ground-truth call is given. A malformed call has no name: never."""
    return bool(call.name) and call.name == wanted.name and wanted.arguments.keys() <= call.arguments.keys()


def agreeing(call: ExecutedCall, wanted: ToolCall) -> int:
    """How many arguments of the ground-truth call have an agreeing value."""
    return sum(agrees(call.arguments[key], value) for key, value in wanted.arguments.items())


def agrees(given: Any, wanted: Any) -> bool:
    """Equal JSON values: 200 == 200.0, a boolean is no number, lists in order, objects by key.

    **Ours:** strings are compared exactly after their outer white space is stripped.
    """
    if isinstance(given, str) and isinstance(wanted, str):
        return given.strip() == wanted.strip()
    if isinstance(given, list) and isinstance(wanted, list):
        return len(given) == len(wanted) and all(map(agrees, given, wanted))
    if isinstance(given, dict) and isinstance(wanted, dict):
        return given.keys() == wanted.keys() and all(agrees(given[key], wanted[key]) for key in wanted)
    return given == wanted and isinstance(given, bool) == isinstance(wanted, bool)


def violated(ground_truth: GroundTruth, positions: Sequence[int | None]) -> dict[int, list[int]]:
    """Step -> the predecessors that are not whole before its first call; a step no call of which is aligned: all."""
    known = [[positions[a] for a in members] for members in members_of(ground_truth)]
    first = [min((p for p in step if p is not None), default=-1) for step in known]
    last = [NEVER if None in step else max(p for p in step if p is not None) for step in known]
    late: dict[int, list[int]] = {}
    for before, after in ground_truth.edges:
        if not last[before] < first[after]:
            late.setdefault(after, []).append(before)
    return late


def members_of(ground_truth: GroundTruth) -> list[range]:
    """The indices of each step's calls in `ground_truth.calls`."""
    ranges, start = [], 0
    for step in ground_truth.steps:
        ranges.append(range(start, start + len(step.calls)))
        start += len(step.calls)
    return ranges


def steps_of(ground_truth: GroundTruth) -> list[int]:
    """The step of each of `ground_truth.calls`."""
    return [g for g, step in enumerate(ground_truth.steps) for _ in step.calls]


def _is_best(ground_truth: GroundTruth, positions: Sequence[int | None], late: Mapping[int, Sequence[int]]) -> bool:
    """Whether the first of the best candidates of every ground-truth call together are the best assignment.

    So they are if no model call is wanted twice, and a step that comes out late would with any candidates, as it or a
    step that it needs lacks one.
    """
    taken = [position for position in positions if position is not None]
    lacking = {g for g, members in enumerate(members_of(ground_truth)) if any(positions[a] is None for a in members)}
    hopeless = all(g in lacking or not lacking.isdisjoint(before) for g, before in late.items())
    return len(set(taken)) == len(taken) and hopeless


class _Search:
    """The search over one episode. Model calls that match nothing are left out; the others are counted by rank.

    A value is one integer whose digits are the four criteria, most significant first; its last digits, one per
    ground-truth call, are (ranks - rank) of the aligned call, so the best value also spells out its assignment.
    """

    def __init__(self, ground_truth: GroundTruth, shares: list[dict[int, int]]):
        self.times = sorted(set().union(*shares))
        self.members = members_of(ground_truth)
        self.masks = [sum(1 << a for a in members) for members in self.members]
        self.step_of = steps_of(ground_truth)
        self.before: list[list[int]] = [[] for _ in self.members]
        for j, g in ground_truth.edges:
            self.before[g].append(j)
        self.needs = [sum(self.masks[j] for j in set(before)) for before in self.before]
        self._weigh(ground_truth, shares)
        self._look_ahead()

    def _weigh(self, ground_truth: GroundTruth, shares: list[dict[int, int]]) -> None:
        """gains[rank] = {ground-truth call: value of aligning it here}; covering a step adds `self.cover`."""
        wanted, ranks = ground_truth.calls, len(self.times)
        rank_of = {time: rank for rank, time in enumerate(self.times)}
        whole = math.lcm(*(len(call.arguments) or 1 for call in wanted))
        places = [(ranks + 1) ** (len(wanted) - 1 - a) for a in range(len(wanted))]
        agree = (ranks + 1) ** len(wanted)
        count = agree * (len(wanted) * whole + 1)
        self.places, self.cover = places, count * (len(wanted) + 1)
        self.gains: list[dict[int, int]] = [{} for _ in self.times]
        for a, (share, call) in enumerate(zip(shares, wanted, strict=True)):
            for time, agreed in share.items():
                part = agreed * whole // len(call.arguments) if call.arguments else whole
                rank = rank_of[time]
                self.gains[rank][a] = count + part * agree + (ranks - rank) * places[a]

    def _look_ahead(self) -> None:
        """For each ground-truth call and rank: the most it can still bring, its next candidate, its last one."""
        ranks, wanted = len(self.times), range(len(self.step_of))
        self.promise = [[0] * (ranks + 1) for _ in wanted]
        self.soonest: list[list[float]] = [[NEVER] * (ranks + 1) for _ in wanted]
        self.latest = [-1] * len(self.step_of)
        for a in wanted:
            best = 0
            for rank in range(ranks - 1, -1, -1):
                gain = self.gains[rank].get(a)
                self.soonest[a][rank], self.promise[a][rank] = self.soonest[a][rank + 1], self.promise[a][rank + 1]
                if gain is not None:
                    place = (ranks - rank) * self.places[a]
                    best = max(best, gain - place)
                    self.soonest[a][rank], self.promise[a][rank] = rank, best + place
                    self.latest[a] = max(self.latest[a], rank)

    def best(self) -> tuple[int | None, ...]:
        """The position of each ground-truth call in the best assignment, None where it has none."""
        start: State = (0, 0, 0)
        values = {start: 0}
        heap = [(-self.bound(start), start, 0)]
        while len(values) * len(self.step_of) <= MAX_WORK:
            bound, state, value = heappop(heap)
            if value == -bound:
                return self._spell(value)
            for child, worth in self._children(state, value):
                if worth > values.get(child, -1):
                    values[child] = worth
                    heappush(heap, (-worth - self.bound(child), child, worth))
        return self._spell(self._dive(*heappop(heap)[1:]))

    def _dive(self, state: State, value: int) -> int:
        """Completes a state greedily: always the child with the best bound."""
        while self.bound(state):
            children = self._children(state, value)
            state, value = max(children, key=lambda child: (child[1] + self.bound(child[0]), child))
        return value

    def _children(self, state: State, value: int) -> Iterator[tuple[State, int]]:
        """The next model call left alone, or aligned with any open ground-truth call it matches."""
        rank, done, late = state
        yield (rank + 1, done, late), value
        for a, gain in self.gains[rank].items():
            if not done >> a & 1:
                yield self._aligned(state, a, value + gain)

    def _aligned(self, state: State, a: int, value: int) -> tuple[State, int]:
        """A step is late if it begins before its predecessors are whole; whole and not late, it is covered."""
        rank, done, late = state
        g = self.step_of[a]
        mask, bit = self.masks[g], 1 << g
        if self.needs[g] & ~done:
            late |= bit
        done |= 1 << a
        if done & mask == mask:
            value += 0 if late & bit else self.cover
            late &= ~bit
        return (rank + 1, done, late), value

    def bound(self, state: State) -> int:
        """At least what any completion of this state can add; 0 only if nothing can be added."""
        rank, done, late = state
        total = 0
        for a, row in enumerate(self.promise):
            if not done >> a & 1:
                total += row[rank]
        if not total:
            return 0
        for g, mask in enumerate(self.masks):
            if done & mask != mask and not late >> g & 1 and self._coverable(g, rank, done):
                total += self.cover
        return total

    def _coverable(self, g: int, rank: int, done: int) -> bool:
        """Whether an incomplete step may still be covered, as far as its own and its predecessors' calls tell."""
        after: float = rank - 1
        if self.needs[g] & ~done:
            after = max(self._ready(j, rank, done) for j in self.before[g])
        return all(done >> a & 1 or self.latest[a] > after for a in self.members[g])

    def _ready(self, j: int, rank: int, done: int) -> float:
        """The earliest rank at which step j can be whole."""
        return max((self.soonest[a][rank] for a in self.members[j] if not done >> a & 1), default=-1)

    def _spell(self, value: int) -> tuple[int | None, ...]:
        """Reads the assignment off the last digits of a value."""
        ranks = len(self.times)
        left = [value // place % (ranks + 1) for place in self.places]
        return tuple(self.times[ranks - digit] if digit else None for digit in left)
