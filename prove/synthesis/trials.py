"""An ask, tried on a live session: its lookups, the act, and what the answer shows that the tool was not given.

ask       pay_payee(payee_id = Reference(path = [find_payee(name = "Mira")]), amount = 20)
play      find_payee(name = "Mira") -> payee_id      pay_payee(payee_id = "PAY-55120", amount = 20) -> result
shown     payment_id = "TRX-1", status = "done"      not amount = 20, which only repeats what was given
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prove.synthesis.differences import read
from prove.synthesis.harvest import words_of
from prove.synthesis.live import LiveSession
from prove.synthesis.propose import is_identifier
from prove.synthesis.sampler import Ask, is_reference
from prove.types import ToolCall, ToolResult


@dataclass(frozen=True)
class Played:
    """An ask that was lived through: the calls that the server took, the last one being the act, and its result."""

    calls: tuple[ToolCall, ...]
    result: ToolResult


@dataclass(frozen=True)
class Shown:
    """A value in an answer that was not given to the tool, and the row it stands in."""

    path: str
    value: Any
    row: Mapping[str, Any]


def play(session: LiveSession, ask: Ask) -> Played | None:
    """Makes the calls of an ask; None if a lookup is refused. Ids that are known are not looked up."""
    calls: list[ToolCall] = []
    arguments = dict(ask.arguments)
    for name, value in ask.arguments.items():
        if is_reference(value):
            arguments[name] = value.id if value.id is not None else _looked_up(session, value, calls)
            if arguments[name] is None:
                return None
    act = ToolCall(ask.tool, arguments)
    return Played((*calls, act), session.call(act.name, act.arguments))


def _looked_up(session: LiveSession, reference: Any, calls: list[ToolCall]) -> Any:
    """What the last lookup made, such as a token."""
    result = None
    for lookup in reference.path:
        result = session.call(lookup.tool, lookup.arguments)
        calls.append(ToolCall(lookup.tool, lookup.arguments))
    fields = read(result.output) if result and result.ok else None
    return fields.get(reference.field) if isinstance(fields, dict) else None


def shown(played: Played) -> tuple[Shown, ...]:
    """Texts and numbers of the answer that no argument of its calls had."""
    given = {str(value).casefold() for call in played.calls for _, value, _ in _leaves(call.arguments, "", {})}
    return tuple(_show(played.result.output, given))


def _show(output: str, given: set[str]) -> Iterator[Shown]:
    for path, value, row in _leaves(read(output), "", {}):
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
            continue
        if str(value).casefold() not in given:
            yield Shown(path, value, row)


def _leaves(value: Any, path: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key, value)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{path}[]", row)
    else:
        yield path, value, row


def spoken(ask: Ask, played: Played) -> dict[str, Any]:
    """What a call was given, has made or dealt with, by name: its texts, and the ids of its answer and its rows."""
    arguments = played.calls[-1].arguments
    rows = [value.row for value in ask.arguments.values() if is_reference(value)]
    made = [read(played.result.output)]
    said: dict[str, Any] = {}
    for part in [arguments, *(row for row in [*made, *rows] if isinstance(row, dict))]:
        for name, value in part.items():
            is_id = is_identifier(words_of(name)) and isinstance(value, (str, int)) and value != ""
            if is_id or (part is arguments and isinstance(value, str)):
                said.setdefault(name, value)
    return said


def over(ask: Ask, arguments: Mapping[str, Any]) -> Ask:
    """The ask with these arguments in place of its own, or beside them."""
    return replace(ask, arguments={**ask.arguments, **arguments})


def plain(value: Any) -> Any:
    """An argument as the server gets it, as far as that is known."""
    return value.id if is_reference(value) else value


def key(ask: Ask) -> str:
    """The same for asks that make the same call."""
    arguments = {name: plain(value) for name, value in ask.arguments.items()}
    return ask.tool + json.dumps(arguments, sort_keys=True, default=str)
