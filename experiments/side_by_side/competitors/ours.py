"""Ours: sessions of prove.sessions over standard input and output, over HTTP, or in this very process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from prove.sessions import ServerPool
from prove.sessions import Session as Isolated

PATIENCE_S = 300.0  # a busy machine must not end a measurement


class Session:
    def __init__(self, session: Isolated):
        self._session = session

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        result = await self._session.call(tool, arguments)
        return result.ok, result.output

    async def fork(self) -> Session:
        return Session(await self._session.fork())

    async def close(self) -> None:
        await self._session.close()


class Arena:
    most = None

    def __init__(self, pool: ServerPool):
        self._pool = pool

    async def open(self, world: str, seed: int) -> Session:
        return Session(await self._pool.open([world], seed))


@asynccontextmanager
async def start(transport: str, worlds: Sequence[str], settings: Mapping[str, Any]) -> AsyncIterator[Arena]:
    async with ServerPool(worlds, transport=transport, call_timeout=PATIENCE_S, start_timeout=PATIENCE_S) as pool:
        yield Arena(pool)
