"""Pictures for light and for dark pages, from results.csv and curves.csv alone: NAME-light.png and NAME-dark.png.

The look is that of the dataset card (prove.synthesis.plots). Colours are Okabe and Ito's, told apart with any colour
vision; each series has its own marker too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from prove.reports import curves, results
from prove.reports.curves import Point
from prove.reports.results import Results
from prove.synthesis.plots import DOTS_PER_INCH, THEMES, WIDTH
from prove.synthesis.plots import Theme as Page

MARKERS = "osD^v"
COLOURS = 96  # of a stored picture: a third of the bytes of all colours, and no visible difference


@dataclass(frozen=True)
class Theme:
    """A page's colours and those of the series, in the order they are used."""

    page: Page
    series: tuple[str, ...]


LOOKS = {
    "light": Theme(THEMES["light"], ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f6f00")),
    "dark": Theme(THEMES["dark"], ("#56b4e9", "#f0883e", "#2fc79a", "#e6a5c9", "#f0e442")),
}
Picture = Callable[[Results, Sequence[Point], Theme], Figure | None]


def read(folder: Path) -> tuple[Results, list[Point]]:
    """What the CSV files of a folder hold."""
    return Results(tuple(results.read(folder / "results.csv"))), curves.read(folder / "curves.csv")


def draw(pictures: Mapping[str, Picture], folder: Path) -> list[str]:
    """Writes the pictures that there are numbers for beside their CSV files, removes the others; returns the names."""
    found, curve = read(folder)
    drawn = []
    for look, theme in LOOKS.items():
        with matplotlib.rc_context():
            matplotlib.rcdefaults()  # the same bytes whatever a user's matplotlibrc says
            matplotlib.rcParams.update(settings_of(theme.page))
            for name, picture in pictures.items():
                path = folder / f"{name}-{look}.png"
                path.unlink(missing_ok=True)
                figure = picture(found, curve, theme)
                if figure:
                    save(figure, path)
                    drawn.append(name)
    return list(dict.fromkeys(drawn))


def save(figure: Figure, path: Path) -> None:
    """A small PNG."""
    path.write_bytes(rendered_png(figure))


def rendered_png(figure: Figure) -> bytes:
    whole, small = BytesIO(), BytesIO()
    figure.savefig(whole, dpi=DOTS_PER_INCH, format="png")
    Image.open(whole).convert("RGB").quantize(COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()


def shown(pictures: Mapping[str, Picture], alt: Mapping[str, str], folder: Path) -> dict[str, str]:
    """README lines of each picture that was drawn; a reader's light or dark page chooses."""
    drawn = {name: (folder / f"{name}-light.png").exists() for name in pictures}
    return {name: _both(name, alt[name]) if there else "Picture: not run." for name, there in drawn.items()}


def _both(name: str, alt: str) -> str:
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.png">'
        f'<img alt="{alt}" src="{name}-light.png"></picture>'
    )


def panels(count: int, height: float, **options: Any) -> tuple[Figure, list[Axes]]:
    """A page-wide picture with `count` panels in a row."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False, **options).flat)


def bare(axes: Axes, along: str, theme: Theme) -> None:
    """Faint lines along the scale and no frame."""
    axes.grid(axis=along, color=theme.page.faint, lw=0.7)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(theme.page.faint)


def settings_of(page: Page) -> dict[str, Any]:
    """matplotlib's, for a page."""
    coloured = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color", "legend.labelcolor")
    pages = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    sizes = {"font.size": 9.5, "axes.titlesize": 10, "legend.fontsize": 8.5, "legend.frameon": False}
    return {**dict.fromkeys(coloured, page.text), **dict.fromkeys(pages, page.page), **sizes}
