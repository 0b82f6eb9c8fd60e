"""Makes a cache of lines of JSON: checked whole before the file gets its name, and the same bytes for the same calls.

{"name": "booking", "source": "…", "tools": [{"name", "description", "inputSchema", …}]}           the first line
{"tool": "Search_Taxi", "world": 0, "arguments": {…}, "response": …, "error": false}               one per call

    lines -> checked -> FILE.PID.staging.part (by key, as they come) -> FILE.PID.part (sorted) -> FILE

Sorted, so that calls of one tool and world lie together and the file does not tell in which order they came. A call
that comes again must have the same response, and arguments must fit the tool's schema, unless the rules say otherwise.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from servers.recorded.cache import FORMAT, RecordedTool
from servers.recorded.key import canonical, key_of, normalised
from servers.state import ToolError
from servers.tool import TEXT

TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE tools (name TEXT PRIMARY KEY, tool TEXT);
CREATE TABLE responses (tool TEXT, world INTEGER, key TEXT, arguments TEXT, response TEXT, error INTEGER,
  PRIMARY KEY (tool, world, key));
CREATE TABLE parameters (tool TEXT, parameter TEXT, value TEXT, world INTEGER, key TEXT,
  PRIMARY KEY (tool, parameter, value, world, key)) WITHOUT ROWID;
"""
INDEX = "CREATE INDEX parameters_of ON parameters (world, key)"
STAGING = """CREATE TABLE staged (tool TEXT, world INTEGER, key TEXT, arguments TEXT, response TEXT, error INTEGER,
  PRIMARY KEY (tool, world, key))"""
FAST = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;"
"""Nothing to recover: until it is whole a file is not there."""
STAGE = "INSERT OR IGNORE INTO staged VALUES (?, ?, ?, ?, ?, ?)"
STAGED = "SELECT response, error FROM staged WHERE tool = ? AND world = ? AND key = ?"
SORTED = "SELECT * FROM staged ORDER BY tool, world, key"


class Head(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    tools: list[dict[str, Any]]
    source: str = ""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    tool: str
    arguments: dict[str, Any]
    response: Any
    world: int = 0
    error: bool = False


class Unfit(ValueError):
    """Arguments that the tool's own schema refuses."""


@dataclass(frozen=True)
class Rules:
    """What becomes of calls that do not go together; by default they are refused."""

    keep_first: bool = False
    """Of the responses to one call."""
    leave_out_unfit: bool = False
    """Calls that the schema refuses: a cache refuses them before it looks."""


STRICT = Rules()


@dataclass
class Report:
    """What was written: `again` calls came twice with one response, `dropped` with another one than the first."""

    name: str
    tools: int = 0
    responses: int = 0
    errors: int = 0
    worlds: set[int] = field(default_factory=set)
    again: int = 0
    dropped: int = 0
    unfit: int = 0
    digest: str = ""


def write(file: Path, lines: Iterable[bytes], rules: Rules = STRICT) -> Report:
    """Writes the cache. Raises ValueError, in a sentence with the line's number, and then leaves no file behind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    staging, part = (file.with_name(f"{file.name}.{os.getpid()}.{kind}") for kind in ("staging.part", "part"))
    try:
        report = _write(part, staging, iter(lines), rules)
        part.replace(file)
        return report
    except sqlite3.Error as error:
        raise ValueError(f"{file} cannot be written: {error}") from None
    finally:
        staging.unlink(missing_ok=True)
        part.unlink(missing_ok=True)


def _write(part: Path, staging: Path, lines: Iterator[bytes], rules: Rules) -> Report:
    head = _head(next(lines, b""))
    tools = _tools(head)
    report = Report(head.name, len(tools))
    for old in (staging, part):
        old.unlink(missing_ok=True)
    with closing(sqlite3.connect(staging)) as stage, closing(sqlite3.connect(part)) as out:
        stage.executescript(FAST + STAGING)
        _stage(stage, tools, lines, rules, report)
        out.executescript("PRAGMA page_size = 8192;" + FAST + TABLES)
        _fill(out, tools, stage.execute(SORTED), report)
        about = {"format": FORMAT, "name": head.name, "source": head.source, "digest": report.digest}
        out.executemany("INSERT INTO about VALUES (?, ?)", about.items())
        out.commit()
    return report


def _head(line: bytes) -> Head:
    try:
        head = msgspec.json.decode(line, type=Head)
    except msgspec.MsgspecError as error:
        raise ValueError(f'line 1: not {{"name": …, "source": …, "tools": […]}}: {error}') from None
    if not head.name or not head.tools:
        raise ValueError(f"line 1: it has no {'tools' if head.name else 'name'}")
    return head


def _tools(head: Head) -> dict[str, RecordedTool]:
    tools: dict[str, RecordedTool] = {}
    for number, listed in enumerate(head.tools):
        name = listed.get("name")
        if not isinstance(name, str) or not name or name in tools:
            raise ValueError(f"line 1: tool {number} has {'the name of another' if name in tools else 'no name'}")
        try:
            tools[name] = RecordedTool(name, listed)
        except ValueError as error:
            raise ValueError(f"line 1: tool {name}: {error}") from None
    return tools


def _stage(
    stage: sqlite3.Connection, tools: dict[str, RecordedTool], lines: Iterator[bytes], rules: Rules, report: Report
) -> None:
    for number, text in enumerate(lines, 2):
        if not text.strip():
            continue
        try:
            row = _row(tools, text, number)
        except Unfit:
            if not rules.leave_out_unfit:
                raise
            report.unfit += 1
            continue
        if stage.execute(STAGE, row).rowcount:
            report.responses += 1
            report.errors += row[5]
            report.worlds.add(row[1])
        elif stage.execute(STAGED, row[:3]).fetchone() == row[4:]:
            report.again += 1
        elif rules.keep_first:
            report.dropped += 1
        else:
            raise ValueError(
                f"line {number}: {row[0]} {row[2][:200]} of world {row[1]} has another response than before; "
                "--keep first keeps the first"
            )
    if not report.responses:
        raise ValueError("there are no calls in it")


def _row(tools: dict[str, RecordedTool], text: bytes, number: int) -> tuple[str, int, str, str, str, int]:
    """A line as a row of the table, checked by the tool's schemas."""
    try:
        line = msgspec.json.decode(text, type=Line)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(f"line {number}: {error}") from None
    tool = tools.get(line.tool)
    if tool is None:
        near = difflib.get_close_matches(line.tool, tools, n=1, cutoff=0.0)
        raise ValueError(f"line {number}: there is no tool {line.tool[:60]}; the nearest is {near[0]}")
    try:
        key = _key(tool, line)
        response = _response(tool, line)
    except (ToolError, ValueError) as error:
        kind = Unfit if isinstance(error, ToolError | Unfit) else ValueError
        raise kind(f"line {number}: {line.tool} {_shown(line.arguments)}: {error}") from None
    return line.tool, line.world, key, TEXT.encode(line.arguments).decode(), response, int(line.error)


def _shown(arguments: dict[str, Any]) -> str:
    return msgspec.json.encode(arguments).decode()[:200]


def _key(tool: RecordedTool, line: Line) -> str:
    given = normalised(line.arguments)
    if problem := tool.arguments.problem(tool.name, given):
        raise Unfit(f"its schema refuses the recorded arguments: {problem}")
    if not -(2**63) <= line.world < 2**63:
        raise ValueError(f"world {line.world} is no 64-bit number")
    return key_of(given)


def _response(tool: RecordedTool, line: Line) -> str:
    """The text that is kept: of an error the very text, of anything else compact JSON."""
    if line.error:
        if not isinstance(line.response, str):
            raise ValueError(f"the response of an error is its text, not {type(line.response).__name__}")
        return line.response
    if tool.output and (misfit := tool.output.misfit(line.response)):
        raise ValueError(f"its output schema refuses the recorded response: {misfit}")
    return TEXT.encode(line.response).decode()


def _fill(out: sqlite3.Connection, tools: dict[str, RecordedTool], rows: Iterable[tuple], report: Report) -> None:
    """Copies the calls in their order, with the parameters by which they are found, and takes the digest of all."""
    digest = hashlib.sha256()
    described = [(name, TEXT.encode(tool.listed).decode()) for name, tool in tools.items()]
    out.executemany("INSERT INTO tools VALUES (?, ?)", described)
    for pair in sorted(described):
        digest.update(msgspec.json.encode(pair) + b"\n")
    for row in rows:
        digest.update(msgspec.json.encode(row) + b"\n")
        out.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?, ?)", row)
        if not row[5]:
            out.executemany("INSERT INTO parameters VALUES (?, ?, ?, ?, ?)", _parameters(*row[:3]))
    out.execute(INDEX)
    report.digest = digest.hexdigest()


def _parameters(tool: str, world: int, key: str) -> Iterator[tuple[str, str, str, int, str]]:
    for name, value in msgspec.json.decode(key).items():
        yield tool, name, canonical(value), world, key
