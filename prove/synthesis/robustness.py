"""Which tools a row offers, and the rows that no offered tool can serve (paper section 3.2, knobs)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Knobs:
    """Shares and sizes; the numbers come from conf/synthesis/."""

    offered: tuple[int, int]
    """How many tools of the conversation's own server are offered, at least and at most."""
    distractor_share: float
    distractors: tuple[int, int]
    abstention: float
    """Share of rows that ask for a tool which is not offered."""


def offer(
    needed: set[str], own: list[str], foreign: list[str], knobs: Knobs, rng: random.Random
) -> tuple[list[str], dict[str, Any]]:
    """Names of the offered tools in random order, and a record of what was drawn."""
    spare = [name for name in own if name not in needed]
    size = rng.randint(*knobs.offered)
    names = sorted(needed) + rng.sample(spare, min(len(spare), max(0, size - len(needed))))
    distracting = rng.randint(*knobs.distractors) if rng.random() < knobs.distractor_share else 0
    names += rng.sample(foreign, min(len(foreign), distracting))
    rng.shuffle(names)
    return names, {"distractors": distracting}


def withhold(needed: set[str], own: list[str], knobs: Knobs, rng: random.Random) -> list[str]:
    """Offered tools of the same server without those that the request needs."""
    spare = [name for name in own if name not in needed]
    return rng.sample(spare, min(len(spare), rng.randint(*knobs.offered)))
