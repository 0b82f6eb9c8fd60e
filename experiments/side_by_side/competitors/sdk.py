"""The SDK's own client and server, over standard input and output or over HTTP: one client for all calls."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from experiments.side_by_side.contest import NoFork

MODULE = "experiments.side_by_side.competitors.stock"


class Session:
    def __init__(self, client: Client, id: str):
        self._client, self._id = client, id

    async def call(self, tool: str, arguments: dict[str, Any]) -> tuple[bool, str]:
        result = await self._client.call_tool(tool, {"session": self._id, **arguments})
        return not result.is_error, "".join(part.text for part in result.content)  # type: ignore[union-attr]

    async def fork(self) -> Session:
        raise NoFork

    async def close(self) -> None:
        await self._client.call_tool("close_session", {"session": self._id})


class Arena:
    most = None

    def __init__(self, clients: Mapping[str, Client]):
        self._clients = clients

    async def open(self, world: str, seed: int) -> Session:
        id = secrets.token_hex(8)
        await self._clients[world].call_tool("open_session", {"session": id, "seed": seed})
        return Session(self._clients[world], id)


@asynccontextmanager
async def start(transport: str, worlds: Sequence[str], settings: Mapping[str, Any]) -> AsyncIterator[Arena]:
    async with AsyncExitStack() as stack:
        targets = {world: await _target(transport, world, stack) for world in worlds}
        yield Arena({world: await stack.enter_async_context(Client(target)) for world, target in targets.items()})


async def _target(transport: str, world: str, stack: AsyncExitStack) -> Any:
    if transport == "http":
        return await stack.enter_async_context(served(world))
    return stdio_client(StdioServerParameters(command=sys.executable, args=["-m", MODULE, world], env=dict(os.environ)))


@asynccontextmanager
async def served(world: str) -> AsyncIterator[str]:
    """The URL of a stock server that listens."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, world, str(port), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def _listening(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")
