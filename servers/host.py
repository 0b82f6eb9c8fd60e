"""The session table of one server: open, close, fork, snapshot, restore, diff, hash, call.

host = Host("banking"); host.open("a", seed=7); host.call("a", "get_account", {"account_id": "ACC-30417"})

A server is a folder of this package, or a cache of recorded responses (servers.recorded) where there is no such folder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import msgspec

from servers.recorded.places import file_of, recorded_names
from servers.state import Base, State
from servers.tool import Outcome, Tool, invoke, refusal, tools_of
from servers.version import digest_of

DEFAULT = "default"
VERSION = "1.0.0"
DIGITS = 16
"""Of the digest of what answers, behind the version: 1.0.0+0a1b2c3d4e5f6071."""
WORLDS_KEPT = 256
MOST_SESSIONS = 50_000
"""Open at once. After 20 writes each takes 11.5 KB, all of them 575 MB; experiments/throughput opens 10,000."""
MOST_SNAPSHOTS = 100
"""Of one session."""
LONGEST_ID = 200
"""Characters of the name of a session or a snapshot."""


class UnknownSession(KeyError):
    """No session of this id is open; a new world is never opened in silence."""


class TooMany(LookupError):
    """No further session or snapshot fits, or its name is too long."""


class Offered(Protocol):
    """A tool as far as every server has the same."""

    name: str
    input_schema: dict[str, Any]


class World(Protocol):
    """The state of a session."""

    def fork(self) -> World: ...
    def diff(self) -> dict[str, Any]: ...
    def hash(self) -> str: ...


class Source(Protocol):
    """What answers for a server."""

    about: str
    digest: str
    first_seed: int
    tools: Mapping[str, Any]

    def open(self, seed: int) -> World: ...
    def call(self, tool: Any, state: Any, arguments: Any) -> Outcome: ...


class Written:
    """The tools and worlds of a folder of this package."""

    first_seed = 0

    def __init__(self, name: str):
        module = import_module(f"servers.{name}")
        self.digest = digest_of(name)
        self.about: str = (module.__doc__ or "").strip()
        self.tools: Mapping[str, Tool] = tools_of(module.tools)
        self._world: type[State] = module.World
        self._base = worlds_of(name)

    def open(self, seed: int) -> State:
        return self._world(self._base(seed))

    call = staticmethod(invoke)


class Host:
    """One server in this process: its tools and every session open on it."""

    def __init__(self, name: str, seed: int | None = None, recorded: bool = False, source: Source | None = None):
        """`seed`: of the default session; None: 0, or the first world that was recorded. `recorded`: the cache of this
        name, even where there is a folder. `source`: what answers, of whatever name. Raises LookupError for an unknown
        name, ValueError for a bad cache."""
        source = source or source_of(name, recorded)
        self.name = name
        self.about: str = source.about
        self.version = f"{VERSION}+{source.digest[:DIGITS]}"
        self.tools: Mapping[str, Any] = source.tools
        self._open, self._invoke = source.open, source.call
        self._sessions: dict[str, World] = {}
        self._snapshots: dict[str, dict[str, World]] = {}
        self._seed = source.first_seed if seed is None else seed

    def base(self, seed: int) -> Base:
        return worlds_of(self.name)(seed)

    def open(self, session: str, seed: int) -> None:
        """A new session in the untouched world of this seed; an open one of that id is reset. Raises TooMany."""
        _check_room(self._sessions, session, MOST_SESSIONS, "sessions")
        self._sessions[session] = self._open(seed)

    def close(self, session: str) -> None:
        self.state(session)
        del self._sessions[session]
        self._snapshots.pop(session, None)

    def fork(self, session: str, into: str) -> None:
        _check_room(self._sessions, into, MOST_SESSIONS, "sessions")
        self._sessions[into] = self.state(session).fork()

    def snapshot(self, session: str, name: str) -> None:
        state, taken = self.state(session), self._snapshots.setdefault(session, {})
        _check_room(taken, name, MOST_SNAPSHOTS, "snapshots")
        taken[name] = state.fork()

    def restore(self, session: str, name: str) -> None:
        self.state(session)
        taken = self._snapshots.get(session, {}).get(name)
        if taken is None:
            raise LookupError(f"session {session} has no snapshot {name}")
        self._sessions[session] = taken.fork()

    def diff(self, session: str) -> dict[str, Any]:
        return msgspec.to_builtins(self.state(session).diff())

    def hash(self, session: str) -> str:
        return self.state(session).hash()

    def sessions(self) -> list[str]:
        return list(self._sessions)

    def call(self, session: str | None, name: str, arguments: Any) -> Outcome:
        """Runs one tool call in one session. Never raises for what a caller can get wrong."""
        tool = self.tools.get(name)
        if tool is None:
            return refusal(f"unknown tool {name[:60]}")
        try:
            state = self.state(session)
        except UnknownSession:
            return refusal(f"unknown session {str(session)[:60]}")
        return self._invoke(tool, state, arguments)

    def state(self, session: str | None) -> Any:
        """The state behind a session id; no id means the default session of this process."""
        if session is None:
            if DEFAULT not in self._sessions:
                self._sessions[DEFAULT] = self._open(self._seed)
            session = DEFAULT
        try:
            return self._sessions[session]
        except KeyError:
            raise UnknownSession(session) from None


def _check_room(known: Mapping[str, Any], name: str, most: int, what: str) -> None:
    if len(name) > LONGEST_ID:
        raise TooMany(f"a name has at most {LONGEST_ID} characters; this one has {len(name)}")
    if len(known) >= most and name not in known:
        raise TooMany(f"{len(known)} {what} are open, and no more fit")


def source_of(name: str, recorded: bool = False) -> Source:
    """What answers for a server: its folder, or the cache of its name. Raises LookupError, ValueError."""
    if name in server_names() and not recorded:
        return Written(name)
    if not file_of(name).exists():
        known = recorded_names() if recorded else [*server_names(), *recorded_names()]
        raise LookupError(f"no {'recorded ' if recorded else ''}server {name}; there are {', '.join(known) or 'none'}")
    # Not above: what checks recorded schemas takes a third of a start, and few starts are of a cache.
    return import_module("servers.recorded.world").RecordedServer(file_of(name))


@cache
def worlds_of(name: str) -> Callable[[int], Base]:
    """A server's worlds by seed: made once and kept, for every host of this process."""
    return lru_cache(maxsize=WORLDS_KEPT)(import_module(f"servers.{name}").generate)


def server_names() -> list[str]:
    """The folders that are servers."""
    here = Path(__file__).parent
    return sorted(path.parent.name for path in here.glob("*/seed.py"))
