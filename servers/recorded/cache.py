"""One cache file, opened read-only: its tools, its worlds, and what was recorded for a call.

    open    format, tables, schemas, and that every response is of a known tool: milliseconds, whatever the size
    find    one indexed look-up in a file that SQLite maps into memory; nothing is loaded ahead

A file that nobody writes needs no locks (`immutable=1`); every thread has a connection of its own.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from mcp_types import Tool as Listed
from pydantic import ValidationError

from servers.recorded.schema import Schema

FORMAT = "1"
COLUMNS = {
    "about": {"key", "value"},
    "tools": {"name", "tool"},
    "responses": {"tool", "world", "key", "arguments", "response", "error"},
    "parameters": {"tool", "parameter", "value", "world", "key"},
}
MAPPED = 1 << 40
"""Bytes that SQLite may map; it takes as many as it was built for (2 GB by default) and reads the rest."""
FIND = "SELECT response, error FROM responses WHERE tool = ? AND world = ? AND key = ?"
TOOLS = """WITH RECURSIVE found(tool) AS (SELECT min(tool) FROM responses UNION ALL
 SELECT (SELECT min(tool) FROM responses WHERE tool > found.tool) FROM found WHERE found.tool IS NOT NULL)
 SELECT tool FROM found WHERE tool IS NOT NULL"""
WORLDS = """WITH RECURSIVE found(world) AS (SELECT min(world) FROM responses WHERE tool = ?1 UNION ALL
 SELECT (SELECT min(world) FROM responses WHERE tool = ?1 AND world > found.world) FROM found
 WHERE found.world IS NOT NULL) SELECT world FROM found WHERE world IS NOT NULL"""


class Cache:
    """The recorded calls of one server."""

    def __init__(self, file: Path):
        """Raises ValueError, in a sentence, for a file that is no such cache or does not hold together."""
        self.file = Path(file)
        self._local = threading.local()
        try:
            _check_size(self.file)
            self._check_tables()
            self.about = dict(self.rows("SELECT key, value FROM about"))
            self.tools = self._read_tools()
            called = [tool for (tool,) in self.rows(TOOLS)]
            self.worlds = tuple(sorted({world for tool in called for (world,) in self.rows(WORLDS, tool)}))
        except sqlite3.Error as error:
            raise ValueError(f"{self.file} is no cache that can be read: {error}") from None
        self._check(called)

    @property
    def digest(self) -> str:
        return self.about["digest"]

    def world_of(self, seed: int) -> int:
        """The recorded world of a seed: a cache of a single world answers for every seed."""
        return self.worlds[0] if len(self.worlds) == 1 else seed

    def find(self, tool: str, world: int, key: str) -> tuple[str, bool] | None:
        """The recorded response and whether it is an error; None if there is none."""
        found = self._connection().execute(FIND, (tool, world, key)).fetchone()
        return found and (found[0], bool(found[1]))

    def rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        return self._connection().execute(query, values)

    def _connection(self) -> sqlite3.Connection:
        """This thread's own; a forked process opens anew, as SQLite wants it."""
        if getattr(self._local, "process", None) != os.getpid():
            self._local.connection = sqlite3.connect(address(self.file), uri=True)
            self._local.connection.execute(f"PRAGMA mmap_size = {MAPPED}")
            self._local.process = os.getpid()
        return self._local.connection

    def _check_tables(self) -> None:
        for table, wanted in COLUMNS.items():
            columns = {name for (name,) in self.rows("SELECT name FROM pragma_table_info(?)", table)}
            if not columns:
                raise ValueError(f"{self.file} is no cache: it has no table {table}")
            if missing := sorted(wanted - columns):
                raise ValueError(f"{self.file} is no cache: its table {table} has no column {missing[0]}")

    def _read_tools(self) -> dict[str, RecordedTool]:
        """In the order in which the recorded server listed them."""
        tools = {}
        for name, text in self.rows("SELECT name, tool FROM tools ORDER BY rowid"):
            try:
                tools[name] = RecordedTool(name, msgspec.json.decode(text))
            except (msgspec.MsgspecError, ValueError) as error:
                raise ValueError(f"{self.file}: tool {name}: {error}") from None
        return tools

    def _check(self, called: list[str]) -> None:
        """What the file says of itself, and that no response is of a tool it does not list."""
        if self.about.get("format") != FORMAT:
            raise ValueError(f"{self.file} has format {self.about.get('format')}; this version reads {FORMAT}")
        if missing := [key for key in ("name", "digest") if not self.about.get(key)]:
            raise ValueError(f"{self.file} is no cache: it does not tell its {missing[0]}")
        if not self.tools or not called:
            raise ValueError(f"{self.file} holds no {'responses' if self.tools else 'tools'}")
        if strange := [tool for tool in called if tool not in self.tools]:
            raise ValueError(f"{self.file} holds responses of {strange[0]}, which is none of its tools")


class RecordedTool:
    """A tool as it was listed, and its schemas ready to check with. Raises ValueError for a schema that is none."""

    def __init__(self, name: str, listed: Any):
        if not isinstance(listed, dict) or listed.get("name") != name:
            raise ValueError("is not described under its own name")
        self.name = name
        self.listed: dict[str, Any] = {"description": "", "inputSchema": {"type": "object"}, **listed}
        try:
            Listed.model_validate(self.listed)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            raise ValueError(f"is no tool as MCP has it: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        self.input_schema: dict[str, Any] = self.listed["inputSchema"]
        self.arguments = Schema(self.input_schema)
        self.output = Schema(listed["outputSchema"]) if listed.get("outputSchema") else None


def address(file: Path) -> str:
    return f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"


def _check_size(file: Path) -> None:
    """SQLite notices that a file was cut off only when it needs a page that is gone."""
    if not file.is_file():
        raise ValueError(f"there is no cache {file}")
    with file.open("rb") as opened:
        head = opened.read(100)
    if head[:16] != b"SQLite format 3\0":
        raise ValueError(f"{file} is no cache: it is no SQLite database")
    page = int.from_bytes(head[16:18], "big")
    size = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    if file.stat().st_size < size:
        raise ValueError(f"{file} is cut off: {file.stat().st_size} of {size} bytes are there")
