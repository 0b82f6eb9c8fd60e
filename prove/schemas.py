"""MCP tools as OpenAI function schemas, and whether a value has the JSON type a schema asks for.

{name, description, inputSchema}  ->  {"type": "function", "function": {name, description, parameters}}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


def to_openai(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The function schema offered to the model for one MCP tool, a dict as `tools/list` returns it."""
    function = {
        "name": tool["name"],
        "description": tool.get("description") or "",
        "parameters": dict(tool.get("inputSchema") or NO_PARAMETERS),
    }
    return {"type": "function", "function": function}


def reads_only(tool: Mapping[str, Any]) -> bool:
    """Whether an MCP tool is annotated as one that changes nothing. Unannotated, it may change anything."""
    return (tool.get("annotations") or {}).get("readOnlyHint") is True


def name_of(schema: Mapping[str, Any]) -> str:
    """The tool name in an OpenAI function schema."""
    return schema["function"]["name"]


def parameters_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON schema of a tool's arguments; a tool without one takes no arguments."""
    return schema["function"].get("parameters") or NO_PARAMETERS


def properties_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameter name -> its JSON schema."""
    return parameters_of(schema).get("properties") or {}


def required_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the parameters that must be given, in the schema's order."""
    return tuple(parameters_of(schema).get("required") or ())


def definitions_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `$ref: "#/$defs/NAME"` inside a parameter points to."""
    return parameters_of(schema).get("$defs") or {}


def compatible(value: Any, schema: Any, definitions: Mapping[str, Any] | None = None) -> bool:
    """Whether a JSON value has the type its schema declares. Types only: enum, const and ranges are not checked.

    Follows type lists, anyOf, oneOf, allOf and `$ref` into `definitions`; a schema without a type takes anything, and
    so does a part that is no JSON schema: foreign servers have such.
    **Ours:** the type of the parameter itself counts, not the types nested in an array or an object.
    """
    if not isinstance(schema, Mapping):
        return schema is not False
    definitions = definitions or {}
    return (
        _has_type(value, schema.get("type"))
        and _fits_reference(value, schema.get("$ref"), definitions)
        and all(_fits_any(value, _list(schema.get(word)), definitions) for word in ("anyOf", "oneOf"))
        and all(compatible(value, part, definitions) for part in _list(schema.get("allOf")))
    )


def _has_type(value: Any, declared: Any) -> bool:
    if isinstance(declared, str):
        return _is(value, declared)
    kinds = [one for one in _list(declared) if isinstance(one, str)]
    return not kinds or any(_is(value, one) for one in kinds)


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _is(value: Any, kind: str) -> bool:
    """One JSON type name. As in JSON Schema an integer is a number, 3.0 is an integer and a boolean is neither."""
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "integer":
        return _is(value, "number") and (isinstance(value, int) or value.is_integer())
    return isinstance(value, _PYTHON_TYPES.get(kind, object))


_PYTHON_TYPES: dict[str, type] = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def _fits_reference(value: Any, reference: Any, definitions: Mapping[str, Any]) -> bool:
    """Follows a reference once: one that leads back to itself says nothing more about the type."""
    if not isinstance(reference, str):
        return True
    name = reference.removeprefix("#/$defs/")
    others = {key: part for key, part in definitions.items() if key != name}
    return compatible(value, definitions.get(name), others)


def _fits_any(value: Any, choices: list[Any], definitions: Mapping[str, Any]) -> bool:
    return not choices or any(compatible(value, choice, definitions) for choice in choices)
