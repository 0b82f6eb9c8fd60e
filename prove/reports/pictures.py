"""Three kinds of picture: a difference with its interval per row, a curve with its band per arm, values by step.

forest   rows down, differences across; faint dots are the seeds         bands   mean over seeds, lowest to highest
points   a panel per measure, a marker with its interval per row
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from prove.reports.curves import Point, band
from prove.reports.look import MARKERS, Theme, bare, panels
from prove.reports.markdown import SHORT, label, named
from prove.reports.results import Result, Results


def forest(axes: Axes, lines: Sequence[Result], theme: Theme) -> None:
    """One difference per line, from the top, at the places 0, 1, …; a line that was not run leaves its place empty."""
    for place, line in enumerate(lines):
        if line.difference is None:
            continue
        seeds = [float(one) for one in line.by_seed.split()]
        axes.plot(seeds, [place + 0.22] * len(seeds), "o", ms=3, mew=0, color=theme.series[0], alpha=0.5)
        axes.plot([line.diff_low, line.diff_high], [place, place], color=theme.series[0], lw=2)  # type: ignore[list-item]
        axes.plot(line.difference, place, "o", ms=7, mew=0, color=theme.series[0])
    rows_down(axes, len(lines), theme)


def benchmark_dots(axes: Axes, found: Results, model: str, rows: Sequence[str], theme: Theme) -> None:
    """The paper's differences on its three benchmarks, in points."""
    for number, (measure, name) in enumerate(SHORT.items()):
        gaps = [found.one(model, row, measure, source="paper").difference for row in rows]
        axes.plot(gaps, range(len(rows)), MARKERS[number], ms=6, mew=0, color=theme.series[number], label=name)  # type: ignore[arg-type]
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, handletextpad=0.1, columnspacing=0.8)
    rows_down(axes, len(rows), theme)


def rows_down(axes: Axes, count: int, theme: Theme) -> None:
    axes.axvline(0, color=theme.page.text, lw=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_ylim(count - 0.4, -0.6)
    bare(axes, "x", theme)


def bands(axes: Axes, curve: Sequence[Point], model: str, arms: Sequence[str], measure: str, theme: Theme) -> int:
    """Those of the arms that logged the measure; returns the number of seeds of the last one, 0 without any."""
    seeds = 0
    for number, arm in enumerate(arms):
        found = band(curve, model, arm, measure)
        if found is None:
            continue
        colour, seeds = theme.series[number % len(theme.series)], found.seeds
        axes.fill_between(found.steps, found.low, found.high, color=colour, alpha=0.22, lw=0)
        dashes = "--" if number >= len(theme.series) else "-"  # colours begin again
        mark = MARKERS[number % 5]
        axes.plot(found.steps, found.mean, dashes, color=colour, lw=2, marker=mark, ms=3.5, label=named(arm))
    axes.set_title(label(measure), loc="left")
    axes.set_xlabel("step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    bare(axes, "y", theme)
    return seeds


def points(axes: Axes, lines: Sequence[Result], places: Sequence[float], theme: Theme, number: int = 0) -> None:
    """Values with their intervals at `places`, joined by a faint line; those that were not run are left out."""
    colour = theme.series[number]
    ran = [(place, line) for place, line in zip(places, lines, strict=True) if line.value is not None]
    for place, line in ran:
        axes.plot([place, place], [line.low, line.high], color=colour, lw=1.6)  # type: ignore[list-item]
    values = [line.value for _, line in ran]
    axes.plot([place for place, _ in ran], values, color=colour, lw=0.8, alpha=0.6)  # type: ignore[arg-type]
    axes.plot([place for place, _ in ran], values, MARKERS[number], ms=6, mew=0, color=colour)  # type: ignore[arg-type]
    bare(axes, "y", theme)


def same_span(axes: Sequence[Axes]) -> None:
    """One scale for all panels, each around its own middle: a change is as tall as it is large."""
    limits = [axis.get_ylim() for axis in axes]
    half = max(high - low for low, high in limits) / 2
    for axis, (low, high) in zip(axes, limits, strict=True):
        axis.set_ylim((low + high) / 2 - half, (low + high) / 2 + half)


def by_calls(found: Results, model: str, rows: Sequence[str], theme: Theme) -> Figure | None:
    """Share of solved tasks, all and by the number of calls they need: a panel each, a marker per row."""
    measures = ["exact", *(name for name in found.measures(model) if name.startswith("exact@"))]
    ran = [row for row in rows if found.one(model, row, "exact").value is not None]
    if not ran:
        return None
    figure, axes = panels(len(measures), 2.9, sharey=True)
    for measure, axis in zip(measures, axes, strict=True):
        lines = [found.one(model, row, measure) for row in ran]
        for place, line in enumerate(lines):
            points(axis, [line], [place], theme, place)
        axis.set_title(f"{label(measure).replace('exact match', 'solved')}\nn = {lines[-1].n:,}", loc="left")
        axis.set_xticks(range(len(ran)), [named(row) for row in ran])
        axis.set_xlim(-0.5, len(ran) - 0.5)
    axes[0].set_ylabel("share of episodes, 95 % interval")
    axes[0].set_ylim(bottom=0)
    return figure
