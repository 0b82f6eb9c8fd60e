"""What every competitor offers, so that one loop measures them all.

start(worlds) -> arena                      servers run, or are loaded
arena.open(world, seed) -> session          an untouched copy of the world of this seed
session.call(tool, arguments) -> (ok, text)
session.fork() -> session | NoFork          the same state once more
"""

from __future__ import annotations

from typing import Any, Protocol


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
