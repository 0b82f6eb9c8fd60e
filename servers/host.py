"""The session table of one server: open, close, fork, snapshot, restore, diff, hash, call.

host = Host("banking"); host.open("a", seed=7); host.call("a", "get_account", {"account_id": "ACC-30417"})
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from servers.state import Base, State
from servers.tool import Outcome, Tool, invoke, refusal, tools_of

DEFAULT = "default"
WORLDS_KEPT = 256


class UnknownSession(KeyError):
    """No session of this id is open; a new world is never opened in silence."""


class Host:
    """One server in this process: its tools and every session open on it."""

    def __init__(self, name: str, seed: int = 0):
        if name not in server_names():
            raise LookupError(f"no server {name}; there are {', '.join(server_names())}")
        world = import_module(f"servers.{name}")
        self.name = name
        self.about: str = (world.__doc__ or "").strip()
        self.tools: dict[str, Tool] = tools_of(world.tools)
        self._world: type[State] = world.World
        self._base = worlds_of(name)
        self._sessions: dict[str, State] = {}
        self._snapshots: dict[str, dict[str, State]] = {}
        self._seed = seed

    def base(self, seed: int) -> Base:
        return self._base(seed)

    def open(self, session: str, seed: int) -> None:
        """A new session in the untouched world of this seed; an open one of that id is reset."""
        self._sessions[session] = self._world(self._base(seed))

    def close(self, session: str) -> None:
        self.state(session)
        del self._sessions[session]
        self._snapshots.pop(session, None)

    def fork(self, session: str, into: str) -> None:
        self._sessions[into] = self.state(session).fork()

    def snapshot(self, session: str, name: str) -> None:
        self._snapshots.setdefault(session, {})[name] = self.state(session).fork()

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
        return invoke(tool, state, arguments)

    def state(self, session: str | None) -> State:
        """The state behind a session id; no id means the default session of this process."""
        if session is None:
            if DEFAULT not in self._sessions:
                self.open(DEFAULT, self._seed)
            session = DEFAULT
        try:
            return self._sessions[session]
        except KeyError:
            raise UnknownSession(session) from None


@cache
def worlds_of(name: str) -> Callable[[int], Base]:
    """A server's worlds by seed: made once and kept, for every host of this process."""
    return lru_cache(maxsize=WORLDS_KEPT)(import_module(f"servers.{name}").generate)


def server_names() -> list[str]:
    """The folders that are servers."""
    here = Path(__file__).parent
    return sorted(path.parent.name for path in here.glob("*/seed.py"))
