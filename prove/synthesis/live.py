"""One live session, seen by plain synchronous code: probes and the orchestrator wait for each call anyway."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from prove.sessions import ServerPool, Session, Unavailable
from prove.types import ToolResult

T = TypeVar("T")


def unusable(servers: Mapping[str, Any]) -> str | None:
    """One sentence about an external server (of a choice from conf/servers/) that cannot be used; None if all can."""
    if not servers.get("external"):
        return None
    try:
        with in_process(servers) as live:
            for name in live.external:
                live.tools(name)
    except (ValueError, Unavailable) as error:
        return f"{error}: {error.__cause__}" if error.__cause__ else str(error)
    return None


def in_process(servers: Mapping[str, Any]) -> LiveServers:
    """The servers of a choice from conf/servers/, our own in this process: data is made there, as it is fastest."""
    options = {**servers, "transport": "inprocess"}
    return LiveServers(options.pop("names"), **options)


class LiveServers:
    """A pool of servers behind synchronous calls; use as a context manager."""

    def __init__(self, servers: list[str], **options: Any):
        """`options`: those of the pool."""
        self.servers = servers
        self._pool = ServerPool(servers, **options)
        self.external = self._pool.external
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> LiveServers:
        self._thread.start()
        self.wait(self._pool.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.wait(self._pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()  # whoever forks next must not fork a thread at work

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
        self.id = session.id
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

    def diff(self) -> dict[str, Any]:
        """What differs from the untouched world, by server."""
        return self._owner.wait(self._session.diff())

    def fork(self) -> LiveSession:
        """An independent session in the same state."""
        return LiveSession(self._owner, self._owner.wait(self._session.fork()))

    def close(self) -> None:
        self._owner.wait(self._session.close())
