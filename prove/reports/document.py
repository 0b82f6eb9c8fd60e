"""The blocks of a report, from what was found: first what is missing, then tables, curves, differences, episodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

from prove.reports import curves, results
from prove.reports.blocks import Block, Document, Grid, Heading, Notice, Paragraph
from prove.reports.charts import charts, curves_of, forests
from prove.reports.curves import Point
from prove.reports.differences import differences
from prove.reports.facts import facts
from prove.reports.instructive import choose, of_training, sightings
from prove.reports.results import Results
from prove.reports.settings import ROOT, SETTINGS
from prove.reports.sweep import Found, Watched
from prove.reports.tables import Measured, benchmarks, heldout, measure, not_run
from prove.reports.talk import talk
from prove.rewards.choice import Reward

Say = Callable[[str], None]


def report(found: Found, reward: Reward, against: str | None, command: str, say: Say = lambda part: None) -> Document:
    """`say` hears which part is made. ValueError: `against` is no row, or a stored line is no episode."""
    say("tables")
    measured = measure(found.runs, reward, against)
    own = _experiments(found)
    say("curves")
    pictures = _curves(found, measured)
    say("episodes")
    episodes, notes = _episodes(found.runs, measured, reward)
    missing = [*found.missing, *measured.notes, *notes, *chain(*(not_run(one) for one in own.values()))]
    blocks: list[Block] = [
        *([Heading("What is missing"), Notice(missing)] if missing else []),
        *_tables(found, measured, own, reward),
        *pictures,
        *_configurations(found.runs),
        *episodes,
        Heading("Where it comes from"),
        *facts(found.runs, command),
    ]
    names = dict.fromkeys([*(run.sweep for run in found.runs), *(folder.name for folder in found.experiments)])
    return Document(f"Report: {', '.join(names)}", blocks)


def _experiments(found: Found) -> dict[Path, Results]:
    """Results of the folders of experiments/ that were named."""
    return {folder: Results(tuple(results.read(folder / "results.csv"))) for folder in found.experiments}


def _tables(found: Found, measured: Measured, own: dict[Path, Results], reward: Reward) -> Iterable[Block]:
    """Held-out rows; then paper | ours of the folders named and of those that conf/report.yaml names for a sweep."""
    known = [SETTINGS.papers.get(name, ()) for name in dict.fromkeys(run.sweep for run in found.runs)]
    folders = dict.fromkeys([*found.experiments, *(ROOT / "experiments" / name for name in chain(*known))])
    paper = [block for folder in folders for block in benchmarks(folder)]
    if measured.lines.lines:
        yield Heading("Held-out worlds")
        yield Paragraph(f"Every episode is scored under reward {reward.name}, whatever its run was trained on.")
        yield from _model_blocks(measured)
    else:
        for folder, lines in own.items():
            if told := heldout(lines, None):
                yield Heading(f"{folder.name}: results.csv")
                yield from told
    if paper:
        yield Heading("Paper | ours")
        yield Paragraph("Scores as the paper prints them, in brackets the difference it compares by; ours beside them.")
        yield from paper


def _model_blocks(measured: Measured) -> Iterable[Block]:
    yield from heldout(measured.lines, measured.against, measured.split)
    for model in measured.lines.models():
        yield from forests(measured.lines, measured.against, model)


def _curves(found: Found, measured: Measured) -> list[Block]:
    done = curves_of([run for run in found.runs if run.done and run.steps])
    running = curves_of([run for run in found.runs if not run.done])
    if not found.runs:
        stored = chain(*(curves.read(folder / "curves.csv") for folder in found.experiments))
        done = [_keyed(point) for point in stored]
    pictures = charts(done, running)
    if not pictures:
        return []
    told = (
        "Line: mean of the finished seeds; band: lowest to highest; dotted: a run that is not finished. Total is that"
    )
    told += " of the reward a run was trained on."
    return [Heading("Curves"), Paragraph(told), *pictures]


def _keyed(point: Point) -> Point:
    """curves.csv names measures without their group."""
    group = "episode" if point.measure in ("calls", "failed_calls") else "reward"
    return Point(point.model, point.arm, point.seed, point.step, f"{group}/{point.measure}", point.value)


def _configurations(runs: Sequence[Watched]) -> list[Block]:
    if not runs:
        return []
    told: Grid | None = differences(runs)
    return [Heading("Configurations"), told or Paragraph("The configurations of the runs do not differ.")]


def _episodes(runs: Sequence[Watched], measured: Measured, reward: Reward) -> tuple[list[Block], list[str]]:
    """Of the last evaluations; where there is none, of training."""
    if not runs:
        return [], []
    seen, notes = sightings(measured, runs, reward), []
    if not seen:
        seen, notes = of_training(runs, reward)
    chosen = choose(seen)
    if not chosen:
        return [], notes
    if not any(one.before for one in seen):
        notes = [*notes, "no row was played twice (no first evaluation, no base row): no episode is the most improved"]
    told = (
        f"{len(chosen)} of {len(seen):,} episodes, each chosen by a rule (prove/reports/instructive.py) and shortened."
    )
    return [Heading("Episodes to read"), Paragraph(told), *(talk(one, reward) for one in chosen)], notes
