"""What one stored episode measures, scored again under one reward, so that all ablations are on one scale.

total exact validity coverage efficiency name arg      prove.rewards on the calls of the episode
calls failed_calls                                     counted
exact@1 exact@2 …                                      exact, of the examples that need so many calls
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.reports.runs import last_step
from prove.rewards.choice import Reward
from prove.stored import read_value

SCORED = ("total", "exact", "validity", "coverage", "efficiency", "name", "arg")
COUNTED = ("calls", "failed_calls")
MEASURES = (*SCORED, *COUNTED)


@dataclass(frozen=True)
class Played:
    """One episode: its ground truth and world as text, the number of ground-truth calls, and MEASURES.

    `offset`: the byte of its file at which its line begins.
    """

    task: str
    wanted: int
    numbers: dict[str, float]
    offset: int = -1


def read_episodes(folder: Path, split: str, reward: Reward) -> dict[str, Played]:
    """example id -> the last evaluation of a run on `split`. ValueError: there is none, or a line is no episode."""
    return read_file(last_step(folder, split), reward)


def read_file(path: Path, reward: Reward) -> dict[str, Played]:
    """example id -> its episode. Of a line written twice (a killed and resumed step) the last one counts.

    ValueError: a line is no episode.
    """
    played: dict[str, Played] = {}
    with path.open("rb") as lines:
        offset = 0
        for number, text in enumerate(lines, 1):
            try:
                episode = json.loads(text)
                played[episode["example_id"]] = play(episode, reward, offset)
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}:{number} is no episode: {error}") from None
            offset += len(text)
    return played


def play(episode: dict[str, Any], reward: Reward, offset: int = -1) -> Played:
    """The measures of one line. ValueError: it cannot be scored."""
    scored = read_value(episode).score(reward).numbers()
    if missing := [key for key in SCORED if key not in scored]:
        raise ValueError(f"reward {reward.name} has no {missing[0]}; the tables compare the five parts of prove")
    failed = sum(not call["ok"] for call in episode["calls"])
    truth = episode["ground_truth"]
    return Played(
        task=json.dumps([truth, episode["hash_before"]], sort_keys=True),
        wanted=sum(len(step) for step in truth["steps"]),
        numbers={key: scored[key] for key in SCORED} | {"calls": len(episode["calls"]), "failed_calls": failed},
        offset=offset,
    )
