"""Tables of a report: benchmarks paper | ours, held-out values with intervals, paired differences.

finished runs → arms → lines of results.csv (prove.reports.compare), never written      experiments/NAME/results.csv
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prove.reports import results
from prove.reports.blocks import Block, Grid, Paragraph
from prove.reports.compare import STEPS, About, corrected, lines
from prove.reports.markdown import by_seed, change, count, label, named, number, score, valued
from prove.reports.measures import COUNTED, SCORED, Played, read_episodes
from prove.reports.pairing import Evaluated, arms
from prove.reports.results import NOT_RUN, Result, Results
from prove.reports.runs import Run, run_of
from prove.reports.settings import SETTINGS
from prove.reports.sweep import Watched
from prove.rewards.choice import Reward

COVERS = "An interval is over seeds and examples alike; with one seed, over the examples alone."


@dataclass(frozen=True)
class Measured:
    """What finished runs did in their last evaluation. `episodes` is parallel to `runs`; `notes`: what is left out."""

    split: str
    runs: tuple[Run, ...]
    episodes: tuple[dict[str, Played], ...]
    lines: Results
    against: str | None
    notes: tuple[str, ...]


def measure(watched: Sequence[Watched], reward: Reward, against: str | None = None) -> Measured:
    """Reads and scores the last evaluation of every finished run. ValueError: `against` is no row of them."""
    done = [one for one in watched if one.done]
    split = "heldout" if any(one.evaluations("heldout") for one in done) else "validation"
    played = [one for one in done if one.evaluations(split)]
    notes = [f"{one.job.name} has no episodes/{split}: it is in no table" for one in done if one not in played]
    runs = tuple(run_of(one.job, one.arm, split) for one in played)
    episodes = tuple(read_episodes(run.folder, split, reward) for run in runs)
    other = _against(list(dict.fromkeys(run.arm for run in runs)), against)
    found: list[Result] = []
    for model in dict.fromkeys(run.model for run in runs):
        own = [Evaluated(run, split, each) for run, each in zip(runs, episodes, strict=True) if run.model == model]
        more, said = _lines(own, model, other)
        found, notes = [*found, *more], [*notes, *said]
    return Measured(split, runs, episodes, Results(tuple(found)), other, tuple(notes))


def _against(rows: Sequence[str], wanted: str | None) -> str | None:
    if wanted is not None and wanted not in rows:
        raise ValueError(f"--against {wanted} is none of the finished rows: {', '.join(rows) or 'there are none'}")
    return wanted or next((row for row in SETTINGS.against if row in rows), None)


def _lines(own: Sequence[Evaluated], model: str, other: str | None) -> tuple[list[Result], list[str]]:
    """Runs that do not pair are told each by itself, and why."""
    rows = tuple(dict.fromkeys(one.run.arm for one in own))
    pairs = tuple((row, other) for row in rows if other and row != other)
    try:
        found, runs = arms(own), [one.run for one in own]
        told = lines(About("", model), found, pairs, runs, _names(found))
        return corrected(told, [row for row, _ in pairs]), []
    except ValueError as error:
        alone = [line for row in rows for line in _alone([one for one in own if one.run.arm == row], model)]
        return alone, [f"nothing is compared for {model}: {error}"]


def _alone(own: Sequence[Evaluated], model: str) -> list[Result]:
    try:
        found = arms(own)
    except ValueError:
        return []
    return lines(About("", model), found, (), [one.run for one in own], _names(found))


def _names(found: dict) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for arm in found.values() for key in arm.values))


def benchmarks(folder: Path) -> list[Block]:
    """The paper's figures of one experiment beside ours, a table per benchmark; nothing if the paper has none."""
    found = Results(tuple(results.read(folder / "results.csv")))
    paper = [line for line in found.lines if line.source == "paper"]
    blocks: list[Block] = []
    for group in dict.fromkeys(line.measure.rpartition("/")[0] for line in paper):
        own = [line for line in paper if line.measure.rpartition("/")[0] == group]
        blocks.append(_benchmark(found, own, f"{folder.name}: {group or 'settings'}"))
    return blocks


def _benchmark(found: Results, paper: Sequence[Result], note: str) -> Grid:
    measures = list(dict.fromkeys(line.measure for line in paper))
    words = [measure.rpartition("/")[2] for measure in measures]
    head = ["model", "row", *(f"{word}: {whose}" for word in words for whose in ("paper", "ours"))]
    rows = []
    for model, row in dict.fromkeys((line.model, line.row) for line in paper):
        pairs = [found.one(model, row, measure, source=source) for measure in measures for source in ("paper", "ours")]
        rows.append([model, row, *(f"{line.value:g}" if _setting(line) else score(line) for line in pairs)])
    return Grid(head, rows, note)


def _setting(line: Result) -> bool:
    """A learning rate is no score."""
    return line.measure == "lr" and line.value is not None


def heldout(found: Results, against: str | None, split: str = "heldout") -> list[Block]:
    """Values, then differences, of each model that has rows of its own."""
    blocks: list[Block] = []
    for model in found.models():
        rows = [row for row in found.rows(model) if not _only_benchmarks(found, model, row)]
        if not rows:
            continue
        what = f"{model}, {'held-out' if split == 'heldout' else split} episodes"
        blocks += [values(found, model, rows, what), Paragraph(COVERS)]
        told = differences(found, model, rows, against)
        blocks += [told] if told else [Paragraph("No two rows are compared.")]
        blocks += _by_calls(found, model, rows)
    return blocks


def _only_benchmarks(found: Results, model: str, row: str) -> bool:
    return not any((line.model, line.row, line.measure) == (model, row, "total") for line in found.lines)


def values(found: Results, model: str, rows: Sequence[str], what: str) -> Grid:
    measures = [*SCORED, *COUNTED]
    head = ["row", "steps", *map(label, measures), "n", "seconds of a run"]
    lines_of = [[found.one(model, row, measure) for measure in measures] for row in rows]
    body = []
    for row, own in zip(rows, lines_of, strict=True):
        seconds = own[0].seconds
        told = "" if seconds is None else f"{seconds:.0f}"
        step = found.one(model, row, STEPS).value
        body.append([named(row), number(step, 0), *map(valued, own), _n(own), told])
    return Grid(head, body, f"{what}: value [95 % interval], n episodes")


def _n(own: Iterable[Result]) -> str:
    """Of the row itself; a comparison may have fewer pairs."""
    return next((count(line) for line in own if line.n is not None), "")


def differences(found: Results, model: str, rows: Sequence[str], against: str | None) -> Grid | None:
    """A line per row: its difference to the row it is compared with; Holm's p where several were compared."""
    body, tried = [], ("total", "exact", *SCORED[2:])
    for row in rows:
        others = dict.fromkeys(
            line.against for line in found.lines if (line.source, line.model, line.row) == ("ours", model, row)
        )
        for other in [other for other in others if other and against in (None, other)]:
            own = [found.one(model, row, measure, other) for measure in tried]
            if own[0].difference is not None:
                told = [f"{named(row)} − {named(other)}", *map(change, own), by_seed(own[0]), _p(own[0]), count(own[0])]
                body.append(told)
    head = ["rows", *map(label, tried), "total by seed", "p of total, Holm", "pairs"]
    return Grid(head, body, "difference [95 % interval], paired by example and seed") if body else None


def _p(line: Result) -> str:
    if line.p_holm is None:
        return ""
    return "< 0.001" if line.p_holm < 0.001 else f"{line.p_holm:.3f}"


def _by_calls(found: Results, model: str, rows: Sequence[str]) -> list[Block]:
    measures = [measure for measure in found.measures(model) if measure.startswith("exact@")]
    if not measures:
        return []
    body = [[named(row), *(valued(found.one(model, row, measure)) for measure in measures)] for row in rows]
    return [Grid(["row", *map(label, measures)], body, "exact match by the number of calls a task needs")]


def not_run(found: Results) -> list[str]:
    """`tiny: no_arg, no_name are not run`."""
    told = []
    for model in found.models():
        rows = [row for row in found.rows(model) if not _only_benchmarks(found, model, row)]
        missing = [row for row in rows if found.one(model, row, "total").value is None]
        told += [f"{model}: {', '.join(missing)}: {NOT_RUN}"] if missing else []
    return told
