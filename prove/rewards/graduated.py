"""`reward=graduated`: the second paper's reward (arXiv 2603.24709). Two components of one episode, weighted.

    R = w_atomic·R_atomic + w_orchestration·R_orch
    R_atomic   mean over the calls: is the call right by itself          prove.rewards.atomic, syntax
    R_orch     share of the steps: were they reached in a valid order    prove.rewards.orchestration

Calls that could not be read are left out, as in the original. What the original does badly can be mended by options,
each off here and on in conf/reward/graduated_fixed.yaml; docs/rewards.md shows what each changes.

**Ours:** an abstention example (no ground truth) pays 1 if no call was made, else 0, in both components and the total,
as the first paper's reward does; the original pays 0 for everything there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from prove.rewards import prove
from prove.rewards.alignment import align, steps_of
from prove.rewards.atomic import Judged, Levels, atomic, judge
from prove.rewards.explanation import Term, added
from prove.rewards.orchestration import orchestration, reached
from prove.types import ExecutedCall, GraduatedBreakdown, GroundTruth


@dataclass(frozen=True)
class Weights(Levels):
    """The weights of both components and of what R_atomic is made of, and the fixes."""

    w_atomic: float
    w_orchestration: float
    one_to_one: bool
    executed_only: bool

    @staticmethod
    def of(values: Mapping[str, Any]) -> Weights:
        """Reads a `reward` config node; its `name` is left out. ValueError: a key is missing, unknown or of no use."""
        wanted = {field.name: field.type for field in fields(Weights)}
        given = {str(key): value for key, value in values.items() if key != "name"}
        if wanted.keys() != given.keys():
            lacks, extra = sorted(wanted.keys() - given.keys()), sorted(given.keys() - wanted.keys())
            raise ValueError(f"reward lacks {lacks} and does not know {extra}")
        return Weights(**{key: _option(key, given[key], wanted[key] == "bool") for key in wanted})


def _option(key: str, value: Any, switch: bool) -> bool | float:
    if switch != isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"reward.{key}={value} is not {'true or false' if switch else 'a number'}")
    return value if switch else float(value)


def score(calls: Sequence[ExecutedCall], ground_truth: GroundTruth, weights: Weights) -> GraduatedBreakdown:
    """The reward of one episode. ValueError: broken ground truth.

    `exact` is that of prove.rewards.prove: it can be compared across rewards.
    """
    if not ground_truth.steps:
        return _abstention(calls)
    alignment = align(calls, ground_truth)
    judged, places = found(calls, ground_truth, weights)
    parts = {
        "atomic": atomic(calls, judged, len(ground_truth.calls), weights),
        "orchestration": orchestration(places),
    }
    return GraduatedBreakdown(
        **parts,
        total=added(terms(parts, weights)),
        exact=prove.exact(calls, ground_truth, alignment),
        reasons=explain(calls, ground_truth, judged, places, weights),
    )


def terms(parts: Mapping[str, float], weights: Weights) -> tuple[Term, ...]:
    """What is added up, in the order of the equation."""
    return (
        Term("atomic", parts["atomic"], weights.w_atomic),
        Term("orchestration", parts["orchestration"], weights.w_orchestration),
    )


def found(
    calls: Sequence[ExecutedCall], ground_truth: GroundTruth, weights: Weights
) -> tuple[list[Judged], Sequence[int | None]]:
    """Every call with what it is compared with, and the position at which each step is reached."""
    judged = judge(calls, ground_truth, weights)
    return judged, reached(_matching(calls, judged, weights), ground_truth, weights.one_to_one)


def _matching(calls: Sequence[ExecutedCall], judged: Sequence[Judged], weights: Weights) -> Sequence[ExecutedCall]:
    """The calls as orchestration sees them: one that may not match has no name."""
    if not weights.executed_only:
        return calls
    return [call if one.executed else replace(call, name="") for call, one in zip(calls, judged, strict=True)]


def _abstention(calls: Sequence[ExecutedCall]) -> GraduatedBreakdown:
    verdict = 0.0 if calls else 1.0
    reasons = tuple(f"{call.name or prove.MALFORMED}: no call was wanted" for call in calls)
    return GraduatedBreakdown(verdict, verdict, verdict, exact=not calls, reasons=reasons)


def explain(
    calls: Sequence[ExecutedCall],
    ground_truth: GroundTruth,
    judged: Sequence[Judged],
    places: Sequence[int | None],
    weights: Weights,
) -> tuple[str, ...]:
    """One line per call: `Search_Hotels: 0.660 against step 1, differs in dest_id; executed; reaches step 1, 3`."""
    step_of = steps_of(ground_truth)
    steps: dict[int, list[int]] = {}
    for step, place in enumerate(places):
        if place is not None:
            steps.setdefault(place, []).append(step)
    return tuple(
        _unread(call, weights) if not call.name else _reason(call, one, step_of, steps.get(place, []))
        for place, (call, one) in enumerate(zip(calls, judged, strict=True))
    )


def _unread(call: ExecutedCall, weights: Weights) -> str:
    counts = "counts as 0" if weights.count_unparsable else "does not count"
    return f"{prove.MALFORMED}: {call.error or 'no name'}; {counts}"


def _reason(call: ExecutedCall, one: Judged, step_of: Sequence[int], reaches: Sequence[int]) -> str:
    if one.wanted is None:
        return f"{call.name}: 0, its tool is not wanted"
    faults = [
        f"{words} {', '.join(keys)}"
        for words, keys in (
            ("differs in", one.syntax.differing),
            ("lacks", one.syntax.missing),
            ("does not need", one.syntax.unexpected),
        )
        if keys
    ]
    parts = [
        f"{one.ast:.3f} against step {step_of[one.wanted]}, {', '.join(faults) or 'arguments agree'}",
        "executed" if one.executed else "not executed",
        f"reaches step {', '.join(map(str, reaches))}" if reaches else "reaches no step",
    ]
    return f"{call.name}: {'; '.join(parts)}" + ("" if one.paid else "; a repeat, not paid")
