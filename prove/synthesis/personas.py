"""Who speaks: the personas of speech.yaml.

    polite: weight 11, dialect british, rates {greet: 0.3, ask: 0.55}, words {asks: ["Could you please {do}?"]}

A dialect says how dates and lists are written, a rate how often a habit shows, words what it draws on.
**Ours**: the paper (3.2) names personas; what they are is decided in speech.yaml.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Persona:
    """Who speaks: forms of values (kind -> {form: weight}), rates of habits (0 to 1), and the words they draw on."""

    name: str
    weight: float
    forms: Mapping[str, Mapping[str, float]]
    rates: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


@cache
def stock() -> dict[str, Any]:
    """speech.yaml: personas, their words, irrelevant requests and what an assistant answers."""
    return yaml.safe_load(Path(__file__).with_name("speech.yaml").read_text(encoding="utf-8"))


@cache
def personas() -> dict[str, Persona]:
    """Every persona by name; words it does not bring are those shared by all."""
    shared, dialects = stock()["words"], stock()["dialects"]
    return {
        name: Persona(
            name, own["weight"], dialects[own["dialect"]], own.get("rates", {}), {**shared, **own.get("words", {})}
        )
        for name, own in stock()["personas"].items()
    }


def draw_persona(rng: random.Random) -> str:
    """The name of a persona, by weight."""
    known = personas()
    return rng.choices(list(known), [persona.weight for persona in known.values()])[0]
