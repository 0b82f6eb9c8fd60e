"""Means with 95 % intervals over seeds and examples alike, and the correction for several comparisons.

    D[s, e] = a number of seed s on example e          mean = Σ_s Σ_e D[s, e] / (S·E)
    draw: S seeds and E examples with replacement, independently (crossed bootstrap); mean of D over the drawn grid
    interval = the draws' 2.5 % and 97.5 % points      p = 2·min(share of draws ≤ 0, share of draws ≥ 0)

The example alone would be too little: all examples of one seed share one trained policy, and another training seed
gives another one. With one seed only the examples vary. README.md says how often such intervals hold the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from prove.reports.settings import SETTINGS


@dataclass(frozen=True)
class Estimate:
    """A mean, its interval, the two-sided p of "it is 0", and the mean of each seed in order."""

    mean: float
    low: float
    high: float
    p: float
    by_seed: tuple[float, ...]


def estimate(values: np.ndarray) -> Estimate:
    """Of numbers [seed, example]. ValueError: there are none."""
    if not values.size:
        raise ValueError("there are no episodes to take a mean of")
    seeds, examples = weights(*values.shape)
    drawn = ((seeds @ values) * examples).sum(axis=1)
    tail = (1 - SETTINGS.confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(float(values.mean()), float(low), float(high), _p(drawn), tuple(map(float, values.mean(axis=1))))


@lru_cache(maxsize=8)
def weights(seeds: int, examples: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each seed and each example is drawn, as shares: [draw, seed] and [draw, example]."""
    generator = np.random.default_rng(SETTINGS.seed)
    return tuple(  # type: ignore[return-value]
        generator.multinomial(size, np.full(size, 1 / size), SETTINGS.draws) / size for size in (seeds, examples)
    )


def _p(drawn: np.ndarray) -> float:
    """At least 2/(draws + 1): so many draws cannot tell less."""
    least = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (least + 1) / (len(drawn) + 1))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjusted p of each comparison: compare with 0.05 as if it were the only one."""
    adjusted, highest = {}, 0.0
    for place, (name, p) in enumerate(sorted(p_values.items(), key=lambda pair: pair[1])):
        highest = max(highest, min(1.0, (len(p_values) - place) * p))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}
