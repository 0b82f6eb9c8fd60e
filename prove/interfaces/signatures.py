"""A function schema as one line: `transfer(from_account: string, amount: number, note?: string)  Moves money.`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prove.schemas import name_of, properties_of, required_of


def signature(function: Mapping[str, Any]) -> str:
    """Name, parameters with their types (? for those that may be left out), description."""
    required = required_of(function)
    names = sorted(properties_of(function), key=lambda name: name not in required)
    parameters = (f"{name}{'' if name in required else '?'}: {_kind(properties_of(function)[name])}" for name in names)
    described = " ".join(str(function["function"].get("description") or "").split())
    return f"{name_of(function)}({', '.join(parameters)})  {described}".rstrip()


def _kind(schema: Any) -> str:
    """Choices where there are some, else the JSON type; of several types all."""
    if not isinstance(schema, Mapping):
        return "any"
    if isinstance(schema.get("enum"), list):
        return "|".join(str(choice) for choice in schema["enum"])
    kinds = schema.get("type")
    if kinds is None and isinstance(schema.get("anyOf"), list):
        return "|".join(_kind(one) for one in schema["anyOf"])
    if kinds == "array":
        return f"[{_kind(schema.get('items'))}]"
    return "|".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds or "any")
