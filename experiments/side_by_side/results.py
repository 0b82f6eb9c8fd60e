"""results.csv: a line per figure, kept as soon as it is measured."""

from __future__ import annotations

import csv
import os
import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from experiments.side_by_side.measures import Sample


@dataclass(frozen=True)
class Figure:
    """A median with the lowest and the highest of `n` repeats; n = 0: not run, and the note says why."""

    competitor: str
    measure: str
    what: str
    size: int
    unit: str
    n: int
    median: float | None
    low: float | None
    high: float | None
    machine: str
    date: str
    note: str = ""


def figure(competitor: str, measure: str, sample: Sample) -> Figure:
    values = sample.values
    spread = (statistics.median(values), min(values), max(values)) if values else (None, None, None)
    where = (machine(), date.today().isoformat(), sample.note)
    return Figure(competitor, measure, sample.what, sample.size, sample.unit, len(values), *spread, *where)


def machine() -> str:
    """Cores, and how many processes wanted one in the last minute: other work beside the measurement shows here."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def read(path: Path) -> list[Figure]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [_figure(row) for row in csv.DictReader(file)]


def _figure(row: dict[str, str]) -> Figure:
    numbers = {name: float(row[name]) if row[name] else None for name in ("median", "low", "high")}
    return Figure(**{**row, **numbers, "size": int(row["size"]), "n": int(row["n"])})  # type: ignore[arg-type]


def write(path: Path, figures: Iterable[Figure]) -> None:
    """All of them, or the file stays as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Figure)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(_short(asdict(one)) for one in figures)
    part.replace(path)


def _short(row: dict[str, object]) -> dict[str, object]:
    return {name: f"{value:.4g}" if isinstance(value, float) else value for name, value in row.items()}
