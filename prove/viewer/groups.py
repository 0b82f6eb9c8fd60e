"""Groups of episodes of the same example, and the advantage that GRPO gives each of them.

    A = (r − mean) / (std + 1e-6)     GRPO; std is that of a sample (n − 1), as verl's compute_grpo_outcome_advantage
    A = r − mean                      Dr. GRPO: norm_adv_by_std_in_grpo is false
    a group of one                    mean 0, std 1, as verl does it

Nothing of this is stored in an episode: it is computed from the stored rewards, by split, step and example id.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EPSILON = 1e-6
FLAT = 1e-8
"""Rewards that differ by less are the same, as in reward/zero_variance_groups of metrics.jsonl."""


@dataclass(frozen=True)
class Estimator:
    """How a run makes advantages of rewards. `size`: episodes that a group should have (None: not known)."""

    by_std: bool
    size: int | None
    words: str


@dataclass(frozen=True)
class GroupNumbers:
    """Of the rewards that are known."""

    mean: float
    std: float
    low: float
    high: float

    @property
    def flat(self) -> bool:
        return self.high - self.low < FLAT


def estimator_of(config: Mapping[str, Any]) -> Estimator | None:
    """The estimator of a run's config.yaml; None if it has none that is known here."""
    verl = config.get("verl") or {}
    algorithm, rollout = verl.get("algorithm") or {}, (verl.get("actor_rollout_ref") or {}).get("rollout") or {}
    if algorithm.get("adv_estimator") != "grpo":
        return None
    by_std = algorithm.get("norm_adv_by_std_in_grpo", True) is not False
    words = "GRPO: (reward − mean) / (std + 1e-6), std of a sample" if by_std else "Dr. GRPO: reward − mean"
    if (algorithm.get("filter_groups") or {}).get("enable"):
        words += "; groups without variance were thrown away and others played (DAPO)"
    size = rollout.get("n")
    return Estimator(by_std, size if isinstance(size, int) else None, words)


def numbers(rewards: Sequence[float]) -> GroupNumbers | None:
    """None without rewards."""
    if not rewards:
        return None
    mean = math.fsum(rewards) / len(rewards)
    spread = math.fsum((reward - mean) ** 2 for reward in rewards)
    std = math.sqrt(spread / (len(rewards) - 1)) if len(rewards) > 1 else 0.0
    return GroupNumbers(mean, std, min(rewards), max(rewards))


def advantages(rewards: Sequence[float], estimator: Estimator) -> list[float]:
    """One for each reward of a group."""
    found = numbers(rewards)
    if found is None:
        return []
    mean, std = (found.mean, found.std) if len(rewards) > 1 else (0.0, 1.0)
    return [(reward - mean) / (std + EPSILON if estimator.by_std else 1.0) for reward in rewards]


def is_one_group(count: int, estimator: Estimator | None) -> bool:
    """More episodes than a group has are several groups of the same example; which is whose is not stored."""
    return estimator is not None and (estimator.size is None or count <= estimator.size)
