"""Runs a program of prove.interfaces.language on values of JSON: a walk over its tree, never Python's exec or eval.

values     what JSON has; a result is the JSON of its text, or the text itself. No value is ever changed, only made
work       1 per step, 1 per character or item of every value that is made or handed on, 1 per line of what is written
           out; bounded, so that no loop and no growing text runs long
A value is either made here, and then small, or part of a tool's answer: what is written out is bounded by these.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

from prove.interfaces.language import PRINT, Bounds, Refused
from prove.types import ToolCall, ToolResult

CUT = "... (more was printed)"
LINE = 16
"""Characters written out for one step of work: Python does that much faster than a step."""


class Failed(Exception):
    """A tool refused; it is recorded among the calls."""


class Interpreter:
    """Runs one program. `done` and `printed` hold what has happened, also if it ends early."""

    def __init__(self, call: Callable[[str, dict[str, Any]], Awaitable[ToolResult]], bounds: Bounds):
        self.done: list[tuple[ToolCall, ToolResult]] = []
        self.printed: list[str] = []
        self._call, self._bounds = call, bounds
        self._names: dict[str, Any] = {}
        self._work = 0
        self._room = bounds.value
        self._ms = 0.0

    async def run(self, program: list[ast.stmt]) -> None:
        """Refused: it went too far, or a value is not what it takes it for. Failed: a tool refused."""
        for statement in program:
            await self._statement(statement)

    async def _statement(self, node: ast.stmt) -> None:
        self._spend(node, 1)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                self._names[name] = await self._tool(call)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._names[name] = self._value(value)
            case ast.Expr(value=ast.Call(func=ast.Name(id=name)) as call) if name == PRINT:
                self._print(" ".join(self._text(call, self._value(value)) for value in call.args))
            case ast.Expr(value=ast.Call() as call):
                self._print(self._text(call, await self._tool(call)))
            case ast.For(target=ast.Name(id=name), iter=iterated, body=body):
                await self._loop(node, name, self._value(iterated), body)

    async def _loop(self, node: ast.stmt, name: str, values: Any, body: list[ast.stmt]) -> None:
        if not isinstance(values, list):
            _stop(node, f"for goes over a list, not over {_kind(values)}")
        for value in values[: self._bounds.loop]:
            self._names[name] = value
            for statement in body:
                await self._statement(statement)
        if len(values) > self._bounds.loop:
            self._print(f"(stopped after {self._bounds.loop} of {len(values)})")

    async def _tool(self, node: ast.Call) -> Any:
        """One call of a tool; its result."""
        name, arguments = node.func.id, self._arguments(node)  # type: ignore[attr-defined]
        if len(self.done) >= self._bounds.calls:
            _stop(node, f"at most {self._bounds.calls} calls in one block")
        if self._ms > self._bounds.milliseconds:
            _stop(node, "the tools took too long; call the others in another block")
        result = await self._call(name, arguments)
        self._ms += result.ms
        self.done.append((ToolCall(name, arguments), result))
        if not result.ok:
            raise Failed(f"line {node.lineno}: {name}: {result.output}")
        return _read(result.output)

    def _arguments(self, node: ast.Call) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self._value(keyword.value)
            new = value if keyword.arg is None else {keyword.arg: value}
            if twice := arguments.keys() & new.keys():
                _stop(node, f"argument {min(twice)} is given twice")
            arguments |= new
        return self._made(node, arguments)

    def _value(self, node: ast.expr) -> Any:
        self._spend(node, 1)
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._names[name] if name in self._names else _stop(node, f"there is no variable {name}")
            case ast.Attribute(value=of, attr=name):
                return _item(node, self._value(of), name)
            case ast.Subscript(value=of, slice=index):
                return _item(node, self._value(of), self._value(index))
            case ast.JoinedStr(values=parts):
                return self._joined(node, [self._value(part) for part in parts])
            case ast.FormattedValue(value=inner):
                return self._text(node, self._value(inner))
            case ast.UnaryOp(operand=ast.Constant(value=value)):
                return -value  # type: ignore[operator]
            case ast.List(elts=parts):
                return self._made(node, [self._value(part) for part in parts])
            case ast.Dict(keys=keys, values=values):
                named = zip(keys, values, strict=True)
                return self._made(node, {key.value: self._value(value) for key, value in named})  # type: ignore[union-attr]
        raise AssertionError(f"{node} was let through")

    def _joined(self, node: ast.expr, parts: list[str]) -> str:
        self._measure(node, sum(map(len, parts)))
        return "".join(parts)

    def _text(self, node: ast.expr, value: Any) -> str:
        """Text as it is, everything else as JSON."""
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        self._spend(node, len(text) // LINE)
        return text

    def _print(self, text: str) -> None:
        if self._room <= 0:
            return
        self.printed.append(text if len(text) <= self._room else text[: self._room] + CUT)
        self._room -= len(text) + 1

    def _made(self, node: ast.AST, value: Any) -> Any:
        """The value, if it is small enough. Parts that it has twice are counted twice: so JSON would write them."""
        size, level = 0, [value]
        for _ in range(self._bounds.depth):
            for one in level:
                size += len(one) + 1 if isinstance(one, str | list | dict) else 1
            self._measure(node, size)
            level = [part for one in level for part in _parts(one)]
            if not level:
                return value
        return _stop(node, "the value is nested too deep")

    def _measure(self, node: ast.AST, size: int) -> None:
        if size > self._bounds.value:
            _stop(node, "the value is too large")
        self._spend(node, size)

    def _spend(self, node: ast.AST, work: int) -> None:
        self._work += work
        if self._work > self._bounds.work:
            _stop(node, "the code runs too long")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _item(node: ast.AST, value: Any, index: Any) -> Any:
    """Of an object by name, of a list by number."""
    if isinstance(value, dict) and isinstance(index, str):
        return value[index] if index in value else _stop(node, f"there is no {index[:60]!r}; there are {_some(value)}")
    if isinstance(value, list) and type(index) is int:
        inside = -len(value) <= index < len(value)
        return value[index] if inside else _stop(node, f"there is no item {index} in a list of {len(value)}")
    return _stop(node, f"{_kind(value)} has no {str(index)[:60]!r}")


def _some(value: dict[str, Any]) -> str:
    return ", ".join(map(str, list(value)[:12]))[:200]


def _kind(value: Any) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "text"
    return "nothing" if value is None else "a number"


def _read(output: str) -> Any:
    """A tool's answer as a value; the text itself where it is no JSON."""
    try:
        return json.loads(output, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return output


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _stop(node: ast.AST, reason: str) -> NoReturn:
    raise Refused(f"line {getattr(node, 'lineno', 1)}: {reason}")
