"""How a call reaches a server: a pipe, HTTP, or this very process. One Link is one living connection.

    stdio      lines of JSON-RPC over the pipes of `python -m servers NAME --control`, many calls in flight
    http       the same requests as keep-alive POSTs to such a process, or to a URL served elsewhere
    inprocess  servers.host, loaded by name; no copy of the process, no protection from a tool that hangs

Every request carries its own 2026-07-28 envelope in `_meta`; there is no handshake and no transport session.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import aiohttp
import msgspec

ROOT = Path(__file__).parent.parent
MAX_LINE = 64 * 1024 * 1024
ENOUGH_UNSENT = 1024 * 1024
END_PATIENCE_S = 1.0
UNKNOWN_CLIENT = 401
ERA = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": ERA,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "prove", "version": "1"},
}
LISTED = ("name", "description", "inputSchema", "outputSchema", "annotations")


class Lost(Exception):
    """The server died, hung or cannot be reached; what it held in memory is gone."""


class Unwelcome(Lost):
    """The server does not know us; starting anew does not help."""


class Answer(NamedTuple):
    ok: bool
    text: str


class Link(Protocol):
    """One connection to one server. `ask` and `tools` raise Lost when it is no more."""

    alive: bool
    version: str
    """What the server calls its version; known when it has listed its tools, "" if it does not say."""

    async def ask(self, name: str, arguments: bytes, session: str | None) -> Answer: ...

    async def tools(self) -> list[dict[str, Any]]: ...

    async def stop(self, at_once: bool = True) -> None: ...


class Text(msgspec.Struct):
    text: str = ""


class Result(msgspec.Struct):
    content: list[Text] = []
    isError: bool = False


class Fault(msgspec.Struct):
    message: str


class Reply(msgspec.Struct):
    result: Result | None = None
    error: Fault | None = None


class Listing(msgspec.Struct):
    """What a server lists, and the version it gives itself."""

    tools: list[dict[str, Any]]
    version: str


class ListReply(msgspec.Struct):
    result: dict[str, Any]


class Receipt(msgspec.Struct):
    id: int | None = None


_encode = msgspec.json.Encoder().encode
_reply = msgspec.json.Decoder(Reply).decode
_receipt = msgspec.json.Decoder(Receipt).decode


def request(id: int, method: str, session: str | None = None, **params: Any) -> bytes:
    """One JSON-RPC request of the 2026-07-28 era."""
    meta = META if session is None else {**META, "prove/session": session}
    return _encode({"jsonrpc": "2.0", "id": id, "method": method, "params": {**params, "_meta": meta}})


def answer(body: bytes) -> Answer:
    """Reads the response to tools/call: the text of a result, or the message of a protocol error."""
    try:
        reply = _reply(body)
    except msgspec.MsgspecError as error:
        raise Lost("the server sent no readable response") from error
    if reply.result is not None:
        return Answer(not reply.result.isError, "".join(part.text for part in reply.result.content))
    if reply.error is None:  # not the call's fault: it must not be read as a refusal
        raise Lost("the server sent no readable response")
    return refused(reply.error.message)


def refused(message: str) -> Answer:
    """An error in the shape every server gives it."""
    text = message.encode(errors="replace").decode()  # a name may hold half a surrogate pair
    return Answer(False, _encode({"error": text}).decode())


def listing(body: bytes) -> Listing:
    """Reads the response to tools/list."""
    try:
        result = msgspec.json.decode(body, type=ListReply).result
        tools = [{key: tool[key] for key in LISTED if key in tool} for tool in result["tools"]]
        told = (result.get("_meta") or {}).get("io.modelcontextprotocol/serverInfo") or {}
        return Listing(tools, str(told.get("version", "")))
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
        raise Lost("the server lists no tools") from error


class StdioLink:
    """A server process at the other end of two pipes; calls are pipelined, answers matched by id."""

    def __init__(self, process: asyncio.subprocess.Process):
        self.alive = True
        self.version = ""
        self._process = process
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._reading = asyncio.create_task(self._read())

    @staticmethod
    async def start(name: str) -> StdioLink:
        return StdioLink(await spawn(own(name, "--control")))

    @staticmethod
    async def run(command: Sequence[str], env: Mapping[str, str]) -> StdioLink:
        """Any command that speaks our session contract; what it says on stderr is lost."""
        return StdioLink(await spawn(command, env=env, stderr=asyncio.subprocess.DEVNULL))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ask(self, name: str, arguments: bytes, session: str | None) -> Answer:
        return answer(await self._request("tools/call", session, name=name, arguments=msgspec.Raw(arguments)))

    async def tools(self) -> list[dict[str, Any]]:
        listed = listing(await self._request("tools/list"))
        self.version = listed.version
        return listed.tools

    async def stop(self, at_once: bool = True) -> None:
        self._reading.cancel()
        self._lose()
        await end(self._process, at_once)

    async def _request(self, method: str, session: str | None = None, **params: Any) -> bytes:
        if not self.alive:
            raise Lost("the server has stopped")
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._send(request(number, method, session, **params))
            return await waiting
        finally:
            self._waiting.pop(number, None)

    async def _send(self, line: bytes) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(line + b"\n")
        if pipe.transport.get_write_buffer_size() > ENOUGH_UNSENT:
            try:
                await pipe.drain()
            except ConnectionError as error:
                raise Lost("the server has stopped") from error

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while line := await self._process.stdout.readline():
                waiting = self._waiting.get(_receipt(line).id or 0)
                if waiting is not None and not waiting.done():
                    waiting.set_result(line)
        except (ValueError, ConnectionError):
            pass  # what it wrote is not a message: as good as dead
        self._lose()

    def _lose(self) -> None:
        self.alive = False
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Lost("the server has stopped"))


class HttpLink:
    """A server behind a URL; its process too, if we started it."""

    def __init__(self, url: str, process: asyncio.subprocess.Process | None = None, token: str = ""):
        self.version = ""
        self._url = url
        self._process = process
        self._numbers = itertools.count(1)
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": ERA}
        headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        unlimited = aiohttp.ClientTimeout(total=None)
        self._client = aiohttp.ClientSession(headers=headers, timeout=unlimited)
        self._lost = False

    @staticmethod
    async def start(name: str) -> HttpLink:
        process = await spawn(own(name, "--control", "--until-eof", "--http", "127.0.0.1:0"))
        assert process.stdout is not None
        try:
            url = (await process.stdout.readline()).decode().strip()
        except BaseException:
            await end(process)
            raise
        if not url:
            await end(process)
            raise Lost(f"server {name} did not start")
        return HttpLink(url, process)

    @staticmethod
    async def reach(url: str, token: str = "") -> HttpLink:
        """A server that runs elsewhere, and what it wants to be shown."""
        return HttpLink(url, token=token)

    @property
    def alive(self) -> bool:
        return not self._lost and (self._process is None or self._process.returncode is None)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def ask(self, name: str, arguments: bytes, session: str | None) -> Answer:
        return answer(await self._request("tools/call", session, name=name, arguments=msgspec.Raw(arguments)))

    async def tools(self) -> list[dict[str, Any]]:
        listed = listing(await self._request("tools/list"))
        self.version = listed.version
        return listed.tools

    async def stop(self, at_once: bool = True) -> None:
        self._lost = True
        await self._client.close()
        if self._process is not None:
            await end(self._process, at_once)

    async def _request(self, method: str, session: str | None = None, **params: Any) -> bytes:
        headers = {"Mcp-Method": method}
        if "name" in params:
            headers["Mcp-Name"] = params["name"]
        body = request(next(self._numbers), method, session, **params)
        try:
            async with self._client.post(self._url, data=body, headers=headers) as response:
                if response.status == UNKNOWN_CLIENT:
                    raise Unwelcome("wants the bearer token that it was started with; token_env names our variable")
                return await response.read()
        except (aiohttp.ClientError, RuntimeError) as error:
            raise Lost("the server cannot be reached") from error


class InprocessLink:
    """The server in this process. The one place that knows the name of the package of worlds."""

    def __init__(self, name: str):
        self.alive = True
        self._host = importlib.import_module("servers.host").Host(name)
        self.version: str = self._host.version
        self._control = importlib.import_module("servers.control")

    @staticmethod
    async def start(name: str) -> InprocessLink:
        return InprocessLink(name)

    async def ask(self, name: str, arguments: bytes, session: str | None) -> Answer:
        outcome = self._control.handle(self._host, session, name, msgspec.json.decode(arguments), True)
        return Answer(outcome.ok, outcome.text)

    async def tools(self) -> list[dict[str, Any]]:
        return [self._control.describe(tool) for tool in self._host.tools.values()]

    async def stop(self, at_once: bool = True) -> None:
        self.alive = False


def own(name: str, *flags: str) -> list[str]:
    """The command of one of our worlds."""
    return [sys.executable, "-m", "servers", name, *flags]


async def spawn(command: Sequence[str], **options: Any) -> asyncio.subprocess.Process:
    """A server process that ends when we do: it watches its standard input. Ctrl-C is for us, not for it."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=MAX_LINE,
        process_group=0,
        **options,
    )


async def end(process: asyncio.subprocess.Process, at_once: bool = True) -> None:
    """Kills the process: it keeps nothing that outlives it. Otherwise asks first and gives it a second."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(ProcessLookupError, TimeoutError):
        if not at_once:
            process.terminate()
            await asyncio.wait_for(process.wait(), END_PATIENCE_S)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
