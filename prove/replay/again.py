"""One stored episode played again: its policy says the same words, its servers are fresh.

line --conditions--> example, caps, reward --run_episode--> episode as it would be stored today

Everything that the policy did not write itself is made anew: results, hashes, ending, reward.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from prove.episode import Environment, Limits, run_episode
from prove.replay.known import CannotReplay
from prove.rewards.choice import Reward
from prove.types import Breakdown, Conditions, Example, GroundTruth, RewardBreakdown


class Told:
    """Says what was said, turn by turn, and then nothing."""

    def __init__(self, name: str, turns: list[str]):
        self.name = name
        self._turns = iter(turns)

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None: ...

    async def generate(self) -> str | None:
        return next(self._turns, None)

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        return True


async def play_again(line: Mapping[str, Any], conditions: Conditions, environment: Environment) -> dict[str, Any]:
    """The episode as a line of JSON would say it. Raises CannotReplay."""
    if conditions.interface != "atomic":
        raise CannotReplay(f"it was played with interface={conditions.interface}; only atomic is played again")
    policy = Told(str(line.get("policy")), _said(line, "assistant"))
    episode = await run_episode(
        _example(line, conditions), line["tools"], environment, policy, _limits(conditions), _score(conditions)
    )
    return json.loads(episode.to_json())


def _example(line: Mapping[str, Any], conditions: Conditions) -> Example:
    """What the user said is what the conversation holds: turns that were never reached are not needed."""
    system = _said(line, "system")
    return Example(
        id=str(line.get("example_id")),
        kind="multi_turn",
        servers=tuple(line["hash_before"]),
        world_seed=conditions.world_seed,
        user_turns=tuple(_said(line, "user")),
        ground_truth=GroundTruth.from_dict(line["ground_truth"]),
        system=system[0] if system else "",
        final_state=(line.get("ending") or {}).get("wanted"),
    )


def _said(line: Mapping[str, Any], role: str) -> list[str]:
    return [message["content"] for message in line["messages"] if message["role"] == role]


def _limits(conditions: Conditions) -> Limits:
    try:
        return Limits(**conditions.limits)
    except TypeError:
        raise CannotReplay("its caps are not those of a rollout of today") from None


def _score(conditions: Conditions) -> Any:
    """The reward that it was scored with; without one, nothing is scored."""
    if conditions.reward is None:
        return _unscored
    try:
        return Reward.of(conditions.reward)
    except ValueError as error:
        raise CannotReplay(f"its reward is none of today: {error}") from None


def _unscored(*_: Any) -> Breakdown:
    return RewardBreakdown(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
