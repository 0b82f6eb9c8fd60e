"""What reaches out of this process: files, sockets, other processes, imports, code that is made while it runs.

with watched() as touched: …      touched lists each such event, as Python's audit hooks tell it
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OUTSIDE = ("open", "os.", "socket.", "subprocess.", "shutil.", "import", "ctypes.", "exec", "compile", "tempfile.")
OUTSIDE += ("glob.", "pathlib.", "pickle.", "marshal.", "urllib.", "http.", "sqlite3.", "webbrowser.", "code.")
_touched: list[str] | None = None


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Every such act of this interpreter passes here. A hook cannot be taken back, only be told to look away."""
    if _touched is not None and event.startswith(OUTSIDE):
        _touched.append(f"{event} {arguments}"[:200])


sys.addaudithook(_watch)


@contextmanager
def watched() -> Iterator[list[str]]:
    global _touched
    _touched = touched = []
    try:
        yield touched
    finally:
        _touched = None
