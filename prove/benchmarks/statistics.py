"""How sure a number is. An item is drawn whole, with all its seeds and trials: they are not independent. Items
that vary one task (the categories of BFCL Multi-Turn) are drawn together.

value = Σ_i s_i / Σ_i n_i                 s_i, n_i: sum and count of item i over its seeds and trials
interval:  Wilson's, for a share with one try per item (and where every try came out the same);
           else the bootstrap's: items with replacement, the draws' quantiles
difference of two evaluations: the same items drawn for both; McNemar's exact test beside it for one try per item
pass^k of an item and seed = C(c, k)/C(n, k), c of n trials right
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from prove.benchmarks.items import Line, is_passed, is_pooled, is_share

BLOCK = 1_000_000  # numbers of the bootstrap that are in memory as floats at once
Table = Mapping[str, tuple[float, float]]
"""Item -> its sum and count of one metric."""


@dataclass(frozen=True)
class Settings:
    """Node `statistics` of conf/evaluate.yaml."""

    confidence: float
    draws: int
    seed: int
    power: float
    discordant: float

    @property
    def tail(self) -> float:
        return (1 - self.confidence) / 2


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; `n` is what it is a share or mean of, `items` how many items that comes from."""

    value: float
    low: float
    high: float
    n: int
    items: int


@dataclass(frozen=True)
class Difference:
    """One - other over the same items; `p` two-sided from the bootstrap; McNemar's counts and p where it applies."""

    one: float
    other: float
    value: float
    low: float
    high: float
    p: float
    items: int
    only_one: int | None = None
    only_other: int | None = None
    mcnemar: float | None = None


def tables(lines: Iterable[Line]) -> dict[str, Table]:
    """Metric -> item -> sum and count, over seeds and trials."""
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for line in lines:
        for metric, (total, count) in line.counts.items():
            before = found.setdefault(metric, {}).get(line.drawn_with, (0.0, 0.0))
            found[metric][line.drawn_with] = (before[0] + total, before[1] + count)
    return {metric: table for metric, table in found.items() if any(count for _, count in table.values())}


def pass_hat(lines: Sequence[Line], metric: str, k: int) -> Table:
    """Item -> Σ over seeds of C(c, k)/C(n, k), and the number of seeds with at least k trials."""
    trials: dict[tuple[str, str, int], list[float]] = {}
    for line in lines:
        if metric in line.counts:
            trials.setdefault((line.drawn_with, line.id, line.seed), []).append(line.counts[metric][0])
    found: dict[str, tuple[float, float]] = {}
    for (item, _, _), right in trials.items():
        if len(right) >= k:
            before = found.get(item, (0.0, 0.0))
            share = math.comb(int(sum(right)), k) / math.comb(len(right), k)
            found[item] = (before[0] + share, before[1] + 1)
    return found


def estimate(metric: str, table: Table, settings: Settings) -> Estimate:
    """Value and interval of one metric."""
    sums, counts = _arrays(table, sorted(table))
    value = float(sums.sum() / counts.sum())
    low, high = _interval(metric, sums, counts, settings)
    return Estimate(value, low, high, int(counts.sum()), int((counts > 0).sum()))


def _interval(metric: str, sums: np.ndarray, counts: np.ndarray, settings: Settings) -> tuple[float, float]:
    items = int((counts > 0).sum())
    uniform = sums.sum() in (0, counts.sum()) and (is_share(metric) or is_pooled(metric) or is_passed(metric))
    if uniform or (is_share(metric) and counts.max() <= 1):
        return wilson(round(float(sums.sum() / counts.sum()) * items), items, settings.confidence)
    drawn = _drawn(sums, counts, settings)
    low, high = np.quantile(drawn, [settings.tail, 1 - settings.tail])
    return float(low), float(high)


def wilson(right: int, of: int, confidence: float) -> tuple[float, float]:
    """Wilson's score interval of a share."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, z2 = right / of, z * z / of
    middle = (share + z2 / 2) / (1 + z2)
    half = z / (1 + z2) * math.sqrt(share * (1 - share) / of + z2 / (4 * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(metric: str, one: Table, other: Table, settings: Settings) -> Difference | None:
    """Over the items that both have; None if there are none."""
    shared = sorted(item for item in one.keys() & other.keys() if one[item][1] and other[item][1])
    if not shared:
        return None
    left, right = _arrays(one, shared), _arrays(other, shared)
    drawn = _drawn(*left, settings) - _drawn(*right, settings)
    low, high = (float(edge) for edge in np.quantile(drawn, [settings.tail, 1 - settings.tail]))
    values = [float(sums.sum() / counts.sum()) for sums, counts in (left, right)]
    gap = values[0] - values[1]
    pairs = _discordant(left[0], right[0]) if is_share(metric) and _single(left[1], right[1]) else (None, None)
    return Difference(*values, gap, low, high, p_of(drawn), len(shared), *pairs, mcnemar=mcnemar(*pairs))


def value_of(table: Table) -> float:
    """Σ s_i / Σ n_i."""
    return sum(total for total, _ in table.values()) / sum(count for _, count in table.values())


def drawn_values(table: Table, settings: Settings) -> np.ndarray:
    """The value of one metric in every draw of its items."""
    return _drawn(*_arrays(table, sorted(table)), settings)


def _arrays(table: Table, items: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array([table[item] for item in items], dtype=float)
    return pairs[:, 0], pairs[:, 1]


def _drawn(sums: np.ndarray, counts: np.ndarray, settings: Settings) -> np.ndarray:
    """The value in every draw; a draw in which nothing is counted is left at the value itself."""
    weights, both = _weights(len(sums), settings.draws, settings.seed), np.stack([sums, counts], axis=1)
    above, below = np.concatenate([block @ both for block in _blocks(weights)]).T
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), sums.sum() / counts.sum())


@lru_cache(maxsize=8)
def _weights(items: int, draws: int, seed: int) -> np.ndarray:
    """How often each item is drawn: [draw, item], as bytes: of thousands of items this is the largest thing here."""
    generator, even = np.random.default_rng(seed), np.full(items, 1 / items)
    found = np.empty((draws, items), dtype=np.uint8)
    for block in _blocks(found):
        block[:] = np.minimum(generator.multinomial(items, even, len(block)), 255)
    return found


def _blocks(weights: np.ndarray) -> list[np.ndarray]:
    """Rows side by side, so many that a block in floats stays small."""
    rows = max(1, BLOCK // weights.shape[1])
    return [weights[start : start + rows] for start in range(0, len(weights), rows)]


def p_of(drawn: np.ndarray) -> float:
    """At least 2/(draws + 1): so many draws cannot tell less."""
    least = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (least + 1) / (len(drawn) + 1))


def _single(*counts: np.ndarray) -> bool:
    return all(bool((each == 1).all()) for each in counts)


def _discordant(one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    return int(((one == 1) & (other == 0)).sum()), int(((one == 0) & (other == 1)).sum())


def mcnemar(only_one: int | None, only_other: int | None) -> float | None:
    """The exact two-sided p of "who is right alone is a coin toss"."""
    if only_one is None or only_other is None:
        return None
    n = only_one + only_other
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(min(only_one, only_other) + 1)) / 2**n)


def smallest_difference(items: int, settings: Settings) -> str:
    """The difference of a share between two models that is found with the asked power, as a sentence.

    Unpaired at worst (both shares near 0.5): z·√(2·0.25/n); paired, discordant on a share d: z·√(d/n).
    """
    normal = NormalDist()
    z = normal.inv_cdf(1 - settings.tail) + normal.inv_cdf(settings.power)
    unpaired, paired = (z * math.sqrt(variance / items) for variance in (0.5, settings.discordant))
    return (
        f"smallest difference of a share that {items} items show to another model ({settings.power:.0%} of the time): "
        f"{_or_none(unpaired)} unpaired at worst, {_or_none(paired)} paired if the two differ on "
        f"{settings.discordant:.0%} of the items"
    )


def _or_none(gap: float) -> str:
    return f"{gap:.3f}" if gap < 1 else "none"
