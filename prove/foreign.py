"""A link to a server that is not ours, of any protocol version: the SDK's client on a process of ours or on a URL.

    stdin, stdout   MCP, one message a line; a line that is none (a banner) is passed over
    stderr          never on our console; its end is quoted when the process does not start
    stop            the whole process group is killed, its folder removed

Its words reach the model as they are: the text parts of a result, a short note for every other part.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import anyio
import msgspec
from mcp import Client, MCPError
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import (
    CONNECTION_CLOSED,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    TextContent,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from prove.external import External, Misconfigured
from prove.links import END_PATIENCE_S, LISTED, MAX_LINE, ROOT, Answer, Lost, refused
from prove.schemas import reads_only
from prove.undertaker import kill, undertaker

MURMUR = 2000
MOST_PAGES = 100


class ForeignLink:
    """One living connection. A task of its own holds the client: the SDK wants to be left where it was entered."""

    def __init__(self, external: External, child: Child | None):
        self.version = ""  # what a stranger calls its version does not say how it answers
        self._external = external
        self._child = child
        self._tools: list[dict[str, Any]] = []
        self._ended = False
        self._leave = asyncio.Event()
        self._client: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._client.add_done_callback(lambda client: client.cancelled() or client.exception())  # looked at, always
        self._life = asyncio.create_task(self._live())

    @staticmethod
    async def start(external: External, seed: int = 0) -> ForeignLink:
        """Connected, with its tools listed. Raises Lost, or OSError where there is no such command."""
        link = ForeignLink(external, await Child.start(external, seed) if external.command else None)
        try:
            await asyncio.wait([link._client])
            link._tools = _offered(external, await link._list())
        except BaseException:
            await link.stop()
            raise
        return link

    @property
    def alive(self) -> bool:
        return not self._ended and (self._child is None or self._child.alive)

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    async def tools(self) -> list[dict[str, Any]]:
        return self._tools

    async def ask(self, name: str, arguments: bytes, session: str | None) -> Answer:
        params = CallToolRequestParams(name=name, arguments=msgspec.json.decode(arguments))
        try:
            # Not client.call_tool: a result that breaks its own output schema has still happened.
            result = await self._client.result().session.send_request(CallToolRequest(params=params), CallToolResult)
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                raise Lost("the server has stopped") from error
            return refused(error.message[:300])
        except ValidationError:
            return refused(f"the result of {name} is not one that MCP knows")
        return Answer(not result.is_error, text_of(result))

    async def stop(self, at_once: bool = True) -> None:
        self._ended = True
        self._leave.set()
        if self._child is not None:
            await self._child.end(at_once)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wait([self._life]), END_PATIENCE_S)
        self._life.cancel()

    async def _live(self) -> None:
        try:
            async with Client(self._child.pipes() if self._child else self._external.url, cache=None) as client:
                self._client.set_result(client)
                await self._leave.wait()
        except Exception as error:  # a group of whatever the transport met
            if not self._client.done():
                words = self._child.last_words if self._child else error
                self._client.set_exception(Lost(f"it did not start: {words or 'it said nothing'}"))
        finally:
            self._ended = True

    async def _list(self) -> list[dict[str, Any]]:
        client, tools, cursor = self._client.result(), [], None
        for _ in range(MOST_PAGES):
            try:
                page = await client.list_tools(cursor=cursor)
            except (MCPError, ValidationError) as error:
                raise Lost(f"it lists no tools: {error}") from error
            tools += [_listed(tool) for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                break
        return tools


class Child:
    """A foreign process with whatever it starts, in a process group and a folder of its own."""

    def __init__(self, process: asyncio.subprocess.Process, folder: str):
        self.pid = process.pid
        self._process = process
        self._folder = folder
        self._murmur = b""
        self._listening = asyncio.create_task(self._listen())
        undertaker().watch(self.pid, folder)

    @staticmethod
    async def start(external: External, seed: int) -> Child:
        folder = tempfile.mkdtemp(prefix="prove-")
        command, env = external.filled(seed, folder)
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd=ROOT,
                env=get_default_environment() | env,
                limit=MAX_LINE,
                start_new_session=True,
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Child(process, folder)

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    @property
    def last_words(self) -> str:
        """The last line on its stderr."""
        return self._murmur.decode(errors="replace").strip().rpartition("\n")[2][-300:]

    async def end(self, at_once: bool) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        if not at_once:
            await self._wait()
        kill(self.pid)
        await self._wait()  # bounded: a descendant that left the group may hold the pipes
        self._listening.cancel()
        undertaker().forget(self.pid)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), END_PATIENCE_S)

    async def _listen(self) -> None:
        assert self._process.stderr is not None
        while heard := await self._process.stderr.read(MURMUR):
            self._murmur = (self._murmur + heard)[-MURMUR:]

    @contextlib.asynccontextmanager
    async def pipes(self) -> AsyncIterator[tuple[Any, Any]]:
        """What the SDK calls a transport: a stream of messages to read, one to write."""
        heard, inbox = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        outbox, said = anyio.create_memory_object_stream[SessionMessage](0)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._hear, heard)
            tasks.start_soon(self._say, said)
            yield inbox, outbox
            tasks.cancel_scope.cancel()

    async def _hear(self, heard: Any) -> None:
        assert self._process.stdout is not None
        async with heard:
            with contextlib.suppress(ConnectionError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                while line := await self._process.stdout.readline():
                    with contextlib.suppress(ValidationError):
                        await heard.send(SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False)))

    async def _say(self, said: Any) -> None:
        assert self._process.stdin is not None
        async with said:
            with contextlib.suppress(ConnectionError):
                async for each in said:
                    text = each.message.model_dump_json(by_alias=True, exclude_unset=True)
                    self._process.stdin.write(text.encode() + b"\n")
                    await self._process.stdin.drain()


def _listed(tool: Any) -> dict[str, Any]:
    plain = tool.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: plain[key] for key in (*LISTED, "title") if key in plain}


def _offered(external: External, tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What sessions may see. Raises Misconfigured where that is nothing, or a tool to leave out is not there."""
    absent = [name for name in external.without if name not in {tool["name"] for tool in tools}]
    if absent:
        raise Misconfigured(f"external server {external.name}: it has no tool {absent[0]} to do without")
    shared = external.isolation == "shared"
    offered = [tool for tool in tools if tool["name"] not in external.without and (reads_only(tool) or not shared)]
    if not offered:
        kind = "tool annotated as read-only" if shared else "tool"
        raise Misconfigured(f"external server {external.name}: it lists no {kind}, so there is nothing to offer")
    return offered


def text_of(result: CallToolResult) -> str:
    """A result as the model reads it."""
    if not result.content and result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False)
    return "\n".join(part.text if isinstance(part, TextContent) else _note(part) for part in result.content)


def _note(part: Any) -> str:
    """`[image, 1200 bytes]`, `[resource demo://one]`."""
    if part.type in ("image", "audio"):
        return f"[{part.type}, {len(part.data) * 3 // 4 - part.data.count('=')} bytes]"
    return f"[resource {part.uri if part.type == 'resource_link' else part.resource.uri}]"
