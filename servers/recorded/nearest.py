"""Which recorded calls are nearest to one that was not recorded, as the changes that lead to them.

    Search_Hotels(dest_id="-1", adults=2, sort="price")   was not recorded
    {"dest_id": "-2", "adults": 2}                        was: change dest_id to "-2", leave sort out

    candidates   calls that share an argument's value, also with other case; neighbours of a value in the index's order
    order        fewest changes first, then the most alike
    likeness     mean over the given arguments: 1 if equal, less for similar texts and close numbers, else 0;
                 an argument that was not given counts as a quarter of one that is wrong

Every look-up is by index and bounded, so the cost does not grow with the cache. Only calls without error are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

import msgspec

from servers.recorded.cache import Cache
from servers.recorded.key import canonical

MOST = 3
SHARING = 24
"""Calls looked at per value that they share."""
AROUND = 8
"""Calls looked at on either side of a value, before those of other worlds are left out."""
COMPARED = 64
"""Characters of a text that are compared."""
NOT_EQUAL = 0.9
"""What two different values count at most."""
TO_ADD = 0.25
SAME = """SELECT key FROM parameters WHERE tool = ? AND parameter = ? AND value = ? AND world = ?
 ORDER BY key LIMIT ?"""
AFTER = """SELECT key FROM (SELECT key, world FROM parameters WHERE tool = ? AND parameter = ? AND value > ?
 ORDER BY value, world, key LIMIT ?) WHERE world = ?"""
BEFORE = """SELECT key FROM (SELECT key, world FROM parameters WHERE tool = ? AND parameter = ? AND value < ?
 ORDER BY value DESC, world DESC, key DESC LIMIT ?) WHERE world = ?"""
FIRST = "SELECT key FROM responses WHERE tool = ? AND world = ? AND error = 0 ORDER BY key LIMIT ?"


def nearest(cache: Cache, tool: str, world: int, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For up to three recorded calls, nearest first: argument -> recorded value, null for one to leave out."""
    near = []
    for key in set(_candidates(cache, tool, world, given)):
        recorded = msgspec.json.decode(key)
        near.append((changes(given, recorded), key, recorded))
    if len(near) > MOST:  # likeness is the slow part: only of those that may be named
        most = sorted(len(change) for change, _, _ in near)[MOST - 1]
        near = [one for one in near if len(one[0]) <= most]
    alike = Likeness(given)
    near.sort(key=lambda one: (len(one[0]), -alike.to(one[2]), one[1]))
    return [change for change, _, _ in near[:MOST]]


def changes(given: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """What makes the first arguments the second."""
    left_out = {name: None for name in given if name not in recorded}
    return {name: value for name, value in recorded.items() if not _same(given.get(name), value)} | left_out


def _candidates(cache: Cache, tool: str, world: int, given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        text = canonical(value)
        for spelling in _spellings(value, text):
            yield from _keys(cache, SAME, tool, name, spelling, world, SHARING)
        yield from _keys(cache, AFTER, tool, name, text, AROUND, world)
        yield from _keys(cache, BEFORE, tool, name, text, AROUND, world)
    yield from _keys(cache, FIRST, tool, world, AROUND)


def _keys(cache: Cache, query: str, *values: Any) -> Iterator[str]:
    return (key for (key,) in cache.rows(query, *values))


def _spellings(value: Any, text: str) -> dict[str, None]:
    """The value, and for a text the same as people also write it; in a fixed order."""
    if not isinstance(value, str):
        return {text: None, canonical(text): None}  # 2 was given, "2" was recorded
    plain = value.strip()
    others = [canonical(each) for each in (plain, plain.lower(), plain.upper(), plain.title(), plain.capitalize())]
    return dict.fromkeys([text, *others])


class Likeness:
    """How alike recorded arguments are to the given ones, from 0 to 1."""

    def __init__(self, given: Mapping[str, Any]):
        self._given = given
        self._known: dict[tuple[str, str], float] = {}
        self._matchers: dict[str, SequenceMatcher[str]] = {}

    def to(self, recorded: Mapping[str, Any]) -> float:
        shared = sorted(self._given.keys() & recorded.keys())
        weight = len(self._given) + TO_ADD * (len(recorded) - len(shared))
        return sum(self._of(name, recorded[name]) for name in shared) / weight if weight else 1.0

    def _of(self, name: str, value: Any) -> float:
        mine = self._given[name]
        if _same(mine, value):
            return 1.0
        if isinstance(mine, str) and isinstance(value, str):
            return NOT_EQUAL * self._texts(name, value[:COMPARED].casefold())
        if _is_number(mine) and _is_number(value):
            return NOT_EQUAL * _closeness(mine, value)
        return 0.0

    def _texts(self, name: str, other: str) -> float:
        if name not in self._matchers:  # it prepares its second text once
            mine = self._given[name][:COMPARED].casefold()
            self._matchers[name] = SequenceMatcher(None, b=mine, autojunk=False)
        if (name, other) not in self._known:
            self._matchers[name].set_seq1(other)
            self._known[name, other] = self._matchers[name].ratio()
        return self._known[name, other]


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _closeness(one: float, other: float) -> float:
    """1 for equal numbers, 0 for those of different sign."""
    try:
        return 1 - min(1.0, abs(one - other) / (abs(one) + abs(other)))
    except OverflowError:  # a whole number beyond every float
        return 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
