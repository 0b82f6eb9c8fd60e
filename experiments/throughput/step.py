"""Where the seconds of a GRPO step went, from the metrics of a run.

python -m experiments.throughput.step runs/NAME
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SEEN = 0.005
"""A part of a step that takes less than this share of it is left out."""


def parts_of(run: Path) -> Iterator[tuple[str, float, str]]:
    """The median step without the first, then the share of each part."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if "timing_s/step" in line][1:]
    total = statistics.median(line["timing_s/step"] for line in steps)
    yield f"GRPO step ({run.name}, median of {len(steps)})", total, "s"
    for key in sorted({key for line in steps for key in line if key.startswith("timing_s/")} - {"timing_s/step"}):
        median = statistics.median(line[key] for line in steps if key in line)
        if median > SEEN * total:
            yield key.removeprefix("timing_s/"), 100 * median / total, "% of step"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m experiments.throughput.step")
    parser.add_argument("run", type=Path, help="the folder of a run of trainer=cpu")
    parser.add_argument("--out", type=Path, default=HERE / "results.csv")
    options = parser.parse_args()
    rows = list(parts_of(options.run))
    for what, value, unit in rows:
        print(f"{what:<50}{value:>10,.2f} {unit}")
    with options.out.open("w", newline="") as file:
        csv.writer(file).writerows(
            [("what", "value", "unit"), *((what, f"{value:.4g}", unit) for what, value, unit in rows)]
        )


if __name__ == "__main__":
    main()
