"""A cache of recorded responses as the sampler sees it: entries by tool, and parameter -> value -> entries.

    about(key, value)   tools(name, tool)   responses(tool, world, key, arguments, response, error)
    parameters(tool, parameter, value, world, key)      one line per top-level argument of a response without error

An entry is one recorded call: (tool, world, key), key = canonical JSON of its arguments. Nothing is loaded as a whole:
SQLite answers every question from its indexes, and what was parsed last is kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from prove.synthesis.templates.paths import Found, find, shows
from prove.synthesis.templates.speech import unsaid

TABLES = {
    "about": {"key", "value"},
    "tools": {"name", "tool"},
    "responses": {"tool", "world", "key", "arguments", "response", "error"},
    "parameters": {"tool", "parameter", "value", "world", "key"},
}
FORMAT = "1"
PARSED, READ, LISTED = 2_000, 200_000, 50_000
"""How many responses, values at paths and sets of keys are remembered."""


class Entry(NamedTuple):
    """One recorded call; a name for its three parts."""

    tool: str
    world: int
    key: str


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a call. `text` is what the server sends of the response."""

    arguments: dict[str, Any]
    response: Any
    text: str

    @cached_property
    def unsaid(self) -> tuple[tuple[str, Any], ...]:
        """The values inside the arguments that no user says, each under its parameter."""
        return tuple(unsaid(self.arguments))

    @property
    def failed(self) -> bool:
        """A response that says of itself that it is none, as the graduated reward has it."""
        response = self.response
        return response == {} or (
            isinstance(response, Mapping) and ("error" in response or response.get("status") is False)
        )


class Cache:
    """One cache file, read only. ValueError: it is none, or is damaged."""

    def __init__(self, path: Path):
        self.path = path
        self._db = _opened(path)
        about = dict(self._db.execute("SELECT key, value FROM about"))
        if about.get("format") != FORMAT:
            raise ValueError(f"{path} has format {about.get('format')!r}, not {FORMAT!r}")
        self.name = str(about.get("name", path.stem))
        self.digest = str(about.get("digest", ""))
        self.tools = {
            name: _tool(path, name, text) for name, text in self._db.execute("SELECT * FROM tools ORDER BY 1")
        }
        self.worlds = tuple(world for (world,) in self._db.execute("SELECT DISTINCT world FROM responses ORDER BY 1"))
        self.lookups = 0
        self.keys = lru_cache(maxsize=LISTED)(self._keys)
        self.having = lru_cache(maxsize=LISTED)(self._having)
        self.recorded = lru_cache(maxsize=PARSED)(self._recorded)
        self.values = lru_cache(maxsize=READ)(self._values)
        self.drawn = lru_cache(maxsize=LISTED)(self._drawn)

    def schema(self, tool: str, parameter: str) -> Mapping[str, Any]:
        """The JSON schema of a parameter; {} if it has none."""
        return ((self.tools[tool].get("inputSchema") or {}).get("properties") or {}).get(parameter) or {}

    def has(self, entry: Entry) -> bool:
        """Whether a call is answered without an error."""
        self.lookups += 1
        sql = "SELECT 1 FROM responses WHERE tool = ? AND world = ? AND key = ? AND error = 0"
        return self._db.execute(sql, entry).fetchone() is not None

    def _keys(self, tool: str, world: int) -> tuple[str, ...]:
        """Keys of the entries of a tool, in order."""
        self.lookups += 1
        sql = "SELECT key FROM responses WHERE tool = ? AND world = ? AND error = 0 ORDER BY key"
        return tuple(key for (key,) in self._db.execute(sql, (tool, world)))

    def _having(self, tool: str, world: int, parameter: str, value: str) -> frozenset[str]:
        """Keys of the entries whose parameter has this value, as canonical JSON."""
        self.lookups += 1
        sql = "SELECT key FROM parameters WHERE tool = ? AND parameter = ? AND value = ? AND world = ?"
        return frozenset(key for (key,) in self._db.execute(sql, (tool, parameter, value, world)))

    def _drawn(self, tool: str, world: int, parameter: str) -> tuple[str, ...]:
        """The different values that a parameter was recorded with, as canonical JSON."""
        sql = "SELECT DISTINCT value FROM parameters WHERE tool = ? AND parameter = ? AND world = ? ORDER BY 1"
        return tuple(value for (value,) in self._db.execute(sql, (tool, parameter, world)))

    def _recorded(self, entry: Entry) -> Recorded:
        sql = "SELECT arguments, response FROM responses WHERE tool = ? AND world = ? AND key = ?"
        row = self._db.execute(sql, entry).fetchone()
        if row is None:
            raise ValueError(f"{self.path}: {entry.tool} is indexed with {entry.key[:80]}, but has no such response")
        try:
            arguments, response = json.loads(row[0]), json.loads(row[1])
        except (ValueError, RecursionError) as error:
            raise ValueError(
                f"{self.path}: the response to {entry.tool} {entry.key[:80]} is damaged: {error}"
            ) from None
        return Recorded(arguments, response, response if isinstance(response, str) else compact(response))

    def _values(self, entry: Entry, path: str, any_item: bool, chars: int | None = None) -> tuple[Found, ...]:
        """What a path leads to in the response of an entry, and can be seen in its first so many characters."""
        recorded = self.recorded(entry)
        found = find(recorded.response, path, any_item)
        if chars is None or len(recorded.text) <= chars:
            return found
        text = recorded.text[:chars]
        return tuple(one for one in found if shows(text, path, one.value))


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, 1.0 as 1. Arguments that are null are not in it: drop them before."""
    return json.dumps(_normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def compact(value: Any) -> str:
    """A response as a server sends it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def spellings(value: Any, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """A value as it may stand in the index: as it is, or as the type that the parameter wants.

    Answers have numbers where parameters want texts ("43.66" of 43.66), and the other way round.
    """
    kinds = schema.get("type")
    wanted = {kinds} if isinstance(kinds, str) else set(kinds or ())
    if isinstance(value, str) and wanted & {"number", "integer"} and (number := _number(value)) is not None:
        return canonical(value), canonical(number)
    if isinstance(value, int | float) and "string" in wanted:
        return canonical(value), canonical(canonical(value))
    return (canonical(value),)


def _number(text: str) -> int | float | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _normal(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {name: _normal(part) for name, part in value.items()}
    return [_normal(part) for part in value] if isinstance(value, list) else value


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise ValueError(f"there is no cache {path}; synthesis=import and synthesis=record write one")
    try:
        db = sqlite3.connect(f"file:{path.absolute()}?mode=ro&immutable=1", uri=True)
        for table, wanted in TABLES.items():
            there = {column for _, column, *_ in db.execute(f"PRAGMA table_info({table})")}
            if missing := sorted(wanted - there):
                raise ValueError(f"{path} is no cache: its table {table} lacks {', '.join(missing)}")
        return db
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{path} is no cache that can be read: {error}") from None


def _tool(path: Path, name: str, text: str) -> dict[str, Any]:
    try:
        tool = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: the schema of {name} is no JSON: {error}") from None
    if not isinstance(tool, dict) or tool.get("name") != name:
        raise ValueError(f"{path}: the schema of {name} is not that of a tool with this name")
    return tool
