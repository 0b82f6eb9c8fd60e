"""Goes through a whole cache: every page, every call by its schemas, every parameter, and the digest.

Opening a cache checks what is cheap; this reads all of it: about a minute per gigabyte.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from servers.recorded.cache import Cache
from servers.recorded.key import canonical, key_of, normalised
from servers.state import ToolError

ALL = "SELECT tool, world, key, arguments, response, error FROM responses ORDER BY tool, world, key"
TOOLS = "SELECT name, tool FROM tools ORDER BY name"
NAMED = "SELECT count(*) FROM parameters WHERE tool = ? AND parameter = ? AND value = ? AND world = ? AND key = ?"


def check(file: Path) -> int:
    """The number of responses. Raises ValueError with the first thing that is wrong."""
    cache = Cache(file)
    try:
        return _check(cache)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read: {error}") from None


def _check(cache: Cache) -> int:
    if (said := next(cache.rows("PRAGMA integrity_check(1)"))[0]) != "ok":
        raise ValueError(f"{cache.file} is damaged: {said}")
    digest = hashlib.sha256()
    for pair in cache.rows(TOOLS):
        digest.update(msgspec.json.encode(pair) + b"\n")
    count = named = 0
    for row in cache.rows(ALL):
        digest.update(msgspec.json.encode(row) + b"\n")
        count += 1
        named += _row(cache, *row)
    if (listed := next(cache.rows("SELECT count(*) FROM parameters"))[0]) != named:
        raise ValueError(f"{cache.file}: {listed} parameters are listed, its responses have {named}")
    if digest.hexdigest() != cache.digest:
        raise ValueError(f"{cache.file}: its digest is {digest.hexdigest()}, it says {cache.digest}")
    return count


def _row(cache: Cache, name: str, world: int, key: str, arguments: str, response: str, error: int) -> int:
    """Checks one response; how many parameters it is found by."""
    where, tool = f"{cache.file}: {name} {key[:200]} of world {world}", cache.tools[name]
    try:
        given = normalised(msgspec.json.decode(arguments, type=dict[str, Any]))
        fits = key_of(given) == key
        value = None if error else msgspec.json.decode(response)
    except (ToolError, msgspec.MsgspecError) as wrong:
        raise ValueError(f"{where}: {wrong}") from None
    if not fits:
        raise ValueError(f"{where}: its key is not that of its arguments")
    if problem := tool.arguments.problem(name, given):
        raise ValueError(f"{where}: {problem}")
    if error:
        return 0
    if tool.output and (misfit := tool.output.misfit(value)):
        raise ValueError(f"{where}: its output schema refuses the response: {misfit}")
    for parameter, each in given.items():
        if not next(cache.rows(NAMED, name, parameter, canonical(each), world, key))[0]:
            raise ValueError(f"{where}: it is not listed under {parameter}")
    return len(given)
