"""Pictures of a report: every reward component by step, what went wrong by step, differences with their intervals.

A line is the mean of an arm's finished seeds, its band goes from the lowest to the highest; a run that is not finished
is a dotted line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from prove.reports.blocks import Picture
from prove.reports.curves import Point
from prove.reports.look import LOOKS, MARKERS, Theme, rendered_png, settings_of
from prove.reports.markdown import label, named
from prove.reports.pictures import bands, forest
from prove.reports.results import Results
from prove.reports.sweep import Watched
from prove.synthesis.plots import WIDTH

COMPONENTS = ("total", "exact", "validity", "coverage", "efficiency", "name", "arg")
HEALTH = {  # key of metrics.jsonl -> words; what a run did not log is left out
    "reward/zero_variance_groups": "groups without variance",
    "episode/crashed": "crashed",
    "episode/failed_calls": "failed calls per episode",
    "episode/malformed_calls": "malformed calls per episode",
    "episode/calls": "calls per episode",
    "episode/out_of_tokens": "out of tokens",
    "episode/turn_cap": "ended by a turn cap",
    "response_length/clip_ratio": "responses at the limit",
    "actor/pg_clipfrac": "clipped share of the update",
    "actor/kl_loss": "KL to the reference",
    "actor/entropy_loss": "entropy",
    "actor/grad_norm": "gradient norm",
    "train/loss": "loss (SFT)",
    "val/loss": "validation loss (SFT)",
    "timing_s/step": "seconds a step",
}
ACROSS = 4
MARKED = 40  # steps, at most, whose points are marked
Draw = Callable[[Theme], Figure]


def curves_of(runs: Sequence[Watched]) -> list[Point]:
    """Every number of every step; `measure` is the key of metrics.jsonl."""
    return [
        Point(run.model, run.arm, run.seed, int(row["step"]), key, float(value))
        for run in runs
        for row in run.metrics
        for key, value in row.items()
        if key.startswith("reward/") or key in HEALTH
    ]


def charts(done: Sequence[Point], running: Sequence[Point]) -> list[Picture]:
    """Small multiples of what was logged, for each model; none without curves."""
    keys = dict.fromkeys(point.measure for point in (*done, *running))
    rewards = [key for key in keys if key.startswith("reward/") and key not in HEALTH]
    first = [f"reward/{name}" for name in COMPONENTS if f"reward/{name}" in rewards]
    order = {key: label(key.removeprefix("reward/")) for key in [*first, *(k for k in rewards if k not in first)]}
    health = {key: words for key, words in HEALTH.items() if key in keys}
    pictures = []
    for model in dict.fromkeys(point.model for point in (*done, *running)):
        for name, shown, alt in (
            ("components", order, "Every component of the reward by training step"),
            ("health", health, "Groups without variance, crashes, limits and the update by training step"),
        ):
            if shown:
                pictures.append(_picture(f"{name}-{model}", f"{alt}, {model}", _multiples(shown, done, running, model)))
    return pictures


def _multiples(shown: dict[str, str], done: Sequence[Point], running: Sequence[Point], model: str) -> Draw:
    arms = list(dict.fromkeys(point.arm for point in (*done, *running) if point.model == model))

    def draw(theme: Theme) -> Figure:
        down = -(-len(shown) // ACROSS)
        figure = Figure(figsize=(WIDTH, 1.9 * down + 0.5), layout="constrained")
        axes = list(figure.subplots(down, ACROSS, squeeze=False).flat)
        for (key, words), axis in zip(shown.items(), axes, strict=False):
            bands(axis, done, model, arms, key, theme)
            for number, arm in enumerate(arms):
                _dotted(axis, [p for p in running if (p.model, p.arm, p.measure) == (model, arm, key)], number, theme)
            axis.set_title(words, loc="left", fontsize=8.5)
            axis.set_xlabel("")
            axis.tick_params(labelsize=7.5)
            axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            _thinned(axis)
            _lightened(axis, len(arms))
        for axis in axes[len(shown) :]:
            axis.set_axis_off()
        _legend(figure, axes)
        return figure

    return draw


def _thinned(axis: Axes) -> None:
    """A marker at every step of a long run would hide the line."""
    for line in axis.get_lines():
        if len(line.get_xdata()) > MARKED:  # type: ignore[arg-type]
            line.set(marker="", linewidth=1.2)


def _lightened(axis: Axes, arms: int) -> None:
    """Many bands on top of each other would hide the lines."""
    for band in axis.collections:
        band.set_alpha(min(0.22, 0.5 / arms))


def _dotted(axis: Axes, points: Sequence[Point], number: int, theme: Theme) -> None:
    for seed in dict.fromkeys(point.seed for point in points):
        own = [point for point in points if point.seed == seed]
        steps, heights = [point.step for point in own], [point.value for point in own]
        colour, mark = theme.series[number % len(theme.series)], MARKERS[number % 5]
        axis.plot(steps, heights, ":", color=colour, lw=1.3, marker=mark, ms=2.5, label="unfinished")


def _legend(figure: Figure, axes: Sequence[Axes]) -> None:
    found = {}
    for axis in axes:
        found |= {text: handle for handle, text in zip(*axis.get_legend_handles_labels(), strict=True)}
    if found:
        figure.legend(found.values(), found.keys(), loc="outside lower center", ncols=min(5, len(found)))


def forests(found: Results, against: str | None, model: str) -> list[Picture]:
    """Differences of total, exact match and coverage to the row of comparison, a panel each."""
    rows = [row for row in found.rows(model) if found.one(model, row, "total", against).difference is not None]
    if not rows or against is None:
        return []

    def draw(theme: Theme) -> Figure:
        figure = Figure(figsize=(WIDTH, 0.42 * len(rows) + 1.3), layout="constrained")
        axes = list(figure.subplots(1, 3, sharey=True))
        for axis, measure in zip(axes, ("total", "exact", "coverage"), strict=True):
            forest(axis, [found.one(model, row, measure, against) for row in rows], theme)
            axis.set_title(label(measure), loc="left")
        axes[0].set_yticks(range(len(rows)), [named(row) for row in rows])
        axes[1].set_xlabel(f"difference to {named(against)}, 95 % interval; small dots: seeds")
        return figure

    return [_picture(f"differences-{model}", f"Differences to {against} with their 95 % intervals, {model}", draw)]


def _picture(name: str, alt: str, draw: Draw) -> Picture:
    images = {}
    for look, theme in LOOKS.items():
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(settings_of(theme.page))
            images[look] = rendered_png(draw(theme))
    return Picture(name, alt, images)
