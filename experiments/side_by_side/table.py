"""README tables from results.csv, and the sentences that say where another is faster or smaller than ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.side_by_side import plots
from experiments.side_by_side.results import Figure
from prove.reports.markdown import grid, inserted

OURS = ("stdio", "http", "inprocess")
NAMES = {
    "stdio": "ours, stdio",
    "http": "ours, HTTP",
    "inprocess": "ours, in process",
    "sdk_stdio": "MCP SDK, stdio",
    "sdk_http": "MCP SDK, HTTP",
    "process": "a process per session",
    "per_call": "a client per call (verl 0.7's pattern), HTTP",
    "plain": "plain Python, deep copies",
    "verifiers": "verifiers, StatefulToolEnv",
}
COLUMNS = {
    ("start", 1): "start, s",
    ("calls", 1): "calls/s, 1 in flight",
    ("p50", 1): "p50, ms",
    ("p99", 1): "p99, ms",
    ("calls", 64): "calls/s, 64 in flight",
    ("p50", 64): "p50, ms",
    ("p99", 64): "p99, ms",
    ("episodes", None): "episodes/s",
    ("open", 1): "open, ms",
    ("fork", None): "fork, ms",
    ("memory", None): "KiB a session",
}
SPEEDS = ("calls", "episodes")
"""More is better; of everything else less is."""
NOT_RUN = "not run"


def blocks(figures: Sequence[Figure]) -> dict[str, str]:
    """Marker -> what stands there."""
    return {
        "contest": contest(figures),
        "losses": losses(figures),
        "sessions": growth([one for one in figures if one.measure == "sessions" and one.what == "sessions"]),
        "held": growth([one for one in figures if one.what == "held"]),
        "rows": growth([one for one in figures if one.measure == "rows"]),
        "rewards": rewards([one for one in figures if one.measure == "rewards"]),
        "worst": growth([one for one in figures if one.measure == "worst"]),
        "engine": growth([one for one in figures if one.measure == "engine"]),
        "machine": machine(figures),
    }


def insert(figures: Sequence[Figure], readme: Path, folder: Path) -> None:
    pictures = plots.shown(folder)
    readme.write_text(inserted(readme.read_text(), {**blocks(figures), **pictures}))


def contest(figures: Sequence[Figure]) -> str:
    lines = [[label, *(cell(find(figures, name, *key)) for key in COLUMNS)] for name, label in NAMES.items()]
    return grid(["", *COLUMNS.values()], lines)


def find(figures: Iterable[Figure], competitor: str, what: str, size: int | None) -> Figure | None:
    found = (one for one in figures if one.competitor == competitor and one.what == what)
    return next((one for one in found if size in (None, one.size)), None)


def cell(figure: Figure | None) -> str:
    """`1,234 [1,100, 1,310]`; a note stands behind it where the figure differs from the others of its column."""
    if figure is None:
        return NOT_RUN
    if figure.median is None:
        return figure.note or NOT_RUN
    spread = f" [{short(figure.low)}, {short(figure.high)}]" if figure.n > 1 else ""
    note = f" ({figure.note})" if figure.note.endswith("in flight") else ""
    return f"{short(figure.median)}{spread}{note}"


def short(value: float | None) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value is None or abs(value) >= 100 else f"{value:.3g}"


def growth(figures: Sequence[Figure]) -> str:
    """A line per competitor and operation, a column per size."""
    if not figures:
        return "Not run."
    sizes = sorted({one.size for one in figures})
    lines = dict.fromkeys((one.what, one.competitor, one.unit) for one in figures)
    rows = []
    for what, name, unit in lines:
        cells = [cell(find(figures, name, what, size)) for size in sizes]
        rows.append([f"{what.removeprefix('rows: ').removeprefix('worst ')}, {unit}", NAMES.get(name, name), *cells])
    return grid(["", "", *(f"{size:,}" for size in sizes)], rows)


def rewards(figures: Sequence[Figure]) -> str:
    if not figures:
        return "Not run."
    return grid(["reward", "episodes/s"], [[one.competitor, cell(one)] for one in figures])


def losses(figures: Sequence[Figure]) -> str:
    """One line for every figure and transport of ours that another one beats."""
    found = [line for what, size in COLUMNS for line in _beaten(figures, what, size)]
    return "\n".join(found) or ("Nothing of the table above." if figures else "Not run.")


def _beaten(figures: Sequence[Figure], what: str, size: int | None) -> Iterable[str]:
    for mine in OURS:
        own = find(figures, mine, what, size)
        others = [find(figures, name, what, size) for name in NAMES if name not in OURS]
        better = [one for one in others if own and one and ahead(one, own)]
        if better:
            told = ", ".join(f"{NAMES[one.competitor]} by {times(one, own):.2g}x" for one in better)  # type: ignore[arg-type]
            yield f"- {COLUMNS[what, size]}{_width(what, size)}: {NAMES[mine]} is beaten by {told}."


def _width(what: str, size: int | None) -> str:
    return f" at {size} in flight" if what in ("p50", "p99") else ""


def ahead(other: Figure, own: Figure) -> bool:
    """Whether the other one is better, by its median."""
    if not other.median or not own.median:
        return False
    return other.median > own.median if own.what in SPEEDS else other.median < own.median


def times(other: Figure, own: Figure) -> float:
    ratio = (other.median or 0) / (own.median or 1)
    return ratio if own.what in SPEEDS else 1 / ratio


def machine(figures: Sequence[Figure]) -> str:
    days = sorted({one.date for one in figures})
    loads = sorted({one.machine for one in figures})
    return f"Measured {', '.join(days)} on {loads[0]} to {loads[-1]}." if figures else "Not run."
