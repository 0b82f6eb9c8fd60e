"""README tables from results.csv, and the sentences that say where another is faster or smaller than ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.side_by_side import plots
from experiments.side_by_side.contest import NAMES
from experiments.side_by_side.results import Figure
from prove.reports.markdown import grid, inserted

OURS = ("stdio", "http", "inprocess")
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
MINE = (*OURS, "prove", "graduated", "graduated_fixed")
"""What `changed` compares: our transports and our rewards."""
HALF = 1.5
"""Two runs of the same code may differ by a fifth."""
TENTH = 1.1
MANY = 1000
"""Sessions; with fewer, memory that is used again hides what they hold."""
NOT_RUN = "not run"


def blocks(figures: Sequence[Figure], before: Sequence[Figure] = ()) -> dict[str, str]:
    """Marker -> what stands there. `before`: figures of an earlier version."""
    return {
        "contest": contest(figures),
        "losses": losses(figures),
        "sessions": growth([one for one in figures if one.measure == "sessions" and one.what == "sessions"]),
        "held": growth([one for one in figures if one.what == "held" and one.size >= MANY]),
        "rows": growth([one for one in figures if one.measure == "rows"]),
        "rewards": rewards([one for one in figures if one.measure == "rewards"]),
        "worst": growth([one for one in figures if one.measure == "worst"]),
        "engine": growth([one for one in figures if one.measure == "engine"]),
        "machine": machine(figures),
        "changed": changed(before, figures),
    }


def insert(figures: Sequence[Figure], before: Sequence[Figure], readme: Path, folder: Path) -> None:
    pictures = plots.shown(folder)
    readme.write_text(inserted(readme.read_text(), {**blocks(figures, before), **pictures}))


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
    """Who is how many times better than each transport of ours: by a tenth at least, and in every repeat."""
    lines = []
    for what, size in COLUMNS:
        cells = [_ahead_of(find(figures, mine, what, size), figures) for mine in OURS]
        if any(cells) and what != "p50":  # calls/s say the same
            lines.append([f"{COLUMNS[what, size]}{_width(what, size)}", *(cell or "-" for cell in cells)])
    if not lines:
        return "Nothing of the table above." if figures else "Not run."
    return grid(["", *(NAMES[mine] for mine in OURS)], lines)


def _ahead_of(own: Figure | None, figures: Sequence[Figure]) -> str:
    if own is None:
        return ""
    others = [find(figures, name, own.what, own.size) for name in NAMES if name not in OURS]
    better = [one for one in others if one and ahead(one, own)]
    return "; ".join(f"{NAMES[one.competitor]} {short(times(one, own))}x" for one in better)


def _width(what: str, size: int | None) -> str:
    return f" at {size} in flight" if what == "p99" else ""


def ahead(other: Figure, own: Figure) -> bool:
    """Whether the other one is better by a tenth, and in every repeat."""
    return bool(other.median and own.median) and times(other, own) >= TENTH and apart(other, own)


def times(other: Figure, own: Figure) -> float:
    ratio = (other.median or 0) / (own.median or 1)
    return ratio if own.what in SPEEDS else 1 / ratio


def changed(before: Sequence[Figure], after: Sequence[Figure]) -> str:
    """Ours in two versions: what differs by half or more, and in every repeat."""
    if not before:
        return "Not run."
    old = {(one.competitor, one.what, one.size): one for one in before}
    pairs = [(old.get((one.competitor, one.what, one.size)), one) for one in after if one.competitor in MINE]
    lines = [
        [f"{NAMES.get(new.competitor, new.competitor)}: {new.what}, {new.unit}", f"{new.size:,}", cell(was), cell(new)]
        for was, new in pairs
        if was and was.median and new.median and new.n > 1 and not 1 / HALF < new.median / was.median < HALF
        if apart(was, new)
    ]
    return grid(["", "size", "before", "after"], lines) if lines else "Nothing."


def apart(one: Figure, other: Figure) -> bool:
    """Whether their repeats do not overlap."""
    return (one.high or 0) < (other.low or 0) or (other.high or 0) < (one.low or 0)


def machine(figures: Sequence[Figure]) -> str:
    days = sorted({one.date for one in figures})
    cores = sorted({one.machine.split(", load ")[0] for one in figures})
    loads = sorted(float(one.machine.split(", load ")[1]) for one in figures)
    return (
        f"Measured {', '.join(days)} on {', '.join(cores)}, load {loads[0]} to {loads[-1]}." if figures else "Not run."
    )
