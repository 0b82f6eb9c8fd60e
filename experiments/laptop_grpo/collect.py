"""Collects finished runs into results.csv and a Markdown table.

python -m experiments.laptop_grpo.collect runs/laptop-0 runs/laptop-1 runs/laptop-2
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from prove.training.summary import MEASURES, compare, read_episodes

HERE = Path(__file__).parent
Rewards = dict[str, dict[str, float]]
COLUMNS = ("run", "seed", "steps", "seconds", "metric", "before", "after", "change", "low95", "high95", "n")


def rows_of(run: Path) -> list[dict[str, object]]:
    """One row per measure of one run."""
    summary = json.loads((run / "summary.json").read_text())
    return rows((run.name, summary["seed"], summary["steps"], summary["seconds"]), summary["heldout"])


def rows_of_all(runs: list[Path]) -> list[dict[str, object]]:
    """The same for the mean over the seeds: an example counts once, with the mean of its rewards."""
    before, after = ([played(run)[end] for run in runs] for end in (0, -1))
    return rows(("all", "all", "", ""), compare(mean_by_example(before), mean_by_example(after)))


def played(run: Path) -> list[Rewards]:
    """The held-out evaluations of a run, first to last."""
    return [read_episodes(path) for path in sorted((run / "episodes" / "heldout").glob("*.jsonl"))]


def mean_by_example(evaluations: list[Rewards]) -> Rewards:
    shared = set.intersection(*(set(evaluation) for evaluation in evaluations))
    return {
        one: {key: sum(each[one][key] for each in evaluations) / len(evaluations) for key in MEASURES} for one in shared
    }


def rows(about: tuple[object, ...], heldout: dict[str, Any]) -> list[dict[str, object]]:
    """Each measure of a comparison before and after."""
    found = []
    for key in MEASURES:
        change = heldout["deltas"][key]
        values = (heldout["before"][key], heldout["after"][key], change["delta"], *change["ci95"])
        numbers = [f"{value:.4f}" for value in values]
        found.append(dict(zip(COLUMNS, (*about, key, *numbers, heldout["n"]), strict=True)))
    return found


def table(rows: list[dict[str, object]]) -> str:
    """Total reward and exact match, a line per run."""
    lines = [
        "| seed | measure | before | after | change, 95 % interval | n | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row["metric"] in ("total", "exact"):
            change = f"{float(row['change']):+.3f} [{float(row['low95']):+.3f}, {float(row['high95']):+.3f}]"
            cells = (row["seed"], row["metric"], row["before"], row["after"], change, row["n"], row["seconds"])
            lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    runs = [Path(run) for run in sys.argv[1:]]
    found = [row for run in runs for row in rows_of(run)] + (rows_of_all(runs) if len(runs) > 1 else [])
    with (HERE / "results.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(found)
    print(table(found))


if __name__ == "__main__":
    main()
