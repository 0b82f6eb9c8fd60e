"""How hard the next rows are (**ours**; the paper trains on one mixture): a level, from a schedule or from success.

Schedule   level of a step = level of the last stage begun
Success    m = mean success of the last `window` groups played at the present level L
           m >= harder_above: L + 1      m < easier_below: L - 1      then the window begins anew

A level is a set of changes to the options of conf/synthesis/: longer chains, less information, more distractors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.synthesis.changes import changed
from prove.types import Example

MEASURES = ("exact", "total")


@dataclass(frozen=True)
class GroupScore:
    """Mean success in [0, 1] of one group of episodes, and the level at which its row was made."""

    level: int
    value: float


def group_scores(
    groups: Sequence[str], rows: Sequence[Mapping[str, Any]], reports: Sequence[Mapping[str, Any]], measure: str
) -> list[GroupScore]:
    """Of each episode: its group, its row's `extra_info`, what the agent loop reports. In order of first appearance."""
    levels: dict[str, int] = {}
    values: dict[str, list[float]] = defaultdict(list)
    for group, row, report in zip(groups, rows, reports, strict=True):
        if group not in levels:
            levels[group] = Example.from_json(row["example"]).knobs["difficulty"]
        values[group].append(float(report["reward_extra_info"][measure]))
    return [GroupScore(level, sum(values[group]) / len(values[group])) for group, level in levels.items()]


@dataclass(frozen=True)
class Standing:
    """What a curriculum knows of the run so far; plain values, so that it is saved with the checkpoint."""

    level: int
    recent: tuple[float, ...] = ()
    """Successes of groups at this level, oldest first; fewer than the window."""


@dataclass(frozen=True)
class Schedule:
    """Piecewise constant: `stages` are (first step, level), steps rising from 1."""

    stages: tuple[tuple[int, int], ...]

    @property
    def start(self) -> Standing:
        return Standing(self.stages[0][1])

    def level(self, step: int, standing: Standing) -> int:
        """The level of rows for one step; depends on the step alone."""
        return [level for first, level in self.stages if first <= step][-1]

    def after(self, standing: Standing, groups: Iterable[GroupScore]) -> Standing:
        return standing


@dataclass(frozen=True)
class Success:
    """One level up or down by the moving mean of the policy's success, between 0 and `highest`."""

    measure: str
    """Of an episode: `exact` match, or `total` reward."""
    window: int
    """Groups."""
    harder_above: float
    easier_below: float
    first: int
    highest: int

    @property
    def start(self) -> Standing:
        return Standing(self.first)

    def level(self, step: int, standing: Standing) -> int:
        return standing.level

    def after(self, standing: Standing, groups: Iterable[GroupScore]) -> Standing:
        """The standing after more groups.

        Groups of another level do not count: rows are made ahead, so some of the old level finish after a move and
        would move it again.
        """
        for group in groups:
            if group.level == standing.level:
                standing = self._move(Standing(standing.level, (*standing.recent, group.value)))
        return standing

    def _move(self, standing: Standing) -> Standing:
        if len(standing.recent) < self.window:
            return standing
        mean = sum(standing.recent) / self.window
        step = 1 if mean >= self.harder_above else -1 if mean < self.easier_below else 0
        level = min(self.highest, max(0, standing.level + step))
        return Standing(level, standing.recent[1:] if level == standing.level else ())


Curriculum = Schedule | Success


def curriculum_of(data: Mapping[str, Any]) -> Curriculum:
    """The curriculum of a `data` choice (conf/data/online.yaml). ValueError says which number is wrong."""
    highest = len(data["levels"]) - 1
    if highest < 0:
        raise ValueError("data.levels is empty")
    if data["curriculum"] == "schedule":
        return _schedule(data["schedule"], highest)
    if data["curriculum"] == "success":
        return _success(data["success"], highest)
    raise ValueError(f"data.curriculum={data['curriculum']} is neither schedule nor success")


def _schedule(stages: Any, highest: int) -> Schedule:
    pairs = isinstance(stages, list) and all(isinstance(one, list) and len(one) == 2 for one in stages)
    if not stages or not pairs or not all(isinstance(number, int) for stage in stages for number in stage):
        raise ValueError(f"data.schedule={stages} is no list of [first step, level]")
    firsts = [first for first, _ in stages]
    if firsts[0] != 1 or firsts != sorted(set(firsts)):
        raise ValueError(f"data.schedule={stages}: first steps must rise from 1")
    for _, level in stages:
        _check_level(level, highest, "data.schedule")
    return Schedule(tuple((first, level) for first, level in stages))


def _success(options: Mapping[str, Any], highest: int) -> Success:
    curriculum = Success(**options, highest=highest)
    _check_level(curriculum.first, highest, "data.success.first")
    if curriculum.measure not in MEASURES:
        raise ValueError(f"data.success.measure={curriculum.measure} is none of {', '.join(MEASURES)}")
    if curriculum.window < 1:
        raise ValueError(f"data.success.window={curriculum.window} groups; at least one is needed")
    if curriculum.easier_below > curriculum.harder_above:
        raise ValueError("data.success.easier_below is above harder_above")
    return curriculum


def _check_level(level: int, highest: int, where: str) -> None:
    if not 0 <= level <= highest:
        raise ValueError(f"{where}: there is no level {level}; data.levels has 0 to {highest}")


def at_level(synthesis: Mapping[str, Any], levels: Sequence[Mapping[str, Any]], level: int) -> dict[str, Any]:
    """The options of conf/synthesis/ with the changes of one level. ValueError: there is no such option."""
    return changed(synthesis, levels[level], f"data.levels[{level}]")
