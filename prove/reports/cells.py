"""What a cell of a notebook shows: a picture from a drawing function, or Markdown from the tables.

picture(lambda theme: rates(found, curve, theme))      text(blocks["differences"])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import matplotlib
from matplotlib.figure import Figure

from prove.reports.look import LOOKS, Theme, rendered_png, settings_of


@dataclass(frozen=True, repr=False)
class Shown:
    """Jupyter shows the PNG or the Markdown; elsewhere it is its text."""

    text: str
    png: bytes | None = None

    def _repr_png_(self) -> bytes | None:
        return self.png

    def _repr_markdown_(self) -> str | None:
        return None if self.png else self.text

    def __repr__(self) -> str:
        return self.text


def text(markdown: str) -> Shown:
    return Shown(markdown)


def picture(draw: Callable[[Theme], Figure | None]) -> Shown:
    """For a light page; a sentence where there are no numbers to draw."""
    theme = LOOKS["light"]
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings_of(theme.page))
        figure = draw(theme)
        return Shown("Picture: not run.") if figure is None else Shown("picture", rendered_png(figure))
