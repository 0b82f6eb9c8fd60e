"""Rows of a file that a user has, and their fields: what is not as it should be is a ValueError that names it.

    .jsonl   a row a line          "line 3", from 1, as editors count
    .json    one list of rows      "row 2", from 0
    .parquet                       "row 2", from 0

`as_kind`, `as_text` and `as_json` take a field and its name, for the message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]


def rows_of(path: Path) -> Iterator[tuple[str, int, Any]]:
    """Rows with what names them ("line 3" from 1, "row 2" from 0) and the number in that name."""
    if not path.is_file():
        raise ValueError(f"{path} is missing or no file")
    if path.suffix == ".parquet":
        return _numbered(_parquet(path))
    if path.suffix not in (".json", ".jsonl"):
        raise ValueError(f"{path} is none of .json, .jsonl and .parquet")
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    return _numbered(parsed(text, str(path))) if text.lstrip().startswith(b"[") else _lines(text, path)


def _numbered(rows: list[Any]) -> Iterator[tuple[str, int, Any]]:
    return ((f"row {number}", number, row) for number, row in enumerate(rows))


def _lines(text: bytes, path: Path) -> Iterator[tuple[str, int, Any]]:
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.strip():
            yield f"line {number}", number, parsed(line, f"{path} line {number}")


def _parquet(path: Path) -> list[Any]:
    try:
        return pq.ParquetFile(path).read().to_pylist()
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ValueError(f"{path} is no parquet file that can be read: {error}") from None


def parsed(text: str | bytes, where: str) -> Any:
    """JSON of a text; `where` names it in the message."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: no JSON: {error}") from None


def as_json(value: Any, what: str) -> Any:
    """Tools and answers are JSON text in some files and JSON in others."""
    return parsed(value, what) if isinstance(value, str) else value


def as_text(value: Any, what: str) -> str:
    """A field that must be text and not empty, without the space around it."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} is no text or empty")
    return value.strip()


def as_kind(kind: type, value: Any, what: str) -> Any:
    """A field that must be a list or an object (`kind`: list or dict)."""
    if not isinstance(value, kind):
        raise ValueError(f"{what} is missing or no {'list' if kind is list else 'object'}")
    return value
