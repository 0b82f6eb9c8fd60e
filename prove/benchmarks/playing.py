"""Plays tries side by side on live or recorded servers; every finished one is handed over at once.

Try --gate(concurrency)--> session of its world --run_episode--> done(Try, Episode) --> session closed
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from prove.benchmarks.items import Try
from prove.benchmarks.players import Player
from prove.episode import Limits, run_episode
from prove.rewards.choice import Reward
from prove.sessions import ServerPool
from prove.types import Episode


async def play(
    tries: Sequence[Try],
    pool: ServerPool,
    player: Player,
    limits: Limits,
    reward: Reward,
    concurrency: int,
    done: Callable[[Try, Episode], None],
) -> None:
    """The first failure of an endpoint or a server stops the others and is raised; crashes of code are not caught."""
    gate = asyncio.Semaphore(concurrency)

    async def one(each: Try) -> None:
        async with gate:
            done(each, await _episode(each, pool, player, limits, reward))

    try:
        async with asyncio.TaskGroup() as group:
            for each in tries:
                group.create_task(one(each))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def _episode(each: Try, pool: ServerPool, player: Player, limits: Limits, reward: Reward) -> Episode:
    example, functions = each.task.example, list(each.task.functions)
    session = await pool.open(example.servers, example.world_seed)
    try:
        return await run_episode(example, functions, session, player(each), limits, reward)
    finally:
        await session.close()
