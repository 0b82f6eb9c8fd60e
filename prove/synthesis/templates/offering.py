"""Which tools a row offers, and how much of their schemas: needed + n distractors, short enough for the policy.

needed ∪ distractors (same domain first, then alike by name)  →  descriptions cut, unused optional parameters out
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.schemas import to_openai
from prove.synthesis.harvest import split

KEPT = ("type", "enum", "items", "properties", "required", "anyOf", "oneOf", "allOf", "$ref", "$defs", "const")
"""Words of a parameter's schema that say what it takes."""


@dataclass(frozen=True)
class Short:
    """How schemas are shortened; numbers come from conf."""

    tool_chars: int | None = None
    """Of a tool's description, after what all descriptions begin with."""
    parameter_chars: int | None = None
    optional: bool = True
    """Whether parameters are offered that are neither required nor used in the row."""


class Offer:
    """The tools of one server as rows offer them."""

    def __init__(self, tools: Mapping[str, Mapping[str, Any]], domain: str, short: Short):
        self._tools = tools
        self._domain = domain
        self._short = short
        self._shared = _shared([tool.get("description") or "" for tool in tools.values()])

    def names(self, needed: Sequence[str], distractors: int, rng: random.Random) -> tuple[str, ...]:
        """Needed and distracting tools in random order."""
        spare = rng.sample(sorted(set(self._tools) - set(needed)), len(self._tools) - len(set(needed)))
        spare.sort(key=lambda name: self._alike(name, needed), reverse=True)
        names = [*dict.fromkeys(needed), *spare[:distractors]]
        rng.shuffle(names)
        return tuple(names)

    def functions(self, names: Sequence[str], used: Mapping[str, set[str]]) -> tuple[dict[str, Any], ...]:
        """Function schemas, shortened. `used`: tool -> parameters that its calls give."""
        return tuple(self._function(name, used.get(name, set())) for name in names)

    def tool(self, name: str) -> Mapping[str, Any]:
        """A tool as MCP lists it."""
        return self._tools[name]

    def _alike(self, name: str, needed: Sequence[str]) -> tuple[bool, int]:
        own, words = self.domain(name), set(split(name))
        same = bool(own) and own in {self.domain(one) for one in needed}
        return same, max((len(words & set(split(one))) for one in needed), default=0)

    def domain(self, name: str) -> str:
        """The part of the API a tool is of, read from its description; "" if that does not say."""
        found = re.search(self._domain, self._tools[name].get("description") or "") if self._domain else None
        return found[1] if found else ""

    def _function(self, name: str, used: set[str]) -> dict[str, Any]:
        whole = to_openai(self._tools[name])["function"]
        description = whole["description"].removeprefix(self._shared)
        schema = self._parameters(whole["parameters"], used)
        function = {"name": name, "description": cut(description, self._short.tool_chars), "parameters": schema}
        return {"type": "function", "function": function}

    def _parameters(self, schema: Mapping[str, Any], used: set[str]) -> dict[str, Any]:
        kept = used | set(schema.get("required") or ())
        properties = {
            name: self._parameter(one)
            for name, one in (schema.get("properties") or {}).items()
            if self._short.optional or name in kept
        }
        return {**schema, "properties": properties}

    def _parameter(self, schema: Any) -> Any:
        if self._short.parameter_chars is None or not isinstance(schema, Mapping):
            return schema
        kept = {word: part for word, part in schema.items() if word in KEPT}
        told = cut(schema.get("description") or "", self._short.parameter_chars)
        return {**kept, **({"description": told} if told else {})}


def cut(text: str, chars: int | None) -> str:
    """A text of at most so many characters, ended after a sentence or a word where that is possible."""
    text = " ".join(text.split())
    if chars is None or len(text) <= chars:
        return text
    head = text[:chars]
    sentence = head.rfind(". ")
    return head[: sentence + 1] if sentence > 0 else head.rpartition(" ")[0].rstrip(",;:(")


def _shared(descriptions: Sequence[str]) -> str:
    """What every description begins with, up to its last sentence: it tells no tool from another."""
    if len(descriptions) < 2:
        return ""
    start = os.path.commonprefix(list(descriptions))
    return start[: max(start.rfind(". ") + 2, start.rfind(": ") + 2)] if ": " in start or ". " in start else ""
