"""MCP on top of a Host: one lowlevel server for stdio and HTTP, for the 2026-07-28 era and the handshake before it.

A tool the world refuses answers with `isError`; a tool that does not exist is a protocol error (-32602), as the
specification has it. The session is named by `_meta["prove/session"]`; without it a client has the default session.
Tools run inside the event loop without an await between read and write: threads would race.
"""

from __future__ import annotations

from typing import Any

import msgspec
from mcp.server import Server
from mcp.server.caching import CacheHint
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, ListToolsResult, TextContent
from mcp_types import Tool as Listed

from servers.control import describe, handle, knows
from servers.host import Host
from servers.tool import Outcome

SESSION = "prove/session"
LISTING_LIVES_MS = 3_600_000


def mcp_server(host: Host, control: bool = False) -> Server:
    """The MCP server of one world; with `control` the session operations are callable, never listed."""
    listing = ListToolsResult(tools=[Listed.model_validate(describe(tool)) for tool in host.tools.values()])

    async def list_tools(context: Any, params: Any) -> ListToolsResult:
        return listing

    async def call_tool(context: Any, params: Any) -> CallToolResult:
        if not knows(host, params.name, control):
            raise MCPError(code=INVALID_PARAMS, message=unknown_tool(params.name))
        arguments = {} if params.arguments is None else params.arguments
        session = (context.meta or {}).get(SESSION, None)
        return _result(handle(host, session, params.name, arguments, control))

    server = Server(
        host.name,
        version=host.version,
        instructions=host.about,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda name: host.tools[name].input_schema if name in host.tools else None,
        # The tools of a server never change while it runs, and are the same for everybody.
        cache_hints={"tools/list": CacheHint(ttl_ms=LISTING_LIVES_MS, scope="public")},
    )
    server.middleware.clear()  # the default tracing costs 22 µs a call and nobody here collects spans
    return server


def unknown_tool(name: str) -> str:
    return f"unknown tool {name[:60]}"


def _result(outcome: Outcome) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=outcome.text)],
        structured_content=msgspec.json.decode(outcome.text) if outcome.ok and outcome.structured else None,
        is_error=not outcome.ok,
    )
