"""Episodes of the ground truth, at the pace of a model, and what each came to.

row --gold policy on a session--> Outcome: calls, state hash, reward    equal to the undisturbed one, or not
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from prove.benchmarks.heldout import tasks_of
from prove.benchmarks.items import Task
from prove.episode import Limits, ServerLost, run_episode
from prove.policies import GoldPolicy
from prove.reports.settings import ROOT
from prove.reward_files import load_reward
from prove.sessions import ServerPool
from prove.supervisor import Unavailable
from prove.types import Example

LIMITS = Limits.of(OmegaConf.load(ROOT / "conf" / "rollout" / "mcp.yaml"))


class Thinking(GoldPolicy):
    """The ground truth, each turn after a pause of up to so many seconds."""

    def __init__(self, example: Example, seconds: float, rng: random.Random):
        super().__init__(example)
        self._pause = lambda: rng.uniform(0, seconds)

    async def generate(self) -> str | None:
        await asyncio.sleep(self._pause())
        return await super().generate()


def rows_of(path: Path, servers: Sequence[str]) -> list[Task]:
    """The rows whose servers are among these."""
    rows = tasks_of(path, None)
    return [row for row in rows if row.example.servers and set(row.example.servers) <= set(servers)]


async def play(row: Task, pool: ServerPool, seconds: float, rng: random.Random) -> str | None:
    """All that came of it as one text; None for an episode that crashed and is worth nothing."""
    example = row.example
    try:
        session = await pool.open(example.servers, example.world_seed)
    except Unavailable:
        return None
    try:
        policy = Thinking(example, seconds, rng)
        episode = await run_episode(example, list(row.functions), session, policy, LIMITS, load_reward("prove"))
    except ServerLost:
        return None
    finally:
        await session.close()
    calls = [[call.name, call.arguments, call.ok, call.output] for call in episode.calls]
    return json.dumps([calls, episode.hash_after, episode.ending.reached, episode.reward.to_dict()], sort_keys=True)
