"""Plays tries side by side on live or recorded servers; every finished one is handed over at once.

Try --gate(concurrency)--> session of its world --run_episode--> done(Try, Episode) --> session closed
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from prove.benchmarks.abreast import abreast
from prove.benchmarks.items import Task, Try
from prove.benchmarks.players import Player
from prove.benchmarks.wide import WideSession
from prove.episode import Limits, run_episode
from prove.interfaces.choice import Choice
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
    choice: Choice,
    owners: Mapping[str, str],
) -> None:
    """The first failure of an endpoint or a server stops the others and is raised; crashes of code are not caught.

    `choice`: the interface; `owners`: tool -> server, for one that finds tools of servers beside the item's.
    """

    async def one(each: Try) -> None:
        done(each, await _episode(each, pool, player, limits, reward, choice, owners))

    await abreast(tries, concurrency, one)


async def _episode(
    each: Try,
    pool: ServerPool,
    player: Player,
    limits: Limits,
    reward: Reward,
    choice: Choice,
    owners: Mapping[str, str],
) -> Episode:
    example, functions = each.task.example, list(each.task.functions)
    session = WideSession(pool, await pool.open(example.servers, example.world_seed), owners)
    try:
        policy, interface = player(each), choice.opened(example, functions)
        allowed = allowed_by(limits, each.task, choice)
        return await run_episode(example, functions, session, policy, allowed, reward, interface=interface)
    finally:
        await session.close()


def allowed_by(limits: Limits, task: Task, choice: Choice) -> Limits:
    """The caps of one episode: those of the item where they are higher, and turns for the searches."""
    caps = {name: task.cap(name, value) for name, value in vars(limits).items()}
    return Limits(**{**caps, "max_assistant_turns": caps["max_assistant_turns"] + choice.more_turns})
