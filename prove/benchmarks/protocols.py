"""The paper's protocol and ours, side by side, from the same tries.

          the paper's                                       ours
all       the first seed, one trial, a plain number         every seed and trial, an interval, pass^k
bfcl      plain mean of the four categories                 the same
tau2      split base; what the harness gives up is no try   a fault of the agent is a failure, the simulator's apart
t_eval    review on the 1/5 subset                          every question

A number that needs what was not asked is "not asked": no other number stands in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from prove.benchmarks.composed import COMPOSED, DIMENSIONS, DOMAINS, Weights, mean_of
from prove.benchmarks.items import Line, is_passed
from prove.benchmarks.results import Row
from prove.benchmarks.statistics import tables, value_of

NOT_ASKED = "not asked"
HARNESS = "harness_success_rate"
"""Of tau2: success of what the harness did not give up, whoever's fault it was."""
CATEGORIES = ("base", "miss_param", "miss_func", "long_context")


@dataclass(frozen=True)
class Measure:
    """A number of the paper's tables: the weighted mean of `parts`. `ours`: the metric that is it under our protocol,
    which has that meaning only if all of `needs` were measured."""

    name: str
    parts: Weights
    ours: str
    needs: Collection[str] = ()


def _categories() -> tuple[Measure, ...]:
    parts = {name: {f"accuracy@category={name}": 1.0} for name in CATEGORIES}
    overall = mean_of(*parts.values())
    single = (Measure(name, part, *part) for name, part in parts.items())
    return (*single, Measure("overall", overall, "accuracy", tuple(overall)))


def _domains() -> tuple[Measure, ...]:
    parts = {name: {f"{HARNESS}@domain={name}": 1.0} for name in DOMAINS}
    single = (Measure(name, part, f"success_rate@domain={name}") for name, part in parts.items())
    return (*single, Measure("average", mean_of(*parts.values()), "average"))


def _dimensions() -> tuple[Measure, ...]:
    single = (Measure(name, parts, name) for name, parts in DIMENSIONS.items())
    return (*single, Measure("overall", COMPOSED["t_eval"]["overall"], "overall"))


MEASURES: Mapping[str, tuple[Measure, ...]] = {"bfcl": _categories(), "tau2": _domains(), "t_eval": _dimensions()}
"""Kind of a benchmark -> what the paper reports of it, in its order."""

PAPERS = {
    "bfcl": "plain mean of the four categories",
    "tau2": "split base, what the harness gives up left out",
    "t_eval": "review on the 1/5 subset",
}
OURS = {
    "bfcl": "the four variants of a conversation drawn together",
    "tau2": "a message of the agent that cannot be used is a failure, the simulator's faults are counted apart",
    "t_eval": "every question of review",
}


@dataclass(frozen=True)
class Asked:
    """What was asked, where the protocols differ. `seed`: the first; `limit`: of a sample; `left_out`: ids that the
    paper does not ask; `paper_lacks`, `ours_lack`: measures not asked as each has them; `printed`: the paper's figures.
    """

    kind: str
    seed: int
    limit: int | None = None
    left_out: Collection[str] = ()
    paper_lacks: Collection[str] = ()
    ours_lack: Collection[str] = ()
    printed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """One measure under both protocols, None: not asked. `n`: tries of the paper's; `printed`: the paper's figure."""

    measure: str
    metric: str
    paper: float | None
    n: int
    ours: Row | None
    printed: float | None


def beside(lines: Sequence[Line], rows: Sequence[Row], asked: Asked) -> tuple[Beside, ...]:
    """A line per measure of the paper; none of a benchmark that it does not have."""
    kept = [line for line in lines if (line.seed, line.trial) == (asked.seed, 0) and line.id not in asked.left_out]
    found = tables(kept)
    measured = {row.metric: row for row in rows if not row.reward}
    sides = []
    for one in MEASURES.get(asked.kind, ()):
        whole = one.parts.keys() <= found.keys() and one.name not in asked.paper_lacks
        value = sum(weight * value_of(found[part]) for part, weight in one.parts.items()) if whole else None
        tries = int(sum(count for part in one.parts if whole for _, count in found[part].values()))
        known = one.name not in asked.ours_lack and set(one.needs) <= measured.keys()
        ours = measured.get(one.ours) if known else None
        sides.append(Beside(one.name, one.ours, value, tries, ours, asked.printed.get(one.name)))
    return tuple(sides)


def block(sides: Sequence[Beside], rows: Sequence[Row], asked: Asked) -> str:
    """Both for people, with what each of them is; empty where the paper has no such benchmark."""
    if not sides:
        return ""
    passed = [row for row in rows if is_passed(row.metric) and "@" not in row.metric]
    cells = [["", "the paper", "paper's protocol", "ours"]]
    cells += [[one.measure, _printed(one), paper_cell(one), ours_cell(one.ours)] for one in sides]
    cells += [[row.metric, "-", "one trial", ours_cell(row)] for row in passed]
    shown = cells if asked.printed else [[name, *rest] for name, _, *rest in cells]
    return "\n".join([*aligned(shown), *notes(asked)])


def notes(asked: Asked) -> list[str]:
    """What the two are."""
    told = [
        f"paper's protocol: seed {asked.seed}, one trial, no interval; {PAPERS[asked.kind]}",
        f"ours: every seed and trial, with intervals; {OURS[asked.kind]}",
    ]
    sampled = "so neither is of the whole benchmark, which the paper's figures are"
    return [*told, f"limit={asked.limit} is a sample, {sampled}"] if asked.limit is not None else told


def paper_cell(one: Beside) -> str:
    return NOT_ASKED if one.paper is None else f"{one.paper:.3f} (n {one.n})"


def ours_cell(row: Row | None) -> str:
    return NOT_ASKED if row is None else f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}] (n {row.n})"


def _printed(one: Beside) -> str:
    return "-" if one.printed is None else f"{one.printed:.3f}"


def aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    """Columns side by side."""
    widths = [max(map(len, column)) + 3 for column in zip(*cells, strict=True)]
    return ["".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
