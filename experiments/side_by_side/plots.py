"""Three pictures of results.csv, for light and for dark pages: speed, growth with sessions, growth with rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from experiments.side_by_side.contest import NAMES
from experiments.side_by_side.results import Figure
from prove.reports.look import LOOKS, MARKERS, Theme, bare, panels, save, settings_of

ALT = {
    "speed": "Calls per second of every environment, one in flight and many",
    "sessions": "Calls per second, and sessions opened per second, by the number of open sessions",
    "rows": "Time of opening, forking, reading and searching by the rows of a world",
    "worst": "Time of a reward by the length of its worst inputs",
}


def draw(figures: Sequence[Figure], folder: Path) -> None:
    """Pictures of what was measured; those of nothing are removed."""
    for look, theme in LOOKS.items():
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(settings_of(theme.page))
            for name, picture in PICTURES.items():
                path = folder / f"{name}-{look}.png"
                path.unlink(missing_ok=True)
                drawing = picture(figures, theme)
                if drawing:
                    save(drawing, path)


def shown(folder: Path) -> dict[str, str]:
    """README lines; a reader's light or dark page chooses."""
    return {
        f"picture {name}": _both(name) if (folder / f"{name}-light.png").exists() else "Picture: not run."
        for name in PICTURES
    }


def _both(name: str) -> str:
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{name}-dark.png">'
        f'<img alt="{ALT[name]}" src="{name}-light.png"></picture>'
    )


def speed(figures: Sequence[Figure], theme: Theme) -> Drawing | None:
    found = ran(figures, "calls")
    if not found:
        return None
    names = list(dict.fromkeys(one.competitor for one in found))
    drawing, (axes,) = panels(1, 0.5 + 0.4 * len(names))
    for number, size in enumerate(sorted({one.size for one in found})):
        lines = [one for one in found if one.size == size]
        places = [names.index(one.competitor) for one in lines]
        axes.hlines(places, [one.low for one in lines], [one.high for one in lines], color=theme.series[number], lw=2)
        values = [one.median for one in lines]
        axes.plot(values, places, MARKERS[number], color=theme.series[number], mew=0, label=f"{size} in flight")
    axes.set_xscale("log")
    axes.set_yticks(range(len(names)), [NAMES[name] for name in names])
    axes.invert_yaxis()
    axes.set_xlabel("calls/s, median of the repeats; bar: lowest to highest")
    bare(axes, "x", theme)
    drawing.legend(loc="outside right upper")
    return drawing


def sessions(figures: Sequence[Figure], theme: Theme) -> Drawing | None:
    panel = {"calls/s": ran(figures, "sessions"), "opened a second": ran(figures, "opening")}
    return grown(panel, "sessions open", theme)


def rows(figures: Sequence[Figure], theme: Theme) -> Drawing | None:
    panel = {f"{what}, us": ran(figures, f"rows: {what}") for what in ("open", "fork", "read by key", "search")}
    return grown(panel, "rows in the world", theme)


def worst(figures: Sequence[Figure], theme: Theme) -> Drawing | None:
    panel = {f"{kind}, ms": ran(figures, f"worst {kind}") for kind in ("repeats", "long", "conflict")}
    return grown(panel, "length", theme)


def ran(figures: Sequence[Figure], what: str) -> list[Figure]:
    return [one for one in figures if one.what == what and one.median is not None]


def grown(panel: dict[str, list[Figure]], across: str, theme: Theme) -> Drawing | None:
    """A panel per measure, a line per competitor, both scales logarithmic."""
    if not any(panel.values()):
        return None
    drawing, axes = panels(len(panel), 2.9)
    names = list(dict.fromkeys(one.competitor for found in panel.values() for one in found))
    for axis, (title, found) in zip(axes, panel.items(), strict=True):
        for number, name in enumerate(names):
            line([one for one in found if one.competitor == name], axis, number, theme)
        axis.set_title(title, loc="left")
        axis.set_xlabel(across)
        axis.set_xscale("log")
        axis.set_yscale("log")
        widen(axis)
        bare(axis, "y", theme)
    drawing.legend(*_handles(axes), loc="outside right upper")
    return drawing


def widen(axis: Axes) -> None:
    """At least a decade, or small differences would look like large ones."""
    low, high = axis.get_ylim()
    if high < 10 * low:
        axis.set_ylim(low / 3, high * 3)


def line(found: Sequence[Figure], axis: Axes, number: int, theme: Theme) -> None:
    colour, dashes = theme.series[number % len(theme.series)], "-" if number < len(theme.series) else "--"
    mark = MARKERS[number % len(MARKERS)]
    label = NAMES.get(found[0].competitor, found[0].competitor) if found else ""
    sizes = [one.size for one in found]
    axis.plot(sizes, [one.median for one in found], dashes, color=colour, marker=mark, ms=4, lw=1.6, label=label)


def _handles(axes: Sequence[Axes]) -> tuple[list, list[str]]:
    """Each competitor once, whichever panel it is in."""
    found = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    found.pop("", None)
    return list(found.values()), list(found)


PICTURES: dict[str, Callable[[Sequence[Figure], Theme], Drawing | None]] = {
    "speed": speed,
    "sessions": sessions,
    "rows": rows,
    "worst": worst,
}
