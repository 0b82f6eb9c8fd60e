"""The dataset card's pictures: one question each, from the numbers of stats.json alone, for light and for dark pages.

shape      how large are the tasks?                 knobs   do the shares come out as asked?
tools      how often is each tool needed?           drops   why were candidates dropped?
tokens     how much room do rows take?              each as NAME-light.png and NAME-dark.png
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

DOTS_PER_INCH = 140
WIDTH = 8.6  # inches: the width of a page on GitHub at this resolution
PANELS = {
    "turns": "user turns",
    "calls": "calls",
    "steps": "steps",
    "chain": "steps on the longest path",
    "parallel": "calls in the largest step",
    "fan_in": "edges into one step",
}


@dataclass(frozen=True)
class Theme:
    """Colours of a page: its background, its text, faint lines, what is counted, what to notice."""

    page: str
    text: str
    faint: str
    data: str
    notice: str


THEMES = {
    "light": Theme(page="#ffffff", text="#1f2328", faint="#d1d9e0", data="#2f6fb3", notice="#c2410c"),
    "dark": Theme(page="#0d1117", text="#d1d7e0", faint="#3d444d", data="#6cb0f5", notice="#f0883e"),
}


def draw(summary: Mapping[str, Any], folder: Path) -> list[str]:
    """Writes the pictures of one split; returns the names of those that there are numbers for."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [name for name, picture in PICTURES.items() if picture(summary, THEMES["light"])]
    for theme, colours in THEMES.items():
        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # the same bytes whatever a user's matplotlibrc says
            matplotlib.rcParams.update(_look(colours))
            for name in drawn:
                figure = PICTURES[name](summary, colours)
                figure.savefig(folder / f"{name}-{theme}.png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return drawn


def shape(summary: Mapping[str, Any], theme: Theme) -> Figure | None:
    """Share of rows by each measure of size; rows without calls count as 0."""
    if not summary["examples"]:
        return None
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    axes = figure.subplots(2, 3, sharey=True)
    for name, axis in zip(PANELS, axes.flat, strict=True):
        counts = _numbered(summary["shape"][name])
        shares = [100 * count / summary["examples"] for count in counts.values()]
        axis.bar(list(counts), shares, width=0.8, color=theme.data)
        axis.set_title(PANELS[name], loc="left")
        axis.set_xticks(_ticks(list(counts)))
        _bare(axis, "y", theme)
    for axis in axes[:, 0]:
        axis.set_ylabel("% of rows")
    return figure


def tools(summary: Mapping[str, Any], theme: Theme) -> Figure | None:
    """A dot per tool, at the number of ground-truth calls of it; tools that no row needs stand out at 0."""
    servers = summary["tools"]["by_server"]
    if not servers:
        return None
    figure, axis = _rows(len(servers), 0.26)
    for row, (_, counts) in enumerate(servers.items()):
        for calls in counts["calls"].values():
            axis.plot(
                calls, row, "o", ms=5, alpha=0.55 if calls else 1, mew=0, color=theme.data if calls else theme.notice
            )
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xlim(left=-0.25)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    labels = [f"{name}  {counts['called']}/{counts['listed']}" for name, counts in servers.items()]
    _label(axis, labels, "ground-truth calls of each tool", theme)
    return figure


def knobs(summary: Mapping[str, Any], theme: Theme) -> Figure | None:
    """A dot where a share came out, a tick where it was asked."""
    rows = list(_shares(summary))
    if not rows:
        return None
    figure, axis = _rows(len(rows), 0.27)
    for row, (_, share) in enumerate(rows):
        axis.plot(100 * share["realised"], row, "o", ms=7, color=theme.data, label="" if row else "realised")
        if share["asked"] is not None:
            axis.plot(100 * share["asked"], row, "|", ms=15, mew=2, color=theme.notice, label="" if row else "asked")
    axis.set_xlim(left=0)
    axis.legend(loc="lower right", frameon=False)
    _label(axis, [name for name, _ in rows], "% of the rows it is drawn for", theme)
    return figure


def drops(summary: Mapping[str, Any], theme: Theme) -> Figure | None:
    """Candidates dropped, by stage and reason, in the order of the stages; the most frequent reason first."""
    reasons = [
        (f"{stage['stage']}: {reason}", count)
        for stage in summary["stages"]
        for reason, count in sorted(stage["dropped"].items(), key=lambda pair: (-pair[1], pair[0]))
        if count
    ]
    if not reasons:
        return None
    figure, axis = _rows(len(reasons), 0.27)
    bars = axis.barh(range(len(reasons)), [count for _, count in reasons], height=0.7, color=theme.data)
    axis.bar_label(bars, [f"{count:,}" for _, count in reasons], padding=4, color=theme.text)
    axis.margins(x=0.1)
    _label(axis, [name for name, _ in reasons], "candidates dropped", theme)
    return figure


def tokens(summary: Mapping[str, Any], theme: Theme) -> Figure | None:
    """Rows by their length in tokens, against the longest prompt that training takes."""
    measured = summary["tokens"]
    if "not measured" in measured:
        return None
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    for axis, part in zip(figure.subplots(2, 1, sharex=True), ("prompt", "conversation"), strict=True):
        bars = _numbered(measured[part]["histogram"])
        axis.bar(list(bars), list(bars.values()), width=0.9 * measured["width"], align="edge", color=theme.data)
        axis.axvline(measured["limit"], color=theme.notice, lw=2)
        axis.set_title(_token_title(part, measured[part], measured["limit"]), loc="left")
        axis.set_ylabel("rows")
        _bare(axis, "y", theme)
    axis.set_xlabel(f"tokens of {Path(measured['tokenizer']).name}; line: {measured['limit']:,}")
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return figure


Picture = Callable[[Mapping[str, Any], Theme], Figure | None]
PICTURES: dict[str, Picture] = {"shape": shape, "tools": tools, "knobs": knobs, "drops": drops, "tokens": tokens}


def _token_title(part: str, spread: Mapping[str, Any], limit: int) -> str:
    over = f"{spread['over']:,} of {spread['n']:,} above {limit:,}"
    return f"{part}: median {spread['median']:,}, longest {spread['max']:,}; {over}"


def _shares(summary: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every knob that is in use: the switches, then the levels and the personas."""
    for name, share in summary["switches"].items():
        if share["n"] or share["asked"]:
            yield name.replace("_", " "), share
    for choice in ("level", "persona"):
        for name, share in summary["choices"][choice].items():
            yield f"{choice}: {name.replace('_', ' ')}", share


def _rows(count: int, height: float) -> tuple[Figure, Axes]:
    """A picture with one line per row, read from the top."""
    figure = Figure(figsize=(WIDTH, 0.7 + height * count), layout="constrained")
    axis = figure.subplots()
    axis.set_ylim(count - 0.4, -0.6)
    return figure, axis


def _label(axis: Axes, names: Sequence[str], unit: str, theme: Theme) -> None:
    axis.set_yticks(range(len(names)), names)
    axis.set_xlabel(unit)
    _bare(axis, "x", theme)


def _bare(axis: Axes, along: str, theme: Theme) -> None:
    """Faint lines along the scale and no frame."""
    axis.grid(axis=along, color=theme.faint, lw=0.7)
    axis.set_axisbelow(True)
    axis.tick_params(length=0)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.spines["bottom"].set_color(theme.faint)


def _ticks(values: Sequence[int]) -> list[int]:
    step = max(1, (max(values) - min(values)) // 8)
    return list(range(min(values), max(values) + 1, step))


def _numbered(histogram: Mapping[Any, int]) -> dict[int, int]:
    """A histogram as it is or as it comes back from JSON, where its keys are text."""
    return {int(value): count for value, count in histogram.items()}


def _look(theme: Theme) -> dict[str, Any]:
    coloured = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    pages = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    sizes = {"font.size": 9.5, "axes.titlesize": 10}
    return {**dict.fromkeys(coloured, theme.text), **dict.fromkeys(pages, theme.page), **sizes}
