"""Tools that read files: text, line ranges, counts, checksums and comparisons."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from typing import Annotated, Literal

from msgspec import Meta

from servers.filesystem.permissions import check_may
from servers.filesystem.records import Checksum, Comparison, Disk, FileCount, FilePath, FileText, Place
from servers.filesystem.searching import TextPart
from servers.filesystem.tree import file_at, readable_text, subtree
from servers.state import ToolError
from servers.tool import reads

FirstLine = Annotated[int, Meta(description="first line to read, counted from 1, e.g. 5", ge=1, le=100_000)]
LastLine = Annotated[int, Meta(description="last line to read, e.g. 12", ge=1, le=100_000)]
LineCount = Annotated[int, Meta(description="how many lines, e.g. 5", ge=1, le=60)]
Algorithm = Annotated[Literal["sha256", "md5", "crc32"], Meta(description="kind of checksum, e.g. sha256")]

MOST_LINES = 60
MOST_DIFFERING = 8
LONGEST_LINE = 120


@reads
def read_file_text(
    disk: Disk, path: FilePath, first_line: FirstLine = 1, last_line: LastLine | None = None
) -> FileText:
    """Read a text file, all or a range of lines, at most 60 at once, e.g. first_line=1, last_line=10."""
    place = readable_text(disk, path)
    lines = lines_of(place.node.content)
    if first_line > max(1, len(lines)):
        raise ToolError(f"{place.path} has only {len(lines)} lines")
    if last_line is not None and last_line < first_line:
        raise ToolError(f"the last line, {last_line}, comes before the first, {first_line}")
    wanted = len(lines) if last_line is None else last_line
    return _part(place, lines, first_line, min(wanted, len(lines), first_line + MOST_LINES - 1))


@reads
def read_last_lines(disk: Disk, path: FilePath, lines: LineCount = 10) -> FileText:
    """Read the end of a text file, such as the latest entries of a log, e.g. lines=5."""
    place = readable_text(disk, path)
    known = lines_of(place.node.content)
    return _part(place, known, max(1, len(known) - lines + 1), len(known))


@reads
def count_file_lines(disk: Disk, path: FilePath, containing: TextPart | None = None) -> FileCount:
    """Count lines, words and characters of a text file, and the lines that contain a text, e.g. containing="error"."""
    place = readable_text(disk, path)
    text, lines = place.node.content, lines_of(place.node.content)
    wanted = (containing or "").casefold()
    matching = sum(wanted in line.casefold() for line in lines)
    return FileCount(place.path, len(lines), len(text.split()), len(text), matching)


@reads
def compute_file_checksum(disk: Disk, path: FilePath, algorithm: Algorithm = "sha256") -> Checksum:
    """Compute the checksum of a file of any kind; equal contents have equal checksums, e.g. algorithm="md5"."""
    place = file_at(disk, path)
    check_may(disk, place, "read")
    data = _bytes_of(disk, place)
    value = f"{zlib.crc32(data):08x}" if algorithm == "crc32" else hashlib.new(algorithm, data).hexdigest()
    return Checksum(place.path, algorithm, value)


@reads
def compare_files(disk: Disk, path: FilePath, other_path: FilePath) -> Comparison:
    """Compare two text files line by line: which lines only one of them has, wherever they stand."""
    first, second = readable_text(disk, path), readable_text(disk, other_path)
    if first.node.node_id == second.node.node_id:
        raise ToolError(f"both paths lead to {first.path}")
    mine, theirs = lines_of(first.node.content), lines_of(second.node.content)
    removed, added = _missing(mine, theirs), _missing(theirs, mine)
    more = len(removed[MOST_DIFFERING:]) + len(added[MOST_DIFFERING:])
    same = len(mine) - len(removed)
    return Comparison(mine == theirs, same, _shown(removed), _shown(added), more)


def lines_of(text: str) -> list[str]:
    """An empty file has no lines."""
    return text.split("\n") if text else []


def _part(place: Place, lines: list[str], first: int, last: int) -> FileText:
    return FileText(place.path, "\n".join(lines[first - 1 : last]), min(first, last), last, len(lines))


def _shown(lines: list[str]) -> list[str]:
    return [line[:LONGEST_LINE] for line in lines[:MOST_DIFFERING]]


def _missing(lines: list[str], others: list[str]) -> list[str]:
    """The lines of one file that the other does not have as often, in order."""
    left = Counter(others)
    missing = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            missing.append(line)
    return missing


def _bytes_of(disk: Disk, place: Place) -> bytes:
    """What a checksum is made of; of an archive the names and contents of all it packs."""
    if place.node.kind != "archive":
        return place.node.content.encode()
    inside = [f"{path.partition('/')[2]}:{node.content}" for node, path in subtree(disk, place.node)[1:]]
    return "\n".join(inside).encode()
