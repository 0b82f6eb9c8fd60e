"""curves.csv: what the steps of a run logged, one line per model, arm, seed, step and measure.

metrics.jsonl `reward/total` → measure total      `episode/calls` → calls
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from prove.reports.runs import Run, last_step
from prove.training.summary import read_metrics

GROUPS = ("reward", "episode")


@dataclass(frozen=True)
class Point:
    """The mean over the episodes of one step of one run."""

    model: str
    arm: str
    seed: int
    step: int
    measure: str
    value: float


COLUMNS = tuple(field.name for field in fields(Point))


@dataclass(frozen=True)
class Band:
    """A curve over seeds: of each step the lowest, the mean and the highest seed."""

    steps: list[int]
    low: list[float]
    mean: list[float]
    high: list[float]
    seeds: int


def points(run: Run, measures: Sequence[str]) -> list[Point]:
    """Every step that logged one of the measures; none of a run that was only evaluated."""
    if int(last_step(run.folder, "heldout").stem) == 0:
        return []
    keys = {f"{group}/{measure}": measure for measure in measures for group in GROUPS}
    return [
        Point(run.model, run.arm, run.seed, int(row["step"]), measure, float(row[key]))
        for row in read_metrics(run.folder / "metrics.jsonl")
        for key, measure in keys.items()
        if key in row
    ]


def band(curve: Iterable[Point], model: str, arm: str, measure: str) -> Band | None:
    """The steps that all seeds have; None without any."""
    by_step: dict[int, list[float]] = defaultdict(list)
    seeds = set()
    for point in curve:
        if (point.model, point.arm, point.measure) == (model, arm, measure):
            by_step[point.step].append(point.value)
            seeds.add(point.seed)
    steps = [step for step in sorted(by_step) if len(by_step[step]) == len(seeds)]
    values = [by_step[step] for step in steps]
    means = [sum(several) / len(several) for several in values]
    return Band(steps, list(map(min, values)), means, list(map(max, values)), len(seeds)) if steps else None


def arms_of(curve: Iterable[Point], model: str) -> list[str]:
    return list(dict.fromkeys(point.arm for point in curve if point.model == model))


def write(path: Path, curve: Iterable[Point]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((*astuple(point)[:-1], f"{point.value:.5g}") for point in curve)


def read(path: Path) -> list[Point]:
    """The points of a file; none if it does not exist."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return [
        Point(line["model"], line["arm"], int(line["seed"]), int(line["step"]), line["measure"], float(line["value"]))
        for line in lines
    ]
