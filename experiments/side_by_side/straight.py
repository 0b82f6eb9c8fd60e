"""The second paper's reward as its formulas stand, without options, reasons or alignment: what it costs bare.

    R = w_atomic·mean over the calls(w_ast·AST + w_execution·executed) + w_orchestration·share of steps reached

A call is compared with the first ground-truth call of its tool, found by looking through the list; a step is reached by
the first call of its tools after the steps it needs, found by looking through the calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from prove.rewards.atomic import executed
from prove.rewards.graduated import Weights
from prove.rewards.syntax import agrees, same_type
from prove.types import ExecutedCall, GroundTruth, ToolCall


def score(calls: Sequence[ExecutedCall], truth: GroundTruth, weights: Weights) -> float:
    read = [call for call in calls if call.name]
    atomic = sum(worth(call, truth, weights) for call in read) / len(read) if read else 0.0
    places: dict[int, int | None] = {}
    steps = [reached(step, calls, truth, places) for step in range(len(truth.steps))]
    share = sum(place is not None for place in steps) / len(steps)
    return weights.w_atomic * atomic + weights.w_orchestration * share


def worth(call: ExecutedCall, truth: GroundTruth, weights: Weights) -> float:
    for wanted in truth.calls:
        if wanted.name == call.name:
            return weights.w_ast * written(call, wanted, weights) + weights.w_execution * executed(call)
    return 0.0


def written(call: ExecutedCall, wanted: ToolCall, weights: Weights) -> float:
    given, right = call.arguments, wanted.arguments
    fitting = sum(key in given and same_type(given[key], right[key]) for key in right)
    structure = fitting / len(right) if right else float(not given)
    values = given.keys() == right.keys() and all(agrees(given[key], right[key]) for key in right)
    return weights.level_name + weights.level_structure * structure + weights.level_values * values


def reached(step: int, calls: Sequence[ExecutedCall], truth: GroundTruth, places: dict[int, int | None]) -> int | None:
    """µ(step), remembered; a step in a cycle is not reached."""
    if step not in places:
        places[step] = None
        needed = [reached(before, calls, truth, places) for before, after in truth.edges if after == step]
        if None not in needed:
            after = max((place for place in needed if place is not None), default=-1)
            names = {call.name for call in truth.steps[step].calls}
            found = (place for place in range(after + 1, len(calls)) if calls[place].name in names)
            places[step] = next(found, None)
    return places[step]
