"""A world behind the SDK's own MCPServer, as its documentation has it: a function per tool, the session an argument.

python -m experiments.side_by_side.competitors.stock WORLD [PORT]      standard input and output, or HTTP

The worlds are the ones of servers/, copy-on-write too: what differs from ours is the protocol's side alone. The SDK
checks the arguments by pydantic; text comes back as it does from ours.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any, get_type_hints

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError as Refused

from servers.host import Host
from servers.state import ToolError
from servers.tool import TEXT, Tool


def serving(host: Host) -> MCPServer:
    server = MCPServer(f"{host.name}-stock", log_level="ERROR")

    @server.tool(structured_output=False)
    async def open_session(session: str, seed: int) -> str:
        """A new session in the untouched world of this seed."""
        host.open(session, seed)
        return "{}"

    @server.tool(structured_output=False)
    async def close_session(session: str) -> str:
        """Forgets a session."""
        host.close(session)
        return "{}"

    for tool in host.tools.values():
        server.add_tool(function_of(host, tool), name=tool.name, description=tool.description, structured_output=False)
    return server


def function_of(host: Host, tool: Tool) -> Any:
    """The tool as the SDK wants it: asynchronous, as a synchronous one would run in a thread and race."""

    async def run(session: str, **arguments: Any) -> str:
        state = host.state(session)
        try:
            result = tool.run(state, **arguments)
        except ToolError as error:
            raise Refused(str(error)) from None
        if not tool.hints.read_only:
            state.advance(1)
        return TEXT.encode(result).decode()

    types = get_type_hints(tool.run, include_extras=True)
    named = [
        parameter.replace(annotation=types[parameter.name], kind=parameter.KEYWORD_ONLY)
        for parameter in list(inspect.signature(tool.run).parameters.values())[1:]
    ]
    session = inspect.Parameter("session", inspect.Parameter.KEYWORD_ONLY, annotation=str)
    run.__signature__ = inspect.Signature([session, *named], return_annotation=str)  # type: ignore[attr-defined]
    return run


def main() -> None:
    world, *port = sys.argv[1:]
    server = serving(Host(world))
    if port:
        server.run("streamable-http", port=int(port[0]), stateless_http=True, json_response=True)
    else:
        server.run("stdio")


if __name__ == "__main__":
    main()
