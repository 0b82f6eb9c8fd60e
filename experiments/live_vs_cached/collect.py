"""Ours: a policy trained on live worlds against one trained on what was recorded of them, both played live.

python -m experiments.live_vs_cached.collect [runs/cached_on_live [runs/main_results]]

The first folder has the policies of the cache played on the live held-out worlds; run.sh makes it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from experiments.live_vs_cached.misses import told
from experiments.replication.collect import Table, main
from experiments.replication.paper import laptop
from prove.reports.curves import Point
from prove.reports.markdown import each_model, heldout
from prove.reports.results import Results
from prove.reports.runs import Source

NAME = "live_vs_cached"
BASE, LIVE, CACHED = "base", "prove", "cached"
ROWS = (BASE, LIVE, CACHED)
AGAINST = ((LIVE, BASE), (CACHED, BASE), (CACHED, LIVE))


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    return {"heldout": each_model(found, lambda model: heldout(found, model, ROWS, AGAINST)), "misses": told()}


TABLE = Table(
    name=NAME,
    sources=(Source("cached_on_live", "trained", (CACHED,)), Source("main_results", "method", (BASE, LIVE))),
    rows=ROWS,
    against=AGAINST,
    paper=(),
    expected=laptop(NAME, ROWS),
    blocks=blocks,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
