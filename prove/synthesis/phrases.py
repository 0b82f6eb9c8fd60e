"""How a user asks for a tool that nobody wrote utterances for: sentences around its name, title and description.

    add_note, "Adds a note."   ->   please add a note, with title "Roof repair" and text "is still open".

Values are given letter by letter, in quotes where they have more than one word: a policy must copy them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from prove.synthesis.harvest import split

SLOT = re.compile(r"\w+")
PLAIN = re.compile(r"[\w./:@+-]+")
LONGEST = 14
"""Words of a description's first sentence that a user would still say."""
NOT_VERBS = {"this", "the", "a", "an", "tool", "use", "it"}


@cache
def stock() -> dict[str, Any]:
    """generic.yaml: sentences, words that tell what a parameter is, and values to make up."""
    return yaml.safe_load(Path(__file__).with_name("generic.yaml").read_text(encoding="utf-8"))


def sentences(tool: Mapping[str, Any]) -> list[str]:
    """Every way to ask for a tool, with slots for the required arguments and for one more."""
    required, forms = required_of(tool), stock()["say"]
    return [
        form.replace("{what}", what).replace("{given}", enumerated([f"{{{name}}}" for name in names]))
        for names in (required, *((*required, name) for name in optional_of(tool)))
        for form, what in product(forms["given" if names else "plain"], orders(tool))
    ]


def orders(tool: Mapping[str, Any]) -> list[str]:
    """What the tool does, as an order: its name, its title, the first sentence of its description."""
    title = (tool.get("title") or (tool.get("annotations") or {}).get("title") or "").lower()
    told = (" ".join(split(tool["name"])), title.removesuffix(" tool"), imperative(tool.get("description") or ""))
    return list(dict.fromkeys(order for order in told if order and "{" not in order))


def imperative(description: str) -> str:
    """`Adds a note. It is kept.` -> `add a note`; empty if it does not begin with what the tool does."""
    first = re.split(r"[.\n:;(]", description.strip())[0].strip()
    verb, _, rest = first.partition(" ")
    verb = verb.lower()
    if not rest or verb in NOT_VERBS or len(first.split()) > LONGEST:
        return ""
    if verb.endswith(("sses", "shes", "ches", "xes", "zes", "oes")):
        verb = verb[:-2]
    elif verb.endswith("s") and not verb.endswith("ss"):
        verb = verb[:-3] + "y" if verb.endswith("ies") else verb[:-1]
    return f"{verb} {rest}"


def given(name: str, value: Any) -> str:
    """An argument as a user gives it: `title "Roof repair"`."""
    return f"{' '.join(split(name))} {told(value)}"


def told(value: Any) -> str:
    """A value in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) else f'"{value}"'
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "; ".join(map(told, value))
    if isinstance(value, list):
        return enumerated([told(one) for one in value])
    if isinstance(value, dict):
        return enumerated([given(key, inner) for key, inner in value.items()])
    return str(value)


def enumerated(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def properties_of(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameter name -> schema, of a tool as MCP lists it."""
    return (tool.get("inputSchema") or {}).get("properties") or {}


def required_of(tool: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple((tool.get("inputSchema") or {}).get("required") or ())


def optional_of(tool: Mapping[str, Any]) -> list[str]:
    """Parameters that may be left out and can stand in a sentence."""
    return [name for name in properties_of(tool) if name not in required_of(tool) and SLOT.fullmatch(name)]


def speakable(tool: Mapping[str, Any]) -> bool:
    """Whether every required parameter can stand in a sentence."""
    return all(SLOT.fullmatch(name) and name in properties_of(tool) for name in required_of(tool))
