"""Forest plot of the ablations: what each loses against the whole reward, ours beside the paper's. From results.csv.

python -m experiments.reward_ablation.plots
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from experiments.replication.paper import OVERALL
from prove.reports.curves import Point
from prove.reports.look import Theme, draw, panels
from prove.reports.pictures import benchmark_dots, forest
from prove.reports.results import Results
from prove.reports.settings import SETTINGS

ABLATIONS = ("no_validity", "no_coverage", "no_efficiency", "no_name", "no_arg", "flat_budget")
MODEL = "qwen3-4b"  # the paper's ablation has no other
ALT = {"forest": "Differences of six reward ablations to the whole reward with 95 % intervals, beside the paper's"}


def ablations(found: Results, _: Sequence[Point], theme: Theme) -> Figure | None:
    """Rows in the paper's order by BFCL, the largest loss on top."""
    rows = sorted(ABLATIONS, key=lambda row: found.one(MODEL, row, OVERALL[0], source="paper").difference or 0.0)
    lines = {key: [found.one(SETTINGS.laptop, row, key, "prove") for row in rows] for key in ("total", "exact")}
    ran = [line for line in lines["total"] if line.difference is not None]
    if not ran:
        return None
    figure, axes = panels(3, 3.6, sharey=True)
    for axis, (key, unit) in zip(axes, (("total", "held-out total"), ("exact", "share solved")), strict=False):
        forest(axis, lines[key], theme)
        axis.set_xlabel(f"difference in {unit}")
    axes[0].set_title(f"ours: {SETTINGS.laptop}, n = {ran[0].n:,} ({ran[0].seeds} seeds)", loc="left")
    axes[0].set_yticks(range(len(rows)), rows)
    benchmark_dots(axes[2], found, MODEL, rows, theme)
    axes[2].set_title(f"paper: {MODEL}", loc="left")
    axes[2].set_xlabel("difference in points")
    return figure


PICTURES = {"forest": ablations}

if __name__ == "__main__":
    print(draw(PICTURES, Path(__file__).parent))
