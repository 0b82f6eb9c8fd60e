"""A plain environment in memory: the same tool functions; a session is a deep copy of all rows of its world.

No process, no protocol, no strict arguments (texts still become dates), nothing taken back when a tool fails half way.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from servers.host import Host
from servers.state import State, ToolError
from servers.tool import TEXT, Tool


def copied(state: State) -> State:
    """The state with rows of its own, its overlay too."""
    return type(state)(copy.deepcopy(state.base), copy.deepcopy(state.overlay))


def answer(tool: Tool, state: State, arguments: dict[str, Any]) -> tuple[bool, str]:
    try:
        values = msgspec.structs.astuple(msgspec.convert(arguments, tool.arguments))
        result = tool.run(state, *values)
    except ToolError as error:
        return False, TEXT.encode({"error": str(error)}).decode()
    if not tool.hints.read_only:
        state.advance(1)
    return True, TEXT.encode(result).decode()


class Session:
    def __init__(self, tools: Mapping[str, Tool], state: State):
        self._tools, self._state = tools, state

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        return answer(self._tools[tool], self._state, arguments)

    async def fork(self) -> Session:
        return Session(self._tools, copied(self._state))

    async def close(self) -> None:
        del self._state


class Arena:
    most = None

    def __init__(self, hosts: Mapping[str, Host]):
        self._hosts = hosts

    async def open(self, world: str, seed: int) -> Session:
        host = self._hosts[world]
        host.open("untouched", seed)
        return Session(host.tools, copied(host.state("untouched")))


@asynccontextmanager
async def start(worlds: Sequence[str], settings: Mapping[str, Any]) -> AsyncIterator[Arena]:
    yield Arena({world: Host(world) for world in worlds})
