"""One table from run folders to results.csv, curves.csv, README and pictures.

    python -m experiments.NAME.collect               reads those of its folders runs/SWEEP that are there
    python -m experiments.NAME.collect FOLDER …      reads these and no other, in the order of its sources

Rows of a model that has no run in what is read stay as results.csv has them, or "not run".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from experiments.replication.paper import MODELS, not_run
from prove.reports import curves, results
from prove.reports.compare import About, corrected, lines
from prove.reports.curves import Point
from prove.reports.look import Picture, draw, read, shown
from prove.reports.markdown import inserted
from prove.reports.measures import read_episodes
from prove.reports.pairing import Evaluated, arms
from prove.reports.results import Result, Results
from prove.reports.runs import Run, Source, finished
from prove.reports.settings import ROOT, SETTINGS
from prove.reward_files import load_reward

WRONG = 2  # exit status: what was asked for cannot be collected


@dataclass(frozen=True)
class Table:
    """What one folder of experiments/ shows.

    `rows`: in order; runs may bring others. `against`: (row, other) that are compared. `paper`: its lines, which are
    also wanted of us. `expected`: what else is. `blocks`: README tables by marker. `alt`: each picture in words.
    `family`: rows whose comparisons Holm corrects together. `curves`: measures of metrics.jsonl that curves.csv keeps.
    `validation`: measures also taken on validation rows. `derive`: lines made from other lines.
    """

    name: str
    sources: tuple[Source, ...]
    rows: tuple[str, ...]
    against: tuple[tuple[str, str], ...]
    paper: Sequence[Result]
    blocks: Callable[[Results, Sequence[Point]], Mapping[str, str]]
    expected: Sequence[Result] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    alt: Mapping[str, str] = field(default_factory=dict)
    family: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()
    derive: Callable[[Sequence[Result]], Sequence[Result]] = lambda found: ()

    @property
    def folder(self) -> Path:
        return ROOT / "experiments" / self.name


def main(table: Table) -> int:
    """The command line; 2 and a sentence if something cannot be collected."""
    try:
        for note in collect(table, [Path(one) for one in sys.argv[1:]], table.folder):
            print(note, file=sys.stderr)
    except ValueError as error:
        print(error, file=sys.stderr)
        return WRONG
    print("\n\n".join(table.blocks(*read(table.folder)).values()))
    return 0


def collect(table: Table, folders: Sequence[Path], into: Path, standing: Path = ROOT / "runs") -> list[str]:
    """Writes results.csv, curves.csv, the README's tables and the pictures into a folder; notes on what is left out.

    `standing`: where the folders are that need no name. ValueError: a named folder has no runs, or runs do not pair.
    """
    runs, notes = _runs(table, folders, standing)
    measured = [line for model in dict.fromkeys(run.model for run in runs) for line in _measured(table, model, runs)]
    measured += table.derive(measured)
    results.write(into / "results.csv", _merged(table, measured, results.read(into / "results.csv")))
    if table.curves:
        curves.write(into / "curves.csv", _merged_curves(table, runs, curves.read(into / "curves.csv")))
    render(table, into)
    return notes


def render(table: Table, folder: Path) -> None:
    """The pictures and the README's blocks, from the CSV files alone."""
    draw(table.pictures, folder)
    readme = folder / "README.md"
    readme.write_text(inserted(readme.read_text(encoding="utf-8"), rendered(table, folder)), encoding="utf-8")


def rendered(table: Table, folder: Path) -> dict[str, str]:
    """What the README's markers enclose, by name."""
    return {**table.blocks(*read(folder)), **shown(table.pictures, table.alt, folder)}


def _runs(table: Table, folders: Sequence[Path], standing: Path) -> tuple[list[Run], list[str]]:
    """Of the folders that are named, or of those that are there; without the first one the others tell nothing."""
    usual = [standing / source.sweep for source in table.sources]
    if len(folders) > len(usual):
        raise ValueError(f"{table.name} reads {', '.join(map(str, usual))}; {len(folders)} folders were named")
    absent = [] if folders else [one for one in usual if not one.is_dir()]
    notes = [f"{one} is not there: left out" for one in absent]
    runs: list[Run] = []
    for source, folder in zip(table.sources, folders or usual, strict=False):
        if folder not in absent and usual[0] not in absent:
            found, left_out = finished(source, folder)
            runs, notes = [*runs, *found], [*notes, *left_out]
    return runs, notes


def _measured(table: Table, model: str, runs: Sequence[Run]) -> list[Result]:
    """All lines of one model: held-out measures, and those of the validation rows where the table wants them."""
    own = [run for run in runs if run.model == model]
    reward = load_reward(SETTINGS.reward)
    found: list[Result] = []
    for split, prefix, measures in (("heldout", "", None), ("validation", "validation/", table.validation)):
        if measures == ():
            continue
        played = arms([Evaluated(run, split, read_episodes(run.folder, split, reward)) for run in own])
        names = measures or tuple(dict.fromkeys(key for arm in played.values() for key in arm.values))
        found += lines(About(table.name, model, prefix), played, table.against, own, names)
    return corrected(found, table.family)


def _merged(table: Table, measured: Sequence[Result], before: Sequence[Result]) -> list[Result]:
    wanted = [*not_run(table.paper), *table.expected]
    ours = results.merge(measured, before, wanted, {line.measure for line in table.paper})
    rows = list(dict.fromkeys([*table.rows, *(line.row for line in ours)]))
    return results.ordered([*table.paper, *ours], [*MODELS, SETTINGS.laptop], rows)


def _merged_curves(table: Table, runs: Sequence[Run], before: Sequence[Point]) -> list[Point]:
    """Curves of the models that ran; those of other models stay."""
    models = {run.model for run in runs}
    kept = [point for point in before if point.model not in models]
    return [*kept, *(point for run in runs for point in curves.points(run, table.curves))]
