"""What an evaluation leaves behind when all of it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prove.benchmarks.items import Line
from prove.benchmarks.protocols import Asked, Beside
from prove.benchmarks.results import Row


@dataclass(frozen=True)
class Concluded:
    """`text`: what it prints; `lines`: the tries that were asked for; `rows`: those of results.csv that are scores;
    `beside`: the paper's protocol and ours, of what was `asked`."""

    text: str
    lines: Sequence[Line]
    rows: Sequence[Row]
    asked: Asked
    beside: Sequence[Beside] = ()
