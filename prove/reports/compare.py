"""Arms to lines of results.csv: each measure with its interval, each difference to another arm, Holm's correction.

A family is what is corrected together: all comparisons of one table with the same arm, for each measure apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from prove.reports.intervals import Estimate, estimate, holm
from prove.reports.pairing import Arm, differences
from prove.reports.results import Result
from prove.reports.runs import Run

STEPS = "steps"  # trained before the evaluation; a measure without an interval


@dataclass(frozen=True)
class About:
    """What a line says beside its numbers."""

    table: str
    model: str
    prefix: str = ""
    """Of the measures: `validation/` for what was not played on held-out rows."""


def lines(
    about: About,
    arms: Mapping[str, Arm],
    against: Sequence[tuple[str, str]],
    runs: Sequence[Run],
    measures: Iterable[str],
) -> list[Result]:
    """Of every arm and measure a line per comparison, or one line without a comparison.

    `against`: (arm, other) pairs; an arm that did not run compares with nothing. `measures`: of those an arm has.
    """
    found = []
    for name, arm in arms.items():
        others = [other for row, other in against if row == name and other in arms]
        gaps = {other: differences(arm, arms[other]) for other in others}
        found.append(_steps(about, name, [run for run in runs if run.arm == name]))
        for measure in measures:
            if measure in arm.values:
                found += _measured(_line(about, name, arm, runs, measure), arm, gaps, measure)
    return found


def corrected(found: Sequence[Result], family: Sequence[str]) -> list[Result]:
    """The lines with p_holm, where their rows belong to the family and were compared."""
    groups: dict[tuple[str, ...], dict[str, float]] = {}
    for line in found:
        if line.row in family and line.p is not None:
            groups.setdefault((line.model, line.measure, line.against), {})[line.row] = line.p
    adjusted = {key: holm(group) for key, group in groups.items()}
    return [
        replace(line, p_holm=adjusted.get((line.model, line.measure, line.against), {}).get(line.row)) for line in found
    ]


def _line(about: About, name: str, arm: Arm, runs: Sequence[Run], measure: str) -> Result:
    """The measure itself. `seconds`: of one run, the mean over the seeds."""
    own = [run for run in runs if run.arm == name]
    value = estimate(arm.values[measure])
    return Result(
        table=about.table,
        model=about.model,
        row=name,
        measure=about.prefix + measure,
        source="ours",
        value=value.mean,
        low=value.low,
        high=value.high,
        n=int(arm.values[measure].size),
        seeds=len(arm.seeds),
        by_seed=_signed(value),
        seconds=sum(run.seconds for run in own) / len(own),
        machine=", ".join(dict.fromkeys(run.machine for run in own)),
    )


def _steps(about: About, name: str, own: Sequence[Run]) -> Result:
    mean = sum(run.steps for run in own) / len(own)
    return Result(about.table, about.model, name, f"{about.prefix}{STEPS}", "ours", mean, seeds=len(own))


def _measured(line: Result, arm: Arm, gaps: Mapping[str, Arm], measure: str) -> list[Result]:
    compared = [_compared(line, other, gap, measure) for other, gap in gaps.items() if gap.seeds]
    return compared or [line]


def _compared(line: Result, other: str, gap: Arm, measure: str) -> Result:
    """`n` and `seeds` are those of the pairs, fewer than the arm's where the other arm has fewer seeds."""
    values = gap.values[measure]
    gone = estimate(values)
    return replace(
        line,
        n=int(values.size),
        seeds=len(gap.seeds),
        against=other,
        difference=gone.mean,
        diff_low=gone.low,
        diff_high=gone.high,
        p=gone.p,
        by_seed=_signed(gone, "+"),
    )


def _signed(value: Estimate, sign: str = "") -> str:
    return " ".join(f"{one:{sign}.4f}" for one in value.by_seed)
