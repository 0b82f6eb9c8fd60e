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
    """Mean of every number the episodes report, as `reward/<name>` and `episode/<name>`.

    A crashed episode has no reward: only what it did counts.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for report in reports:
        for source, group in EXTRA.items():
            if source == "reward_extra_info" and crashed(report):
                continue
            for name, value in (report.get(source) or {}).items():
                if is_number(value):
                    values[f"{prefix}{group}/{name}"].append(float(value))
    return {name: sum(several) / len(several) for name, several in values.items()}


def crashed(report: Mapping[str, Any]) -> bool:
    """Whether the episode ended for no fault of the policy, e.g. because a server could not be started."""
    return bool((report.get("episode") or {}).get("crashed"))


def require_survivors(batch: Batch, most: float) -> None:
    """RuntimeError if more than this share of a source's episodes crashed: the rest says little about the policy."""
    for source in sorted(set(batch.sources)):
        fates = [crashed(report) for report, one in zip(batch.reports, batch.sources, strict=True) if one == source]
        if sum(fates) > most * len(fates):
            which = source.removeprefix("prove_") if source != "prove" else "training"
            told = f"{sum(fates)} of {len(fates)} episodes of {which} crashed (rollout.max_crashed={most:g})"
            raise RuntimeError(told)


def spared(batch: Batch) -> list[float]:
    """The rewards, a crashed episode's replaced by the mean of those of its group that lived: its advantage is then 0
    and theirs do not know of it. 0 where the whole group crashed."""
    lived: dict[str, list[float]] = defaultdict(list)
    for report, group, reward in zip(batch.reports, batch.groups, batch.rewards, strict=True):
        if not crashed(report):
            lived[group].append(reward)
    means = {group: sum(rewards) / len(rewards) for group, rewards in lived.items()}
    return [
        means.get(group, 0.0) if crashed(report) else reward
        for report, group, reward in zip(batch.reports, batch.groups, batch.rewards, strict=True)
    ]


def zero_variance_share(groups: Iterable[str], rewards: Iterable[float]) -> float:
    """Share of groups whose episodes all have the same reward: they teach nothing."""
    by_group: dict[str, list[float]] = defaultdict(list)
    for name, reward in zip(groups, rewards, strict=True):
        by_group[name].append(reward)
    flat = [max(rewards) - min(rewards) < 1e-8 for rewards in by_group.values()]
    return sum(flat) / len(flat)
