"""Sessions: one episode's isolated copy of one or more worlds, on servers that may die at any moment.

    async with ServerPool(["banking", "calendar"]) as pool:
        session = await pool.open(["banking", "calendar"], seed=7)
        result = await session.call("get_account", {"account_id": "ACC-30417"})     # ToolResult, never an exception
        await session.close()

Each session keeps a journal per server (prove.journal), by which a replaced server gets its state back. A server that
knows no sessions is a process per session, or shared and read-only (prove.external, prove.isolation).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, Protocol

from prove.external import External, read_externals
from prove.isolation import Alone, Shared
from prove.journal import Copy
from prove.links import Answer, HttpLink, InprocessLink, Lost, StdioLink, refused
from prove.supervisor import Launcher, Limits, Supervisor, Unavailable
from prove.types import ToolResult

TRANSPORTS = {"stdio": StdioLink.start, "http": HttpLink.start, "inprocess": InprocessLink.start}
DEEPEST = 64
LARGEST = 4 * 1024 * 1024
"""Bytes of one call's arguments. A server whose door refused more would count as lost and be started anew."""
FAREWELL_S = 1.0
_as_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Held(Protocol):
    """What a session has on one server. `call`, `diff` and `hash` may raise Lost or Unavailable, the others do not."""

    async def call(self, name: str, arguments: bytes) -> Answer: ...
    async def diff(self) -> dict[str, Any]: ...
    async def hash(self) -> str: ...
    async def fork(self, id: str) -> Held: ...
    async def snapshot(self, name: str) -> None: ...
    async def restore(self, name: str) -> None: ...
    async def reset(self) -> None: ...
    async def close(self) -> None: ...


HELD: dict[str, Callable[[Any, str, int], Held]] = {"session": Copy, "process": Alone, "shared": Shared}


class ServerPool:
    """Servers by name, each started when first used, shared by every session of this event loop."""

    def __init__(
        self,
        servers: Sequence[str],
        transport: str = "stdio",
        call_timeout: float = 10.0,
        start_timeout: float = 30.0,
        max_restarts: int = 3,
        rest: float = 30.0,
        external: Mapping[str, Any] | None = None,
    ):
        """`external`: servers that are not ours, see prove.external. Raises Misconfigured."""
        if transport not in TRANSPORTS:
            raise ValueError(f"transport {transport!r} is none of {', '.join(TRANSPORTS)}")
        limits = Limits(call_timeout, start_timeout, max_restarts, rest)
        self.external = {name: each for name, each in read_externals(external).items() if name in servers}
        self.sessions: dict[str, Session] = {}
        self._servers = {name: _server(name, transport, self.external.get(name), limits) for name in servers}
        self._routes: dict[tuple[str, ...], dict[str, str]] = {}

    async def __aenter__(self) -> ServerPool:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()

    async def tools(self, server: str) -> list[dict[str, Any]]:
        """What the server lists: name, description, inputSchema, outputSchema, annotations. Raises Unavailable."""
        return await self.server(server).tools()

    async def open(self, servers: Sequence[str], seed: int, id: str | None = None) -> Session:
        """A new session in the untouched worlds of this seed. A world is made when its first call arrives."""
        id = id or secrets.token_hex(8)
        if id in self.sessions:
            raise ValueError(f"session {id} is open already")
        routes = await self._routes_of(tuple(servers))
        session = self.sessions[id] = Session(self, id, seed, tuple(servers), routes)
        return session

    async def close(self) -> None:
        """Ends every process, then frees the sessions on servers that run elsewhere."""
        elsewhere = [self._servers[name] for name, each in self.external.items() if each.url]
        await asyncio.gather(*(server.stop() for server in self._servers.values() if server not in elsewhere))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await asyncio.gather(*(session.close() for session in list(self.sessions.values())))
        await asyncio.gather(*(server.stop() for server in elsewhere))

    def hold(self, server: str, session: str, seed: int) -> Held:
        """A session's part of one server; nothing is started or sent yet."""
        kind = self.external[server].isolation if server in self.external else "session"
        return HELD[kind](self.server(server), session, seed)

    def server(self, name: str) -> Any:
        """The Supervisor of a server, or the Warm pool of one with isolation process."""
        if name not in self._servers:
            raise LookupError(f"no server {name} in this pool; it has {', '.join(self._servers)}")
        return self._servers[name]

    async def _routes_of(self, servers: tuple[str, ...]) -> dict[str, str]:
        """Tool name -> server, for one choice of servers."""
        if servers not in self._routes:
            listings = await asyncio.gather(*(self.tools(server) for server in servers))
            routes: dict[str, str] = {}
            for server, listing in zip(servers, listings, strict=True):
                for tool in listing:
                    if routes.setdefault(tool["name"], server) != server:
                        raise ValueError(f"tool {tool['name']} is both in {routes[tool['name']]} and in {server}")
            self._routes[servers] = routes
        return self._routes[servers]


class Session:
    """One episode's own copy of its worlds. Calls to one server run one after the other, in the order they came."""

    def __init__(self, pool: ServerPool, id: str, seed: int, servers: tuple[str, ...], routes: dict[str, str]):
        self.id = id
        self.seed = seed
        self.servers = servers
        self._pool = pool
        self._routes = routes
        self._copies: dict[str, Held] = {}
        self._snapshots: dict[str, frozenset[str]] = {}
        self._closed = False

    async def call(self, name: str, arguments: Any) -> ToolResult:
        """One tool call. Whatever goes wrong, in the model or in the server, is a result with ok=False; `lost` if the
        server is to blame."""
        start = perf_counter()
        lost = False
        try:
            answer = await self._answer(name, arguments)
        except (Lost, Unavailable) as error:
            answer, lost = refused(str(error)), True
        return ToolResult(answer.ok, answer.text, (perf_counter() - start) * 1000, lost)

    async def diff(self) -> dict[str, Any]:
        """What differs from the untouched world, by server; {"error": …} for a server that is not available."""
        return await self._ask_all(lambda copy: copy.diff(), lambda error: {"error": str(error)})

    async def hash(self) -> dict[str, str]:
        """State hash by server; an uncalled server has that of its untouched world, an unavailable one ""."""
        return await self._ask_all(lambda copy: copy.hash(), lambda error: "")

    def versions(self) -> dict[str, str]:
        """What each server calls its version; "" if it does not say."""
        return {server: self._pool.server(server).version for server in self.servers}

    async def fork(self, id: str | None = None) -> Session:
        """An independent session in the same state. Snapshots stay with the original."""
        used = self._used()
        twin = await self._pool.open(self.servers, self.seed, id)
        for server, copy in used.items():
            twin._copies[server] = await copy.fork(twin.id)
        return twin

    async def snapshot(self, name: str) -> None:
        """Remembers the state of every server under a name."""
        used = self._used()
        for copy in used.values():
            await copy.snapshot(name)
        self._snapshots[name] = frozenset(used)

    async def restore(self, name: str) -> None:
        """Goes back to a snapshot, as often as wanted. Raises LookupError if there is none of that name."""
        if name not in self._snapshots:
            raise LookupError(f"session {self.id} has no snapshot {name}")
        for server, copy in self._used().items():
            await (copy.restore(name) if server in self._snapshots[name] else copy.reset())

    async def close(self) -> None:
        """Frees the session on every server; later calls are refused."""
        self._closed = True
        self._pool.sessions.pop(self.id, None)
        await asyncio.gather(*(copy.close() for copy in self._copies.values()))

    async def _answer(self, name: Any, arguments: Any) -> Answer:
        """Raises Lost or Unavailable."""
        if self._closed:
            return refused("session is closed")
        if not isinstance(name, str) or name not in self._routes:
            return refused(f"unknown tool {str(name)[:60]}")
        try:
            payload = _payload(name, arguments)
        except (ValueError, TypeError, RecursionError) as error:
            return refused(f"invalid arguments for {name}: {error}"[:300])
        return await self._copy(self._routes[name]).call(name, payload)

    async def _ask_all(
        self, ask: Callable[[Held], Awaitable[Any]], otherwise: Callable[[Exception], Any]
    ) -> dict[str, Any]:
        self._used()
        answers = {}
        for server in self.servers:
            try:
                answers[server] = await ask(self._copy(server))
            except (Lost, Unavailable) as error:
                answers[server] = otherwise(error)
        return answers

    def _used(self) -> dict[str, Held]:
        """The copies made so far, by server. Raises RuntimeError on a closed session."""
        if self._closed:
            raise RuntimeError(f"session {self.id} is closed")
        return dict(self._copies)

    def _copy(self, server: str) -> Held:
        if server not in self._copies:
            self._copies[server] = self._pool.hold(server, self.id, self.seed)
        return self._copies[server]


# What is for servers that are not ours is imported below: it needs the MCP SDK, which takes most of all imports' time.


def _server(name: str, transport: str, external: External | None, limits: Limits) -> Any:
    """What keeps this server, or the processes of this server, running."""
    if external is not None and external.isolation == "process":
        from prove.warm import Warm

        return Warm(external, limits)
    return Supervisor(Launcher(name, limits), _connector(name, transport, external))


def _connector(name: str, transport: str, external: External | None) -> Callable[[], Awaitable[Any]]:
    """What starts a link to this server."""
    if external is None:
        return partial(TRANSPORTS[transport], name)
    if external.isolation == "shared":
        from prove.foreign import ForeignLink

        return partial(ForeignLink.start, external)
    if external.url:
        return partial(HttpLink.reach, external.url, external.token)
    from mcp.client.stdio import get_default_environment

    command, env = external.filled(seed=0, folder="")
    return partial(StdioLink.run, command, get_default_environment() | env)


def _payload(name: str, arguments: Any) -> bytes:
    """The arguments as JSON, the same for every transport. Raises ValueError or TypeError for what JSON cannot say."""
    if type(arguments) is not dict:
        raise ValueError("they must be an object")
    payload = _as_json(arguments).encode()
    if len(payload) > LARGEST:
        raise ValueError(f"they have {len(payload)} bytes, at most {LARGEST}")
    # SDK and msgspec stop at different depths (200 and 900): past DEEPEST transports would not answer alike.
    if payload.count(b"{") + payload.count(b"[") > DEEPEST and _depth(arguments) > DEEPEST:
        raise ValueError(f"they are nested more than {DEEPEST} deep")
    return payload


def _depth(value: Any) -> int:
    """Levels of nesting: 0 for a number, 1 for {}, 2 for {"a": []}."""
    deepest, level = 0, [value]
    while level := [item for item in level if isinstance(item, dict | list | tuple)]:
        deepest += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return deepest
