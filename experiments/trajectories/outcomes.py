"""What became of each call, and of each task: read off the reward's own functions.

call   unreadable · unknown tool · bad arguments · refused by the server · not needed · other values · as wanted
task   solved · stopped early · wrong calls only · …the first of TASKS that fits
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from experiments.replication.sentences import NOTHING
from prove.reports.look import Theme, bare, panels
from prove.reports.markdown import grid, named
from prove.rewards.alignment import align
from prove.rewards.prove import judge
from prove.types import ExecutedCall, GroundTruth

CALLS = ("as wanted", "other values", "not needed", "refused", "bad arguments", "unknown tool", "unreadable")
TASKS = ("solved", "acted though nothing was wanted", "made no call", "too few calls", "failed calls", "other calls")


def calls(episode: Mapping[str, Any]) -> list[str]:
    """One of CALLS for each call of an episode."""
    made, truth = _made(episode)
    alignment = align(made, truth)
    shares = dict(zip(alignment.positions, alignment.agreement, strict=True))
    verdicts = judge(made, episode["tools"])
    return [
        _call(call, verdict.level, shares.get(place))
        for place, (call, verdict) in enumerate(zip(made, verdicts, strict=True))
    ]


def _call(call: ExecutedCall, level: int, share: float | None) -> str:
    if not call.name:
        return "unreadable"
    if level < 3:
        return ("unknown tool", "bad arguments", "refused")[level]
    if share is None:
        return "not needed"
    return "as wanted" if share == 1.0 else "other values"


def task(episode: Mapping[str, Any]) -> str:
    """One of TASKS."""
    made, truth = _made(episode)
    wanted, failed = len(truth.calls), sum(not call.ok for call in made)
    fits = (
        bool(episode["reward"]["exact"]),
        wanted == 0,
        not made,
        len(made) - failed < wanted and failed == 0,
        failed > 0,
        True,
    )
    return TASKS[fits.index(True)]


def _made(episode: Mapping[str, Any]) -> tuple[list[ExecutedCall], GroundTruth]:
    return [ExecutedCall(**call) for call in episode["calls"]], GroundTruth.from_dict(episode["ground_truth"])


def shares(episodes: Sequence[Mapping[str, Any]], of: str) -> dict[str, float]:
    """Share of each outcome; `of`: calls or tasks."""
    found = [task(one) for one in episodes] if of == "tasks" else [name for one in episodes for name in calls(one)]
    counts = Counter(found)
    return {name: counts[name] / max(1, len(found)) for name in (TASKS if of == "tasks" else CALLS)}


def bars(played: Mapping[str, Sequence[Mapping[str, Any]]], theme: Theme) -> Figure | None:
    """A panel for calls and one for tasks: per outcome a bar of each arm."""
    if not played:
        return None
    figure, axes = panels(2, 3.6)
    for axis, of in zip(axes, ("calls", "tasks"), strict=True):
        for number, (arm, episodes) in enumerate(played.items()):
            found = shares(episodes, of)
            places = [place + (number - 1) * 0.27 for place in range(len(found))]
            axis.barh(places, list(found.values()), height=0.25, color=theme.series[number], label=named(arm))
        axis.set_yticks(range(len(found)), list(found))
        axis.invert_yaxis()
        axis.set_title(f"share of {of}", loc="left")
        bare(axis, "x", theme)
    axes[1].legend()
    return figure


def table(played: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Markdown: tasks by outcome and arm."""
    found = {arm: Counter(map(task, episodes)) for arm, episodes in played.items()}
    return grid(["tasks", *map(named, found)], [[name, *(str(one[name]) for one in found.values())] for name in TASKS])


def said(played: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The outcome of calls that training changes most, and tasks solved."""
    if not {"base", "prove"} <= played.keys():
        return NOTHING
    before, after = (shares(played[arm], "calls") for arm in ("base", "prove"))
    most = max(CALLS, key=lambda name: abs(after[name] - before[name]))
    solved = {arm: sum(task(one) == "solved" for one in played[arm]) for arm in ("base", "prove")}
    return (
        f'With PROVE the share of calls that are "{most}" goes from {100 * before[most]:.0f} % to '
        f"{100 * after[most]:.0f} %, the largest change, and {solved['prove']} of {len(played['prove'])} tasks are "
        f"solved instead of {solved['base']}."
    )
