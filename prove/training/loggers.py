"""Where the numbers of a run go: `loggers=[wandb]`, `[tensorboard]`, `[csv]`, several, or none.

metrics.jsonl is always written. csv is ours (prove.training.history); the others are verl's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from prove.training.history import History

OURS = ("csv",)


def of_verl(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those that verl must be given. ValueError: one is neither ours nor among what verl knows."""
    choices = [*OURS, *known]
    for name in names:
        if name not in choices:
            near = get_close_matches(name, choices, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]}?" if near else ";"
            raise ValueError(f"no logger {name}{hint} there are {', '.join(sorted(choices))}")
    return [name for name in names if name not in OURS]


def prepare(names: Iterable[str], run: Path) -> None:
    """Makes metrics.csv if it is wanted; tells TensorBoard the run's folder, which is not where it would go."""
    os.environ["TENSORBOARD_DIR"] = str(run / "tensorboard")
    if "csv" in names:
        History(run / "metrics.jsonl").begin_table()
