"""Collects finished runs into results.csv and a Markdown table.

python -m experiments.laptop_grpo.collect runs/laptop-0 runs/laptop-1 runs/laptop-2
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from prove.summary import MEASURES

HERE = Path(__file__).parent
COLUMNS = ("run", "seed", "steps", "seconds", "metric", "before", "after", "change", "low95", "high95", "n")


def rows_of(run: Path) -> list[dict[str, object]]:
    """One row per measure of one run."""
    summary = json.loads((run / "summary.json").read_text())
    heldout = summary["heldout"]
    rows = []
    for key in MEASURES:
        change = heldout["deltas"][key]
        values = (heldout["before"][key], heldout["after"][key], change["delta"], *change["ci95"])
        numbers = [f"{value:.4f}" for value in values]
        about = (run.name, summary["seed"], summary["steps"], summary["seconds"], key)
        rows.append(dict(zip(COLUMNS, (*about, *numbers, heldout["n"]), strict=True)))
    return rows


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
    rows = [row for run in sys.argv[1:] for row in rows_of(Path(run))]
    with (HERE / "results.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    print(table(rows))


if __name__ == "__main__":
    main()
