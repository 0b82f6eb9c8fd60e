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

from experiments.replication.runs import last_step
from prove.rewards.choice import Reward
from prove.score import BadLine, score_line

SCORED = ("total", "exact", "validity", "coverage", "efficiency", "name", "arg")
COUNTED = ("calls", "failed_calls")
MEASURES = (*SCORED, *COUNTED)


@dataclass(frozen=True)
class Played:
    """One episode: its ground truth and world as text, the number of ground-truth calls, and MEASURES."""

    task: str
    wanted: int
    numbers: dict[str, float]


def read_episodes(folder: Path, split: str, reward: Reward) -> dict[str, Played]:
    """example id -> the last evaluation of a run on `split`. ValueError: there is none, or a line is no episode.

    Of a line written twice (a killed and resumed step) the last one counts.
    """
    path = last_step(folder, split)
    played: dict[str, Played] = {}
    with path.open(encoding="utf-8") as lines:
        for number, text in enumerate(lines, 1):
            try:
                episode = json.loads(text)
                played[episode["example_id"]] = play(text, episode, reward)
            except (BadLine, KeyError, json.JSONDecodeError) as error:
                raise ValueError(f"{path}:{number} is no episode: {error}") from None
    return played


def play(text: str, episode: dict[str, Any], reward: Reward) -> Played:
    """The measures of one line. BadLine: it cannot be scored."""
    scored = score_line(text, reward).numbers()
    failed = sum(not call["ok"] for call in episode["calls"])
    truth = episode["ground_truth"]
    return Played(
        task=json.dumps([truth, episode["hash_before"]], sort_keys=True),
        wanted=sum(len(step) for step in truth["steps"]),
        numbers={key: scored[key] for key in SCORED} | {"calls": len(episode["calls"]), "failed_calls": failed},
    )
