"""A tool is a plain function `tool(state, …typed arguments) -> result`; its types are its schemas.

@reads                        def get_account(bank: Bank, account_id: AccountId) -> Account: ...
@writes(destructive=True)     def close_account(bank: Bank, account_id: AccountId) -> Account: ...
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Any, get_type_hints

import msgspec

from servers.state import State, ToolError

MAX_ARGUMENT_CHARS = 20_000
MAX_RESULT_CHARS = 1_000_000
"""Of one result. What the worlds begin with comes to 3,000; only what a session has written itself gets there."""
TEXT = msgspec.json.Encoder()


class Hints(msgspec.Struct, frozen=True):
    """What MCP calls tool annotations."""

    read_only: bool
    destructive: bool = False
    idempotent: bool = False


class Tool(msgspec.Struct, frozen=True):
    name: str
    description: str
    run: Callable[..., Any]
    arguments: type[msgspec.Struct]
    has_numbers: bool
    anchored: tuple[str, ...]
    """Arguments with a pattern that ends in `$`."""
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]
    hints: Hints


class Outcome(msgspec.Struct, frozen=True):
    """What a call came to: compact JSON text, and whether the world accepted it."""

    text: str
    ok: bool
    structured: bool = True
    """False for a text that is no JSON, as servers that are not ours may give."""


def reads(function: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a tool that changes nothing."""
    function.hints = Hints(read_only=True, idempotent=True)  # type: ignore[attr-defined]
    return function


def writes(function: Any = None, *, destructive: bool = False, idempotent: bool = False) -> Any:
    """Marks a tool that changes the world; `destructive` if something is lost, `idempotent` if twice is once."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.hints = Hints(False, destructive, idempotent)  # type: ignore[attr-defined]
        return function

    return mark if function is None else mark(function)


def tools_of(module: ModuleType) -> dict[str, Tool]:
    """The marked functions of a module, in the order they are written."""
    return {name: as_tool(value) for name, value in vars(module).items() if hasattr(value, "hints")}


def as_tool(function: Callable[..., Any]) -> Tool:
    """Reads name, docstring, types and hints of a function into a Tool."""
    types = get_type_hints(function, include_extras=True)
    _, *parameters = inspect.signature(function).parameters.values()
    fields = [_field(parameter, types[parameter.name]) for parameter in parameters]
    arguments = msgspec.defstruct(function.__name__, fields, forbid_unknown_fields=True)
    schema = _schema(arguments) | {"additionalProperties": False}
    return Tool(
        name=function.__name__,
        description=inspect.cleandoc(function.__doc__ or ""),
        run=function,
        arguments=arguments,
        has_numbers=any(_takes_float(types[parameter.name]) for parameter in parameters),
        anchored=tuple(name for name, part in schema["properties"].items() if _is_anchored(part)),
        input_schema=schema,
        output_schema=_schema(types["return"]),
        hints=function.hints,  # type: ignore[attr-defined]
    )


def invoke(tool: Tool, state: State, arguments: Any) -> Outcome:
    """Decodes the arguments strictly, runs the tool, encodes its result. A failed call changes nothing."""
    try:
        values = msgspec.structs.astuple(_decode(tool, arguments))
        text = _told(tool.run(state, *values)) if tool.hints.read_only else state.atomically(_write, tool.run, values)
        return Outcome(text, True)
    except ToolError as error:
        return refusal(str(error))


def refusal(message: str) -> Outcome:
    text = message.encode(errors="replace").decode()  # a name may hold half a surrogate pair
    return Outcome(TEXT.encode({"error": text}).decode(), False)


def _write(state: State, run: Callable[..., Any], values: tuple[Any, ...]) -> str:
    result = run(state, *values)
    state.advance(1)
    return _told(result)


def _told(result: Any) -> str:
    text = TEXT.encode(result).decode()
    if len(text) > MAX_RESULT_CHARS:
        raise ToolError(f"the result is too long: {len(text)} characters, at most {MAX_RESULT_CHARS}")
    return text


def _decode(tool: Tool, arguments: Any) -> msgspec.Struct:
    if type(arguments) is not dict:
        raise ToolError(f"arguments of {tool.name} must be an object")
    _check_size(arguments)
    try:
        given = msgspec.convert(arguments, tool.arguments)
    except msgspec.ValidationError as error:
        raise ToolError(_explain(tool, arguments, str(error))) from None
    if tool.has_numbers:
        _check_finite(given)
    if tool.anchored:
        _check_ends(tool, arguments)
    return given


def _check_size(value: Any, depth: int = 0) -> None:
    if depth > 8:
        raise ToolError("arguments are nested too deeply: at most 8 levels")
    for key, item in value.items() if type(value) is dict else enumerate(value):
        kind = type(item)
        if kind is str:
            if len(item) > MAX_ARGUMENT_CHARS:
                raise ToolError(f"argument {key} is too long: {len(item)} characters, at most {MAX_ARGUMENT_CHARS}")
            _check_unicode(item)
        elif kind is dict or kind is list:
            if len(item) > MAX_ARGUMENT_CHARS:
                raise ToolError(f"argument {key} has too many items: {len(item)}, at most {MAX_ARGUMENT_CHARS}")
            _check_size(item, depth + 1)
        if type(key) is str:
            _check_unicode(key)


def _check_unicode(text: str) -> None:
    """JSON can spell half a surrogate pair, which is no text and cannot be encoded."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ToolError("arguments hold half a surrogate pair, which is not Unicode text") from None


def _check_finite(given: msgspec.Struct) -> None:
    for name in given.__struct_fields__:
        value = getattr(given, name)
        if type(value) is float and not math.isfinite(value):
            raise ToolError(f"argument {name} must be a finite number")


def _check_ends(tool: Tool, arguments: dict[str, Any]) -> None:
    """`$` is the end of the text in a JSON schema; Python's also matches before a line break that ends it."""
    for name in tool.anchored:
        value = arguments.get(name)
        for text in value if type(value) is list else (value,):
            if type(text) is str and text.endswith("\n"):
                raise ToolError(f"invalid arguments for {tool.name}: {name} ends in a line break")


def _explain(tool: Tool, arguments: dict[str, Any], message: str) -> str:
    """msgspec's message, with the names a caller may use where it used others."""
    known = tool.arguments.__struct_fields__
    unknown = [str(name)[:40] for name in arguments if name not in known]
    if unknown:
        return f"{tool.name} has no argument {unknown[0]}; it takes {', '.join(known) or 'no arguments'}"
    return f"invalid arguments for {tool.name}: {message}"[:300]


def _field(parameter: inspect.Parameter, annotation: Any) -> tuple[Any, ...]:
    if parameter.default is parameter.empty:
        return parameter.name, annotation
    return parameter.name, annotation, parameter.default


def _takes_float(annotation: Any) -> bool:
    return "float" in str(annotation)


def _is_anchored(schema: dict[str, Any]) -> bool:
    """Of a text, a text or null, or a list of texts."""
    parts = [schema, *schema.get("anyOf", ()), schema.get("items", {})]
    return any(part.get("pattern", "").endswith("$") for part in parts)


def _schema(kind: Any) -> dict[str, Any]:
    """The JSON schema of a struct, its top level inlined as MCP wants it."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    if "$ref" in schema:
        schema = parts.pop(schema["$ref"].removeprefix("#/$defs/"))
    schema.pop("title", None)
    return {**schema, "$defs": parts} if parts else schema


__all__ = ["Annotated", "Hints", "Outcome", "Tool", "as_tool", "invoke", "reads", "refusal", "tools_of", "writes"]
