"""MCP tools as OpenAI function schemas, and JSON-type compatibility."""

from __future__ import annotations

import pytest

from prove.schemas import compatible, definitions_of, name_of, properties_of, required_of, to_openai

PAY = {
    "name": "pay",
    "description": "Pays a bill.",
    "inputSchema": {
        "type": "object",
        "properties": {"amount": {"type": "number"}, "to": {"$ref": "#/$defs/Party"}},
        "required": ["amount"],
        "$defs": {"Party": {"type": "object"}},
    },
    "outputSchema": {"type": "object"},
    "annotations": {"readOnlyHint": False},
}


def test_an_mcp_tool_becomes_a_function_schema_without_what_the_model_does_not_need():
    schema = to_openai(PAY)
    function = {"name": "pay", "description": "Pays a bill.", "parameters": PAY["inputSchema"]}
    assert schema == {"type": "function", "function": function}


def test_the_parts_of_a_function_schema_are_found():
    schema = to_openai(PAY)
    assert name_of(schema) == "pay"
    assert required_of(schema) == ("amount",)
    assert list(properties_of(schema)) == ["amount", "to"]
    assert definitions_of(schema) == {"Party": {"type": "object"}}


def test_a_tool_without_input_schema_takes_no_arguments():
    schema = to_openai({"name": "ping"})
    assert schema["function"]["description"] == ""
    assert required_of(schema) == () and properties_of(schema) == {}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (3, {"type": "number"}),
        (3.5, {"type": "number"}),
        (3, {"type": "integer"}),
        (3.0, {"type": "integer"}),
        ("3", {"type": "string"}),
        (True, {"type": "boolean"}),
        ([1], {"type": "array", "items": {"type": "string"}}),
        ({}, {"type": "object"}),
        (None, {"type": "null"}),
        (None, {"type": ["string", "null"]}),
        (3, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (3, {"oneOf": [{"type": "string"}, {"type": "integer"}]}),
        ("pale", {"type": "string", "enum": ["red", "blue"]}),
        ("pale", {"enum": ["red", "blue"]}),
        (-1, {"type": "integer", "minimum": 0}),
        (object, {}),
        ([], True),
    ],
)
def test_a_value_of_the_declared_type_is_compatible(value, schema):
    assert compatible(value, schema)


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, {"type": "number"}),
        (True, {"type": "integer"}),
        (1, {"type": "boolean"}),
        (3.5, {"type": "integer"}),
        (float("inf"), {"type": "integer"}),
        ("3", {"type": "integer"}),
        (3, {"type": "string"}),
        (None, {"type": "string"}),
        ({}, {"type": "array"}),
        ([], {"type": "object"}),
        (3, {"type": ["string", "null"]}),
        (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (3, {"allOf": [{}, {"type": "string"}]}),
        ([], False),
    ],
)
def test_a_value_of_another_type_is_not_compatible(value, schema):
    assert not compatible(value, schema)


def test_references_are_followed_into_the_definitions():
    definitions = {"Money": {"$ref": "#/$defs/Amount"}, "Amount": {"type": "number"}}
    assert compatible(3, {"$ref": "#/$defs/Money"}, definitions)
    assert not compatible("3", {"$ref": "#/$defs/Money"}, definitions)
    assert not compatible("3", {"anyOf": [{"$ref": "#/$defs/Money"}, {"type": "null"}]}, definitions)


def test_a_reference_to_nothing_or_to_itself_asks_for_no_type():
    assert compatible("3", {"$ref": "#/$defs/Gone"}, {})
    assert compatible("3", {"$ref": "#/$defs/Loop"}, {"Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}]}})


@pytest.mark.parametrize(
    "broken",
    [
        {"type": 5},
        {"type": [3, []]},
        {"type": {"a": 1}},
        {"anyOf": 7},
        {"oneOf": "x"},
        {"allOf": 1},
        {"$ref": 4},
        3,
        None,
    ],
)
def test_a_part_that_is_no_json_schema_takes_anything(broken):
    assert compatible("text", broken) and compatible({"deep": [1]}, broken)
