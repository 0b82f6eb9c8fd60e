"""results.csv of one evaluation, and the same as a table to read.

    model, method, reward, seed, commit, versions, benchmark, metric, value, low, high, n, items, command

`reward` is the one that the metric is of, empty for the others. `n`: what the value is a share or mean of (episodes, or
calls for a pooled share); `items`: how many items they come from, which is what the interval rests on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from prove.benchmarks.composed import composed
from prove.benchmarks.folder import replace
from prove.benchmarks.items import Line
from prove.benchmarks.statistics import Estimate, Settings, Table, estimate, pass_hat, tables

DIGITS = 6
PASSED = ("exact", "success_rate", "accuracy")
"""The metrics that pass^k is of, one of which a benchmark has; by domain, as tau2-bench has it, and by slice too."""
GROUPED = tuple(f"{metric}@{group}=" for metric in PASSED for group in ("domain", "slice"))


@dataclass(frozen=True)
class About:
    """What every row of an evaluation says. `kind`: whose means of parts its table shows (composed.COMPOSED)."""

    model: str
    method: str
    benchmark: str
    versions: str
    command: str
    kind: str = ""


@dataclass(frozen=True)
class Row:
    """One line of results.csv."""

    model: str
    method: str
    reward: str
    seed: str
    commit: str
    versions: str
    benchmark: str
    metric: str
    value: float
    low: float
    high: float
    n: int
    items: int
    command: str


COLUMNS = tuple(field.name for field in fields(Row))


def rows_of(lines: Sequence[Line], about: About, settings: Settings) -> list[Row]:
    """One row per metric; pass^k for every k up to the number of trials. ValueError: nothing was played."""
    if not lines:
        raise ValueError("no item was played, so there is nothing to report")
    seeds = " ".join(str(seed) for seed in sorted({line.seed for line in lines}))
    commits = " ".join(sorted({line.commit for line in lines}))
    counted = tables(lines)
    measured = composed(about.kind, counted, settings)
    measured |= {metric: estimate(metric, table, settings) for metric, table in counted.items()}
    measured |= {name: estimate(name, table, settings) for name, table in passed(lines).items()}
    return [_row(about, seeds, commits, metric, measured[metric]) for metric in ordered(measured)]


def passed(lines: Sequence[Line]) -> dict[str, Table]:
    """pass^k for every k up to the number of trials; nothing of single ones."""
    trials = 1 + max(line.trial for line in lines)
    found = {
        metric.replace(metric.partition("@")[0], f"pass^{k}"): pass_hat(lines, metric, k)
        for k in (range(1, trials + 1) if trials > 1 else ())
        for metric in dict.fromkeys(name for line in lines for name in line.counts)
        if metric in PASSED or metric.startswith(GROUPED)
    }
    return {name: table for name, table in found.items() if table}


def ordered(metrics: Iterable[str]) -> list[str]:
    """Those of all items first, as they came; then group by group, 2 before 10."""
    metrics = list(metrics)
    apart = sorted((one for one in metrics if "@" in one), key=_group)
    return [one for one in metrics if "@" not in one] + apart


def _group(metric: str) -> tuple[str, int, str, str]:
    name, _, rest = metric.partition("@")
    group, _, value = rest.partition("=")
    return group, int(value) if value.isdigit() else -1, value, name


def _row(about: About, seeds: str, commits: str, metric: str, one: Estimate) -> Row:
    reward, _, name = metric.rpartition("/")
    numbers = (round(value, DIGITS) for value in (one.value, one.low, one.high))
    return Row(
        about.model,
        about.method,
        reward,
        seeds,
        commits,
        about.versions,
        about.benchmark,
        name,
        *numbers,
        one.n,
        one.items,
        about.command,
    )


def write(path: Path, rows: Sequence[Row]) -> None:
    """results.csv, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(row) for row in rows)
    replace(path, text.getvalue())


def table(rows: Sequence[Row], settings: Settings) -> str:
    """The rows for people: those of all items, then a line per group."""
    first = rows[0]
    title = f"{first.benchmark} · {first.model} · {first.method} · seed {first.seed} · commit {first.commit}"
    whole = [row for row in rows if "@" not in row.metric]
    width = max(len(_name(row)) for row in whole) + 2
    head = f"{'':<{width}}{'value':>9}   {f'{settings.confidence:.0%} interval':<20}{'n':>7}{'items':>7}"
    body = [f"{_name(row):<{width}}{_number(row):<32}{row.n:>7}{row.items:>7}" for row in whole]
    return "\n".join([title, "", head, *body, *_groups([row for row in rows if "@" in row.metric])])


def _groups(rows: Sequence[Row]) -> list[str]:
    """`calls=3   n 40   exact 0.350 [0.221, 0.505]   …` by group."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.metric.partition("@")[2], []).append(row)
    width = max(map(len, groups), default=0) + 2
    lines = [
        f"{group:<{width}}n {max(row.n for row in of):<6}" + "   ".join(_short(row) for row in of)
        for group, of in groups.items()
    ]
    return ["", *lines] if lines else []


def _short(row: Row) -> str:
    return f"{_name(row).replace('@' + row.metric.partition('@')[2], '')} {' '.join(_number(row).split())}"


def _number(row: Row) -> str:
    return f"{row.value:>9.3f}   [{row.low:.3f}, {row.high:.3f}]"


def _name(row: Row) -> str:
    return f"{row.metric} ({row.reward})" if row.reward else row.metric
