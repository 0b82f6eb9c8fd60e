"""What a teacher knows of the servers: probes and utterances, schemas, dependency graphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prove.synthesis.graph import Graph
from prove.synthesis.phrases import imperative
from prove.synthesis.sampler import Catalog

PLAIN = re.compile(r"[a-z -]+")
"""A description that reads as the end of "I can't …"."""


@dataclass(frozen=True)
class Toolbox:
    """Tools by name: what can be asked for, how it is offered, what it needs, what it depends on. Once per process."""

    catalog: Catalog
    functions: Mapping[str, dict[str, Any]]
    required: Mapping[str, set[str]]
    reading: frozenset[str]
    """Tools that change nothing."""
    graphs: Mapping[str, Graph] = field(default_factory=dict)

    def does(self, tool: str) -> str:
        """What a tool does, as an order: "freeze a card"; "do that" where its name does not make one."""
        verb, _, noun = tool.partition("_")
        if noun and "_" not in noun and not noun.endswith("s"):
            return f"{verb} {'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        told = imperative(self.functions[tool]["function"]["description"])
        plain = PLAIN.fullmatch(told) and 2 < len(told.split()) <= 7 and not set(told.split()) & {"user", "the"}
        return told if plain else "do that"
