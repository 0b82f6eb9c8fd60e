"""Episodes scored per second: the rewards on gold episodes, and on inputs that are as bad as they come.

repeats     4 wanted calls of one tool; the episode calls it `length` times, each time with another mistake
long        `length` steps in a chain, each of another tool, all of them called in order
conflict    `length` / 5 wanted calls of one tool in a random order of steps, `length` calls that fit some of each
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from experiments.side_by_side import straight
from experiments.side_by_side.measures import Sample
from experiments.side_by_side.tasks import examples_of
from prove.reward_files import load_reward
from prove.types import Ending, ExecutedCall, GroundTruth, Step, ToolCall

Played = tuple[list[ExecutedCall], GroundTruth]
Scored = Callable[[Played], float]
DONE = '{"ok": 1}'


def scorers() -> dict[str, Scored]:
    """By name: a total for an episode."""
    graduated = load_reward("graduated")
    presets = {name: load_reward(name) for name in ("prove", "graduated", "graduated_fixed")}
    return {
        **{name: lambda played, one=one: one(*played, [], Ending()).total for name, one in presets.items()},
        "straight": lambda played: straight.score(*played, graduated.weights),
    }


def ordinary(settings: Mapping[str, Any]) -> Iterator[tuple[str, Sample]]:
    """Each reward on the gold calls of held-out rows. ValueError: the straightforward one pays something else."""
    truths = [example.ground_truth for example in examples_of(Path(settings["data"])) if example.ground_truth.steps]
    played = [(executed(truth.calls), truth) for truth in truths[: settings["episodes"]]]
    known = scorers()
    for one in [*played, *(bad(4) for bad in WORST.values())]:
        same(known["graduated"](one), known["straight"](one))
    for name, scorer in known.items():
        rates = [rate(scorer, played, settings["reward_seconds"]) for _ in range(settings["repeats"])]
        yield name, Sample("rewards", 1, "episodes/s", tuple(rates))


def worst(settings: Mapping[str, Any]) -> Iterator[tuple[str, Sample]]:
    for kind, make in WORST.items():
        for name, scorer in scorers().items():
            for length in settings["lengths"]:
                rates = [
                    rate(scorer, [make(length)], settings["reward_seconds"] / 4) for _ in range(settings["repeats"])
                ]
                times = tuple(1000 / one for one in rates)
                yield name, Sample(f"worst {kind}", length, "ms", times)


def same(one: float, other: float) -> None:
    if abs(one - other) > 1e-9:
        raise ValueError(f"graduated pays {one}, the straightforward one {other}")


def rate(scorer: Scored, played: list[Played], seconds: float) -> float:
    """Episodes per second, of as many rounds as fit."""
    scorer(played[0])
    begin, count = perf_counter(), 0
    while perf_counter() - begin < seconds or not count:
        for one in played:
            scorer(one)
        count += len(played)
    return count / (perf_counter() - begin)


def executed(calls: tuple[ToolCall, ...]) -> list[ExecutedCall]:
    return [ExecutedCall(call.name, call.arguments, True, DONE) for call in calls]


def repeats(length: int) -> Played:
    wanted = [ToolCall("book", {"day": day, "room": f"R{day}", "people": 2}) for day in range(4)]
    made = [ExecutedCall("book", {"day": n % 4, "room": f"R{n % 3}", "people": n}, True) for n in range(length)]
    edges = tuple((step, step + 1) for step in range(3))
    return made, GroundTruth(tuple(Step((call,)) for call in wanted), edges, (0,) * 4)


def long(length: int) -> Played:
    calls = tuple(ToolCall(f"tool{step}", {"id": step, "note": "text"}) for step in range(length))
    edges = tuple((step, step + 1) for step in range(length - 1))
    return executed(calls), GroundTruth(tuple(Step((call,)) for call in calls), edges, (0,) * length)


def conflict(length: int) -> Played:
    draw, count = random.Random(length), max(2, length // 5)
    arguments = [{key: draw.randrange(3) for key in "abcd"} for _ in range(count)]
    edges = tuple((i, j) for i in range(count) for j in range(i + 1, count) if draw.random() < 2 / count)
    made = [ExecutedCall("move", {key: draw.randrange(3) for key in "abcd"}, True) for _ in range(length)]
    steps = tuple(Step((ToolCall("move", each),)) for each in arguments)
    return made, GroundTruth(steps, edges, (0,) * count)


WORST: dict[str, Callable[[int], Played]] = {"repeats": repeats, "long": long, "conflict": conflict}
