"""The fast lane of HTTP: a plain call, sent with plain headers, is answered in front of the SDK (3x).

POST /mcp -> no header but those below, each once, and a body that is a plain call -> answered here
          -> anything else, and whatever would have to be refused                  -> the app behind

No header is judged here: what is not plain goes on as it came, body and all, to be answered or refused there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servers.shortcut import PlainCall, Shortcut

FREE = {b"accept-encoding", b"user-agent", b"connection", b"authorization"}
"""Headers of any value: the token has been looked at by the door, before."""
MUST = {
    b"content-type": b"application/json",
    b"accept": b"application/json, text/event-stream",
    b"mcp-protocol-version": b"2026-07-28",
    b"mcp-method": b"tools/call",
}
LARGEST = 1024 * 1024
"""Bytes of a body that is read here; prove.sessions seldom sends more than a few hundred."""


class Lane:
    """Shortcuts by path, in front of an app that serves the same paths. `names`: the Host headers it answers to."""

    def __init__(self, app: ASGIApp, shortcuts: Mapping[str, Shortcut], names: frozenset[bytes]):
        self._app, self._shortcuts, self._names = app, shortcuts, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shortcut = self._shortcuts.get(scope.get("path", ""))
        name = self._plain(scope) if shortcut is not None and scope["type"] == "http" else None
        if shortcut is None or name is None:
            return await self._app(scope, receive, send)
        taken, body = await _read(receive)
        call = shortcut.read(body)
        if call is None or not _meant(call, name) or not shortcut.knows(call):
            return await self._app(scope, _again(taken, receive), send)
        await _answer(send, shortcut.answer(call))

    def _plain(self, scope: Scope) -> bytes | None:
        """The tool that plain headers name; None if they are not plain."""
        given: dict[bytes, bytes] = dict(scope["headers"])
        if scope["method"] != "POST" or len(given) != len(scope["headers"]):
            return None
        tool, length = given.pop(b"mcp-name", None), given.pop(b"content-length", b"")
        if given.pop(b"host", b"") not in self._names or not length.isdigit() or int(length) > LARGEST:
            return None
        if any(given.pop(key, None) != value for key, value in MUST.items()) or not given.keys() <= FREE:
            return None
        return tool


def _meant(call: PlainCall, name: bytes) -> bool:
    """Whether header and body name the same tool."""
    return call.params.name.encode(errors="replace") == name


async def _read(receive: Receive) -> tuple[list[Message], bytes]:
    """The messages of a request, and its body; not longer than its Content-Length says, which the server sees to."""
    taken = [await receive()]
    while taken[-1].get("more_body"):
        taken.append(await receive())
    return taken, b"".join(message.get("body", b"") for message in taken)


def _again(taken: list[Message], receive: Receive) -> Receive:
    """What has been read, then what comes."""
    left = iter(taken)

    async def next_message() -> Any:
        return next(left, None) or await receive()

    return next_message


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode()), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
