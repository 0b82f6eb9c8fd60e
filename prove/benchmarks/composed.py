"""Means of means that tables show: T-Eval's dimensions, tau2's domains. Each part has its own items.

value = Σ_p w_p · value_p         plan = ½ plan@prompt=json + ½ plan@prompt=str;  overall = ⅙ Σ dimensions
interval: the parts' items drawn apart, but once for parts that have the same items

A composition is given only if all its parts were measured: a mean of some of them would carry the name of all.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from prove.benchmarks.statistics import (
    Difference,
    Estimate,
    Settings,
    Table,
    difference,
    drawn_values,
    estimate,
    p_of,
    value_of,
    wilson,
)

Weights = Mapping[str, float]
Tables = Mapping[str, Table]


def mean_of(*parts: Weights | str) -> dict[str, float]:
    """The plain mean of metrics, or of means of metrics."""
    found: dict[str, float] = {}
    for part in parts:
        for name, weight in ({part: 1.0} if isinstance(part, str) else part).items():
            found[name] = found.get(name, 0.0) + weight / len(parts)
    return found


DIMENSIONS = {
    **{one: mean_of(f"{one}@prompt=json", f"{one}@prompt=str") for one in ("instruct", "plan", "reason")},
    **{one: mean_of(f"{one}@prompt=json", f"{one}@prompt=str") for one in ("retrieve", "understand")},
    "review": mean_of("review@prompt=str"),
}
DOMAINS = ("airline", "retail", "telecom")
COMPOSED: Mapping[str, Mapping[str, Weights]] = {
    "t_eval": {"overall": mean_of(*DIMENSIONS.values()), **DIMENSIONS},
    "tau2": {"average": mean_of(*(f"success_rate@domain={domain}" for domain in DOMAINS))},
}
"""Benchmark -> what its table shows of its parts."""


def composed(benchmark: str, tables: Tables, settings: Settings) -> dict[str, Estimate]:
    """The compositions whose parts are all there."""
    return {
        name: _estimate(weights, tables, settings) if len(weights) > 1 else _only(weights, tables, settings)
        for name, weights in _whole(benchmark, tables)
    }


def _only(weights: Weights, tables: Tables, settings: Settings) -> Estimate:
    (part,) = weights
    return estimate(part, tables[part], settings)


def composed_differences(benchmark: str, ours: Tables, theirs: Tables, settings: Settings) -> dict[str, Difference]:
    """The same of two evaluations, over the items that both have."""
    left, right = shared(ours, theirs)
    return {name: _difference(weights, left, right, settings) for name, weights in _whole(benchmark, left)}


def shared(ours: Tables, theirs: Tables) -> tuple[Tables, Tables]:
    """Both cut down to the metrics and items that both counted."""
    kept = {
        name: [item for item in ours[name] if ours[name][item][1] and theirs[name].get(item, (0.0, 0.0))[1]]
        for name in ours
        if name in theirs
    }
    left, right = ({name: {item: each[name][item] for item in kept[name]} for name in kept} for each in (ours, theirs))
    return {name: table for name, table in left.items() if table}, {
        name: table for name, table in right.items() if table
    }


def _whole(benchmark: str, tables: Tables) -> Sequence[tuple[str, Weights]]:
    found = COMPOSED.get(benchmark, {})
    return [(name, weights) for name, weights in found.items() if weights.keys() <= tables.keys()]


def _estimate(weights: Weights, tables: Tables, settings: Settings) -> Estimate:
    parts = [tables[name] for name in weights]
    value = sum(weight * value_of(tables[name]) for name, weight in weights.items())
    items = len({item for table in parts for item in table})
    if all(value_of(table) == value_of(parts[0]) in (0.0, 1.0) for table in parts):
        low, high = wilson(round(value) * items, items, settings.confidence)
    else:
        low, high = (float(edge) for edge in np.quantile(_draws(weights, tables, settings), _edges(settings)))
    return Estimate(value, low, high, int(sum(count for table in parts for _, count in table.values())), items)


def _difference(weights: Weights, left: Tables, right: Tables, settings: Settings) -> Difference:
    if len(weights) == 1:
        (part,) = weights
        return cast(Difference, difference(part, left[part], right[part], settings))  # they share items
    drawn = _draws(weights, left, settings) - _draws(weights, right, settings)
    low, high = (float(edge) for edge in np.quantile(drawn, _edges(settings)))
    one, other = (sum(weight * value_of(each[name]) for name, weight in weights.items()) for each in (left, right))
    items = len({item for name in weights for item in left[name]})
    return Difference(one, other, one - other, low, high, p_of(drawn), items)


def _draws(weights: Weights, tables: Tables, settings: Settings) -> np.ndarray:
    """The composition in every draw; parts with the same items see the same draws."""
    total = np.zeros(settings.draws)
    for name, weight in weights.items():
        stratum = replace(settings, seed=zlib.crc32(f"{settings.seed}:{sorted(tables[name])}".encode()))
        total += weight * drawn_values(tables[name], stratum)
    return total


def _edges(settings: Settings) -> list[float]:
    return [settings.tail, 1 - settings.tail]
