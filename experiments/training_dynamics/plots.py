"""Figure 3, the reward by step; Figure 4, its components before, halfway and after. From the CSV files alone.

python -m experiments.training_dynamics.plots
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from prove.reports.curves import Point, arms_of
from prove.reports.look import Theme, draw, panels
from prove.reports.markdown import label
from prove.reports.pictures import bands, points, same_span
from prove.reports.results import Results
from prove.reports.settings import SETTINGS

COMPONENTS = ("total", "validity", "coverage", "efficiency", "name", "arg")
ROWS = ("base", "halfway", "prove")
ALT = {
    "reward": "Training reward by step, mean and band over the seeds; exact match and groups without variance",
    "components": "Held-out reward and its five components at the first, the middle and the last step, 95 % intervals",
}


def reward(_: Results, curve: Sequence[Point], theme: Theme) -> Figure | None:
    if "prove" not in arms_of(curve, SETTINGS.laptop):
        return None
    figure, axes = panels(3, 2.9)
    for axis, measure in zip(axes, ("total", "exact", "zero_variance_groups"), strict=True):
        seeds = bands(axis, curve, SETTINGS.laptop, ("prove",), measure, theme)
    axes[0].set_ylabel(f"mean over a step's episodes\nband: lowest to highest of {seeds} seeds")
    return figure


def components(found: Results, _: Sequence[Point], theme: Theme) -> Figure | None:
    """A panel per component, all on one scale; the places across are the steps."""
    steps = [found.one(SETTINGS.laptop, row, "steps").value for row in ROWS]
    if steps[0] is None or steps[-1] is None:
        return None
    figure, axes = panels(len(COMPONENTS), 3.2)
    for axis, measure in zip(axes, COMPONENTS, strict=True):
        lines = [found.one(SETTINGS.laptop, row, measure) for row in ROWS]
        points(axis, lines, [step or 0.0 for step in steps], theme)
        axis.set_title(label(measure), loc="left")
        axis.set_xticks([step for step in steps if step is not None])
        axis.margins(x=0.2)
        axis.set_xlabel("step")
    same_span(axes)
    axes[0].set_ylabel(f"held-out mean, 95 % interval\nn = {lines[-1].n:,} a step")
    return figure


PICTURES = {"reward": reward, "components": components}

if __name__ == "__main__":
    print(draw(PICTURES, Path(__file__).parent))
