"""What can be wrong with an episode, as words to filter by. They mean the same under every reward.

Read off the explanation under the first paper's formula and off the statistics of the rollout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prove.rewards.explanation import Explanation
from prove.types import ExecutedCall, GroundTruth

FAULTS = (
    "unreadable call",
    "unknown tool",
    "arguments do not fit",
    "refused by the server",
    "argument differs",
    "step missed",
    "wrong order",
    "over budget",
    "call not wanted",
    "no call made",
    "out of tokens",
    "turn cap",
)


def faults_of(
    why: Explanation, calls: Sequence[ExecutedCall], ground_truth: GroundTruth, stats: Mapping[str, Any]
) -> list[str]:
    """Those of FAULTS that the episode has, in that order."""
    has = {
        **_of_calls(why, calls),
        "step missed": any(None in step.positions for step in why.steps),
        "wrong order": any(step.late and None not in step.positions for step in why.steps),
        "over budget": why.budget is not None and why.budget.made > why.budget.allowed,
        "call not wanted": bool(calls) and not ground_truth.steps,
        "no call made": not calls and bool(ground_truth.steps),
        "out of tokens": bool(stats.get("out_of_tokens")),
        "turn cap": bool(stats.get("turn_cap")),
    }
    return [fault for fault in FAULTS if has[fault]]


def _of_calls(why: Explanation, calls: Sequence[ExecutedCall]) -> dict[str, bool]:
    """By the first level that each call fails, and by its arguments."""
    level = [sum(one.reached for one in call.levels) for call in why.calls]
    return {
        "unreadable call": any(not call.name for call in calls),
        "unknown tool": any(not reached and call.name for reached, call in zip(level, calls, strict=True)),
        "arguments do not fit": 1 in level,
        "refused by the server": 2 in level,
        "argument differs": any(argument.agrees is False for call in why.calls for argument in call.arguments),
    }
