"""Share of held-out tasks solved by each method, by the number of calls they need. From results.csv alone.

python -m experiments.sft_baseline.plots
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from prove.reports.curves import Point
from prove.reports.look import Theme, draw
from prove.reports.pictures import by_calls
from prove.reports.results import Results
from prove.reports.settings import SETTINGS

ALT = {"solved": "Share of held-out tasks solved by the base policy, after SFT and after PROVE, by calls needed"}


def solved(found: Results, _: Sequence[Point], theme: Theme) -> Figure | None:
    return by_calls(found, SETTINGS.laptop, ("base", "sft", "prove"), theme)


PICTURES = {"solved": solved}

if __name__ == "__main__":
    print(draw(PICTURES, Path(__file__).parent))
