"""Streamable HTTP: stateless, JSON answers, loopback unless another address is asked for; with a token if there is one.

banking at http://127.0.0.1:8000/mcp          all at http://127.0.0.1:8000/NAME/mcp
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware

from servers.door import Door
from servers.facade import mcp_server
from servers.host import Host
from servers.lane import Lane
from servers.shortcut import Shortcut

MAX_BODY = 16 * 1024 * 1024
"""Bytes of one request, held in memory before it is read. prove.sessions sends at most a quarter of it."""
KEEP_ALIVE_S = 75  # longer than clients keep an idle connection, so that none is closed under a request


def http_app(
    worlds: Mapping[str, Host], host: str, port: int, control: bool = False, token: str | None = None
) -> Starlette:
    """One ASGI app with each world at its path, {"/mcp": Host("banking")}; it prints their URLs when it is ready."""
    mounts = {path: mcp_server(world, control) for path, world in worlds.items()}
    routes = []
    for path, server in mounts.items():
        app = server.streamable_http_app(
            streamable_http_path=path,
            json_response=True,
            stateless_http=True,
            max_request_body_size=MAX_BODY,
            transport_security=_only_from(host),
        )
        routes += app.routes

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for server in mounts.values():
                await stack.enter_async_context(server.session_manager.run())
            for path in mounts:  # not before: a signal that comes earlier finds no handler
                print(f"http://{_shown(host)}:{port}{path}", flush=True)
            yield

    shortcuts = {path: Shortcut(world, control) for path, world in worlds.items()}
    bound = frozenset(f"{name}:{port}".encode() for name in _names(host))
    guards = [Middleware(Door, token=token)] if token else []
    lanes = Middleware(Lane, shortcuts=shortcuts, names=bound)
    return Starlette(routes=routes, middleware=[*guards, lanes], lifespan=lifespan)


def serve_http(
    worlds: Mapping[str, Host],
    host: str,
    port: int,
    control: bool = False,
    until_stdin_closes: bool = False,
    token: str | None = None,
) -> None:
    """Serves until a signal ends it, on a free port if it is 0; prints one line per world with its URL."""
    listener = _listen(host, port)
    app = http_app(worlds, host, listener.getsockname()[1], control, token)
    # httptools would be a quarter faster, but keeps the white space behind a header's value: RFC 9110 wants it off.
    config = uvicorn.Config(app, http="h11", log_level="warning", access_log=False, timeout_keep_alive=KEEP_ALIVE_S)
    asyncio.run(_run(uvicorn.Server(config), listener, until_stdin_closes))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay (40 ms a call) off only for sockets that say they are TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)  # so that a client may connect as soon as it has read the URL
    return listener


async def _run(server: uvicorn.Server, listener: socket.socket, until_stdin_closes: bool) -> None:
    if until_stdin_closes:
        asyncio.get_running_loop().add_reader(sys.stdin, _stop_at_end, server)
    await server.serve(sockets=[listener])


def _stop_at_end(server: uvicorn.Server) -> None:
    if not sys.stdin.buffer.read1(65536):
        asyncio.get_running_loop().remove_reader(sys.stdin)
        server.should_exit = True


def _only_from(host: str) -> TransportSecuritySettings:
    """DNS rebinding protection: only requests that name an address we are bound to."""
    names = sorted(_names(host))
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=[f"{name}:*" for name in names],
        allowed_origins=[f"http://{name}:*" for name in names],
    )


def _names(host: str) -> set[str]:
    """What a request may call the machine."""
    return {"127.0.0.1", "localhost", "[::1]", _shown(host)}


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
