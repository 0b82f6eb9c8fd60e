"""CPU seconds and memory of what everybody waits for, in two versions of the repository, one after the other in turn.

git worktree add ../before COMMIT && python -m experiments.side_by_side.before_after ../before [--repeats 3]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT / "data/mini/heldout.parquet"
WORK = {
    "import prove.main": "import prove.main",
    "import prove.sessions": "import prove.sessions",
    "check 900 rows": "import sys; from pathlib import Path; from prove.training.rows import check_rows; "
    f"check_rows(Path({str(ROWS)!r}))",
}
PEAK = "; import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"


def spent(folder: Path, code: str) -> tuple[float, float]:
    """CPU seconds of a fresh process that runs the code in this folder, and its highest MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run([sys.executable, "-c", code + PEAK], cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, float(ran.stdout)


def told(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} [{min(values):.2f}, {max(values):.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m experiments.side_by_side.before_after")
    parser.add_argument("before", type=Path, help="a checkout of the version to compare with")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print("| | before, CPU s | after, CPU s | before, MiB | after, MiB |\n|---|---|---|---|---|")
    for what, code in WORK.items():
        runs = [[spent(folder, code) for folder in (options.before, ROOT)] for _ in range(options.repeats)]
        cells = [told([run[version][figure] for run in runs]) for figure in (0, 1) for version in (0, 1)]
        print(f"| {what} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
