"""Mistakes that a teacher makes on purpose, so that conversations show how they are put right (**ours**)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from prove.synthesis.toolbox import Toolbox
from prove.types import ToolCall


def slip(right: ToolCall, kind: str, references: Mapping[str, Any], tools: Toolbox, rng: random.Random) -> ToolCall:
    """A mistake models make: the name where an id belongs, a missing or an invented argument, a neighbouring tool."""
    named = [name for name in references if references[name].says]
    if kind == "other_tool":
        others = [tool for tool in tools.catalog.tools(tools.catalog.server_of[right.name]) if tool != right.name]
        return ToolCall(rng.choice(others), right.arguments)
    if named and rng.random() < 0.6:
        name = rng.choice(named)
        return ToolCall(right.name, {**right.arguments, name: references[name].says[0]})
    required = sorted(tools.required[right.name] & set(right.arguments))
    if required:
        left_out = rng.choice(required)
        return ToolCall(right.name, {name: value for name, value in right.arguments.items() if name != left_out})
    return ToolCall(right.name, {**right.arguments, "confirm": True})
