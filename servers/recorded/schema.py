"""Whether arguments fit a recorded tool's schema, said in the words of our own servers.

    Search_Taxi has no argument to; it takes pick_up_place_id, drop_off_place_id
    invalid arguments for Search_Taxi: Object missing required field `pick_up_place_id`
    invalid arguments for Search_Taxi: Expected `float`, got `str` - at `$.passengers`

An argument that the schema does not name is refused, as our servers do, unless the schema lets others in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import validator_for

SHOWN = 300
WORDS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
BEYOND_NAMES = ("$ref", "anyOf", "oneOf", "allOf", "if")
"""Words of a schema that may let in arguments its own properties do not name."""


class Schema:
    """One JSON schema. Raises ValueError, in a sentence, if it is none that can be checked here."""

    def __init__(self, schema: Any):
        _check(schema)
        self._validator = validator_for(schema, default=Draft202012Validator)(schema)
        self._schema = schema
        self._names = None if _is_open(schema) else dict.fromkeys(schema.get("properties") or ())
        self._patterns = [re.compile(pattern) for pattern in schema.get("patternProperties") or {}]

    def problem(self, tool: str, arguments: Mapping[str, Any]) -> str | None:
        """Why these arguments of this tool are refused, in a sentence; None if they fit."""
        if unknown := self._unknown(arguments):
            return f"{tool} has no argument {unknown[:40]}; it takes {', '.join(self._names or ()) or 'no arguments'}"
        error = next(iter(self._validator.iter_errors(arguments)), None)
        return error and f"invalid arguments for {tool}: {_told(error)}"[:SHOWN]

    def misfit(self, value: Any) -> str | None:
        """Why a value does not fit, for values that are no arguments."""
        error = next(iter(self._validator.iter_errors(value)), None)
        return error and _told(error)[:SHOWN]

    def _unknown(self, arguments: Mapping[str, Any]) -> str | None:
        if self._names is None or arguments.keys() <= self._names.keys():
            return None
        others = (name for name in arguments if name not in self._names)
        return next((name for name in others if not any(pattern.search(name) for pattern in self._patterns)), None)


def _check(schema: Any) -> None:
    if not isinstance(schema, dict):
        raise ValueError(f"its schema is {type(schema).__name__}, not an object")
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"its schema is no JSON schema: {error.message[:120]} - at {error.json_path}") from None
    for reference in _references(schema):
        _follow(schema, reference)


def _references(schema: Any) -> list[str]:
    """Every $ref in a schema."""
    if isinstance(schema, list):
        return [reference for part in schema for reference in _references(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
    return own + [reference for part in schema.values() for reference in _references(part)]


def _follow(schema: dict[str, Any], reference: str) -> None:
    """Raises ValueError unless the reference stays inside the schema (nothing is fetched) and leads somewhere."""
    part: Any = schema
    for name in reference.removeprefix("#").split("/")[1:]:
        name = name.replace("~1", "/").replace("~0", "~")
        part = part.get(name) if isinstance(part, dict) else None
    if part is None or not (reference == "#" or reference.startswith("#/")):
        raise ValueError(f"its schema refers to {reference[:80]}, which is not in it")


def _is_open(schema: Mapping[str, Any]) -> bool:
    """Whether the names of the properties do not bound the names of the arguments."""
    return schema.get("additionalProperties", False) is not False or any(word in schema for word in BEYOND_NAMES)


def _told(error: ValidationError) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    where = f" - at `${place}`" if place else ""
    return f"{_reason(error)}{where}"


def _reason(error: ValidationError) -> str:
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return f"Object missing required field `{missing}`"
    if error.validator == "type":
        kinds = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        return f"Expected `{' | '.join(WORDS.get(kind, kind) for kind in kinds)}`, got `{_kind(error.instance)}`"
    return error.message[:200]


def _kind(value: Any) -> str:
    names = {str: "str", bool: "bool", int: "int", float: "float", list: "array", dict: "object", type(None): "null"}
    return names.get(type(value), type(value).__name__)
