"""The pattern of verl 0.7's tools: around every call an instance is made and released, and a client connects.

create(id) -> execute(id): a client connects, calls, disconnects -> release(id)

Written anew from its description. The servers are those of the SDK over HTTP, and each session is named in the
arguments: the pattern itself has none, so all its episodes would share one world.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from mcp import Client

from experiments.side_by_side.competitors.sdk import served
from experiments.side_by_side.contest import NoFork


class RemoteTool:
    """A tool with the life cycle that the trainer calls."""

    def __init__(self, url: str, name: str):
        self._url, self._name = url, name
        self._instances: dict[str, list[str]] = {}

    async def create(self) -> str:
        id = secrets.token_hex(8)
        self._instances[id] = []
        return id

    async def execute(self, id: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        async with Client(self._url) as client:
            result = await client.call_tool(self._name, arguments)
        text = "".join(part.text for part in result.content)  # type: ignore[union-attr]
        self._instances[id].append(text)
        return not result.is_error, text

    async def release(self, id: str) -> None:
        del self._instances[id]


class Session:
    def __init__(self, url: str, id: str):
        self._url, self._id = url, id

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        remote = RemoteTool(self._url, tool)
        instance = await remote.create()
        try:
            return await remote.execute(instance, {"session": self._id, **arguments})
        finally:
            await remote.release(instance)

    async def fork(self) -> Session:
        raise NoFork

    async def close(self) -> None:
        await self.call("close_session", {})


class Arena:
    most = None

    def __init__(self, urls: Mapping[str, str]):
        self._urls = urls

    async def open(self, world: str, seed: int) -> Session:
        session = Session(self._urls[world], secrets.token_hex(8))
        await session.call("open_session", {"seed": seed})
        return session


@asynccontextmanager
async def start(worlds: Sequence[str], settings: Mapping[str, Any]) -> AsyncIterator[Arena]:
    async with AsyncExitStack() as stack:
        yield Arena({world: await stack.enter_async_context(served(world)) for world in worlds})
