"""Plain tool calls of the 2026-07-28 era, answered without the SDK's envelope models (5x). Anything else is not ours.

read(b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{…}}') -> PlainCall -> answer(call) -> the response

Plain: no progress token, no capability, no key that is not below. stdio and HTTP give the SDK what is not.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from mcp_types import INVALID_PARAMS

from servers.control import handle, knows
from servers.facade import SESSION, unknown_tool
from servers.host import Host


class ClientInfo(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    version: str


class NoCapabilities(msgspec.Struct, forbid_unknown_fields=True):
    pass


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    era: Literal["2026-07-28"] = msgspec.field(name="io.modelcontextprotocol/protocolVersion")
    capabilities: NoCapabilities = msgspec.field(name="io.modelcontextprotocol/clientCapabilities")
    info: ClientInfo | None = msgspec.field(name="io.modelcontextprotocol/clientInfo", default=None)
    session: str | None = msgspec.field(name=SESSION, default=None)


class Params(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    meta: Envelope = msgspec.field(name="_meta")
    arguments: dict[str, Any] = {}


class PlainCall(msgspec.Struct, forbid_unknown_fields=True):
    jsonrpc: Literal["2.0"]
    id: int | str
    method: Literal["tools/call"]
    params: Params


class Shortcut:
    """Reads and answers plain calls to one world."""

    def __init__(self, host: Host, control: bool):
        self._host = host
        self._control = control
        self._decode = msgspec.json.Decoder(PlainCall).decode
        self._encode = msgspec.json.Encoder().encode
        stamp = {"io.modelcontextprotocol/serverInfo": {"name": host.name, "version": host.version}}
        self._stamp = msgspec.Raw(msgspec.json.encode(stamp))

    def read(self, message: bytes) -> PlainCall | None:
        """The message as a plain call; None if it is anything else."""
        try:
            return self._decode(message)
        except (msgspec.DecodeError, RecursionError):
            return None

    def knows(self, call: PlainCall) -> bool:
        """Whether there is such a tool."""
        return knows(self._host, call.params.name, self._control)

    def answer(self, call: PlainCall) -> bytes:
        """The response, as the SDK would say it."""
        if not self.knows(call):
            error = {"code": INVALID_PARAMS, "message": unknown_tool(call.params.name)}
            return self._encode({"jsonrpc": "2.0", "id": call.id, "error": error})
        params = call.params
        outcome = handle(self._host, params.meta.session, params.name, params.arguments, self._control)
        result: dict[str, Any] = {"content": [{"text": outcome.text, "type": "text"}], "isError": not outcome.ok}
        result["resultType"] = "complete"
        if outcome.ok and outcome.structured:
            result["structuredContent"] = msgspec.Raw(outcome.text.encode())
        result["_meta"] = self._stamp
        return self._encode({"jsonrpc": "2.0", "id": call.id, "result": result})
