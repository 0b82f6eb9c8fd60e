"""The knobs: what is drawn for a conversation before it is written, and which tools its row offers (paper 3.2).

Every draw of one example comes from one seeded generator and is recorded in the example.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prove.synthesis.talk import LEVELS

STUMBLES = ("argument", "other_tool")


@dataclass(frozen=True)
class Knobs:
    """Shares and sizes; the numbers come from conf/synthesis/."""

    offered: tuple[int, int] | None
    """How many tools of the conversation's own server are offered, at least and at most; None: all of them."""
    distractor_share: float
    distractors: tuple[int, int]
    withheld: float
    """Share of conversations turned into a request whose tools are not offered (**ours**, for small datasets)."""
    enum_stripping: float = 0.0
    irrelevance: float = 0.0
    """Share of conversations with a request that no tool serves. **Ours:** as one more turn, because rows that are
    nothing else are counted apart, as abstention."""
    missing_function: float = 0.0
    """Share of the clarification rows with a hidden tool; the others lack a parameter."""
    stumbles: float = 0.0
    """**Ours:** share of conversations whose assistant makes a mistake and corrects it; never in the ground truth."""
    cross_server: float = 0.0
    """**Ours:** share of conversations that go on with another server."""
    levels: Mapping[str, float] = field(default_factory=lambda: {"complete": 1.0})
    personas: Mapping[str, float] = field(default_factory=lambda: {"plain": 1.0})

    def __post_init__(self) -> None:
        for name in SHARES:
            if not isinstance(getattr(self, name), int | float):
                raise ValueError(f"knobs.{name}={getattr(self, name)} is no number")
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"knobs.{name}={getattr(self, name)} is no share: it must lie between 0 and 1")
        _check_weights("levels", self.levels, LEVELS)
        _check_weights("personas", self.personas, None)
        for name in ("offered", "distractors"):
            span = getattr(self, name)
            if span is not None and not is_span(span):
                raise ValueError(f"knobs.{name}={list(span)} must be [at least, at most]")


SHARES = (
    "distractor_share",
    "withheld",
    "enum_stripping",
    "irrelevance",
    "missing_function",
    "stumbles",
    "cross_server",
)


def is_span(span: Any) -> bool:
    """Whether it is two whole numbers, at least and at most."""
    whole = isinstance(span, tuple) and len(span) == 2 and all(isinstance(end, int) for end in span)
    return whole and 0 <= span[0] <= span[1]


def _check_weights(name: str, weights: Mapping[str, float], known: Sequence[str] | None) -> None:
    wrong = [key for key in weights if known is not None and key not in known]
    if wrong:
        raise ValueError(f"{name} has {', '.join(wrong)}, which is none of {', '.join(known or ())}")
    if not all(isinstance(weight, int | float) for weight in weights.values()):
        raise ValueError(f"{name}={dict(weights)} must be weights")
    if not weights or min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ValueError(f"{name}={dict(weights)} must be weights, at least one above 0")


@dataclass(frozen=True)
class Drawn:
    """What is drawn for one example. Places are fractions of the conversation, as its length comes later."""

    level: str
    persona: str
    irrelevant: float | None
    missing: float | None
    stumble: str | None
    cross_server: bool
    withheld: bool
    enum_stripped: bool


def draw(knobs: Knobs, stream: str, rng: random.Random) -> Drawn:
    """`stream`: multi_turn, clarification, or a source of abstention rows."""
    hides = stream == "clarification" and rng.random() < knobs.missing_function
    lacks = stream == "clarification" and not hides
    levels = {level: share for level, share in knobs.levels.items() if not lacks or level != "complete"}
    multi_turn, abstains = stream == "multi_turn", stream not in ("multi_turn", "clarification")
    return Drawn(
        level="complete" if hides or abstains else weighted(levels or {"missing_required": 1.0}, rng),
        persona=weighted(knobs.personas, rng),
        irrelevant=rng.random() if multi_turn and rng.random() < knobs.irrelevance else None,
        missing=rng.random() if hides else None,
        stumble=rng.choice(STUMBLES) if multi_turn and rng.random() < knobs.stumbles else None,
        cross_server=multi_turn and rng.random() < knobs.cross_server,
        withheld=abstains,
        enum_stripped=rng.random() < knobs.enum_stripping,
    )


def weighted(weights: Mapping[str, float], rng: random.Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def offer(
    needed: set[str], own: Sequence[str], foreign: Sequence[str], knobs: Knobs, rng: random.Random
) -> tuple[list[str], int]:
    """Names of the offered tools in random order, and how many of them distract. `own`: without the hidden ones."""
    spare = [name for name in own if name not in needed]
    size = len(own) if knobs.offered is None else rng.randint(*knobs.offered)
    names = sorted(needed) + rng.sample(spare, min(len(spare), max(0, size - len(needed))))
    distracting = rng.randint(*knobs.distractors) if rng.random() < knobs.distractor_share else 0
    distractors = rng.sample(foreign, min(len(foreign), distracting))
    names += distractors
    rng.shuffle(names)
    return names, len(distractors)


def withhold(needed: set[str], own: Sequence[str], knobs: Knobs, rng: random.Random) -> list[str]:
    """Offered tools of the same server without those that the request needs."""
    spare = [name for name in own if name not in needed]
    size = len(spare) if knobs.offered is None else rng.randint(*knobs.offered)
    return rng.sample(spare, min(len(spare), size))


def stripped(function: Mapping[str, Any]) -> dict[str, Any]:
    """A function schema without its enum lists, at every depth."""
    return {name: _stripped(part) for name, part in function.items()}


def _stripped(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: _stripped(inner) for name, inner in part.items() if not _is_enum(name, inner)}
    return [_stripped(inner) for inner in part] if isinstance(part, list) else part


def _is_enum(name: str, inner: Any) -> bool:
    """A list under "enum"; a parameter that is called so has a schema under its name."""
    return name == "enum" and isinstance(inner, list)
