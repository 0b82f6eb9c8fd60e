"""Which value of which answer may go where: what two schemas say, with recall before precision.

    find_payee -> payees[].payee_id : string         pay_payee(payee_id : string)

    name      payee_id = payee_id, payees[].id = payee_id, account_id < from_account_id, sub_issues ~ issue_id
    meaning   assignee_id is "member of a project team": members[].member_id; find_payee(name): payees[].name, payee

Only what identifies something counts: texts, and whole numbers that are called an id. Words of an enum, dates, amounts
and flags can be written without asking anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.schemas import reads_only
from prove.synthesis.harvest import words_of

IDENTIFIERS = frozenset(
    {"id", "code", "token", "key", "number", "reference", "ref", "uuid", "slug", "handle", "symbol"}
)
NAMING = frozenset({"name", "title", "label", "text", "query", "path", "term"})
"""Parameters that are named after what they hold, not after the thing: the tool's name says which thing."""
STOP = frozenset(
    "a an the of or and in to is as it its for by on with from at this that one part which what who how where full all"
    " only not text id name".split()
)
EXAMPLE = re.compile(r"\be\.g\..*|\bsuch as\b.*", re.DOTALL)


@dataclass(frozen=True)
class Field:
    """A value in an answer: `payees[].payee_id`, its key's words, and the words of the row it stands in."""

    path: str
    words: tuple[str, ...]
    noun: tuple[str, ...]
    types: frozenset[str]


@dataclass(frozen=True)
class Parameter:
    """An input that a value of an answer may fill; a list takes it as its only item."""

    tool: str
    name: str
    words: tuple[str, ...]
    noun: tuple[str, ...]
    described: frozenset[str]
    types: frozenset[str]
    is_list: bool
    required: bool

    @property
    def identifies(self) -> bool:
        return is_identifier(self.words)


@dataclass(frozen=True, order=True)
class Candidate:
    before: str
    output: str
    after: str
    parameter: str


def propose(tools: Sequence[Mapping[str, Any]], itself: bool = False) -> tuple[Candidate, ...]:
    """Candidates for explicit edges, sorted: it does not matter how the tools are listed.

    Between different tools; with `itself` also from a tool to itself, which says what its parameters take.
    """
    inputs = [parameter for tool in tools for parameter in parameters(tool)]
    found = {
        Candidate(tool["name"], field.path, parameter.tool, parameter.name)
        for tool in tools
        for field in fields(tool)
        for parameter in inputs
        if (itself or tool["name"] != parameter.tool) and matches(field, parameter)
    }
    return tuple(sorted(found))


def related(tools: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Pairs (A, B) where A may write and both speak of the same thing: what schemas can say of implicit edges."""
    things = {tool["name"]: frozenset(_things(tool)) for tool in tools}
    writers = [tool["name"] for tool in tools if not reads_only(tool)]
    return tuple(sorted((a, b) for a in writers for b in things if a != b and things[a] & things[b]))


def matches(field: Field, parameter: Parameter) -> bool:
    """Whether names or meaning let the field's value be the parameter's."""
    if not (field.types & parameter.types and field.words and parameter.words):
        return False
    return _same_name(field, parameter) or _same_thing(field, parameter) or _described(field, parameter)


def is_identifier(words: Sequence[str]) -> bool:
    return bool(words) and words[-1] in IDENTIFIERS


def thing(words: Sequence[str]) -> tuple[str, ...]:
    """What an identifier identifies: from_account_id -> (from, account)."""
    return tuple(words[:-1]) if is_identifier(words) else tuple(words)


def same_thing(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two names end in the same thing: account_id and from_account_id, sub_issues and issue_id."""
    first, second = thing(one), thing(other)
    return bool(first) and bool(second) and first[-1] == second[-1]


def fields(tool: Mapping[str, Any]) -> tuple[Field, ...]:
    """The values that a tool's output schema promises; none without one."""
    schema = tool.get("outputSchema") or {}
    return tuple(_fields(schema, schema.get("$defs") or {}, "", words_of(tool["name"])[1:], (), 0))


def field_at(tool: str, path: str, value: Any) -> Field:
    """The field of a value in an answer, for a server that does not say what its answers hold."""
    keys = [words_of(key) for key in path.replace("[]", "").split(".") if key]
    noun = keys[-2] if len(keys) > 1 else words_of(tool)[1:]
    return Field(path, keys[-1] if keys else (), noun, frozenset({"string" if isinstance(value, str) else "integer"}))


def parameters(tool: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The inputs of a tool that identify something, by what their schemas say."""
    schema = tool.get("inputSchema") or {}
    found = (
        _parameter(tool["name"], name, part, schema.get("$defs") or {}, name in schema.get("required", ()))
        for name, part in (schema.get("properties") or {}).items()
    )
    return tuple(parameter for parameter in found if parameter is not None)


def _fields(
    schema: Any, parts: Mapping[str, Any], path: str, noun: tuple[str, ...], key: tuple[str, ...], depth: int
) -> Iterator[Field]:
    if depth > 8:  # a row that holds rows of its own kind
        return
    for option in _options(schema, parts):
        if option.get("type") == "object" or "properties" in option:
            inside = key or noun
            for name, part in (option.get("properties") or {}).items():
                below = f"{path}.{name}" if path else name
                yield from _fields(part, parts, below, inside, words_of(name), depth + 1)
        elif option.get("type") == "array":
            yield from _fields(option.get("items"), parts, f"{path}[]", noun, key, depth + 1)
        elif types := _types(option, key):
            yield Field(path, key, noun, types)


def _parameter(tool: str, name: str, schema: Any, parts: Mapping[str, Any], required: bool) -> Parameter | None:
    words = words_of(name)
    options = list(_options(schema, parts))
    items = [one for option in options if option.get("type") == "array" for one in _options(option.get("items"), parts)]
    types = frozenset().union(*(_types(option, words) for option in (items or options)))
    described = EXAMPLE.sub(
        "", " ".join(str(one.get("description", "")) for one in ([schema] if schema else []) + items)
    )
    if not types:
        return None
    said = frozenset(words_of(described)) - STOP
    return Parameter(tool, name, words, words_of(tool)[1:], said, types, bool(items), required)


def _options(schema: Any, parts: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The alternatives of a schema, references followed."""
    if not isinstance(schema, Mapping) or depth > 8:
        return
    if reference := schema.get("$ref"):
        yield from _options(parts.get(str(reference).removeprefix("#/$defs/")), parts, depth + 1)
    for word in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(word) or ():
            yield from _options(option, parts, depth + 1)
    if "type" in schema or "properties" in schema:
        yield schema


def _types(schema: Mapping[str, Any], words: Sequence[str]) -> frozenset[str]:
    """`string`, or `integer` for what is called an id; nothing for what identifies nothing."""
    if "enum" in schema or "const" in schema or schema.get("format") in ("date", "date-time", "time", "duration"):
        return frozenset()
    named = schema.get("type")
    types = {named} if isinstance(named, str) else set(named or ())
    return frozenset(types & ({"string", "integer"} if is_identifier(words) else {"string"}))


def _same_name(field: Field, parameter: Parameter) -> bool:
    """payee_id = payee_id, and id in rows of payees = payee_id."""
    return parameter.words in (field.words, (*field.noun, *field.words))


def _same_thing(field: Field, parameter: Parameter) -> bool:
    """sub_issues ~ issue_id; a plain name or id is that of its row: payees[].name ~ find_payee(name)."""
    inside = (
        (*field.noun, *field.words) if len(field.words) == 1 and field.words[0] in IDENTIFIERS | NAMING else field.words
    )
    if parameter.words[-1] in NAMING and len(parameter.words) == 1:
        named = inside[:-1] if inside[-1] in NAMING else inside
        return not is_identifier(inside) and bool(set(named) & set(parameter.noun))
    if is_identifier(parameter.words) and inside[-1] in NAMING:
        return False  # a name is no id
    return same_thing(inside, parameter.words)


def _described(field: Field, parameter: Parameter) -> bool:
    """assignee_id, "member of a project team" ~ member_id; both ids, or neither."""
    if is_identifier(field.words) != parameter.identifies:
        return False
    return bool(set(thing(field.words) or field.noun) & parameter.described)


def _things(tool: Mapping[str, Any]) -> Iterator[str]:
    """Nouns of a tool's name and of the ids it takes or gives."""
    yield from words_of(tool["name"])[1:]
    for words in [one.words for one in parameters(tool)] + [one.words for one in fields(tool)]:
        if is_identifier(words) and thing(words):
            yield thing(words)[-1]
