"""The end of a joint command: per benchmark every row, its difference to the first row, both protocols, the paper.

summary.csv   a line per benchmark, measure and row        summary.md   the same as tables
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.benchmarks.comparison import paired
from prove.benchmarks.concluded import Concluded
from prove.benchmarks.folder import replace
from prove.benchmarks.items import is_passed
from prove.benchmarks.protocols import MEASURES, Asked, Beside, aligned, notes, ours_cell, paper_cell
from prove.benchmarks.results import DIGITS, Row
from prove.benchmarks.statistics import Difference, Settings

HEADLINES = {
    "heldout": ("exact", "state", "total", "unreadable"),
    "complexfuncbench_cache": ("call_accuracy", "success_rate", "total", "unreadable"),
    "complexfuncbench": ("success_rate", "call_accuracy", "completeness", "correctness"),
    "bfcl": ("unreadable", "out_of_tokens"),
    "t_eval": ("unreadable", "out_of_tokens"),
    "tau2": ("success_rate", "agent_faults", "user_faults"),
}
"""Kind -> what is shown beside the measures of the paper and pass^k."""
Table = tuple[list[str], list[list[str]], list[str]]
"""Head, grid, and the sentences under it."""
FLOOR = "nothing does not play: tau2's airline gives 38-46 % to an agent that does nothing; rows=…,nothing shows it"


@dataclass(frozen=True)
class Cell:
    """One benchmark with one row: what came of it, or why nothing did."""

    benchmark: str
    method: str
    policy: str
    found: Concluded | None
    reason: str = ""


COLUMNS = (
    *("benchmark", "model", "row", "reward", "measure", "value", "low", "high", "n", "items"),
    *("against", "difference", "difference_low", "difference_high", "p", "pairs", "only_this", "only_other", "mcnemar"),
    *("paper_protocol", "paper_n", "paper", "seed", "commit", "versions", "command"),
)


@dataclass(frozen=True)
class Entry:
    """One measure of one row. `side`: if the paper has it."""

    cell: Cell
    measure: str
    metric: str
    row: Row | None
    gap: Difference | None
    side: Beside | None


def entries(cells: Sequence[Cell], settings: Settings) -> list[Entry]:
    """Of one benchmark, measure by measure; differences to the first row, if that is there."""
    whole = [cell for cell in cells if cell.found is not None]
    found = [_entries(cell, cells[0], settings) for cell in whole]
    order = dict.fromkeys(one.measure for of in found for one in of)
    return [one for measure in order for of in found for one in of if one.measure == measure]


def _entries(cell: Cell, first: Cell, settings: Settings) -> list[Entry]:
    assert cell.found is not None
    sides = {one.metric: one for one in cell.found.beside}
    rows = {_metric(row): row for row in cell.found.rows if row.metric not in sides and _headline(row, cell.found)}
    shown = [(one.measure, one.metric, one.ours) for one in sides.values()]
    shown += [(f"{row.metric} ({row.reward})" if row.reward else row.metric, key, row) for key, row in rows.items()]
    metrics = {metric for _, metric, row in shown if row is not None}
    gaps: dict[str, Difference] = {}
    if first.found is not None and cell is not first:
        kind, lines = cell.found.asked.kind, (cell.found.lines, first.found.lines)
        gaps = paired(kind, *lines, settings, metrics.__contains__).differences
    return [Entry(cell, name, key, row, gaps.get(key), sides.get(key)) for name, key, row in shown]


def _metric(row: Row) -> str:
    return f"{row.reward}/{row.metric}" if row.reward else row.metric


def _headline(row: Row, found: Concluded) -> bool:
    name, _, group = row.metric.partition("@")
    chosen = row.metric in HEADLINES[found.asked.kind] or (is_passed(name) and not group)
    return chosen or (name == "exact" and group.startswith("slice="))


def _line(one: Entry, first: Cell) -> dict[str, Any]:
    """One line of summary.csv; what was not asked or does not apply is left empty."""
    assert one.cell.found is not None
    about, row = one.cell.found.rows[0], one.row
    whose = {name: getattr(about, name) for name in ("benchmark", "model", "seed", "commit", "versions", "command")}
    told = whose | {"row": one.cell.method, "measure": row.metric if row else one.metric}
    if row is not None:
        told |= {name: getattr(row, name) for name in ("reward", "value", "low", "high", "n", "items")}
    if one.side is not None:
        told |= {"paper_protocol": one.side.paper, "paper_n": one.side.n, "paper": one.side.printed}
    return told | (_difference(one.gap, first) if one.gap else {})


def _difference(gap: Difference, first: Cell) -> dict[str, Any]:
    numbers = {"difference": gap.value, "difference_low": gap.low, "difference_high": gap.high, "p": gap.p}
    pairs = {"only_this": gap.only_one, "only_other": gap.only_other, "mcnemar": gap.mcnemar}
    rounded = {name: round(value, DIGITS) for name, value in numbers.items()}
    return {"against": first.method, **rounded, "pairs": gap.items, **pairs}


def write(folder: Path, cells: Sequence[Cell], settings: Settings) -> str:
    """summary.csv and summary.md; the tables as text."""
    texts, pages, found = [], [], []
    for name in dict.fromkeys(cell.benchmark for cell in cells):
        mine = [cell for cell in cells if cell.benchmark == name]
        of = entries(mine, settings)
        found += [_line(one, mine[0]) for one in of]
        head, grid, below = table(mine, of, settings)
        texts.append("\n".join([f"== {name} ==", *(aligned([head, *grid]) if of else []), *below]))
        listed = [f"- {sentence}" for sentence in below]
        pages.append("\n".join([f"## {name}", "", *(markdown(head, grid) if of else []), "", *listed]).rstrip())
    folder.mkdir(parents=True, exist_ok=True)
    replace(folder / "summary.csv", _csv(found))
    replace(folder / "summary.md", "\n\n".join(pages) + "\n")
    return "\n\n".join([*texts, f"{folder / 'summary.csv'}, {folder / 'summary.md'}"])


def table(cells: Sequence[Cell], of: Sequence[Entry], settings: Settings) -> Table:
    """Head, grid, and the sentences under it."""
    first, asked = cells[0], next((cell.found.asked for cell in cells if cell.found), None)
    papers = asked is not None and asked.kind in MEASURES
    printed = any(one.side and one.side.printed is not None for one in of)
    compared = len(cells) > 1 and first.found is not None
    head = ["", "row", *["the paper"] * printed, *["paper's protocol"] * papers, f"ours [{settings.confidence:.0%}]"]
    pairs = f"only it, only {first.method}, McNemar p"
    head += [f"minus {first.method} [{settings.confidence:.0%}]", "p", pairs] * compared
    grid, before = [], ""
    for one in of:
        row = [one.measure if one.measure != before else "", one.cell.method]
        row += [f"{one.side.printed:.3f}" if one.side and one.side.printed is not None else "-"] * printed
        row += [paper_cell(one.side) if one.side else "-"] * papers + [ours_cell(one.row)]
        grid.append(row + _gap(one) * compared)
        before = one.measure
    return head, grid, _below(cells, asked)


def _gap(one: Entry) -> list[str]:
    gap = one.gap
    if gap is None:
        return ["", "", ""]
    pairs = "" if gap.mcnemar is None else f"{gap.only_one}, {gap.only_other}, {gap.mcnemar:.4f}"
    return [f"{gap.value:+.3f} [{gap.low:+.3f}, {gap.high:+.3f}]", f"{gap.p:.4f}", pairs]


def _below(cells: Sequence[Cell], asked: Asked | None) -> list[str]:
    found = notes(asked) if asked is not None and asked.kind in MEASURES else []
    if asked is not None and asked.kind == "tau2" and "nothing" not in [cell.policy for cell in cells]:
        found.append(FLOOR)
    return [*found, *(f"{cell.method}: not finished: {cell.reason}" for cell in cells if cell.found is None)]


def markdown(head: Sequence[str], grid: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *grid)]


def _csv(found: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()
