"""One sentence for each notebook, computed from the numbers that it shows; it says so where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from experiments.replication.paper import OVERALL
from prove.reports.curves import Point
from prove.reports.markdown import SHORT, label
from prove.reports.results import Result, Results
from prove.reports.settings import SETTINGS

NOTHING = "Nothing was run yet, so there is nothing to say."


def risen(curve: Sequence[Point], arm: str = "prove", measure: str = "total") -> str:
    """Figure 3: the first and the last steps of a curve."""
    by_seed = _by_seed(point for point in curve if (point.arm, point.measure) == (arm, measure))
    if not by_seed:
        return NOTHING
    ends = [(_mean(values[: SETTINGS.window]), _mean(values[-SETTINGS.window :])) for values in by_seed]
    first, last = (_mean([end[place] for end in ends]) for place in (0, 1))
    rose = sum(after > before for before, after in ends)
    return (
        f"Over {len(by_seed[0])} steps the mean {label(measure)} of training goes from {first:.3f} to {last:.3f} "
        f"({last - first:+.3f}; {SETTINGS.window} steps at each end) and rises in {rose} of {len(ends)} seeds."
    )


def moved(found: Results, row: str, against: str, measures: Sequence[str]) -> str:
    """Figure 4: the component that changes most, and how many are certain."""
    lines = [found.one(SETTINGS.laptop, row, measure, against) for measure in measures]
    known = [line for line in lines if line.difference is not None]
    if not known:
        return NOTHING
    most = max(known, key=lambda line: abs(line.difference or 0.0))
    up = [label(line.measure) for line in known if (line.diff_low or 0.0) > 0]
    down = [label(line.measure) for line in known if (line.diff_high or 0.0) < 0]
    return (
        f"{label(most.measure).capitalize()} moves most, {_gap(most)} on {most.n:,} pairs; "
        f"the interval is above zero for {_listed(up)} and below it for {_listed(down)}."
    )


def ablated(found: Results, rows: Sequence[str], whole: str) -> str:
    """Table 5: which part's loss is certain here; the paper's own three benchmarks against each other."""
    paper = [{row: _difference(found, row, whole, measure) for row in rows} for measure in OVERALL]
    pairs = list(combinations(rows, 2))
    agree = [sum((one[a] < one[b]) == (paper[0][a] < paper[0][b]) for a, b in pairs) for one in paper[1:]]
    names = list(SHORT.values())
    told = " and ".join(f"{name} {count}" for count, name in zip(agree, names[1:], strict=True))
    head = f"Of {len(pairs)} pairs of ablations the paper's other benchmarks put in {names[0]}'s order: {told}"
    ours = [found.one(SETTINGS.laptop, row, "exact", whole) for row in rows]
    known = [line for line in ours if line.difference is not None]
    if not known:
        return f"{head}; ours was not run."
    lost = [line for line in known if (line.diff_high or 0.0) < 0]
    which = _listed([f"{line.row} {_gap(line)}" for line in lost])
    return f"{head}; of our {len(known)} ablations {len(lost)} certainly solve fewer tasks: {which}."


def beaten(found: Results) -> str:
    """Table 6: fine-tuning against PROVE, the paper's models and ours."""
    paper = [line for line in found.lines if (line.source, line.measure) == ("paper", OVERALL[0])]
    scores = {(line.model, line.row): line.value or 0.0 for line in paper}
    models = found.models("paper")
    wins = sum(scores[model, "prove"] > scores[model, "sft"] for model in models)
    line = found.one(SETTINGS.laptop, "prove", "exact", "sft")
    ours = (
        "ours was not run"
        if line.difference is None
        else f"in ours its share of solved tasks is {_gap(line)} beside it, on {line.n:,} pairs"
    )
    return f"PROVE beats fine-tuning on {SHORT[OVERALL[0]]} for {wins} of the paper's {len(models)} models; {ours}."


def chosen(found: Results) -> str:
    """The learning rate with the best validation total, and what each rate gains over the base."""
    lines = [found.one(SETTINGS.laptop, row, "total", "base") for row in found.rows(SETTINGS.laptop)]
    known = [line for line in lines if line.difference is not None]
    best = found.one(SETTINGS.laptop, "chosen", "lr").value
    if not known or best is None:
        return NOTHING
    gains = ", ".join(f"{line.row}: {_gap(line)}" for line in sorted(known, key=lambda line: float(line.row)))
    return f"Validation rows choose {best:g}; on held-out rows the rates gain over the base policy {gains}."


def audited(summary: Mapping[str, Any]) -> str:
    """What the training split holds, which tools it leaves out, why candidates were dropped most."""
    kinds = ", ".join(f"{100 * many / summary['examples']:.1f} % {kind}" for kind, many in summary["kinds"].items())
    servers = summary["tools"]["by_server"].values()
    called, listed = (sum(server[key] for server in servers) for key in ("called", "listed"))
    dropped = {reason: many for stage in summary["stages"] for reason, many in stage["dropped"].items() if many}
    why = max(dropped, key=lambda reason: dropped[reason]) if dropped else "nothing"
    return (
        f"{summary['examples']:,} rows ({kinds}) need {called} of {listed} tools; "
        f"of {sum(dropped.values()):,} dropped candidates most were dropped for {why} ({dropped.get(why, 0):,})."
    )


def _by_seed(points: Iterable[Point]) -> list[list[float]]:
    found: dict[int, list[tuple[int, float]]] = {}
    for point in points:
        found.setdefault(point.seed, []).append((point.step, point.value))
    return [[value for _, value in sorted(values)] for _, values in sorted(found.items())]


def _difference(found: Results, row: str, whole: str, measure: str) -> float:
    model = found.models("paper")[0]
    return found.one(model, row, measure, whole, "paper").difference or 0.0


def _gap(line: Result) -> str:
    return f"{line.difference:+.3f} [{line.diff_low:+.3f}, {line.diff_high:+.3f}]"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "none"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
