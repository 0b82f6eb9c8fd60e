"""Ours: GRPO with each of the two presets against GRPO with the paper's reward.

python -m experiments.preset_runs.collect [runs/reward_presets [runs/main_results]]

The second folder gives the base policy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.replication.collect import Table, main
from experiments.replication.paper import laptop
from prove.reports.curves import Point
from prove.reports.markdown import each_model, heldout
from prove.reports.results import Results
from prove.reports.runs import Source

NAME = "preset_runs"
WHOLE, BASE, PRESETS = "prove", "base", ("prove_state", "prove_complete")
ROWS = (BASE, WHOLE, *PRESETS)
AGAINST = (*((row, BASE) for row in (WHOLE, *PRESETS)), *((row, WHOLE) for row in PRESETS))


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    return {"heldout": each_model(found, lambda model: heldout(found, model, ROWS, AGAINST))}


TABLE = Table(
    name=NAME,
    sources=(Source("reward_presets", "reward", (WHOLE, *PRESETS)), Source("main_results", "method", (BASE,))),
    rows=ROWS,
    against=AGAINST,
    paper=(),
    expected=laptop(NAME, ROWS),
    blocks=blocks,
    family=PRESETS,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
