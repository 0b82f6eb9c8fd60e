"""A cache as the worlds of a server: what servers.host asks of a folder of tools, answered from recorded responses.

session   a world of the cache; nothing changes it: diff is empty, the hash is that of cache and world
call      hit  -> the response, letter by letter as it was recorded, errors as errors
          miss -> {"error": "nothing was recorded …", "nearest": [{argument: value to take, null to leave out}]}
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from servers.recorded.cache import Cache, RecordedTool
from servers.recorded.key import key_of, normalised
from servers.recorded.nearest import nearest
from servers.state import ToolError
from servers.tool import TEXT, Outcome, refusal

HINT_CHARS = 800
"""Of the nearest calls in an error; the first is always named, long texts in it cut to LONGEST."""
LONGEST = 80


class RecordedWorld:
    """A session's view of one world, recorded or not. Immutable, so a fork is the same."""

    def __init__(self, cache: Cache, number: int):
        self.number = number
        self.recorded = number in cache.worlds
        self._digest = cache.digest

    def fork(self) -> RecordedWorld:
        return self

    def diff(self) -> dict[str, Any]:
        return {}

    def hash(self) -> str:
        return hashlib.sha256(f"{self._digest}:{self.number}".encode()).hexdigest()[:32]


class RecordedServer:
    """The tools and worlds of one cache. Raises ValueError for a file that is none."""

    def __init__(self, file: Path):
        self.cache = Cache(file)
        self.tools: Mapping[str, RecordedTool] = self.cache.tools
        self.digest = self.cache.digest
        self.about = f"Recorded responses of {self.cache.about['name']}: {_counted(self.cache.worlds)}."
        if source := self.cache.about.get("source"):
            self.about += f" Source: {source}."
        self.first_seed = self.cache.worlds[0]

    def open(self, seed: int) -> RecordedWorld:
        """A world that was not recorded opens too: each call in it is then a miss that says so."""
        return RecordedWorld(self.cache, self.cache.world_of(seed))

    def call(self, tool: RecordedTool, world: RecordedWorld, arguments: Any) -> Outcome:
        try:
            given = _checked(tool, arguments)
            key = key_of(given)
        except ToolError as error:
            return refusal(str(error))
        if not world.recorded:
            return refusal(f"nothing was recorded of world {world.number}; there {_counted(self.cache.worlds, True)}")
        found = self.cache.find(tool.name, world.number, key)
        return self._missed(tool, world, given) if found is None else _told(*found)

    def _missed(self, tool: RecordedTool, world: RecordedWorld, given: dict[str, Any]) -> Outcome:
        near = _short(nearest(self.cache, tool.name, world.number, given))
        if not near:
            return refusal(f"nothing was recorded for {tool.name} in this world")
        said = f"nothing was recorded for these arguments of {tool.name}; it was with these changes, null to leave out"
        return Outcome(TEXT.encode({"error": said, "nearest": near}).decode(), False)


def _checked(tool: RecordedTool, arguments: Any) -> dict[str, Any]:
    if type(arguments) is not dict:
        raise ToolError(f"arguments of {tool.name} must be an object")
    given = normalised(arguments)
    if problem := tool.arguments.problem(tool.name, given):
        raise ToolError(problem)
    return given


def _told(response: str, is_error: bool) -> Outcome:
    """As the live server said it: a response that is a JSON text was plain text there."""
    if is_error:
        return Outcome(response, False)
    if response.startswith('"'):
        return Outcome(msgspec.json.decode(response, type=str), True, structured=False)
    return Outcome(response, True, structured=response.startswith("{"))  # older clients know no other


def _short(near: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many as the hint has room for."""
    kept, room = [], HINT_CHARS
    for each in near:
        room -= len(TEXT.encode(each))
        if room < 0:
            break
        kept.append(each)
    return kept or [{name: _cut(value) for name, value in each.items()} for each in near[:1]]


def _cut(value: Any) -> Any:
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value


def _counted(worlds: tuple[int, ...], as_clause: bool = False) -> str:
    """`1 world`, `40 worlds from 1000000 to 1000039`."""
    text = "1 world" if len(worlds) == 1 else f"{len(worlds)} worlds from {worlds[0]} to {worlds[-1]}"
    return f"{'is' if len(worlds) == 1 else 'are'} {text}" if as_clause else text
