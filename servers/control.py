"""The one door every transport calls: a tool call or, with control, an operation on a session.

handle(host, "a", "get_account", {"account_id": "ACC-30417"})            what a model may do
handle(host, None, "session.open", {"session": "a", "seed": 7}, True)    what the owner of the episode may do
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from servers.host import Host, Offered, UnknownSession
from servers.tool import TEXT, Outcome, Tool, refusal

logger = logging.getLogger(__name__)


class Which(msgspec.Struct, forbid_unknown_fields=True):
    session: str


class Opening(Which):
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # what a state's hash can hold


class Forking(Which):
    into: str


class Naming(Which):
    name: str


def _diff(host: Host, given: Which) -> Any:
    return host.diff(given.session)


def _hash(host: Host, given: Which) -> Any:
    return {"hash": host.hash(given.session)}


OPERATIONS: dict[str, tuple[type[Which], Callable[[Host, Any], Any]]] = {
    "session.open": (Opening, lambda host, given: host.open(given.session, given.seed)),
    "session.close": (Which, lambda host, given: host.close(given.session)),
    "session.fork": (Forking, lambda host, given: host.fork(given.session, given.into)),
    "session.snapshot": (Naming, lambda host, given: host.snapshot(given.session, given.name)),
    "session.restore": (Naming, lambda host, given: host.restore(given.session, given.name)),
    "session.diff": (Which, _diff),
    "session.hash": (Which, _hash),
}


def knows(host: Host, name: str, control: bool) -> bool:
    """Whether this name can be called here, listed or not."""
    return name in host.tools or (control and name in OPERATIONS)


def handle(host: Host, session: Any, name: str, arguments: Any, control: bool = False) -> Outcome:
    """Answers one call. Never raises: a fault of ours is logged, and the caller reads `internal error`."""
    try:
        if control and name in OPERATIONS:
            return _operate(host, name, arguments)
        if session is not None and type(session) is not str:
            return refusal(f"unknown session {str(session)[:60]}")
        return host.call(session, name, arguments)
    except Exception:
        logger.exception("%s.%s failed", host.name, name)
        return refusal("internal error")


def describe(tool: Offered) -> dict[str, Any]:
    """A tool as MCP lists it. Worlds are closed: nothing a tool does reaches the outside."""
    if not isinstance(tool, Tool):
        return tool.listed  # a recorded one, as it was listed where it was recorded
    return {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": {
            "destructiveHint": tool.hints.destructive,
            "idempotentHint": tool.hints.idempotent,
            "openWorldHint": False,
            "readOnlyHint": tool.hints.read_only,
        },
    }


def _operate(host: Host, name: str, arguments: Any) -> Outcome:
    kind, run = OPERATIONS[name]
    try:
        result = run(host, msgspec.convert(arguments, kind))
    except msgspec.ValidationError as error:
        return refusal(f"invalid arguments for {name}: {error}"[:300])
    except UnknownSession as error:
        return refusal(f"unknown session {str(error.args[0])[:60]}")
    except LookupError as error:
        return refusal(str(error)[:300])
    return Outcome(TEXT.encode(result if result is not None else {"ok": True}).decode(), True)
