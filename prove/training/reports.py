"""What the episodes of a batch report, as numbers of a step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from prove.training.history import is_number

EXTRA = {"reward_extra_info": "reward", "episode": "episode"}  # what the agent loop reports: prefix of its metrics


class Batch(NamedTuple):
    """Of each episode of a batch: what the agent loop reports, its group, its data source and its reward."""

    reports: list[dict[str, Any]]
    groups: list[str]
    sources: list[str]
    rewards: list[float]


def means_by_source(batch: Batch) -> dict[str, float]:
    """As `means`, apart for each data source: `prove_heldout` gives `heldout/reward/<name>`."""
    found: dict[str, float] = {}
    for source in set(batch.sources):
        reports = [report for report, other in zip(batch.reports, batch.sources, strict=True) if other == source]
        found |= means(reports, source.removeprefix("prove_") + "/")
    return found


def means(reports: list[dict[str, Any]], prefix: str = "") -> dict[str, float]:
    """Mean of every number the episodes report, as `reward/<name>` and `episode/<name>`."""
    values: dict[str, list[float]] = defaultdict(list)
    for report in reports:
        for source, group in EXTRA.items():
            for name, value in (report.get(source) or {}).items():
                if is_number(value):
                    values[f"{prefix}{group}/{name}"].append(float(value))
    return {name: sum(several) / len(several) for name, several in values.items()}


def require_survivors(metrics: Mapping[str, float]) -> None:
    """RuntimeError if every episode of a source crashed: one crash costs one episode, nothing else has a cause."""
    if any(name.endswith("episode/crashed") and share == 1 for name, share in metrics.items()):
        raise RuntimeError("every episode crashed, so nothing can be learned")


def zero_variance_share(groups: Iterable[str], rewards: Iterable[float]) -> float:
    """Share of groups whose episodes all have the same reward: they teach nothing."""
    by_group: dict[str, list[float]] = defaultdict(list)
    for name, reward in zip(groups, rewards, strict=True):
        by_group[name].append(reward)
    flat = [max(rewards) - min(rewards) < 1e-8 for rewards in by_group.values()]
    return sum(flat) / len(flat)
