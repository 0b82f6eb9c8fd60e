"""Reads files of JSON lines that may be growing: each time the lines that are new, and where they stand.

A last line without its end is torn, or is just being written: it is left for the next time. A file that has become
shorter is another one and is read from its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """One line: its number from 1, and its bytes."""

    path: Path
    number: int
    start: int
    length: int

    def read(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.length)


class Growing:
    """One file. `torn`: bytes after its last whole line."""

    def __init__(self, path: Path):
        self.path = path
        self.torn = 0
        self._read = 0
        self._lines = 0

    @property
    def was_replaced(self) -> bool:
        """Whether it is shorter than what was read of it, or gone."""
        return not self.path.is_file() or self.path.stat().st_size < self._read

    def fresh(self) -> list[tuple[Place, bytes]]:
        """The whole lines since last time, blank ones left out. OSError: it cannot be read."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self.torn = len(content) - whole
        found = []
        for line in content[:whole].splitlines(keepends=True):
            self._lines += 1
            if line.strip():
                found.append((Place(self.path, self._lines, self._read, len(line)), line))
            self._read += len(line)
        return found
