"""How often the cache had no answer, in the episodes of the runs on recorded worlds: writes misses.csv.

python -m experiments.live_vs_cached.misses runs/live_vs_cached

miss   a call that the recorded server would have looked up, and that was not recorded (servers.recorded.world)
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from experiments.live_vs_cached.policies import RECORDED
from prove.benchmarks.complexfuncbench_cache import MISS
from prove.reports.markdown import grid
from prove.reports.results import NOT_RUN
from prove.reports.runs import finished
from prove.reports.settings import ROOT

FILE = ROOT / "experiments" / "live_vs_cached" / "misses.csv"
COLUMNS = ("seed", "split", "episodes", "calls", "misses", "episodes_with_miss", "other_errors")
SPLITS = ("train", "heldout")


def count(lines: Iterable[str]) -> Counter[str]:
    """Of stored episodes, one a line."""
    found: Counter[str] = Counter()
    for line in lines:
        calls = json.loads(line)["calls"]
        missed = [MISS in (call.get("output") or "") and not call["ok"] for call in calls]
        found["episodes"] += 1
        found["calls"] += len(calls)
        found["misses"] += sum(missed)
        found["episodes_with_miss"] += any(missed)
        found["other_errors"] += sum(not call["ok"] for call in calls) - sum(missed)
    return found


def of_run(folder: Path, split: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in sorted((folder / "episodes" / split).glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            found += count(lines)
    return found


def told(file: Path = FILE) -> str:
    """The table of the README."""
    head = ["seed", "episodes", "n", "calls", "not recorded", "episodes with such a call", "other errors"]
    if not file.exists():
        return grid(head, [[NOT_RUN, *[""] * (len(head) - 1)]])
    with file.open(newline="", encoding="utf-8") as lines:
        return grid(head, [_row(line) for line in csv.DictReader(lines)])


def _row(line: Mapping[str, str]) -> list[str]:
    """Shares of calls, and of episodes in the one column that is about them."""
    calls, episodes = int(line["calls"]), int(line["episodes"])
    shares = [
        f"{int(line[name]) / of if of else 0.0:.1%}"
        for name, of in (("misses", calls), ("episodes_with_miss", episodes), ("other_errors", calls))
    ]
    return [line["seed"], line["split"], f"{episodes:,}", f"{calls:,}", *shares]


def main() -> int:
    try:
        runs, _ = finished(RECORDED, Path(sys.argv[1]))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for run in runs:
            writer.writerows({"seed": run.seed, "split": split, **of_run(run.folder, split)} for split in SPLITS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
