"""The tools that were offered, as a reader wants them: name, description, parameters with type and need.

Each becomes one JSON text, so that equal ones of many episodes are sent once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prove.schemas import properties_of, required_of
from prove.viewer.values import packed, shown, text


def tools_of(schemas: Sequence[Mapping[str, Any]]) -> list[str]:
    return [packed(_tool(schema)).decode() for schema in schemas]


def _tool(schema: Mapping[str, Any]) -> dict[str, Any]:
    function, needed = schema["function"], required_of(schema)
    parameters = [
        {"name": text(name), "type": type_of(part), "needed": name in needed, "words": _words(part)}
        for name, part in properties_of(schema).items()
    ]
    return {"name": text(function["name"]), "words": text(function.get("description")), "parameters": parameters}


def type_of(schema: Any) -> str:
    """`string`, `number or null`, `"open" or "reached"`; JSON for what is none of these."""
    if not isinstance(schema, Mapping):
        return shown(schema)
    if isinstance(schema.get("enum"), list):
        return " or ".join(shown(value) for value in schema["enum"])
    for word in ("anyOf", "oneOf"):
        if isinstance(schema.get(word), list):
            return " or ".join(type_of(part) for part in schema[word])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(text(one) for one in kind)
    if kind == "array" and "items" in schema:
        return f"list of {type_of(schema['items'])}"
    return text(kind) or text(schema.get("$ref")) or "any"


def _words(schema: Any) -> str:
    """The description, also of the one choice that has one."""
    if not isinstance(schema, Mapping):
        return ""
    choices = schema.get("anyOf") if isinstance(schema.get("anyOf"), list) else []
    said = [part.get("description") for part in (schema, *choices) if isinstance(part, Mapping)]
    return next((text(one) for one in said if one), "")
