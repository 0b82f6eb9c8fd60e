"""results.csv: one line per row of a table, measure and comparison; what was not run says so.

source=paper   value as printed, difference to `against`
source=ours    value [low, high] over n episodes; value - that of `against` as difference [diff_low, diff_high],
               paired by example and seed; p_holm where several comparisons are one family
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

NOT_RUN = "not run"


@dataclass(frozen=True)
class Result:
    """One line. `value` None: not run. `by_seed`: the difference of each seed (the value, where there is none)."""

    table: str
    model: str
    row: str
    measure: str
    source: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    seeds: int | None = None
    against: str = ""
    difference: float | None = None
    diff_low: float | None = None
    diff_high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    by_seed: str = ""
    seconds: float | None = None
    machine: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What is measured, whatever it is compared with."""
        return self.source, self.model, self.row, self.measure


COLUMNS = tuple(field.name for field in fields(Result))
TEXTS = ("table", "model", "row", "measure", "source", "against", "by_seed", "machine")
COUNTS = ("n", "seeds")


@dataclass(frozen=True)
class Results:
    """The lines of a results.csv, to be asked."""

    lines: tuple[Result, ...]

    def one(self, model: str, row: str, measure: str, against: str | None = None, source: str = "ours") -> Result:
        """The line asked for, or one that says "not run". `against` None: whatever it is compared with."""
        for line in self.lines:
            if line.key == (source, model, row, measure) and against in (None, line.against):
                return line
        return Result("", model, row, measure, source, against=against or "")

    def rows(self, model: str, source: str = "ours") -> list[str]:
        """Names of a model's rows, in order."""
        return list(dict.fromkeys(line.row for line in self.lines if (line.model, line.source) == (model, source)))

    def measures(self, model: str, source: str = "ours") -> list[str]:
        """Names of what was measured of a model, in order."""
        return list(dict.fromkeys(line.measure for line in self.lines if (line.model, line.source) == (model, source)))

    def models(self, source: str = "ours") -> list[str]:
        return list(dict.fromkeys(line.model for line in self.lines if line.source == source))


def merge(
    measured: Sequence[Result], before: Iterable[Result], expected: Sequence[Result], elsewhere: Collection[str]
) -> list[Result]:
    """The new lines; of the old ones those that no new run stands for; of the expected ones those that nobody measured.

    `elsewhere`: measures that do not come from runs (benchmarks). A table can so be collected piece by piece: the
    laptop's rows here, a cluster's rows there.
    """
    again = {line.model for line in measured}
    old = [line for line in before if line.source == "ours" and line.value is not None]
    kept = [line for line in old if line.model not in again or line.measure in elsewhere]
    known = {line.key for line in (*measured, *kept)}
    return [*measured, *kept, *(line for line in expected if line.key not in known)]


def ordered(lines: Iterable[Result], models: Sequence[str], rows: Sequence[str]) -> list[Result]:
    """Paper first, then by model and row in the order of the table; measures and comparisons stay as they came."""

    def place(line: Result) -> tuple[int, int, int]:
        model = models.index(line.model) if line.model in models else len(models)
        return line.source != "paper", model, rows.index(line.row) if line.row in rows else len(rows)

    return sorted(lines, key=place)


def write(path: Path, lines: Iterable[Result]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_cell(name, value) for name, value in asdict(line).items()] for line in lines)


def read(path: Path) -> list[Result]:
    """The lines of a file; none if it does not exist."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [Result(**{name: _parse(name, text) for name, text in line.items()}) for line in csv.DictReader(file)]


def _cell(name: str, value: Any) -> str:
    if name == "value" and value is None:
        return NOT_RUN
    if value is None:
        return ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _parse(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    if text in ("", NOT_RUN):
        return None
    return int(text) if name in COUNTS else float(text)
