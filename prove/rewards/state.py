"""`reward=prove_state` (**ours**): part of the pay for the path goes to the end that it leads to.

    R = w_val·R_validity + w_cov·R_coverage + w_state·R_state + w_eff·R_efficiency + w_name·R_name + w_arg·R_arg
    R_state = 1[the worlds end as the ground truth leaves them]     (prove.rewards.ending says what the same end is)
            = R_coverage  where the end says nothing

The paper pays for the calls of one path. Another valid path that ends in the same state gets w_state like the ground
truth; calls of the right shape with a wrong value, or changes beside the wanted ones, do not.

The end says nothing if it is not known, or if the ground truth changes nothing or takes all of it back: doing nothing
then ends as well as doing all. w_state goes to coverage there, and with w_cov + w_state equal to the paper's w_cov the
reward is the paper's.
An abstention example keeps the paper's verdict; R_state is then 1 if nothing was changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prove.rewards import prove
from prove.rewards.ending import leaves_a_change, same_end
from prove.rewards.explanation import Term
from prove.types import Ending, ExecutedCall, GroundTruth, RewardBreakdown

EXTRA = ("state", "state_known")


@dataclass(frozen=True)
class Weights:
    """The paper's weights, and that of the end."""

    path: prove.Weights
    w_state: float

    @staticmethod
    def of(values: Mapping[str, Any]) -> Weights:
        """Reads a `reward` config node. ValueError for a missing or an unknown key."""
        if "w_state" not in values:
            raise ValueError("reward lacks ['w_state']")
        path = {key: value for key, value in values.items() if key != "w_state"}
        return Weights(prove.Weights.of(path), float(values["w_state"]))


def score(
    calls: Sequence[ExecutedCall],
    ground_truth: GroundTruth,
    tools: Sequence[prove.Schema],
    ending: Ending,
    weights: Weights,
) -> RewardBreakdown:
    """The reward of one episode; `extra` has `state` and `state_known`. ValueError: broken ground truth."""
    path = prove.score(calls, ground_truth, tools, weights.path)
    right = right_end(ending, ground_truth)
    known = {"state_known": float(right is not None)}
    state = path.coverage if right is None else float(right)
    total = path.total + term(state, weights).worth if ground_truth.steps else path.total
    return replace(path, total=total, extra={"state": state, **known})


def term(state: float, weights: Weights) -> Term:
    """What the end adds to the paper's sum."""
    return Term("state", state, weights.w_state)


def right_end(ending: Ending, ground_truth: GroundTruth) -> bool | None:
    """Whether the worlds ended as they should; None where the end says nothing."""
    if ending.reached is None:
        return None
    if not ground_truth.steps:
        return same_end(ending.reached, {}, writes=0)
    if not ending.wanted or not leaves_a_change(ending.wanted):
        return None
    return same_end(ending.reached, ending.wanted, writes=len(ground_truth.calls))
