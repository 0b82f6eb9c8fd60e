"""One live session, seen by plain synchronous code: probes and the orchestrator wait for each call anyway."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from prove.sessions import ServerPool, Session
from prove.types import ToolResult

T = TypeVar("T")


class LiveServers:
    """A pool of servers behind synchronous calls; use as a context manager."""

    def __init__(self, servers: list[str], transport: str, call_timeout: float):
        self.servers = servers
        self._pool = ServerPool(servers, transport=transport, call_timeout=call_timeout)
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> LiveServers:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.wait(self._pool.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.wait(self._pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def tools(self, server: str) -> list[dict[str, Any]]:
        """The server's tools as MCP lists them."""
        return self.wait(self._pool.tools(server))

    def open(self, servers: list[str], seed: int) -> LiveSession:
        return LiveSession(self, self.wait(self._pool.open(servers, seed)))


class LiveSession:
    """One isolated copy of the worlds of a seed."""

    def __init__(self, owner: LiveServers, session: Session):
        self._owner = owner
        self._session = session

    def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        return self._owner.wait(self._session.call(name, arguments))

    def read(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The result of a call that must succeed; {} if the server refuses."""
        result = self.call(name, arguments)
        return json.loads(result.output) if result.ok else {}

    def hash(self) -> dict[str, str]:
        return self._owner.wait(self._session.hash())

    def close(self) -> None:
        self._owner.wait(self._session.close())
