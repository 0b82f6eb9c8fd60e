"""Look at every row of a dataset before anything starts: a bad one is named by file and row."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from prove.types import Example

COLUMNS = ("data_source", "agent_name", "prompt", "tools", "extra_info")


def check_rows(path: Path, servers: Collection[str] | None = None, synthesis: str | None = None) -> int:
    """Number of rows. ValueError names the file, the row (from 0) and what is wrong with it.

    `servers`: those of the run; a row that needs another is wrong. `synthesis`: the choice that makes this file.
    """
    if not path.is_file():
        words = f"synthesis={synthesis} out={path.parent}" if synthesis else f"out={path.parent}"
        raise ValueError(f"{path} is missing; `python -m prove.synthesize {words}` writes such files")
    table = pq.ParquetFile(path).read()  # pq.read_table imports pandas: 0.7 s
    absent = [name for name in COLUMNS if name not in table.column_names]
    if absent:
        raise ValueError(f"{path} has no column {', '.join(absent)}")
    if not table.num_rows:
        raise ValueError(f"{path} has no rows")
    for number, row in enumerate(table.to_pylist()):
        check_row(row, f"{path} row {number}", servers)
    return table.num_rows


def check_row(row: dict[str, Any], where: str, servers: Collection[str] | None = None) -> None:
    """Parse what the agent loop will parse."""
    try:
        example = Example.from_json(row["extra_info"]["example"])
        for tool in json.loads(row["tools"]):
            tool["function"]["name"], tool["function"]["parameters"]
    except KeyError as error:
        raise ValueError(f"{where}: key {error} is missing") from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from None
    absent = [] if servers is None else sorted(set(example.servers) - set(servers))
    if absent:
        raise ValueError(f"{where}: it needs {', '.join(absent)}, not among the servers of this run")
