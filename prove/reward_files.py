"""The rewards of conf/reward, read by name: NAME.yaml with its defaults -> a Reward."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

from prove.rewards.choice import Reward
from prove.rewards.prove import Weights

REWARDS = Path(__file__).parent.parent / "conf" / "reward"


class UnknownReward(LookupError):
    """No file of conf/reward has this name; the text names the nearest and all of them."""


def load_weights(name: str) -> Weights:
    """The numbers of conf/reward/NAME.yaml, one of the paper's formula. UnknownReward if there is no such reward."""
    return Weights.of(_node(name))


@cache
def load_reward(name: str) -> Reward:
    """The reward of conf/reward/NAME.yaml, read once. UnknownReward if there is no such reward."""
    return Reward.of(_node(name))


def _node(name: str) -> Mapping[str, Any]:
    names = reward_names()
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ";"
        raise UnknownReward(f"no reward {name}{hint} there are {', '.join(names)}")
    with initialize_config_dir(str(REWARDS.parent), version_base="1.3"):
        return compose(config_name=f"reward/{name}").reward


def reward_names() -> list[str]:
    return sorted(path.stem for path in REWARDS.glob("*.yaml"))
