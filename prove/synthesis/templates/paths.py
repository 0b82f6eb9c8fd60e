"""Field paths: where in an earlier response a value is read.

    [0].coordinates.latitude    search_results[2].vehicle_id    payees[].payee_id    token

`[]` is any item of a list. So is `[2]` where any item may stand for it; two paths of a trace that begin alike up to an
index mean the same item, two that differ there mean different ones. A path begins at the response, or, where that has
no such field, at the `data` of its envelope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

PART = re.compile(r"\[(\d*)\]|([^.\[\]]+)")
WHOLE = re.compile(r"(?:\[\d*\]|[^.\[\]]+)(?:\.[^.\[\]]+|\[\d*\])*")
ENVELOPE = "data"

Items = dict[str, int]
"""The beginning of a path up to and with an index, as the template has it -> the item that is meant."""


@dataclass(frozen=True)
class Found:
    """A value at a path, and which items of which lists lead to it."""

    value: Any
    items: tuple[tuple[str, int], ...]


@cache
def parts_of(path: str) -> tuple[str | int | None, ...]:
    """Names, indices and None for any item. ValueError: this is no path."""
    if not WHOLE.fullmatch(path):
        raise ValueError(f"{path!r} is no field path such as [0].id or results[2].vehicle_id")
    return tuple(name or (int(index) if index else None) for index, name in PART.findall(path))


def find(response: Any, path: str, any_item: bool) -> tuple[Found, ...]:
    """Every text or number that a path leads to. `any_item`: an index stands for any item of its list."""
    found = tuple(_walk(response, parts_of(path), "", (), any_item))
    if not found and isinstance(response, Mapping) and ENVELOPE in response:
        found = tuple(_walk(response[ENVELOPE], parts_of(path), "", (), any_item))
    return tuple(one for one in found if is_value(one.value))


def is_value(value: Any) -> bool:
    """What may be an argument that another answer gave: a text or a number."""
    return isinstance(value, str) and value != "" or isinstance(value, int | float) and not isinstance(value, bool)


def _walk(
    value: Any, parts: tuple[str | int | None, ...], prefix: str, items: tuple[tuple[str, int], ...], any_item: bool
) -> Iterator[Found]:
    if not parts:
        yield Found(value, items)
        return
    part, rest = parts[0], parts[1:]
    if isinstance(part, str):
        if isinstance(value, Mapping) and part in value:
            yield from _walk(value[part], rest, f"{prefix}.{part}", items, any_item)
    elif isinstance(value, list):
        here = f"{prefix}[{'' if part is None else part}]"
        wanted = range(len(value)) if any_item or part is None else [part] if part < len(value) else []
        for index in wanted:
            yield from _walk(value[index], rest, here, (*items, (here, index)), any_item)


def located(response: Any, value: Any) -> Found | None:
    """The first place of a value in a response; its `value` is the path, with the indices of this place."""
    return next(_places(response, value, "", ()), None)


def _places(here: Any, value: Any, path: str, items: tuple[tuple[str, int], ...]) -> Iterator[Found]:
    if isinstance(here, Mapping):
        for name, part in here.items():
            yield from _places(part, value, f"{path}.{name}" if path else str(name), items)
    elif isinstance(here, list):
        for index, part in enumerate(here):
            yield from _places(part, value, f"{path}[{index}]", (*items, (f"{path}[{index}]", index)))
    elif is_value(here) and here == value:
        yield Found(path, items)


def agree(known: Mapping[str, int], items: tuple[tuple[str, int], ...]) -> bool:
    """Whether items fit those that are bound already: the same beginning means the same item, another one another."""
    for prefix, index in items:
        if prefix in known:
            if known[prefix] != index:
                return False
        elif any(index == taken and _siblings(prefix, other) for other, taken in known.items()):
            return False
    return True


def _siblings(one: str, other: str) -> bool:
    """Whether two beginnings differ in their last index alone: results[0] and results[2]."""
    return one != other and one.rpartition("[")[0] == other.rpartition("[")[0]


def leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every text and number of a response with its path; items of lists are `[]`."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if PART.fullmatch(str(name)):
                yield from leaves(part, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, f"{prefix}[]")
    elif is_value(value):
        yield prefix, value


def inside(path: str) -> str:
    """A path from the `data` of the envelope on, if it begins there: `find` looks there by itself."""
    if path.startswith((f"{ENVELOPE}.", f"{ENVELOPE}[")):
        return path.removeprefix(ENVELOPE).removeprefix(".")
    return path


def generalised(path: str) -> str:
    """A path with any item in the place of each index."""
    return re.sub(r"\[\d+\]", "[]", path)


def shows(text: str, path: str, value: Any) -> bool:
    """Whether a text that a policy reads, a response cut at some length, has the value of a path's last field."""
    field = path.rpartition(".")[2]
    written = json.dumps(value, ensure_ascii=False)
    if "[" in field:
        return _stands(text, written)
    return _stands(text, f"{json.dumps(field)}:{written}")


def mentions(text: str, value: Any) -> bool:
    """Whether a value stands anywhere in such a text."""
    return _stands(text, json.dumps(value, ensure_ascii=False))


def _stands(text: str, written: str) -> bool:
    """A number must end where it ends: 4 is not in 42, nor at the end of what was cut off."""
    if written.endswith('"'):
        return written in text
    place = text.find(written)
    while place >= 0:
        if text[place + len(written) : place + len(written) + 1] in (",", "}", "]"):
            return True
        place = text.find(written, place + 1)
    return False
