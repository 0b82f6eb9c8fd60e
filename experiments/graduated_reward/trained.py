"""What a policy learns from the graduated reward: held-out episodes of each run before and after its training.

    for seed in 0 1 2; do python -m prove.main servers=booking reward=graduated synthesis=templates \
        seed=$seed run="'graduated_booking/seed=$seed'"; done
    python -m experiments.graduated_reward.trained runs/graduated_booking

Paired by row and seed; intervals draw seeds and rows (prove.reports.intervals). Writes trained.csv and README's table.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prove.reports.intervals import estimate
from prove.reports.markdown import grid, inserted
from prove.reports.runs import jobs_of, last_step

HERE = Path(__file__).parent
Episode = Mapping[str, Any]
LOCATIONS = ("Search_Car_Location", "Search_Flight_Location", "Search_Attraction_Location")
MEASURES: dict[str, Callable[[Episode], float]] = {
    "total": lambda one: one["reward"]["total"],
    "atomic": lambda one: one["reward"]["atomic"],
    "orchestration": lambda one: one["reward"]["orchestration"],
    "exact match": lambda one: float(one["reward"]["exact"]),
    "calls per episode": lambda one: float(len(one["calls"])),
    "calls that cannot be read": lambda one: float(sum(not call["name"] for call in one["calls"])),
    "calls that search a location": lambda one: float(sum(call["name"] in LOCATIONS for call in one["calls"])),
    "calls answered": lambda one: float(sum(call["ok"] for call in one["calls"])),
}
HEAD = ("measure", "before", "after", "difference, 95 %", "by seed", "n")


def episodes(path: Path) -> list[Episode]:
    """In the order of their rows."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda one: one["example_id"])


def measured(runs: Sequence[Path]) -> list[dict[str, str]]:
    """A row for each measure. ValueError: a run was not played before and after, or not on the same rows."""
    first = [episodes(run / "episodes" / "heldout" / "00000.jsonl") for run in runs]
    last = [episodes(last_step(run, "heldout")) for run in runs]
    if len({tuple(one["example_id"] for one in played) for played in (*first, *last)}) != 1:
        raise ValueError("the runs were not played on the same rows before and after")
    return [_row(name, number, first, last) for name, number in MEASURES.items()]


def _row(
    name: str, number: Callable[[Episode], float], first: Sequence[list[Episode]], last: Sequence[list[Episode]]
) -> dict[str, str]:
    before, after = (np.array([[number(one) for one in played] for played in side]) for side in (first, last))
    gap = estimate(after - before)
    seeds, rows = before.shape
    values = (
        f"{before.mean():.3f}",
        f"{after.mean():.3f}",
        f"{gap.mean:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]",
        " ".join(f"{one:+.3f}" for one in gap.by_seed),
        f"{rows} rows x {seeds} seeds",
    )
    return dict(zip(HEAD, (name, *values), strict=True))


def main(sweep: str) -> int:
    try:
        rows = measured([job.folder for job in jobs_of(Path(sweep))])
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    with (HERE / "trained.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEAD, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    table = grid(HEAD, [list(row.values()) for row in rows])
    readme = HERE / "README.md"
    readme.write_text(inserted(readme.read_text(encoding="utf-8"), {"trained": table}), encoding="utf-8")
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["runs/graduated_booking"]))
