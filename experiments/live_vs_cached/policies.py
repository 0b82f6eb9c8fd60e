"""Prints `SEED FOLDER` of the last checkpoint of each finished run on recorded worlds, for run.sh.

python -m experiments.live_vs_cached.policies runs/live_vs_cached
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from prove.reports.runs import Source, finished, print_lines

RECORDED = Source("live_vs_cached", "servers", ("recorded",))


def policies(sweep: Path) -> Iterator[tuple[int, Path]]:
    """Seed and folder of the trained model. ValueError: a run has none."""
    runs, _ = finished(RECORDED, sweep)
    for run in runs:
        folder = run.folder / f"checkpoints/global_step_{run.steps}/actor/huggingface"
        if not folder.is_dir():
            raise ValueError(f"{folder} is missing: the run was trained without checkpoints of its last step")
        yield run.seed, folder


if __name__ == "__main__":
    sys.exit(print_lines(policies))
