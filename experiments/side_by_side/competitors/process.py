"""A process per session: one of our servers for each, its world that of --seed, behind our client over its pipes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from experiments.side_by_side.contest import NoFork
from prove.links import StdioLink, own, spawn


class Session:
    def __init__(self, link: StdioLink):
        self._link = link

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        answer = await self._link.ask(tool, json.dumps(arguments).encode(), None)
        return answer.ok, answer.text

    async def fork(self) -> Session:
        raise NoFork

    async def close(self) -> None:
        await self._link.stop()


class Arena:
    def __init__(self, most: int):
        self.most: int | None = most

    async def open(self, world: str, seed: int) -> Session:
        return Session(StdioLink(await spawn(own(world, "--seed", str(seed)))))


@asynccontextmanager
async def start(worlds: Sequence[str], settings: Mapping[str, Any]) -> AsyncIterator[Arena]:
    yield Arena(settings["most_processes"])
