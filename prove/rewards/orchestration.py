"""R_orch: are the steps reached, in an order that their dependencies allow (second paper)?

    R_orch = (1/|steps|) Σ_i 1[step i is matched, and every step it depends on is matched at an earlier position]

A step is matched by any call with the name of one of its ground-truth calls; arguments and success do not matter. Step
i takes the first such call after the calls of the steps before it, so a call may match many steps:

    µ(i) = min { p : name(c_p) ∈ names(i), p > µ(j) for every edge (j, i) },   min ∅ = never

Fixes (**ours**), each an option:

    one_to_one      a call matches at most one ground-truth call, and a step needs all of its calls: the assignment that
                    covers most steps (prove.rewards.alignment, by names)
    executed_only   a call that was not executed matches nothing
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from prove.rewards.alignment import align, members_of
from prove.rewards.atomic import by_tool
from prove.types import ExecutedCall, GroundTruth, Step

Places = list[int | None]


def orchestration(places: Sequence[int | None]) -> float:
    """Share of the steps that were reached."""
    return sum(place is not None for place in places) / len(places)


def reached(calls: Sequence[ExecutedCall], ground_truth: GroundTruth, one_to_one: bool) -> Places:
    """Of each step the position at which it is whole; None if it is not reached."""
    return _one_to_one(calls, ground_truth) if one_to_one else _first_come(calls, ground_truth)


def _first_come(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> Places:
    """µ of every step. The steps of a cycle, and what needs them, are never reached."""
    positions, places = by_tool(calls), [None] * len(ground_truth.steps)
    before = _needs(ground_truth)
    for step in _in_order(before):
        needed = [places[j] for j in before[step]]
        if None not in needed:
            names = {call.name for call in ground_truth.steps[step].calls}
            after = max(needed, default=-1)
            found = [_next(positions.get(name, []), after) for name in names]
            places[step] = min((place for place in found if place is not None), default=None)
    return places


def _next(positions: Sequence[int], after: int) -> int | None:
    """The first of ascending positions above `after`."""
    place = bisect_right(positions, after)
    return positions[place] if place < len(positions) else None


def _needs(ground_truth: GroundTruth) -> dict[int, list[int]]:
    """Step -> the steps it depends on."""
    before: dict[int, list[int]] = {step: [] for step in range(len(ground_truth.steps))}
    for j, i in ground_truth.edges:
        before[i].append(j)
    return before


def _in_order(before: dict[int, list[int]]) -> Iterator[int]:
    """Steps after those they need; a cycle stops what comes after it and nothing else."""
    sorter = TopologicalSorter(before)
    with suppress(CycleError):
        sorter.prepare()
    while ready := sorter.get_ready() if sorter.is_active() else ():
        yield from ready
        sorter.done(*ready)


def _one_to_one(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> Places:
    """By names alone: arguments are taken away on both sides."""
    steps = tuple(Step(tuple(replace(call, arguments={}) for call in step.calls)) for step in ground_truth.steps)
    names = [ExecutedCall(call.name, {}, call.ok) for call in calls]
    found = align(names, GroundTruth(steps, ground_truth.edges))
    return [
        max(p for a in members if (p := found.positions[a]) is not None) if whole else None
        for members, whole in zip(members_of(ground_truth), found.covered, strict=True)
    ]
