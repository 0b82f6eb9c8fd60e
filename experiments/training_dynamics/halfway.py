"""Prints `SEED STEP FOLDER` of the earliest checkpoint that each finished PROVE run still has, for run.sh.

python -m experiments.training_dynamics.halfway runs/main_results
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from prove.reports.runs import Run, Source, finished, print_lines


def halfway(sweep: Path) -> Iterator[tuple[int, int, Path]]:
    """Seed, step and model folder. ValueError: a run has no checkpoint before its last step."""
    runs, _ = finished(Source("main_results", "method", ("prove",)), sweep)
    for run in runs:
        yield run.seed, *_earliest(run)


def _earliest(run: Run) -> tuple[int, Path]:
    folders = (run.folder / "checkpoints").glob("global_step_*/actor/huggingface")
    steps = {int(folder.parts[-3].removeprefix("global_step_")): folder for folder in folders}
    early = [step for step in steps if step < run.steps]
    if not early:
        raise ValueError(f"{run.folder} has no checkpoint before step {run.steps}; trainer.save_every makes them")
    return min(early), steps[min(early)]


if __name__ == "__main__":
    sys.exit(print_lines(halfway))
