"""Keeps one server running: starts it when first needed, bounds every call, replaces it when it dies or hangs.

    down --first use--> up (generation n) --died or overdue--> killed --next use--> up (generation n + 1)
    too many failed starts in a row -> resting: calls fail at once until `rest` seconds have passed

A new generation remembers nothing. Sessions notice by the number and rebuild themselves from their journals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from prove.links import Answer, Link, Lost, Unwelcome
from prove.schemas import reads_only

L = TypeVar("L", bound=Link)
STARTS = 2  # at once, of the servers of a pool


@dataclass(frozen=True)
class Limits:
    """Seconds a call and a start may take, restarts tried in a row, seconds to rest after they all failed.

    `starts`: passes for starting. Twenty servers that start at once on one core each take twenty times as long.
    """

    call_timeout: float
    start_timeout: float
    max_restarts: int
    rest: float
    starts: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STARTS))


class Unavailable(Exception):
    """The server could not be started again and again; it is left alone for a while."""


class Launcher:
    """Starts a server, several times if need be, and knows what it lists."""

    def __init__(self, name: str, limits: Limits):
        self.name = name
        self.limits = limits
        self.tools: list[dict[str, Any]] | None = None
        """None before the first start."""
        self.version = ""
        """What the server called its version when it last started."""
        self._reads: frozenset[str] = frozenset()
        self._resting_until = 0.0

    def may_write(self, tool: str) -> bool:
        """Whether a successful call of this tool may have changed the world."""
        return tool not in self._reads

    async def start(self, connect: Callable[[], Awaitable[L]]) -> L:
        """A living link. Raises Unavailable, from what went wrong."""
        now = asyncio.get_running_loop().time
        if now() < self._resting_until:
            raise Unavailable(f"server {self.name} is not available")
        failure: Exception | None = None
        for _ in range(1 + self.limits.max_restarts):
            try:
                return await self._try(connect)
            except Unwelcome as error:
                raise Unavailable(f"server {self.name} {error}") from error
            except (Lost, TimeoutError, OSError) as error:
                failure = error
        self._resting_until = now() + self.limits.rest
        raise Unavailable(f"server {self.name} is not available") from failure

    async def _try(self, connect: Callable[[], Awaitable[L]]) -> L:
        async with self.limits.starts, asyncio.timeout(self.limits.start_timeout):
            link = await connect()
            try:
                self._learn(await link.tools(), link.version)
            except BaseException:
                await link.stop()
                raise
        return link

    def _learn(self, tools: list[dict[str, Any]], version: str) -> None:
        self.tools, self.version = tools, version
        self._reads = frozenset(tool["name"] for tool in tools if reads_only(tool))


class Supervisor:
    """One server, whichever process or connection it lives in at the moment."""

    def __init__(self, launcher: Launcher, connect: Callable[[], Awaitable[Link]]):
        self.name = launcher.name
        self.generation = 0
        self.retrying = asyncio.Lock()
        self._launcher = launcher
        self._connect = connect
        self._limits = launcher.limits
        self._link: Link | None = None
        self._starting = asyncio.Lock()

    async def tools(self) -> list[dict[str, Any]]:
        """The listed tools. Raises Unavailable."""
        if self._launcher.tools is None:
            await self.up()
        assert self._launcher.tools is not None
        return self._launcher.tools

    @property
    def version(self) -> str:
        """What the server calls its version; "" before its first start."""
        return self._launcher.version

    @property
    def running(self) -> bool:
        return self._link is not None and self._link.alive

    def may_write(self, tool: str) -> bool:
        """Whether a successful call of this tool may have changed the world."""
        return self._launcher.may_write(tool)

    async def ask(self, name: str, arguments: bytes, session: str | None, generation: int) -> Answer:
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

    async def stop(self, at_once: bool = False) -> None:
        """Ends the process, gently unless at once."""
        async with self._starting:
            await self._discard(self._link, at_once)

    async def _restart(self) -> None:
        await self._discard(self._link)
        self._link = await self._launcher.start(self._connect)
        self.generation += 1

    async def _discard(self, link: Link | None, at_once: bool = True) -> None:
        if link is not None:
            if self._link is link:
                self._link = None
            await link.stop(at_once)
