"""R_atomic: is each call right by itself (second paper)?

    R_atomic = (1/n) Σ_c w_ast·AST(c, g(c)) + w_execution·1[c was executed]       n = number of calls that could be read
    g(c) = the first ground-truth call of c's tool; a tool that the ground truth does not use: 0 for both terms

Fixes (**ours**), each an option:

    own_step          g(c) is a ground-truth call of c's own: per tool the assignment with the highest sum; a call that
                      is left over is compared with the one it fits best
    repeats_unpaid    of each tool only as many calls as are wanted score, the others are 0
    count_unparsable  n counts the calls that could not be read
    missing_unpaid    n is at least the number of ground-truth calls
    exact_codes       a wanted text with a digit in it is compared letter by letter (prove.rewards.syntax)

`objects_differ` (there too) is no fix: it brings back what the original does by accident.

A call was executed if the server did not refuse it and its response, where it is known, has no key `error`, no `status`
that is false, and is neither null nor an empty object. **Ours:** a response that is no JSON is a response.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from prove.rewards.assignment import assign
from prove.rewards.syntax import Rules, Syntax, compare
from prove.types import ExecutedCall, GroundTruth, ToolCall


@dataclass(frozen=True)
class Levels:
    """Weights inside R_atomic (w_ast + w_execution = 1, the three levels too) and its fixes."""

    w_ast: float
    w_execution: float
    level_name: float
    level_structure: float
    level_values: float
    own_step: bool
    repeats_unpaid: bool
    count_unparsable: bool
    missing_unpaid: bool
    exact_codes: bool
    objects_differ: bool


@dataclass(frozen=True)
class Judged:
    """One call: the index of the ground-truth call it is compared with (None: its tool is not wanted), its scores
    (0..1 each), and whether it is paid for them."""

    wanted: int | None = None
    syntax: Syntax = Syntax(0.0, 0.0, 0.0)
    ast: float = 0.0
    executed: bool = False
    paid: bool = True


def atomic(calls: Sequence[ExecutedCall], judged: Sequence[Judged], n_wanted: int, levels: Levels) -> float:
    """Mean over the calls of their scores; 0 without calls."""
    count = sum(levels.count_unparsable or bool(call.name) for call in calls)
    if levels.missing_unpaid:
        count = max(count, n_wanted)
    return sum(worth(one, levels) for one in judged if one.paid) / count if count else 0.0


def worth(one: Judged, levels: Levels) -> float:
    """w_ast·AST + w_execution·executed."""
    return levels.w_ast * one.ast + levels.w_execution * one.executed


def judge(calls: Sequence[ExecutedCall], ground_truth: GroundTruth, levels: Levels) -> list[Judged]:
    """Every call with what it is compared with."""
    judged = [Judged()] * len(calls)
    places, targets = by_tool(calls), by_tool(ground_truth.calls)
    for tool in places.keys() & targets.keys():
        found = _tool([calls[place] for place in places[tool]], targets[tool], ground_truth.calls, levels)
        for place, one in zip(places[tool], found, strict=True):
            judged[place] = one
    return judged


def by_tool(calls: Sequence[ExecutedCall] | Sequence[ToolCall]) -> dict[str, list[int]]:
    """Tool -> positions of its calls; a call that could not be read has no tool."""
    places: dict[str, list[int]] = {}
    for place, call in enumerate(calls):
        if call.name:
            places.setdefault(call.name, []).append(place)
    return places


def _tool(
    calls: Sequence[ExecutedCall], targets: Sequence[int], wanted: Sequence[ToolCall], levels: Levels
) -> list[Judged]:
    """The calls of one tool, in order."""
    done = [executed(call) for call in calls]
    options = [
        [
            _against(call, ran, target, wanted[target], levels)
            for target in (targets if levels.own_step else targets[:1])
        ]
        for call, ran in zip(calls, done, strict=True)
    ]
    best = [max(row, key=lambda one: worth(one, levels)) for row in options]
    if levels.own_step:
        own = assign([[worth(one, levels) for one in row] for row in options])
        best = [options[place][own[place]] if place in own else one for place, one in enumerate(best)]
    else:
        own = set(sorted(range(len(best)), key=lambda place: -worth(best[place], levels))[: len(targets)])
    return [replace(one, paid=place in own or not levels.repeats_unpaid) for place, one in enumerate(best)]


def _against(call: ExecutedCall, ran: bool, target: int, wanted: ToolCall, levels: Levels) -> Judged:
    syntax = compare(call, wanted, Rules(levels.exact_codes, levels.objects_differ))
    ast = (
        levels.level_name * syntax.name
        + levels.level_structure * syntax.structure
        + levels.level_values * syntax.values
    )
    return Judged(target, syntax, ast, ran)


def executed(call: ExecutedCall) -> bool:
    """Whether the call got a response without error. A call that is stored without its response: what `ok` says."""
    if not call.ok or not call.name:
        return False
    response = _response(call.output) if call.output else True
    if isinstance(response, dict):
        return bool(response) and "error" not in response and response.get("status") not in (False,)  # nor 0
    return response is not None


def _response(output: str) -> Any:
    """The value that a response is as JSON, or its text."""
    try:
        return json.loads(output)
    except (ValueError, RecursionError):
        return output
