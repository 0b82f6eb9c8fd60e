"""Hands recorded calls to the program that writes caches: servers.recorded, by lines of JSON on its standard input.

{"name", "source", "tools"}, then {"tool", "world", "arguments", "response", "error"} per call   ->   DIR/NAME.sqlite

The lines go through a file, not a pipe: if this process is killed, half of the calls must not look like all of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEEP_FIRST = "--keep=first"
"""Of a call that comes with different responses."""
LEAVE_OUT_UNFIT = "--unfit=leave-out"
"""Calls that the tool's own schema refuses: the cache refuses them before it looks."""


@dataclass(frozen=True)
class Recorded:
    """One call and what it came to: a JSON value, or the text of an error."""

    tool: str
    world: int
    arguments: dict[str, Any]
    response: Any
    error: bool = False

    def line(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False)


def cache_file(folder: str, name: str) -> Path:
    return Path(folder).absolute() / f"{name}.sqlite"


def store(
    file: Path,
    name: str,
    source: str,
    tools: Iterable[Mapping[str, Any]],
    calls: Iterable[Recorded],
    *flags: str,
) -> str:
    """Writes the cache; what was written, in a sentence. Raises ValueError with the reason it was refused.

    `flags`: KEEP_FIRST, LEAVE_OUT_UNFIT.
    """
    command = [sys.executable, "-m", "servers.recorded", "write", str(file.absolute()), *flags]
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", dir=file.parent) as lines:
        lines.write(json.dumps({"name": name, "source": source, "tools": list(tools)}, ensure_ascii=False) + "\n")
        lines.writelines(f"{call.line()}\n" for call in calls)
        lines.seek(0)
        done = subprocess.run(command, cwd=ROOT, stdin=lines, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        reason = done.stderr.strip().rpartition("\n")[2].removeprefix("servers.recorded: ")
        raise ValueError(f"{name} cannot be kept: {reason or f'the writer ended with status {done.returncode}'}")
    return done.stdout.strip()


def answering(folder: str, name: str) -> dict[str, Any]:
    """The options of a pool in which this cache, and not a live server of its name, answers by stdio."""
    words = ["{python}", "-m", "servers", name, "--recorded", "--control", "--caches", str(Path(folder).absolute())]
    return {"external": {name: {"isolation": "session", "command": words}}}
