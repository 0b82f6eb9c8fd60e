"""How conversations are drawn: conf/synthesis/*.yaml as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    foreign: tuple[int, int] = (4, 12)
    """How many tools an abstention row offers if all are of other servers."""
    bounds: Bounds = Bounds()


def settings_of(cfg: Mapping[str, Any]) -> Settings:
    """Reads a configuration composed from conf/synthesis/. Raises ValueError for a number that cannot be."""
    knobs = {name: tuple(value) if isinstance(value, list) else value for name, value in cfg["knobs"].items()}
    knobs["personas"] = knobs["personas"] or {name: persona.weight for name, persona in personas().items()}
    plain = ("follow_up", "max_calls", "max_chars", "graphs", "dated", "verify", "max_error_share")
    return Settings(
        turns=_numbered("turns", cfg["turns"]),
        chains=_numbered("chains", cfg["chains"]) if cfg["chains"] else {},
        knobs=robustness.Knobs(**knobs),
        sensitive=tuple(cfg["sensitive"]),
        foreign=tuple(cfg["foreign"]),
        bounds=Bounds(**cfg["bounds"]),
        **{name: cfg[name] for name in plain},
    )


def _numbered(name: str, weights: Mapping[Any, float]) -> dict[int, float]:
    numbered = {int(number): float(share) for number, share in sorted(weights.items())}
    if min(numbered) < 1 or min(numbered.values()) < 0 or sum(numbered.values()) <= 0:
        raise ValueError(f"{name}={dict(weights)} must be weights of numbers from 1 on, at least one above 0")
    return numbered
