"""Keeps one server running: starts it when first needed, bounds every call, replaces it when it dies or hangs.

    down --first use--> up (generation n) --died or overdue--> killed --next use--> up (generation n + 1)
    too many failed starts in a row -> resting: calls fail at once until `rest` seconds have passed

A new generation remembers nothing. Sessions notice by the number and rebuild themselves from their journals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from prove.links import Answer, Link, Lost

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """Seconds a call and a start may take, restarts tried in a row, seconds to rest after they all failed."""

    call_timeout: float
    start_timeout: float
    max_restarts: int
    rest: float


class Unavailable(Exception):
    """The server could not be started again and again; it is left alone for a while."""


class Supervisor:
    """One server by name, whichever process or connection it lives in at the moment."""

    def __init__(self, name: str, connect: Callable[[], Awaitable[Link]], limits: Limits):
        self.name = name
        self.generation = 0
        self.retrying = asyncio.Lock()
        self._connect = connect
        self._limits = limits
        self._link: Link | None = None
        self._starting = asyncio.Lock()
        self._tools: list[dict[str, Any]] | None = None
        self._reads: frozenset[str] = frozenset()
        self._resting_until = 0.0

    async def tools(self) -> list[dict[str, Any]]:
        """The listed tools. Raises Unavailable."""
        if self._tools is None:
            await self.up()
        assert self._tools is not None
        return self._tools

    @property
    def running(self) -> bool:
        return self._link is not None and self._link.alive

    def may_write(self, tool: str) -> bool:
        """Whether a successful call of this tool may have changed the world."""
        return tool not in self._reads

    async def ask(self, name: str, arguments: bytes, session: str, generation: int) -> Answer:
        """One call to the server as it was in that generation.

        Raises Lost if it died or took too long (it is then killed), Unavailable if it cannot be started.
        """
        link = await self.up()
        if generation != self.generation:
            raise Lost(f"server {self.name} was restarted")
        try:
            async with asyncio.timeout(self._limits.call_timeout):
                return await link.ask(name, arguments, session)
        except TimeoutError:
            await self._discard(link)
            raise Lost(f"{name} took longer than {self._limits.call_timeout:g} s") from None
        except Lost:
            await self._discard(link)
            raise

    async def up(self) -> Link:
        """The living link, started if need be."""
        if not self.running:
            async with self._starting:
                if not self.running:
                    await self._restart()
        assert self._link is not None
        return self._link

    async def stop(self) -> None:
        """Ends the process, gently."""
        async with self._starting:
            await self._discard(self._link, at_once=False)

    async def _restart(self) -> None:
        await self._discard(self._link)
        now = asyncio.get_running_loop().time
        if now() < self._resting_until:
            raise Unavailable(f"server {self.name} is not available")
        for _ in range(1 + self._limits.max_restarts):
            try:
                self._link = await self._start()
                self.generation += 1
                return
            except (Lost, TimeoutError, OSError):
                continue
        self._resting_until = now() + self._limits.rest
        raise Unavailable(f"server {self.name} is not available")

    async def _start(self) -> Link:
        async with asyncio.timeout(self._limits.start_timeout):
            link = await self._connect()
            try:
                self._learn(await link.tools())
            except BaseException:
                await link.stop()
                raise
        return link

    def _learn(self, tools: list[dict[str, Any]]) -> None:
        self._tools = tools
        self._reads = frozenset(tool["name"] for tool in tools if tool["annotations"]["readOnlyHint"])

    async def _discard(self, link: Link | None, at_once: bool = True) -> None:
        if link is not None:
            if self._link is link:
                self._link = None
            await link.stop(at_once)
