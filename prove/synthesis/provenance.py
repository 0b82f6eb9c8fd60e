"""Where the arguments of a conversation come from (paper section 3.2: sensitive parameters must be traceable).

    a value is traced  <=  the system message or a user turn says it, before the call
                       <=  the result of an earlier call shows it, and that call did not bring it along itself
                       <=  it is put together of traced parts: a date and a time, the names of a path

A sensitive value (PIN, token, code) must be there letter by letter. Any other value may be said as people say it:
"tomorrow", "18 August", "half past six", "two hundred", "1,200.50", "not received" for not_received.
**Ours:** the paper traces sensitive parameters; we trace all and count the others. There is nothing to trace in null,
true, false and "". Calls of one message do not know each other's results. Sensitive words are conf's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prove.synthesis.said import said, said_exactly
from prove.synthesis.spoken_numbers import letters
from prove.types import ToolCall, ToolResult


class Wave(Protocol):
    """Calls made in one assistant message, with what came back."""

    @property
    def calls(self) -> Sequence[ToolCall]: ...

    @property
    def results(self) -> Sequence[ToolResult]: ...


@dataclass(frozen=True)
class Problem:
    """A value out of nowhere. `call` counts the calls of the conversation from 0; `parameter` is a path: items.name."""

    turn: int
    call: int
    tool: str
    parameter: str
    value: Any
    sensitive: bool

    def __str__(self) -> str:
        where = "said or shown in these letters" if self.sensitive else "said or shown"
        return f"turn {self.turn}, {self.tool}: {self.parameter} {self.value!r} was never {where}"


def untraced(
    turns: Sequence[tuple[str, Sequence[Wave]]], sensitive: Sequence[str], today: str = "", system: str = ""
) -> tuple[Problem, ...]:
    """The values of all executed calls that come from nowhere, in order.

    `turns`: (user text, waves) each; `sensitive`: as in `is_sensitive`; `system`: the system message; `today`: the
    world's clock, "2026-03-14T09:30" or its date; without it relative dates say nothing.
    """
    heard = _Heard(today, [system] if system else [])
    problems: list[Problem] = []
    number = 0
    for turn, (user, waves) in enumerate(turns):
        heard.said.append(user)
        for wave in waves:
            for call in wave.calls:
                problems += _problems(heard, call, sensitive, turn, number)
                number += 1
            heard.shown += [_Shown.of(call, result) for call, result in zip(wave.calls, wave.results, strict=True)]
    return tuple(problems)


def is_sensitive(parameter: str, sensitive: Sequence[str]) -> bool:
    """Whether the words of a parameter's name hold one of these: "token" is in payment_token and paymentToken, not in
    max_tokens; "card number" is in cardNumber."""
    name = f" {_spaced(parameter)} "
    return any(f" {_spaced(words)} " in name for words in sensitive)


@dataclass(frozen=True)
class _Shown:
    """The result of a call as text, one value a line, and the values that the call brought along."""

    text: str
    brought: frozenset[str]

    @staticmethod
    def of(call: ToolCall, result: ToolResult) -> _Shown:
        brought = [part for _, value in _leaves(call.arguments) for part in (letters(value), *_parts(value))]
        return _Shown(_lines(result.output), frozenset(brought))


@dataclass
class _Heard:
    """All that was said and shown up to a moment."""

    today: str
    said: list[str]
    shown: list[_Shown] = field(default_factory=list)

    def exactly(self, value: Any) -> bool:
        texts = self.said + self._showing(value)
        return any(said_exactly(value, text) for text in texts)

    def somehow(self, value: Any) -> bool:
        parts = _parts(value)
        return self._whole(value) or (len(parts) > 1 and all(self._whole(part) for part in parts))

    def _whole(self, value: Any) -> bool:
        """A result does not say "tomorrow": today's date is for people."""
        if any(said(value, text, self.today) for text in self.said):
            return True
        return any(said(value, text) for text in self._showing(value))

    def _showing(self, value: Any) -> list[str]:
        written = letters(value)
        return [shown.text for shown in self.shown if written not in shown.brought]


def _problems(heard: _Heard, call: ToolCall, sensitive: Sequence[str], turn: int, number: int) -> Iterator[Problem]:
    for path, value in _leaves(call.arguments):
        secret = any(is_sensitive(name, sensitive) for name in path)
        if not (heard.exactly(value) if secret else heard.somehow(value)):
            yield Problem(turn, number, call.name, ".".join(path), value, secret)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The strings and numbers in an argument with their names; an item of a list has the name of the list."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, path)
    elif value is not None and value != "" and not isinstance(value, bool):
        yield path, value


def _parts(value: Any) -> list[str]:
    """What a value may be put together of: 2026-03-14T09:30 of a date and a time, /team/Plan.txt of names."""
    if not isinstance(value, str):
        return []
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", value):
        return value.split("T")
    return [part for part in value.split("/") if part not in ("", ".", "..")] if "/" in value else []


def _lines(output: str) -> str:
    """A result's names and values, one a line: JSON's own escapes and quotes would hide letters. Other text stays."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return output
    return "\n".join(" ".join([*path, letters(leaf)]) for path, leaf in _leaves(value))


def _spaced(name: str) -> str:
    """Words of a name: paymentToken, payment_token and "payment token" are the same."""
    return " ".join(re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z\d])(?=[A-Z])", " ", name).lower()))
