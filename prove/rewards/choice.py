"""The reward that a file of conf/reward/ names: its numbers, and under `rule` the formula they belong to.

rule: prove (where the file says none)   the paper's, prove.rewards.prove
rule: state                              prove.rewards.state
rule: complete                           prove.rewards.complete
rule: graduated                          the second paper's, prove.rewards.graduated
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prove.rewards import complete, graduated, prove, state
from prove.types import Breakdown, Ending, ExecutedCall, GraduatedBreakdown, GroundTruth, RewardBreakdown

WEIGHTS = {
    "prove": prove.Weights,
    "state": state.Weights,
    "complete": prove.Weights,
    "graduated": graduated.Weights,
}


@dataclass(frozen=True)
class Reward:
    """A rule with its numbers. Called with an episode's calls, ground truth, offered function schemas and ending."""

    name: str
    rule: str
    weights: Any

    @staticmethod
    def of(values: Mapping[str, Any]) -> Reward:
        """Reads a `reward` config node. ValueError for an unknown rule, a missing or an unknown key."""
        numbers = {str(key): value for key, value in values.items()}
        rule, name = numbers.pop("rule", "prove"), str(numbers.get("name", ""))
        if rule not in WEIGHTS:
            raise ValueError(f"reward.rule={rule} is none of {', '.join(WEIGHTS)}")
        return Reward(name, rule, WEIGHTS[rule].of(numbers))

    def node(self) -> dict[str, Any]:
        """The values that `of` reads it from."""
        numbers = asdict(self.weights)
        return {"name": self.name, "rule": self.rule, **numbers.pop("path", {}), **numbers}

    def __call__(
        self,
        calls: Sequence[ExecutedCall],
        ground_truth: GroundTruth,
        tools: Sequence[prove.Schema],
        ending: Ending,
    ) -> Breakdown:
        """The reward of one episode. ValueError: broken ground truth."""
        if self.rule == "graduated":
            return graduated.score(calls, ground_truth, self.weights)
        if self.rule == "state":
            return state.score(calls, ground_truth, tools, ending, self.weights)
        rule = complete if self.rule == "complete" else prove
        return rule.score(calls, ground_truth, tools, self.weights)

    @property
    def looks_at_the_end(self) -> bool:
        """Whether the reward depends on the ending."""
        return self.rule == "state"

    def nothing(self) -> Breakdown:
        """Of an episode that crashed: 0, under the same keys."""
        if self.rule == "graduated":
            return GraduatedBreakdown(0.0, 0.0, 0.0)
        extra = dict.fromkeys(state.EXTRA, 0.0) if self.looks_at_the_end else {}
        return RewardBreakdown(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, extra=extra)
