"""Which reward made the numbers of a file: that of its run, that of its evaluation, or one of conf/reward that fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prove.rewards.choice import Reward
from prove.stored import BadLine, StoredEpisode
from prove.viewer.rows import scores, stored_scores
from prove.viewer.sources import Source

SAME = 1e-9


def maker_of(source: Source, lines: Sequence[StoredEpisode], known: Mapping[str, Reward]) -> tuple[Reward, str]:
    """The reward, and in words how it is known. `lines`: a few of the file, `known`: those of conf/reward."""
    said = [reward for node in _nodes(source) if (reward := _reward(node))]
    if source.config and said:
        return said[0], f"reward={said[0].name}, from config.yaml"
    for reward in [*said, known["prove"], *known.values()]:
        if lines and all(_made(reward, line) for line in lines):
            return reward, f"reward={reward.name}, which gives the stored numbers"
    return known["prove"], "reward=prove; the stored numbers are of another one, or there are none"


def _nodes(source: Source) -> list[Any]:
    rewards = source.about.get("rewards")
    return [source.config.get("reward"), *(rewards.values() if isinstance(rewards, Mapping) else ())]


def _reward(node: Any) -> Reward | None:
    try:
        return Reward.of(node) if isinstance(node, Mapping) else None
    except (ValueError, TypeError):  # written by another version
        return None


def _made(reward: Reward, line: StoredEpisode) -> bool:
    """Whether a reward gives an episode the numbers that it has."""
    said = line.line.get("reward")
    if not isinstance(said, Mapping):
        return False
    try:
        stored, found = stored_scores(said), scores(line, reward)
    except BadLine:
        return False
    pairs = [
        (stored.total, found.total),
        *((stored.components.get(key), found.components[key]) for key in found.components),
    ]
    return len(found.components) == len(stored.components) and all(_same(*pair) for pair in pairs)


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) < SAME
