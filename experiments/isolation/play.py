"""Plays the sessions of a history together, on a pool of servers.

Neighbouring steps of different sessions are asked at once, a crash among them: then the server dies while it answers.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from experiments.isolation.alone import End, as_json
from experiments.isolation.history import History, Step
from prove.sessions import ServerPool, Session

PATIENCE = {"call_timeout": 120.0, "start_timeout": 240.0}  # seconds: a busy machine is not what is looked for


@dataclass(frozen=True)
class Played:
    """What each call came to, by its place; how each life ended, by place and session."""

    results: dict[int, tuple[bool, str]]
    ends: dict[tuple[int, str], End]


def play(history: History, transport: str) -> Played:
    return asyncio.run(_played(history, transport))


def waves(steps: Sequence[Step]) -> Iterator[list[int]]:
    """The places of a history in turn, those together that touch different sessions."""
    wave: list[int] = []
    busy: set[str] = set()
    for place, step in enumerate(steps):
        touched = {step.session, step.name} if step.do == "fork" else {step.session}
        if wave and busy & touched:
            yield wave
            wave, busy = [], set()
        wave.append(place)
        busy |= touched
    if wave:
        yield wave


async def _played(history: History, transport: str) -> Played:
    async with ServerPool([history.server], transport=transport, **PATIENCE) as pool:
        player = Player(pool, history.server)
        for wave in waves(history.steps):
            await asyncio.gather(*(player.step(place, history.steps[place]) for place in wave))
        await player.end(len(history.steps), *player.sessions)
        return Played(player.results, player.ends)


class Player:
    """One method for each kind of step."""

    def __init__(self, pool: ServerPool, server: str):
        self.results: dict[int, tuple[bool, str]] = {}
        self.ends: dict[tuple[int, str], End] = {}
        self.sessions: dict[str, Session] = {}
        self._pool = pool
        self._server = server

    async def step(self, place: int, step: Step) -> None:
        await getattr(self, f"_{step.do}")(place, step)

    async def end(self, place: int, *names: str) -> None:
        """Notes where these sessions stand."""
        for name in names:
            session = self.sessions[name]
            hashes, diffs = await session.hash(), await session.diff()
            self.ends[place, name] = End(hashes[self._server], as_json(diffs[self._server]))

    async def _open(self, place: int, step: Step) -> None:
        self.sessions[step.session] = await self._pool.open([self._server], step.seed, step.session)

    async def _call(self, place: int, step: Step) -> None:
        result = await self.sessions[step.session].call(step.name, step.arguments)
        self.results[place] = (result.ok, result.output)

    async def _fork(self, place: int, step: Step) -> None:
        self.sessions[step.name] = await self.sessions[step.session].fork(step.name)

    async def _snapshot(self, place: int, step: Step) -> None:
        await self.sessions[step.session].snapshot(step.name)

    async def _restore(self, place: int, step: Step) -> None:
        await self.end(place, step.session)
        await self.sessions[step.session].restore(step.name)

    async def _close(self, place: int, step: Step) -> None:
        await self.end(place, step.session)
        await self.sessions.pop(step.session).close()

    async def _crash(self, place: int, step: Step) -> None:
        link = await self._pool.server(self._server).up()
        if getattr(link, "pid", None) is None:
            await link.stop()  # a host in this process is dropped, with every session on it
        else:
            os.kill(link.pid, signal.SIGKILL)
