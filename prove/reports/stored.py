"""A line of episodes/SPLIT/STEP.jsonl, scored again under a reward of conf/reward/.

line → calls, ground truth, offered tools, ending → Reward → Breakdown
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from prove.reports.settings import ROOT
from prove.rewards.choice import Reward
from prove.types import Breakdown, Ending, ExecutedCall, GroundTruth

REWARDS = ROOT / "conf" / "reward"
CALL = {field.name for field in fields(ExecutedCall)}


def reward_named(name: str) -> Reward:
    """The reward of conf/reward/NAME.yaml. ValueError: there is none; the text has the nearest and all of them."""
    names = sorted(path.stem for path in REWARDS.glob("*.yaml"))
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ";"
        raise ValueError(f"no reward {name}{hint} there are {', '.join(names)}")
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(REWARDS.parent), version_base="1.3"):
        return Reward.of(compose(config_name=f"reward/{name}").reward)


def rescored(episode: Mapping[str, Any], reward: Reward) -> Breakdown:
    """ValueError: this is no stored episode."""
    try:
        calls = [ExecutedCall(**{key: call[key] for key in CALL & call.keys()}) for call in episode["calls"]]
        truth, ending = GroundTruth.from_dict(episode["ground_truth"]), Ending(**episode.get("ending", {}))
        return reward(calls, truth, episode["tools"], ending)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def read_line(path: Path, offset: int) -> dict[str, Any]:
    """The episode that begins at a byte of a file."""
    with path.open("rb") as file:
        file.seek(offset)
        return json.loads(file.readline())
