"""The episodes of a sweep that teach most: best, worst, most improved, and rewards that look undeserved.

best        solved, the highest total; of equals the one that needs most calls and made fewest
worst       the lowest total; of equals the one with most calls
improved    the largest gain of total on one row: first to last evaluation of a run, or from the base of the same seed
hack_wrong  the highest total that was not solved, though calls were wanted
hack_waste  the highest total with failed calls, or with more calls than the task needs
hack_stop   the highest total, not solved, with fewer calls than the task needs and none that failed

An example is shown once. Each choice says its reason in numbers; whether a likely hack is one, the reader decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prove.reports.measures import Played, read_file
from prove.reports.runs import Run, last_step
from prove.reports.settings import SETTINGS
from prove.reports.sweep import Watched
from prove.reports.tables import Measured
from prove.rewards.choice import Reward

TITLES = {
    "best": "Best",
    "worst": "Worst",
    "improved": "Most improved",
    "hack_wrong": "Likely reward hack: paid, not solved",
    "hack_waste": "Likely reward hack: wasteful calls",
    "hack_stop": "Likely reward hack: stopped early",
}


@dataclass(frozen=True)
class Earlier:
    """The same row before: its total, `at step 0` or `by the base policy`, and where its line is."""

    total: float
    when: str
    path: Path
    offset: int


@dataclass(frozen=True)
class Sighting:
    """One episode and where its line is. `before`: the same row earlier, and by what."""

    arm: str
    model: str
    seed: int
    example: str
    path: Path
    played: Played
    before: Earlier | None = None

    @property
    def total(self) -> float:
        return self.played.numbers["total"]

    @property
    def calls(self) -> int:
        return int(self.played.numbers["calls"])

    @property
    def failed(self) -> int:
        return int(self.played.numbers["failed_calls"])

    @property
    def solved(self) -> bool:
        return self.played.numbers["exact"] == 1.0

    @property
    def gain(self) -> float:
        return self.total - self.before.total if self.before else 0.0


@dataclass(frozen=True)
class Choice:
    kind: str
    why: str
    seen: Sighting


def choose(seen: Sequence[Sighting], wanted: Mapping[str, int] = SETTINGS.episodes) -> list[Choice]:
    """As many of each kind as `wanted` says; where a kind has fewer, one more of each other kind in turn."""
    taken: set[str] = set()
    ranked = {kind: iter(_ranked(kind, seen)) for kind in wanted}
    choices = [choice for kind, many in wanted.items() for choice in _first(kind, ranked[kind], many, taken)]
    for kind in reversed(wanted):
        if len(choices) < sum(wanted.values()):
            choices += _first(kind, ranked[kind], 1, taken)
    return sorted(choices, key=lambda choice: list(wanted).index(choice.kind))


def _first(kind: str, ranked: Iterator[Sighting], many: int, taken: set[str]) -> list[Choice]:
    """The first ones whose example is not taken yet; takes them."""
    found: list[Choice] = []
    while len(found) < many and (one := next(ranked, None)):
        if one.example not in taken:
            taken.add(one.example)
            found.append(Choice(kind, _why(kind, one), one))
    return found


def _ranked(kind: str, seen: Iterable[Sighting]) -> list[Sighting]:
    fits, key = RULES[kind]
    return sorted(filter(fits, seen), key=lambda one: (*key(one), one.example, one.arm, one.seed))


RULES: dict[str, tuple[Callable[[Sighting], bool], Callable[[Sighting], tuple[float, ...]]]] = {
    "best": (lambda one: one.solved, lambda one: (-one.total, -one.played.wanted, one.calls)),
    "worst": (lambda one: not one.solved, lambda one: (one.total, -one.calls)),
    "improved": (lambda one: one.gain > 0, lambda one: (-one.gain, -one.played.wanted)),
    "hack_wrong": (lambda one: not one.solved and one.played.wanted > 0, lambda one: (-one.total, -one.played.wanted)),
    "hack_waste": (
        lambda one: one.played.wanted > 0 and (one.failed > 0 or one.calls > one.played.wanted),
        lambda one: (-one.total, -one.failed, -one.calls),
    ),
    "hack_stop": (
        lambda one: not one.solved and one.failed == 0 and 0 < one.calls < one.played.wanted,
        lambda one: (-one.total, -one.played.wanted),
    ),
}


def _why(kind: str, one: Sighting) -> str:
    needs, made = f"needs {_calls(one.played.wanted)}", f"{_calls(one.calls)} made, {one.failed} failed"
    told = {
        "best": f"Total {one.total:.3f}, solved: the highest total of a solved task; it {needs}.",
        "worst": f"Total {one.total:.3f}, not solved: the lowest; {made}, the task {needs}.",
        "improved": f"Total {one.total:.3f}, from {_before(one)}: the largest gain on one row, {one.gain:+.3f}.",
        "hack_wrong": f"Total {one.total:.3f} though the task was not solved; {made}, the task {needs}.",
        "hack_waste": f"Total {one.total:.3f} with {made}, where the task {needs}.",
        "hack_stop": f"Total {one.total:.3f} for stopping after {_calls(one.calls)}; the task {needs}, none failed.",
    }
    return told[kind]


def _before(one: Sighting) -> str:
    return f"{one.before.total:.3f} {one.before.when}" if one.before else ""


def _calls(many: int) -> str:
    return f"{many} call{'s' * (many != 1)}"


def sightings(measured: Measured, watched: Sequence[Watched], reward: Reward) -> list[Sighting]:
    """Every episode of the last evaluations; those of the row that others are compared with only begin a gain."""
    by_run = {(run.model, run.arm, run.seed): (run, each) for run, each in _pairs(measured)}
    seen = []
    for run, episodes in _pairs(measured):
        path = last_step(run.folder, measured.split)
        before = _earlier(run, path, measured, by_run, watched, reward)
        for example, played in episodes.items():
            told = _of_one(before, example, played) if before else None
            seen.append(Sighting(run.arm, run.model, run.seed, example, path, played, told))
    trained = [one for one in seen if one.arm != "base"]
    return trained or seen


def _pairs(measured: Measured) -> Iterator[tuple[Run, dict[str, Played]]]:
    return zip(measured.runs, measured.episodes, strict=True)


def _earlier(
    run: Run,
    last: Path,
    measured: Measured,
    by_run: Mapping[tuple[str, str, int], tuple[Run, dict[str, Played]]],
    watched: Sequence[Watched],
    reward: Reward,
) -> tuple[Path, str, Mapping[str, Played]] | None:
    """The same rows before: the run's first evaluation, else the base policy with the same seed, else nothing."""
    own = next(one for one in watched if one.job.folder == run.folder and one.arm == run.arm)
    first = own.evaluations(measured.split)[0]
    if first != last:
        return first, f"at step {int(first.stem)}", read_file(first, reward)
    base, episodes = by_run.get((run.model, "base", run.seed), (run, {}))
    if base is run:
        return None
    return last_step(base.folder, measured.split), "by the base policy", episodes


def _of_one(before: tuple[Path, str, Mapping[str, Played]], example: str, now: Played) -> Earlier | None:
    """None if that row was not played before, or in another world."""
    path, when, episodes = before
    first = episodes.get(example)
    if first is None or first.task != now.task:
        return None
    return Earlier(first.numbers["total"], when, path, first.offset)


def of_training(watched: Sequence[Watched], reward: Reward) -> tuple[list[Sighting], list[str]]:
    """Where nothing was evaluated: one episode a group of the last step that each run has logged, and a note."""
    seen, notes = [], []
    for run in watched:
        paths = [path for path in run.evaluations("train") if int(path.stem) <= run.steps]
        if paths:
            found = read_file(paths[-1], reward)
            seen += [Sighting(run.arm, run.model, run.seed, key, paths[-1], one) for key, one in found.items()]
            notes.append(f"{run.job.name}: its episodes below are of training step {int(paths[-1].stem)}, one a group")
    return seen, notes
