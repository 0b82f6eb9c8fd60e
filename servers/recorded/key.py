"""How a call is named in a cache: canonical JSON of its normalised arguments, and nothing is guessed.

    {"adults": 2.0, "dest_id": "-2601889", "sort": null}   ->   {"adults":2,"dest_id":"-2601889"}

Sorted keys, no spaces, text as it is (no \\u escapes), 1.0 as 1, arguments that are null left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from servers.state import ToolError
from servers.tool import MAX_ARGUMENT_CHARS

DEEPEST = 8
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def normalised(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by which a call is known. Raises ToolError for what no schema of ours lets through."""
    return {name: _plain(value, 1) for name, value in arguments.items() if value is not None}


def key_of(given: Mapping[str, Any]) -> str:
    """The key of normalised arguments. Raises ToolError for what is no JSON or too long."""
    key = canonical(given)
    if not key.isascii():
        _check_unicode(key)
    if len(key) > MAX_ARGUMENT_CHARS:
        raise ToolError(f"arguments are too long: {len(key)} characters, at most {MAX_ARGUMENT_CHARS}")
    return key


def canonical(value: Any) -> str:
    """Canonical JSON of a normalised value. Raises ToolError for a number that is not finite."""
    try:
        return _encode(value)
    except ValueError:
        raise ToolError("a number in the arguments is not finite") from None


def _plain(value: Any, depth: int) -> Any:
    """The value with whole numbers as integers."""
    if depth > DEEPEST:
        raise ToolError(f"arguments are nested too deeply: at most {DEEPEST} levels")
    if type(value) is float:
        return int(value) if value.is_integer() else value
    if type(value) is dict:
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    if type(value) is list:
        return [_plain(item, depth + 1) for item in value]
    return value


def _check_unicode(text: str) -> None:
    """JSON can spell half a surrogate pair, which is no text and cannot be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ToolError("arguments hold half a surrogate pair, which is not Unicode text") from None
