"""What every competitor offers, so that one loop measures them all.

start(worlds) -> arena                      servers run, or are loaded
arena.open(world, seed) -> session          an untouched copy of the world of this seed
session.call(tool, arguments) -> (ok, text)
session.fork() -> session | NoFork          the same state once more
"""

from __future__ import annotations

from typing import Any, Protocol

NAMES = {
    "stdio": "ours, stdio",
    "http": "ours, HTTP",
    "inprocess": "ours, in process",
    "sdk_stdio": "MCP SDK, stdio",
    "sdk_http": "MCP SDK, HTTP",
    "process": "a process per session",
    "per_call": "a client per call (verl 0.7's pattern), HTTP",
    "plain": "plain Python, deep copies",
    "verifiers": "verifiers, StatefulToolEnv",
}


class NoFork(Exception):
    """This competitor cannot copy a session."""


class Session(Protocol):
    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]: ...
    async def fork(self) -> Session: ...
    async def close(self) -> None: ...


class Arena(Protocol):
    most: int | None
    """Sessions that may be open side by side; None: as many as fit."""

    async def open(self, world: str, seed: int) -> Session: ...
