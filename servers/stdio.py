"""MCP over standard input and output, on asyncio pipes: the stock wrapper hops through a thread per line (2.5x slower).

line -> a plain tools/call of the 2026-07-28 era (servers.shortcut) -> answered here, synchronously
     -> anything else                                               -> the SDK, which also decides the era
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, BinaryIO

import anyio
import msgspec
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    JSONRPCNotification,
    JSONRPCRequest,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from servers.facade import mcp_server
from servers.host import Host
from servers.shortcut import Shortcut

MAX_LINE = 64 * 1024 * 1024
ENOUGH_UNSENT = 1024 * 1024
LAST_ANSWERS_S = 1.0


async def serve_stdio(host: Host, control: bool = False) -> None:
    """Serves one client until its end of the pipe closes; requests already read are still answered."""
    lines, wire = await _open_pipes()
    server = mcp_server(host, control)
    era, shortcut = Era(), Shortcut(host, control)
    inbox, outbox = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run, outbox, wire, server.create_initialization_options())
        async for line in lines:
            call = shortcut.read(line) if era.modern else None
            if call is None:
                await _to_sdk(line, inbox, wire, era)
            else:
                await wire.all_answered()  # a call never overtakes the request before it
                await wire.write(shortcut.answer(call) + b"\n")
        with anyio.move_on_after(LAST_ANSWERS_S):
            await wire.all_answered()
        inbox.close()


async def _to_sdk(line: bytes, inbox: Any, wire: Wire, era: Era) -> None:
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        await wire.write(_unreadable(line, error))
        return
    if isinstance(message, JSONRPCRequest):
        wire.owed.add(message.id)
        era.see(message)
    elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
        wire.pay((message.params or {}).get("requestId"))  # a cancelled request may stay unanswered
    await inbox.send(SessionMessage(message))


def _unreadable(line: bytes, error: ValidationError) -> bytes:
    """The JSON-RPC error for a line that is no JSON, or JSON that is no message; with its id where it has one."""
    broken = error.errors(include_input=False)[0]["type"] == "json_invalid"
    code, message = (PARSE_ERROR, "Parse error") if broken else (INVALID_REQUEST, "Invalid request")
    try:
        id = msgspec.json.decode(line, type=Numbered).id
    except (msgspec.MsgspecError, RecursionError):
        id = None
    body = {"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}
    return msgspec.json.encode(body) + b"\n"


class Numbered(msgspec.Struct):
    id: int | str | None = None


class Era:
    """Of the connection: the first request decides it, so that one always goes through the SDK."""

    def __init__(self) -> None:
        self.modern = False
        self._opened = False

    def see(self, request: JSONRPCRequest) -> None:
        if not self._opened:
            meta = (request.params or {}).get("_meta")
            named = isinstance(meta, dict) and "io.modelcontextprotocol/protocolVersion" in meta
            self._opened, self.modern = True, named and request.method != "initialize"


class Wire:
    """The writing end, in the shape the SDK writes to; remembers which requests are still owed an answer."""

    def __init__(self, writer: asyncio.StreamWriter | BinaryIO):
        self._writer = writer
        self.owed: set[int | str] = set()
        self._paid = asyncio.Event()

    async def send(self, item: SessionMessage) -> None:
        await self.write(item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
        self.pay(getattr(item.message, "id", None))

    def pay(self, request: Any) -> None:
        if isinstance(request, int | str):
            self.owed.discard(request)
            self._paid.set()

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        if not isinstance(self._writer, asyncio.StreamWriter):
            self._writer.flush()
        elif self._writer.transport.get_write_buffer_size() > ENOUGH_UNSENT:
            await self._writer.drain()

    async def all_answered(self) -> None:
        while self.owed:
            self._paid.clear()
            await self._paid.wait()

    async def aclose(self) -> None:
        self._writer.close()
        if isinstance(self._writer, asyncio.StreamWriter):
            with suppress(ConnectionError):
                await self._writer.wait_closed()

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.aclose()


async def _open_pipes() -> tuple[AsyncIterator[bytes], Wire]:
    """Takes standard input and output for the wire; a stray print in a world then lands on standard error."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    loop = asyncio.get_running_loop()
    try:
        protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
        transport, _ = await loop.connect_write_pipe(lambda: protocol, outgoing)
    except ValueError:  # output redirected into a regular file
        return _lines(incoming), Wire(outgoing)
    return _lines(incoming), Wire(asyncio.StreamWriter(transport, protocol, None, loop))


async def _lines(incoming: BinaryIO) -> AsyncIterator[bytes]:
    """The lines of the client, without the blank ones. A line over the limit comes as one that is no JSON."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE)
    try:
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), incoming)
    except ValueError:  # input redirected from a regular file
        reader.feed_data(incoming.read())
        reader.feed_eof()
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            line = b"line too long"
        if not line:
            return
        if line.strip():
            yield line
