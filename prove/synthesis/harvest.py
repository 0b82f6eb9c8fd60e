"""What the results of an unknown server show: values, by the words that name them.

    list_notes -> {"notes": [{"note_id": "N-1", "title": "Roof repair"}]}
    ("note", "id"): "N-1"      ("note", "title"): "Roof repair"      each with the row it stands in

A result that is no JSON is read line by line, as `key: value`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
LINE = re.compile(r"^\W*(\w[\w ]{0,30}?)\s*[:=]\s*(\S.*?)\s*$", re.MULTILINE)
LONGEST = 120
"""Characters of a value that a user might repeat."""


@dataclass(frozen=True)
class Seen:
    """A value, the words that name it, the row it stands in, and the call that showed it."""

    words: tuple[str, ...]
    value: Any
    row: Mapping[str, Any]
    tool: str
    arguments: Mapping[str, Any]


def split(name: str) -> tuple[str, ...]:
    """`entityNames` and `entity-names` -> ("entity", "names")."""
    return tuple(word.lower() for word in WORD.findall(name))


def words_of(name: str) -> tuple[str, ...]:
    """The same in the singular, as names are compared."""
    return tuple(singular(word) for word in split(name))


def singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def shown(tool: str, arguments: Mapping[str, Any], output: str) -> Iterator[Seen]:
    """Every value in a result that a user might repeat."""
    noun = words_of(tool)[1:]
    for words, value, row in _walk(_read(output), noun, {}):
        if isinstance(value, str) and not 0 < len(value) <= LONGEST:
            continue
        yield Seen(words, value, row, tool, arguments)


def _read(output: str) -> Any:
    try:
        return json.loads(output)
    except ValueError:
        return {"_".join(split(key)): value for key, value in LINE.findall(output)}


def _walk(value: Any, name: tuple[str, ...], row: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, _below(name, words_of(key), inner), value)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, name, row)
    elif value is not None:
        yield name, value, row


def _below(name: tuple[str, ...], key: tuple[str, ...], inner: Any) -> tuple[str, ...]:
    """A list of things names its own rows; a plain value is named after its row: entity, name."""
    if isinstance(inner, dict) or (isinstance(inner, list) and inner and isinstance(inner[0], dict)):
        return key
    return key if key[: len(name)] == name else name + key
