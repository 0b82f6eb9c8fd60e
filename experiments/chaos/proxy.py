"""Drops HTTP connections: a TCP relay before a server, which cuts some answers off, whole or in their middle."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from prove.links import end, own, spawn

PIECE = 65536


@contextlib.asynccontextmanager
async def dropping(name: str, share: float, rng: random.Random) -> AsyncIterator[str]:
    """The URL of a server of this name behind a relay that drops this share of answers."""
    process = await spawn(own(name, "--control", "--until-eof", "--http", "127.0.0.1:0"))
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    port = int(url.rpartition(":")[2].partition("/")[0])

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass(reader, ahead, 0.0, rng), _pass(behind, writer, share, rng))

    listener = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/mcp"
    finally:
        listener.close()
        await end(process)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, share: float, rng: random.Random) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            if rng.random() < share:
                writer.write(piece[: rng.randrange(len(piece))])
                break
            writer.write(piece)
            await writer.drain()
    writer.close()
