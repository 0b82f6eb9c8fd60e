"""How conversations are drawn: conf/synthesis/*.yaml as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from prove.synthesis import robustness
from prove.synthesis.orchestrator import Bounds
from prove.synthesis.personas import personas


@dataclass(frozen=True)
class Settings:
    """How conversations are drawn; the numbers come from conf/synthesis/."""

    turns: Mapping[int, float]
    """Share of conversations with so many requests: the turn decay between min_turns and max_turns."""
    follow_up: float
    """Without chains: share of later requests that refer to something mentioned before."""
    attempts: int
    """Conversations begun for one example before it is given up."""
    max_calls: int
    max_chars: int
    """Longest conversation kept, in characters of calls and results: what the policy's context can hold."""
    knobs: robustness.Knobs
    chains: Mapping[int, float] = field(default_factory=dict)
    """Share of chains with so many tools; empty: no dependency graph is used."""
    graphs: str = ""
    """Folder of the cached dependency graphs."""
    dated: bool = False
    """Whether a system message tells the date."""
    verify: bool = False
    """Whether every dependency edge is checked by execution, and those that show only there are added."""
    sensitive: tuple[str, ...] = ()
    """Words in the names of parameters whose values must be traceable."""
    max_error_share: float = 0.3
    min_calls: int = 0
    """Fewest calls of a conversation that is kept; those of an abstention are counted before its tools go."""
    foreign: tuple[int, int] = (4, 12)
    """How many tools an abstention row offers if all are of other servers."""
    bounds: Bounds = Bounds()


WHOLE = {"attempts": 1, "max_calls": 1, "max_chars": 1, "min_calls": 0}
PLAIN = ("follow_up", "graphs", "dated", "verify", "max_error_share", *WHOLE)


def settings_of(cfg: Mapping[str, Any]) -> Settings:
    """Reads a configuration composed from conf/synthesis/. Raises ValueError for a number that cannot be."""
    for name, least in WHOLE.items():
        if not isinstance(cfg[name], int) or cfg[name] < least:
            raise ValueError(f"{name}={cfg[name]} must be a whole number from {least} on")
    for name in ("follow_up", "max_error_share"):
        if not isinstance(cfg[name], int | float) or not 0 <= cfg[name] <= 1:
            raise ValueError(f"{name}={cfg[name]} is no share: it must lie between 0 and 1")
    foreign = tuple(cfg["foreign"])
    if not robustness.is_span(foreign):
        raise ValueError(f"foreign={list(foreign)} must be [at least, at most]")
    return Settings(
        turns=_numbered("turns", cfg["turns"]),
        chains=_numbered("chains", cfg["chains"]) if cfg["chains"] else {},
        knobs=_knobs(cfg["knobs"]),
        sensitive=tuple(cfg["sensitive"]),
        foreign=foreign,
        bounds=Bounds(**_known("bounds", cfg["bounds"], Bounds)),
        **{name: cfg[name] for name in PLAIN},
    )


def _knobs(cfg: Mapping[str, Any]) -> robustness.Knobs:
    knobs = _known("knobs", cfg, robustness.Knobs)
    knobs = {name: tuple(value) if isinstance(value, list) else value for name, value in knobs.items()}
    knobs["personas"] = knobs["personas"] or {name: persona.weight for name, persona in personas().items()}
    if strange := sorted(set(knobs["personas"]) - set(personas())):
        raise ValueError(f"knobs.personas has {', '.join(strange)}, which is none of {', '.join(personas())}")
    return robustness.Knobs(**knobs)


def _known(group: str, options: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """The options as they are, if the dataclass has all of them."""
    names = [one.name for one in fields(kind)]
    if strange := sorted(set(options) - set(names)):
        raise ValueError(f"{group}.{strange[0]} is none of {', '.join(names)}")
    return dict(options)


def _numbered(name: str, weights: Mapping[Any, Any]) -> dict[int, float]:
    try:
        numbered = {int(number): float(share) for number, share in sorted(weights.items())}
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"{name}={weights} must be weights of whole numbers") from None
    if min(numbered) < 1 or min(numbered.values()) < 0 or sum(numbered.values()) <= 0:
        raise ValueError(f"{name}={dict(weights)} must be weights of numbers from 1 on, at least one above 0")
    return numbered
