"""The session of an item, and one more in the same world on every other server that a policy finds a tool of.

The other servers' sessions are opened when first called, so that an episode which needs two servers holds two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from prove.interfaces.interface import error
from prove.sessions import ServerPool, Session
from prove.supervisor import Unavailable
from prove.types import ToolResult


class WideSession:
    """An environment of prove.episode."""

    def __init__(self, pool: ServerPool, session: Session, owners: Mapping[str, str]):
        """`owners`: tool -> server, of the whole run."""
        self._pool, self._session, self._owners = pool, session, owners
        self._others: dict[str, Session] = {}

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        owner = self._owners.get(name)
        if owner is None or owner in self._session.servers:
            return await self._session.call(name, arguments)
        try:
            if owner not in self._others:
                self._others[owner] = await self._pool.open([owner], self._session.seed)
        except Unavailable as reason:
            return ToolResult(False, error(str(reason)))
        return await self._others[owner].call(name, arguments)

    async def hash(self) -> dict[str, str]:
        return {key: text for session in self._all for key, text in (await session.hash()).items()}

    async def diff(self) -> dict[str, Any]:
        return {key: diff for session in self._all for key, diff in (await session.diff()).items()}

    def versions(self) -> dict[str, str]:
        return {key: text for session in self._all for key, text in session.versions().items()}

    async def close(self) -> None:
        await asyncio.gather(*(session.close() for session in self._all))

    @property
    def _all(self) -> list[Session]:
        return [self._session, *self._others.values()]
