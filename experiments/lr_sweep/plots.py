"""Reward and exact match by step for each learning rate. From curves.csv alone.

python -m experiments.lr_sweep.plots
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from prove.reports.curves import Point, arms_of
from prove.reports.look import Theme, draw, panels
from prove.reports.pictures import bands
from prove.reports.results import Results
from prove.reports.settings import SETTINGS

ALT = {"rates_by_step": "Training reward and exact match by step, one line per learning rate, a band over the seeds"}


def rates(_: Results, curve: Sequence[Point], theme: Theme) -> Figure | None:
    arms = sorted(arms_of(curve, SETTINGS.laptop), key=float)
    if not arms:
        return None
    figure, axes = panels(2, 3.4)
    for axis, measure in zip(axes, ("total", "exact"), strict=True):
        seeds = bands(axis, curve, SETTINGS.laptop, arms, measure, theme)
    axes[0].set_ylabel(f"mean over a step's episodes\nline: mean of {seeds} seeds, band: lowest to highest")
    lines = axes[0].get_legend_handles_labels()
    figure.legend(*lines, title="learning rate", loc="outside right upper")
    return figure


PICTURES = {"rates_by_step": rates}

if __name__ == "__main__":
    print(draw(PICTURES, Path(__file__).parent))
