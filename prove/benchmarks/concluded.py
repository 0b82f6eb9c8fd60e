"""What an evaluation leaves behind when all of it is there."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from prove.benchmarks import results
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line
from prove.benchmarks.protocols import Asked, Beside, beside, block
from prove.benchmarks.results import Row
from prove.benchmarks.statistics import Settings


@dataclass(frozen=True)
class Concluded:
    """`text`: what it prints; `lines`: the tries that were asked for; `rows`: those of results.csv that are scores;
    `beside`: the paper's protocol and ours, of what was `asked`."""

    text: str
    lines: Sequence[Line]
    rows: Sequence[Row]
    asked: Asked
    beside: Sequence[Beside] = ()


def conclude(
    folder: Folder,
    wanted: Container[tuple[str, int, int]],
    facts: results.About,
    settings: Settings,
    asked: Asked,
    how: str = "",
) -> Concluded:
    """Writes results.csv of the tries that were `wanted`; the same as a table, both protocols and `how` under it."""
    lines = [line for line in folder.lines() if line.key in wanted]
    rows = results.rows_of(lines, facts, settings)
    path = folder.path / "results.csv"
    results.write(path, rows)
    sides = beside(lines, rows, asked)
    blocks = [results.table(rows, settings), block(sides, rows, asked), f"{how}\n{path}".lstrip()]
    return Concluded("\n" + "\n\n".join(blocks), lines, rows, asked, sides)
