"""Abstention rows from files the user has: requests that are answered right by making no tool call (paper section 3.2).

    When2Call         {"question", "tools": [JSON text, …], "correct_answer": "cannot_answer", …}      test, raw train
                      {"messages": [user, assistant], "tools": […]}                                    train, SFT
                      {"messages": [user], "tools": […], "chosen_response": assistant, …}              train, preference
    xLAM-Irrelevance  {"query", "tools": "[{name, description, parameters}]", "answers": "[]"}

Each becomes `Abstention(query, functions, source, id)`. A file is .json or .jsonl (one list of rows, or a row a line)
or .parquet. The paper takes 806 and 316 rows and does not say of which files. When2Call's test files are questions of
BFCL Live: take its train files, or a model is trained on what it may be evaluated on.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

NO_CALL = ("cannot_answer", "request_for_info", "direct")
"""**Ours:** every answer of When2Call without a call. To ask back is one: the call there would guess an argument."""
CALL_MARK = "<TOOLCALL>"
"""How When2Call's train files write a call in an assistant's text."""
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
KEPT = ("description", "enum", "default", "format", "minimum", "maximum", "minItems", "maxItems")
LONGEST_NAME = 64
TAKEN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a function-calling endpoint takes as a name."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Abstention:
    """One request for which none of the offered functions should be called.

    `functions`: OpenAI function schemas, at least one. `source`: "when2call" or "xlam_irrelevance", as in an example's
    knobs. `id`: the source and the number of the row in its file, the one by which an error would name it.
    """

    query: str
    functions: tuple[dict[str, Any], ...]
    source: str
    id: str


def load_when2call(path: str | Path, count: int, rng: random.Random) -> tuple[Abstention, ...]:
    """`count` rows of a When2Call file that want no call: drawn without replacement, in the file's order.

    ValueError: a file or a row that cannot be read (named by file and line or row), or fewer rows than `count`.
    """
    return _drawn(Path(path), "when2call", _when2call, count, rng)


def load_xlam_irrelevance(path: str | Path, count: int, rng: random.Random) -> tuple[Abstention, ...]:
    """`count` rows of an xLAM file whose answers are empty; as load_when2call. Rows with answers are passed over."""
    return _drawn(Path(path), "xlam_irrelevance", _xlam, count, rng)


def _drawn(
    path: Path, source: str, read: Callable[[Row], str | None], count: int, rng: random.Random
) -> tuple[Abstention, ...]:
    found = _abstentions(path, source, read)
    if not 0 <= count <= len(found):
        raise ValueError(f"{path} has {len(found)} different rows with tools and without a call; {count} are asked for")
    return tuple(found[place] for place in sorted(rng.sample(range(len(found)), count)))


def _abstentions(path: Path, source: str, read: Callable[[Row], str | None]) -> list[Abstention]:
    """All rows of a file that want no call. `read` gives the request of a row, or None if the row wants one.

    **Ours:** a row without tools is left out: no function is there to abstain from, so every episode scores the same.
    So is a row that repeats an earlier one.
    """
    found: dict[bytes, Abstention] = {}
    for where, number, row in _rows(path):
        try:
            query = read(_as(dict, row, "the row"))
            functions = _functions(_json(row.get("tools"), "tools")) if query is not None else ()
            key = json.dumps([query, functions], allow_nan=False, ensure_ascii=False).encode()
        except RecursionError:
            raise ValueError(f"{path} {where}: it is nested too deeply") from None
        except (ValueError, TypeError) as error:  # TypeError: parquet holds dates and bytes, JSON does not
            raise ValueError(f"{path} {where}: {error}") from None
        if query is not None and functions:
            found.setdefault(key, Abstention(query, functions, source, f"{source}-{number}"))
    return list(found.values())


def _when2call(row: Row) -> str | None:
    """The question of a row, or None if the right answer is a call."""
    if row.get("correct_answer") is not None:
        return _labelled(row)
    messages = [_as(dict, message, "a message") for message in _as(list, row.get("messages"), "messages")]
    answers = [message for message in messages if message.get("role") == "assistant"]
    if row.get("chosen_response") is not None:
        answers.append(_as(dict, row["chosen_response"], "chosen_response"))
    if not answers:
        raise ValueError("no correct_answer, no chosen_response and no message of the assistant")
    if any(answer.get("tool_calls") or CALL_MARK in str(answer.get("content")) for answer in answers):
        return None
    questions = [message.get("content") for message in messages if message.get("role") == "user"]
    if len(questions) != 1:
        raise ValueError(f"{len(questions)} messages of the user; there should be one")
    return _text(questions[0], "the message of the user")


def _labelled(row: Row) -> str | None:
    label = row["correct_answer"]
    if label == "tool_call":
        return None
    if label not in NO_CALL:
        raise ValueError(f"correct_answer {str(label)[:40]!r} is none of tool_call, {', '.join(NO_CALL)}")
    return _text(row.get("question"), "question")


def _xlam(row: Row) -> str | None:
    """The query of a row, or None if it has answers: those are calls."""
    if _as(list, _json(row.get("answers"), "answers"), "answers"):
        return None
    return _text(row.get("query"), "query")


def _functions(tools: Any) -> tuple[Row, ...]:
    """The tools of a row as OpenAI function schemas with different names; a tool listed twice is kept once."""
    functions: list[Row] = []
    for tool in _as(list, tools, "tools"):
        function = _function(_as(dict, _json(tool, "a tool"), "a tool"))
        if function not in functions:
            functions.append(function)
    taken: set[str] = set()
    for function in functions:
        function["name"] = _unlike(function["name"], taken)
        taken.add(function["name"])
    return tuple({"type": "function", "function": function} for function in functions)


def _function(tool: Row) -> Row:
    tool = _as(dict, tool["function"], "a tool's function") if "function" in tool else tool
    name = _named(_text(tool.get("name"), "a tool's name"))
    parameters = _as(dict, tool.get("parameters") or {}, f"parameters of {name}")
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
    properties = _properties(_as(dict, schema.get("properties") or {}, "properties"))
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
    declared = _as(dict, value, f"parameter {name}")
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


def _rows(path: Path) -> Iterator[tuple[str, int, Any]]:
    """Rows with what names them ("line 3" from 1, "row 2" from 0) and the number in that name."""
    if not path.is_file():
        raise ValueError(f"{path} is missing or no file")
    if path.suffix == ".parquet":
        return _numbered(_parquet(path))
    if path.suffix not in (".json", ".jsonl"):
        raise ValueError(f"{path} is none of .json, .jsonl and .parquet")
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    return _numbered(_parsed(text, str(path))) if text.lstrip().startswith(b"[") else _lines(text, path)


def _numbered(rows: list[Any]) -> Iterator[tuple[str, int, Any]]:
    return ((f"row {number}", number, row) for number, row in enumerate(rows))


def _lines(text: bytes, path: Path) -> Iterator[tuple[str, int, Any]]:
    for number, line in enumerate(text.split(b"\n"), 1):
        if line.strip():
            yield f"line {number}", number, _parsed(line, f"{path} line {number}")


def _parquet(path: Path) -> list[Any]:
    try:
        return pq.read_table(path).to_pylist()
    except (pa.ArrowException, ValueError, OSError) as error:
        raise ValueError(f"{path} is no parquet file that can be read: {error}") from None


def _parsed(text: str | bytes, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where}: no JSON: {error}") from None


def _json(value: Any, what: str) -> Any:
    """Tools and answers are JSON text in some files and JSON in others."""
    return _parsed(value, what) if isinstance(value, str) else value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} is no text or empty")
    return value.strip()


def _as(kind: type, value: Any, what: str) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"{what} is missing or no {'list' if kind is list else 'object'}")
    return value
