"""What a teacher knows of the servers: probes and utterances, schemas, dependency graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prove.synthesis.graph import Graph
from prove.synthesis.phrases import imperative
from prove.synthesis.sampler import Catalog


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
        return told if 2 < len(told.split()) <= 7 and not set(told.split()) & {"user", "the"} else "do that"
