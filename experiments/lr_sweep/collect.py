"""The learning-rate sweep (paper, section 4.1): chosen on validation rows, told on held-out ones.

python -m experiments.lr_sweep.collect [runs/lr [runs/main_results]]

The second folder gives the base policy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import yaml

from experiments.lr_sweep.plots import ALT, PICTURES
from experiments.replication.collect import Table, main
from experiments.replication.paper import MODELS, PAPER, laptop
from prove.reports.curves import Point
from prove.reports.markdown import by_seed, change, count, each_model, effort, grid, valued
from prove.reports.results import NOT_RUN, Result, Results
from prove.reports.runs import Source, plain
from prove.reports.settings import ROOT, SETTINGS

NAME = "lr_sweep"
VALIDATION = "validation/total"
CHOSEN = ("chosen", "lr")


def swept() -> tuple[str, ...]:
    """The learning rates that conf/model has for the laptop's model."""
    node = yaml.safe_load((ROOT / "conf" / "model" / f"{SETTINGS.laptop}.yaml").read_text(encoding="utf-8"))
    return tuple(plain(str(rate)) for rate in node["model"].get("lr_sweep", [node["lr"]]))


def paper() -> list[Result]:
    chosen = PAPER["learning_rate"]["chosen"]
    return [Result(NAME, model, *CHOSEN, "paper", float(chosen[model]), machine=PAPER["machine"]) for model in MODELS]


def choose(found: Sequence[Result]) -> list[Result]:
    """Of each model the rate with the highest total on validation rows, which are not those it is reported on."""
    tried = [line for line in found if line.measure == VALIDATION and line.row != "base" and line.value is not None]
    best = {model: max((line for line in tried if line.model == model), key=_value) for model in _models(tried)}
    return [
        Result(NAME, model, *CHOSEN, "ours", float(line.row), n=line.n, seeds=line.seeds)
        for model, line in best.items()
    ]


def _models(lines: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(line.model for line in lines))


def _value(line: Result) -> float:
    return line.value or 0.0


def blocks(found: Results, _: Sequence[Point]) -> dict[str, str]:
    return {"chosen": chosen(found), "rates": each_model(found, lambda model: rates(found, model))}


HEAD = ["learning rate", "validation total", "held-out total", "− base, 95 %", "by seed", "exact − base, 95 %", "n"]


def rates(found: Results, model: str) -> str:
    there = found.rows(model)
    rows = sorted((row for row in there if row not in ("base", CHOSEN[0])), key=float)
    rows += [row for row in there if row == "base"]
    return f"{grid(HEAD, [line(found, model, row) for row in rows])}\n\n{effort(found, model, rows)}".strip()


def line(found: Results, model: str, row: str) -> list[str]:
    validation, total, exact = (found.one(model, row, key) for key in (VALIDATION, "total", "exact"))
    gap = by_seed(total) if total.difference is not None else ""
    return [row, valued(validation), valued(total), change(total), gap, change(exact), count(total)]


def chosen(found: Results) -> str:
    """The paper's choice beside ours."""
    rows = []
    for model in (*MODELS, SETTINGS.laptop):
        values = [found.one(model, *CHOSEN, source=source).value for source in ("paper", "ours")]
        missing = ("" if model == SETTINGS.laptop else NOT_RUN, NOT_RUN)
        rows.append([model, *(text if v is None else rate(v) for v, text in zip(values, missing, strict=True))])
    return grid(["model", "paper chose", "ours"], rows)


def rate(value: float) -> str:
    """3e-7, not 3e-07."""
    return f"{value:g}".replace("e-0", "e-")


RATES = swept()
TABLE = Table(
    name=NAME,
    sources=(Source("lr", "lr"), Source("main_results", "method", ("base",))),
    rows=(*RATES, "base", CHOSEN[0]),
    against=tuple((plain(str(one)), "base") for one in (*RATES, *PAPER["learning_rate"]["sweep"])),
    paper=paper(),
    expected=[*laptop(NAME, RATES), Result(NAME, SETTINGS.laptop, *CHOSEN, "ours")],
    blocks=blocks,
    pictures=PICTURES,
    alt=ALT,
    curves=("total", "exact", "calls", "zero_variance_groups"),
    validation=("total", "exact"),
    derive=choose,
)

if __name__ == "__main__":
    sys.exit(main(TABLE))
