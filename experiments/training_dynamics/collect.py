"""Figures 3 and 4: the reward by step, and its components before, halfway and after training.

python -m experiments.training_dynamics.collect [runs/main_results [runs/training_dynamics]]

The second folder has evaluations of the checkpoints halfway; run.sh makes them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.replication.collect import Table, main
from experiments.replication.paper import laptop
from experiments.training_dynamics.plots import ALT, COMPONENTS, PICTURES
from prove.reports.curves import Point, band
from prove.reports.markdown import each_model, grid, heldout, label, number
from prove.reports.results import NOT_RUN, Results
from prove.reports.runs import Source
from prove.reports.settings import SETTINGS

NAME = "training_dynamics"
ROWS = ("base", "halfway", "prove")
AGAINST = (("halfway", "base"), ("prove", "halfway"), ("prove", "base"))
LOGGED = (*COMPONENTS, "exact", "calls", "zero_variance_groups")


def blocks(found: Results, curve: Sequence[Point]) -> dict[str, str]:
    own = each_model(found, lambda model: heldout(found, model, ROWS, AGAINST))
    return {"heldout": own, "training": training(curve)}


def training(curve: Sequence[Point]) -> str:
    """Means of the first and the last steps of training, over seeds; every step has other examples."""
    window = SETTINGS.window
    head = ["training episodes", f"first {window} steps", "by seed", f"last {window} steps", "by seed"]
    return grid(head, [[label(measure), *_ends(curve, measure, window)] for measure in LOGGED])


def _ends(curve: Sequence[Point], measure: str, window: int) -> list[str]:
    found = band(curve, SETTINGS.laptop, "prove", measure)
    if found is None:
        return [NOT_RUN, "", NOT_RUN, ""]
    cells = []
    for steps in (found.steps[:window], found.steps[-window:]):
        seeds = [_mean(curve, measure, seed, steps) for seed in _seeds(curve)]
        cells += [number(sum(seeds) / len(seeds)), " ".join(number(one) for one in seeds)]
    return cells


def _seeds(curve: Sequence[Point]) -> list[int]:
    return sorted({point.seed for point in curve if (point.model, point.arm) == (SETTINGS.laptop, "prove")})


def _mean(curve: Sequence[Point], measure: str, seed: int, steps: Sequence[int]) -> float:
    wanted = (SETTINGS.laptop, "prove", measure, seed)
    own = [p.value for p in curve if (p.model, p.arm, p.measure, p.seed) == wanted and p.step in steps]
    return sum(own) / len(own)


TABLE = Table(
    name=NAME,
    sources=(Source("main_results", "method", ("base", "prove")), Source(NAME, "checkpoint", ("halfway",))),
    rows=ROWS,
    against=AGAINST,
    paper=(),
    expected=laptop(NAME, ROWS),
    blocks=blocks,
    pictures=PICTURES,
    alt=ALT,
    curves=LOGGED,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
