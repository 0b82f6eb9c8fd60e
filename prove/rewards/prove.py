"""The reward of PROVE (paper 3.3): five components of one episode and their weighted sum.

    R = w_val·R_validity + w_cov·R_coverage + w_eff·R_efficiency + w_name·R_name + w_arg·R_arg
    C = model calls in order, n_calls = |C| · G = ground-truth steps, n_gt = the number of their calls

An abstention example (G = ∅) pays 1 if no call was made, else 0, whatever the weights. **Ours:** there coverage carries
the verdict, efficiency and arg are 0, validity and name follow their formulas.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from prove.rewards.alignment import Alignment, agrees, align, steps_of
from prove.rewards.explanation import Budget, CallWhy, Level, Term, added
from prove.rewards.pairing import arguments_of, candidates_of
from prove.schemas import compatible, definitions_of, name_of, properties_of, required_of
from prove.types import ExecutedCall, GroundTruth, RewardBreakdown, ToolCall

Schema = Mapping[str, Any]
MALFORMED = "malformed call"
LEVELS = ("tool exists", "arguments fit", "succeeded")


@dataclass(frozen=True)
class Weights:
    """Weights of the components, the slope alpha of the call penalty and the slack beta of the call budget."""

    w_val: float
    w_cov: float
    w_eff: float
    w_name: float
    w_arg: float
    alpha: float
    beta: float

    @staticmethod
    def of(values: Mapping[str, Any]) -> Weights:
        """Reads a `reward` config node; its `name` is left out. ValueError for a missing or an unknown key."""
        wanted, given = {field.name for field in fields(Weights)}, {str(key) for key in values} - {"name"}
        if wanted != given:
            raise ValueError(f"reward lacks {sorted(wanted - given)} and does not know {sorted(given - wanted)}")
        return Weights(**{key: float(values[key]) for key in wanted})


class Verdict(NamedTuple):
    """How many of the three validity levels a call reached, and in words why not more."""

    level: int
    words: str


def score(
    calls: Sequence[ExecutedCall], ground_truth: GroundTruth, tools: Sequence[Schema], weights: Weights
) -> RewardBreakdown:
    """The reward of one episode, given the OpenAI function schemas it was offered. ValueError: broken ground truth.

    `exact` is true if the calls that succeeded cover every step with every argument value right (extra calls are
    allowed); for abstention, if no call was made.
    """
    verdicts = judge(calls, tools)
    if not ground_truth.steps:
        return _abstention(calls, ground_truth, verdicts)
    alignment = align(calls, ground_truth)
    parts = {
        "validity": validity(verdicts),
        "coverage": coverage(alignment),
        "efficiency": efficiency(len(calls), len(ground_truth.calls), weights.alpha, weights.beta),
        "name": name(calls, ground_truth),
        "arg": arg(alignment),
    }
    return RewardBreakdown(
        **parts,
        total=total(parts, weights),
        exact=exact(calls, ground_truth, alignment),
        reasons=explain(calls, verdicts, ground_truth, alignment),
    )


def validity(verdicts: Sequence[Verdict]) -> float:
    """Mean over the calls of their validity levels, a third each; 0 without calls (**ours**)."""
    return sum(verdict.level for verdict in verdicts) / (3 * len(verdicts)) if verdicts else 0.0


def coverage(alignment: Alignment) -> float:
    """(1/|G|) Σ_g m(g)·o(g)."""
    return sum(alignment.covered) / len(alignment.covered)


def efficiency(n_calls: int, n_gt: int, alpha: float, beta: float) -> float:
    """−α·max(0, n_calls − B)/B with the budget B = n_gt + ⌈n_gt·β⌉."""
    allowed = budget(n_calls, n_gt, beta).allowed
    return alpha * min(0, allowed - n_calls) / allowed


def budget(n_calls: int, n_gt: int, beta: float) -> Budget:
    """B = n_gt + ⌈n_gt·β⌉."""
    return Budget(n_calls, n_gt, n_gt + math.ceil(round(n_gt * beta, 9)))  # rounded: 25 · 0.28 is 7.000000000000001


def name(calls: Sequence[ExecutedCall], ground_truth: GroundTruth) -> float:
    """Share of the calls whose tool appears in the ground truth; 0 without calls (**ours**)."""
    wanted = {call.name for call in ground_truth.calls}
    return sum(call.name in wanted for call in calls) / len(calls) if calls else 0.0


def arg(alignment: Alignment) -> float:
    """Mean over the aligned pairs of the share of arguments that agree; 0 without pairs (**ours**)."""
    shares = [
        share for share, position in zip(alignment.agreement, alignment.positions, strict=True) if position is not None
    ]
    return sum(shares) / len(shares) if shares else 0.0


def total(parts: Mapping[str, float], weights: Weights) -> float:
    """The weighted sum of the five components."""
    return added(terms(parts, weights))


def terms(parts: Mapping[str, float], weights: Weights) -> tuple[Term, ...]:
    """What is added up, in the order of the equation."""
    return (
        Term("validity", parts["validity"], weights.w_val),
        Term("coverage", parts["coverage"], weights.w_cov),
        Term("efficiency", parts["efficiency"], weights.w_eff),
        Term("name", parts["name"], weights.w_name),
        Term("arg", parts["arg"], weights.w_arg),
    )


def exact(calls: Sequence[ExecutedCall], ground_truth: GroundTruth, alignment: Alignment) -> bool:
    """Whether the successful calls alone serve the whole ground truth; a failed attempt before does not spoil it."""
    if not _perfect(alignment):
        return False
    if all(calls[position].ok for position in alignment.positions if position is not None):
        return True
    return _perfect(align([call for call in calls if call.ok], ground_truth))


def _perfect(alignment: Alignment) -> bool:
    return all(alignment.covered) and all(share == 1.0 for share in alignment.agreement)


def judge(calls: Sequence[ExecutedCall], tools: Sequence[Schema]) -> list[Verdict]:
    """The validity levels of every call. Levels are cumulative: each counts only if the previous one holds."""
    offered = {name_of(tool): tool for tool in tools}
    return [_judge(call, offered.get(call.name)) for call in calls]


def _judge(call: ExecutedCall, tool: Schema | None) -> Verdict:
    if not call.name:
        return Verdict(0, call.error or "no name")
    if tool is None:
        return Verdict(0, "unknown tool")
    fault = _fault(call.arguments, tool)
    if fault:
        return Verdict(1, fault)
    return Verdict(3, "ok") if call.ok else Verdict(2, "execution failed")


def _fault(arguments: Mapping[str, Any], tool: Schema) -> str | None:
    """The first required parameter that is missing or declared parameter whose value has another JSON type."""
    for key in required_of(tool):
        if key not in arguments:
            return f"{key} is missing"
    declared, definitions = properties_of(tool), definitions_of(tool)
    for key, value in arguments.items():
        if key in declared and not compatible(value, declared[key], definitions):
            return f"{key} has the wrong type"
    return None


def _abstention(
    calls: Sequence[ExecutedCall], ground_truth: GroundTruth, verdicts: Sequence[Verdict]
) -> RewardBreakdown:
    verdict = 0.0 if calls else 1.0
    return RewardBreakdown(
        validity=validity(verdicts),
        coverage=verdict,
        efficiency=0.0,
        name=name(calls, ground_truth),
        arg=0.0,
        total=verdict,
        exact=not calls,
        reasons=tuple(
            f"{call.name or MALFORMED}: {verdict.words}; no call was wanted"
            for call, verdict in zip(calls, verdicts, strict=True)
        ),
    )


def seen(
    calls: Sequence[ExecutedCall], verdicts: Sequence[Verdict], ground_truth: GroundTruth, alignment: Alignment
) -> tuple[CallWhy, ...]:
    """What the formulas see in each call."""
    answers, steps = _answers(alignment), steps_of(ground_truth)
    return tuple(
        _seen(call, verdict, ground_truth.calls, answers.get(position), steps, alignment.late)
        for position, (call, verdict) in enumerate(zip(calls, verdicts, strict=True))
    )


def _seen(
    call: ExecutedCall,
    verdict: Verdict,
    wanted: Sequence[ToolCall],
    a: int | None,
    steps: Sequence[int],
    late: Mapping[int, Sequence[int]],
) -> CallWhy:
    levels = tuple(Level(name, float(verdict.level > number)) for number, name in enumerate(LEVELS))
    if a is None:
        return CallWhy(levels, verdict.words, arguments=arguments_of(call), candidates=candidates_of(call, wanted))
    needs = tuple(late.get(steps[a], ()))
    return CallWhy(levels, verdict.words, a, steps[a], arguments_of(call, wanted[a]), late=needs)


def explain(
    calls: Sequence[ExecutedCall], verdicts: Sequence[Verdict], ground_truth: GroundTruth, alignment: Alignment
) -> tuple[str, ...]:
    """One line per call: `transfer: execution failed; step 1, differs in amount, needs step 0 before it`."""
    answers, steps, wanted = _answers(alignment), steps_of(ground_truth), ground_truth.calls

    def answer(call: ExecutedCall, a: int | None) -> str:
        if a is None:
            return "no ground-truth call"
        wrong = [key for key, value in wanted[a].arguments.items() if not agrees(call.arguments[key], value)]
        parts = [f"step {steps[a]}", f"differs in {', '.join(wrong)}" if wrong else "arguments agree"]
        if steps[a] in alignment.late:
            parts.append(f"needs step {', '.join(map(str, alignment.late[steps[a]]))} before it")
        return ", ".join(parts)

    return tuple(
        f"{call.name or MALFORMED}: {verdict.words}; {answer(call, answers.get(position))}"
        for position, (call, verdict) in enumerate(zip(calls, verdicts, strict=True))
    )


def _answers(alignment: Alignment) -> dict[int, int]:
    """Position of a model call -> the ground-truth call it answers."""
    return {position: a for a, position in enumerate(alignment.positions) if position is not None}
