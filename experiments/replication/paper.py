"""The paper's figures as lines of results.csv, and the same lines of ours, which say "not run" until they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from prove.reports.markdown import SHORT
from prove.reports.measures import MEASURES
from prove.reports.results import Result
from prove.reports.settings import SETTINGS

PAPER: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "paper.yaml").read_text(encoding="utf-8"))
OVERALL = tuple(SHORT)
MODELS: tuple[str, ...] = tuple(PAPER["order"])

Scores = Mapping[str, Mapping[str, Sequence[float]]]


def scores(table: str, node: Scores, measures: Sequence[str], against: Mapping[str, str]) -> list[Result]:
    """model -> row -> values of `measures`, as lines; `against`: row -> the row that its difference is to."""
    found = []
    for model, rows in node.items():
        for row, values in rows.items():
            for measure, value in zip(measures, values, strict=True):
                line = Result(table, model, row, measure, "paper", float(value), machine=PAPER["machine"])
                other = against.get(row)
                found.append(_against(line, other, rows[other][measures.index(measure)]) if other else line)
    return found


def _against(line: Result, other: str, value: float) -> Result:
    """One decimal, as printed: 29.0 - 18.8 is 10.2."""
    fields = vars(line) | {"against": other, "difference": round((line.value or 0.0) - value, 1)}
    return Result(**fields)


def not_run(lines: Iterable[Result]) -> list[Result]:
    """The same rows and measures, to be measured by us."""
    return [Result(line.table, line.model, line.row, line.measure, "ours") for line in lines]


def laptop(table: str, rows: Iterable[str]) -> list[Result]:
    """Rows of the laptop's model, measured on held-out worlds; the paper has no figures for them."""
    return [Result(table, SETTINGS.laptop, row, measure, "ours") for row in rows for measure in MEASURES]
