"""Table 6: the base policy, supervised fine-tuning and PROVE on the same rows.

python -m experiments.sft_baseline.collect [runs/main_results]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.replication.collect import Table, main
from experiments.replication.paper import OVERALL, PAPER, laptop, scores
from experiments.sft_baseline.plots import ALT, PICTURES
from prove.reports.curves import Point
from prove.reports.markdown import benchmarks, each_model, heldout
from prove.reports.results import Results
from prove.reports.runs import Source

NAME = "sft_baseline"
ROWS = ("base", "sft", "prove")
AGAINST = (("sft", "base"), ("prove", "base"), ("prove", "sft"))


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    own = each_model(found, lambda model: heldout(found, model, ROWS, AGAINST))
    return {"benchmarks": benchmarks(found, ROWS), "heldout": own}


TABLE = Table(
    name=NAME,
    sources=(Source("main_results", "method", ROWS),),
    rows=ROWS,
    against=AGAINST,
    paper=scores(NAME, PAPER[NAME], OVERALL, {"sft": "base", "prove": "base"}),
    expected=laptop(NAME, ROWS),
    blocks=blocks,
    pictures=PICTURES,
    alt=ALT,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
