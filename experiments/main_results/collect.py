"""Tables 1 and 3: every model before and after training; the benchmarks for four models, held-out worlds for ours.

python -m experiments.main_results.collect [runs/main_results]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.main_results.plots import ALT, PICTURES
from experiments.replication.collect import Table, main
from experiments.replication.paper import MODELS, PAPER, laptop, scores
from prove.reports.curves import Point
from prove.reports.markdown import each_model, grid, heldout, number
from prove.reports.results import NOT_RUN, Result, Results
from prove.reports.runs import Source

NAME = "main_results"
ROWS = ("base", "prove")
AGAINST = (("prove", "base"),)
BENCHMARKS = {benchmark: [f"{benchmark}/{name}" for name in names] for benchmark, names in PAPER["benchmarks"].items()}


def paper() -> list[Result]:
    tables = PAPER[NAME]
    return [line for one, node in tables.items() for line in scores(NAME, node, BENCHMARKS[one], dict(AGAINST))]


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    own = each_model(found, lambda model: heldout(found, model, ROWS, AGAINST))
    return {**{one: benchmark(found, measures) for one, measures in BENCHMARKS.items()}, "heldout": own}


def benchmark(found: Results, measures: Sequence[str]) -> str:
    """`base → PROVE` of each part, the paper's line above ours."""
    head = ["base → PROVE", "", *(measure.split("/")[1] for measure in measures)]
    lines = []
    for model in MODELS:
        for source in ("paper", "ours"):
            lines.append([model, source, *(step(found, model, measure, source) for measure in measures)])
    return grid(head, lines)


def step(found: Results, model: str, measure: str, source: str) -> str:
    before, after = (found.one(model, row, measure, source=source).value for row in ROWS)
    return NOT_RUN if before is None and after is None else f"{number(before, 1)} → {number(after, 1)}"


TABLE = Table(
    name=NAME,
    sources=(Source("main_results", "method", ROWS),),
    rows=ROWS,
    against=AGAINST,
    paper=paper(),
    expected=laptop(NAME, ROWS),
    blocks=blocks,
    pictures=PICTURES,
    alt=ALT,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
