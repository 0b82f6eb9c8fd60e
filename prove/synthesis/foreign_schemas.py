"""The tools of When2Call and xLAM rows, in their own dialects, as OpenAI function schemas.

    When2Call   {"name": "a.b", "parameters": {"type": "dict", "properties": {"x": {"type": "int"}}, "required": ["x"]}}
    xLAM        {"name": "a.b", "parameters": {"x": {"type": "int"}, "y": {"type": "List[str], optional"}}}
    ->          {"type": "function", "function": {"name": "a_b", "description": "", "parameters": {…}}}

A type that is no JSON type is read: "str, optional", "List[int]", "Union[int, str]"; one that is not known takes any
value. Names become such as an endpoint takes, and different ones within a row.
"""

from __future__ import annotations

import re
from typing import Any

from prove.synthesis.rows import Row, as_json, as_kind, as_text

NAMES_OF_TYPES = {
    "string": "str string char text",
    "integer": "int integer long short byte bigint",
    "number": "float number double decimal",
    "boolean": "bool boolean",
    "array": "list array tuple set sequence iterable arraylist",
    "object": "dict object map mapping hashmap",
    "null": "none null nonetype",
}
JSON_TYPE = {name: json_type for json_type, names in NAMES_OF_TYPES.items() for name in names.split()}
LONGEST_TYPE = 200
"""Characters of a type that is read; a longer one is no type but a text, and takes any value."""
KEPT = ("description", "enum", "default", "format", "minimum", "maximum", "minItems", "maxItems")
"""Words of a parameter's schema that are the same in JSON schema."""
LONGEST_NAME = 64
TAKEN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a function-calling endpoint takes as a name."""


def functions_of(tools: Any) -> tuple[Row, ...]:
    """The tools of a row as OpenAI function schemas with different names; a tool listed twice is kept once."""
    functions: list[Row] = []
    for tool in as_kind(list, tools, "tools"):
        function = _function(as_kind(dict, as_json(tool, "a tool"), "a tool"))
        if function not in functions:
            functions.append(function)
    taken: set[str] = set()
    for function in functions:
        function["name"] = _unlike(function["name"], taken)
        taken.add(function["name"])
    return tuple({"type": "function", "function": function} for function in functions)


def _function(tool: Row) -> Row:
    tool = as_kind(dict, tool["function"], "a tool's function") if "function" in tool else tool
    name = _named(as_text(tool.get("name"), "a tool's name"))
    parameters = as_kind(dict, tool.get("parameters") or {}, f"parameters of {name}")
    try:
        schema = _nested({**tool, **parameters}) if _is_schema(parameters) else _flat(parameters)
    except ValueError as error:
        raise ValueError(f"tool {name}: {error}") from None
    return {"name": name, "description": str(tool.get("description") or ""), "parameters": schema}


def _named(name: str) -> str:
    """The name as an endpoint takes it: BFCL's names have dots, xLAM's also spaces and slashes, some are too long."""
    if TAKEN_NAME.fullmatch(name):
        return name
    spelt = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[-LONGEST_NAME:]
    if not spelt:
        raise ValueError(f"tool {name[:40]!r} has no letter or digit in its name")
    return spelt


def _unlike(name: str, taken: set[str]) -> str:
    number, unlike = 1, name
    while unlike in taken:
        number += 1
        unlike = f"{name[: LONGEST_NAME - 1 - len(str(number))]}_{number}"
    return unlike


def _is_schema(parameters: Row) -> bool:
    """Whether these are a JSON schema; if not they are xLAM's parameters by name, where every value is an object."""
    return isinstance(parameters.get("type"), str) or isinstance(parameters.get("required"), list)


def _nested(schema: Row) -> Row:
    """When2Call's shape: {"type": "dict", "properties": {…}, "required": […]}; its train files put required outside."""
    properties = _properties(as_kind(dict, schema.get("properties") or {}, "properties"))
    declared = schema.get("required")
    required = [name for name in properties if isinstance(declared, list) and name in declared]
    return {"type": "object", "properties": properties, "required": required}


def _flat(parameters: Row) -> Row:
    """xLAM's shape: {name: {type, description, default}}. One without default and without "optional" is required.

    An empty default, which xLAM writes where there is none, is no default.
    """
    properties = _properties(parameters)
    required = [name for name in properties if _is_required(parameters[name])]
    return {"type": "object", "properties": properties, "required": required}


def _is_required(parameter: Row) -> bool:
    if isinstance(parameter.get("required"), bool):
        return parameter["required"]
    return "optional" not in str(parameter.get("type")).lower() and parameter.get("default") in (None, "")


def _properties(parameters: Row) -> dict[str, Row]:
    """JSON schemas by parameter name; None is what parquet writes for a name that another row has."""
    return {name: _schema(value, name) for name, value in parameters.items() if value is not None}


def _schema(value: Any, name: str) -> Row:
    """One parameter's JSON schema. Other words than those of KEPT are left out, and so are empty ones."""
    declared = as_kind(dict, value, f"parameter {name}")
    schema = _typed(declared.get("type"))
    schema |= {word: declared[word] for word in KEPT if declared.get(word) not in (None, "")}
    if isinstance(declared.get("items"), dict):
        schema["items"] = _schema(declared["items"], f"{name}.items")
    if isinstance(declared.get("properties"), dict):
        schema |= _nested(declared)
    return schema


def _typed(declared: Any) -> Row:
    """The JSON schema of a type: "str, optional", "List[int]", "Union[int, str]", ["string", "null"].

    {} if it has none, which takes any value: "any", or a name that is not known ("Callable[[float], float]").
    """
    if isinstance(declared, list):
        return _either(declared)
    if not isinstance(declared, str) or len(declared) > LONGEST_TYPE:
        return {}
    first = _split(declared, ",")[0].replace(" or ", "|")  # after a comma come remarks: optional, default=5
    choices = _split(first, "|")
    if len(choices) > 1:
        return _either(choices)
    kind, _, inside = first.partition("[")
    inner = [part for part in _split(inside.removesuffix("]"), ",") if part not in ("", "...")]
    return _either(inner) if kind.lower() in ("union", "optional") else _plain(kind, inner)


def _plain(kind: str, inner: list[str]) -> Row:
    json_type = JSON_TYPE.get(kind.strip().lower())
    items = _either(inner) if json_type == "array" else {}
    return {} if json_type is None else {"type": json_type, **({"items": items} if items else {})}


def _either(choices: list[Any]) -> Row:
    """The schema of a value that has one of these types."""
    schemas: list[Row] = []
    for schema in map(_typed, choices):
        if schema not in schemas:
            schemas.append(schema)
    if not schemas or {} in schemas:
        return {}
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _split(text: str, mark: str) -> list[str]:
    """The parts of a text between marks that stand outside brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[(") - (character in ")]")
        if character == mark and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
