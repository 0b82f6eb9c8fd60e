"""Table 5: the reward without one of its parts, and with a flat budget, against the whole.

python -m experiments.reward_ablation.collect [runs/reward_ablation [runs/main_results]]

The second folder gives the base policy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations

from experiments.replication.collect import Table, main
from experiments.replication.paper import OVERALL, PAPER, laptop, scores
from experiments.reward_ablation.plots import ABLATIONS, ALT, MODEL, PICTURES
from prove.reports.curves import Point
from prove.reports.markdown import SHORT, benchmarks, by_seed, change, count, each_model, grid, heldout, number
from prove.reports.results import NOT_RUN, Result, Results
from prove.reports.runs import Source
from prove.reports.settings import SETTINGS

NAME = "reward_ablation"
WHOLE = "prove"
ROWS = (WHOLE, *ABLATIONS)
OURS = {"total": "total", "exact": "exact match"}


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    return {
        "benchmarks": benchmarks(found, ROWS),
        "differences": each_model(found, lambda model: differences(found, model)),
        "order": order(found),
        "measures": each_model(found, lambda model: heldout(found, model, rows_of(found, model))),
    }


def rows_of(found: Results, model: str) -> list[str]:
    return [row for row in (*ROWS, "base") if row in found.rows(model)]


def differences(found: Results, model: str) -> str:
    """Total and exact match: the row, its difference to the whole reward, that of each seed, Holm's p."""
    columns = ("", "− prove, 95 %", "by seed", "p, Holm")
    head = [
        "trained with",
        *(f"{name} {column}".strip() for name in OURS.values() for column in columns),
        "total − base",
        "n",
    ]
    lines = []
    for row in rows_of(found, model):
        other = None if row == WHOLE else WHOLE
        cells = [cell for measure in OURS for cell in compared(found.one(model, row, measure, other), other)]
        total, gained = (found.one(model, row, "total", against) for against in (None, "base"))
        lines.append([row, *cells, change(gained), count(total)])
    return grid(head, lines)


def compared(line: Result, other: str | None) -> tuple[str, str, str, str]:
    """Value, difference to the other row if there is one, that of each seed, corrected p."""
    if other is None or line.difference is None:
        return number(line.value), "", "", ""
    p = "" if line.p_holm is None else f"{line.p_holm:.3f}{' *' if line.p_holm < 1 - SETTINGS.confidence else ''}"
    return number(line.value), change(line), by_seed(line), p


def order(found: Results) -> str:
    """Each ablation's place by its difference, 1 = loses most, on every scale; and how many pairs agree."""
    scales = {name: gaps(found, MODEL, measure, "paper") for measure, name in SHORT.items()}
    scales |= {name: gaps(found, SETTINGS.laptop, measure, "ours") for measure, name in OURS.items()}
    head = [
        "place by loss",
        *(f"paper: {name}" for name in SHORT.values()),
        *(f"ours: {name}" for name in OURS.values()),
    ]
    lines = [[row, *(place(scale, row) for scale in scales.values())] for row in ABLATIONS]
    agreement = [agree(scale, scales[SHORT[OVERALL[0]]]) for scale in scales.values()]
    return grid(head, [*lines, ["pairs in BFCL's order", *agreement]])


def gaps(found: Results, model: str, measure: str, source: str) -> dict[str, float]:
    """Difference to the whole reward of each ablation that has one."""
    lines = {row: found.one(model, row, measure, WHOLE, source) for row in ABLATIONS}
    return {row: line.difference for row, line in lines.items() if line.difference is not None}


def place(scale: dict[str, float], row: str) -> str:
    """Equal differences share the better place."""
    if row not in scale:
        return NOT_RUN
    return str(1 + sum(other < scale[row] for other in scale.values()))


def agree(scale: dict[str, float], other: dict[str, float]) -> str:
    """Pairs of ablations that both scales put in the same order, of all pairs that both have."""
    pairs = list(combinations([row for row in scale if row in other], 2))
    alike = sum((scale[one] - scale[two]) * (other[one] - other[two]) > 0 for one, two in pairs)
    return f"{alike} of {len(pairs)}" if pairs else NOT_RUN


TABLE = Table(
    name=NAME,
    sources=(Source("reward_ablation", "reward", ROWS), Source("main_results", "method", ("base",))),
    rows=(*ROWS, "base"),
    against=(*((row, WHOLE) for row in (*ABLATIONS, "base")), *((row, "base") for row in ROWS)),
    paper=scores(NAME, PAPER[NAME], OVERALL, dict.fromkeys(ABLATIONS, WHOLE)),
    expected=laptop(NAME, ROWS),
    blocks=blocks,
    pictures=PICTURES,
    alt=ALT,
    family=ABLATIONS,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
