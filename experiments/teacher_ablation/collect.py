"""Table 7: the same pipeline with two teachers. Both are served models; here nothing was run.

python -m experiments.teacher_ablation.collect [runs/teacher_ablation]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.replication.collect import Table, main
from experiments.replication.paper import OVERALL, PAPER, scores
from prove.reports.curves import Point
from prove.reports.markdown import benchmarks, each_model, heldout
from prove.reports.results import Results
from prove.reports.runs import Source

NAME = "teacher_ablation"
ROWS = ("gemma-4-31b", "qwen3-32b")
AGAINST = ((ROWS[1], ROWS[0]),)


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    own = each_model(found, lambda model: heldout(found, model, ROWS, AGAINST), first=())
    return {"benchmarks": benchmarks(found, ROWS), "heldout": own}


TABLE = Table(
    name=NAME,
    sources=(Source("teacher_ablation", "teacher", ROWS),),
    rows=ROWS,
    against=AGAINST,
    paper=scores(NAME, PAPER[NAME], OVERALL, dict(AGAINST)),
    blocks=blocks,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
