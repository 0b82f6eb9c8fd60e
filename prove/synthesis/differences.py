"""How two answers to the same call differ, less what always moves.

    {"left": 5, "at": "…T09:59"}    {"left": 4, "at": "…T10:01"}       {"left"}: a few minutes are no change
    {"order_id": "FOD-71305"}       {"order_id": "FOD-71306"}          {}: a new number for a new thing
    {"rows": [1, 2]}                {"rows": [2, 1]}                   {}: another order alone is no change
    refused                         {"left": 5}                        {"<refused>"}: success is another

A difference is a path: `left`, `rows[]`, `rows[].name`. Answers that are no JSON, or nested more deeply than an honest
one, are compared as text. **Ours**: the paper (3.2) leaves this judgement to an LLM.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from prove.synthesis.harvest import words_of
from prove.synthesis.propose import is_identifier
from prove.types import ToolResult

REFUSED = "<refused>"
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
DRIFT = timedelta(minutes=5)
"""Our worlds' clocks move one minute per write: a change of time up to this far is no change."""
DEEPEST = 40
"""Lists and objects inside each other; more of them is a trap for whoever walks through them."""


def differs(before: ToolResult, after: ToolResult, moving: frozenset[str] = frozenset()) -> bool:
    """Whether success or answer is another, apart from time, new numbers and the `moving` fields of the tool."""
    return bool(differences(before, after) - moving)


def differences(before: ToolResult, after: ToolResult) -> frozenset[str]:
    """Paths at which two answers differ, "<refused>" if one is refused; none if both are: only success counts then."""
    if before.ok != after.ok:
        return frozenset({REFUSED})
    if not before.ok:
        return frozenset()
    return frozenset(_differences(read(before.output), read(after.output), ""))


def read(output: str) -> Any:
    """The JSON value of an answer, or its text."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return output
    return output if _deep(value) else value


def shape(text: str) -> str:
    """PAY-55120 -> PAY-#"""
    return re.sub(r"\d+", "#", text)


def _deep(value: Any, left: int = DEEPEST) -> bool:
    """Whether an answer is nested more deeply than an honest one."""
    if not isinstance(value, (dict, list)):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_deep(each, left - 1) for each in inside)


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{path}[]"
        else:
            for first, second in _unmatched(one, other, f"{path}[]"):
                yield from _differences(first, second, f"{path}[]")
    elif one != other and not _as_good_as(one, other, path):
        yield path


def _unmatched(one: list[Any], other: list[Any], path: str) -> list[tuple[Any, Any]]:
    """Items that have no equal in the other list, in pairs: another order alone is no change."""
    rest, left = list(other), []
    for item in one:
        same = next((k for k, each in enumerate(rest) if next(_differences(item, each, path), None) is None), None)
        if same is None:
            left.append(item)
        else:
            rest.pop(same)
    return list(zip(left, rest, strict=True))


def _as_good_as(one: Any, other: Any, path: str) -> bool:
    """Times a few minutes apart; numbers given to what the call itself made: ids outside of lists, of one shape."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    if TIME.search(one) and TIME.sub("<time>", one) == TIME.sub("<time>", other):
        pairs = zip(TIME.finditer(one), TIME.finditer(other), strict=True)
        return all(_near(first[0], second[0]) for first, second in pairs)
    is_new = "[]" not in path and is_identifier(words_of(path.rpartition(".")[2]))
    return is_new and shape(one) == shape(other) != one


def _near(one: str, other: str) -> bool:
    try:
        return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= DRIFT
    except ValueError:
        return False
