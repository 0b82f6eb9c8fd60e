"""The small language of `interface=code`: what a model may write, read with `ast` and never executed by Python.

    accounts = list_accounts(kind="savings")           a tool, by keyword; **{"from": 1} where a name is no Python name
    first = accounts["accounts"][0].account_id         indexing; .name is ["name"] of an object
    for one in accounts.accounts:                      over a list
        print(f"{one.name}: {one['balance']}")         text; no format after a colon
    close_account(account_id=first)                    a call whose result is not kept is printed

Nothing else: no other function, no operator, no import, no definition, no comprehension, no name with _ in front, no
attribute of a Python object. What is read here can do nothing but call the offered tools; how often and how long is
bounded by prove.interfaces.interpreter.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import NoReturn

PRINT = "print"
RULES = (
    "assignments, calls of the tools with keyword arguments, print, for over a list, indexing, f-strings, lists and "
    "objects"
)
PLAIN = (str, bool, int, float, type(None))


class Refused(ValueError):
    """A program that is none of this language, or one that went too far; the message is for the model."""


@dataclass(frozen=True)
class Bounds:
    """Caps of one program; numbers come from conf/evaluate.yaml."""

    characters: int
    """Of its text."""
    nodes: int
    """Of its syntax tree."""
    depth: int
    """Of its syntax tree, and of any value it makes."""
    work: int
    """Steps, characters and items handled."""
    value: int
    """Characters and items of one value that it makes, hands on or prints."""
    loop: int
    """Items that one `for` goes over; it stops there."""
    calls: int
    milliseconds: float
    """Spent in tools; after so much no further tool is called."""


def read(source: str, tools: Collection[str], bounds: Bounds) -> list[ast.stmt]:
    """The statements of a program, all of them allowed. Refused: it cannot be read or has something else in it."""
    if len(source) > bounds.characters:
        raise Refused(f"the code has {len(source)} characters; at most {bounds.characters}")
    tree = _tree(source)
    _measure(tree, bounds)
    for statement in tree.body:
        _statement(statement, frozenset(tools))
    return tree.body


def _tree(source: str) -> ast.Module:
    """MemoryError and RecursionError are how Python's parser answers nesting that is too deep for it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise Refused(f"line {error.lineno}: {error.msg}") from None
    except (ValueError, RecursionError, MemoryError):
        raise Refused("the code cannot be read") from None


def _measure(tree: ast.Module, bounds: Bounds) -> None:
    """Size and depth, without recursion: only then may the rest recurse."""
    count, level = 0, [tree]
    for _ in range(bounds.depth + 1):
        count += len(level)
        if count > bounds.nodes:
            raise Refused("the code is too long")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise Refused("the code is nested too deep")


def _statement(node: ast.stmt, tools: frozenset[str]) -> None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            _new_name(node, name, tools)
            _kept(value, tools)
        case ast.Expr(value=ast.Call() as call):
            _call(call, tools)
        case ast.For(target=ast.Name(id=name), iter=iterated, body=body, orelse=[]):
            _new_name(node, name, tools)
            _expression(iterated)
            for inner in body:
                _statement(inner, tools)
        case ast.Expr(value=value):
            _refuse(node, f"a line with {_word(value)} alone does nothing; allowed are {RULES}")
        case _:
            _refuse(node, f"{_word(node)} is not allowed here; allowed are {RULES}")


def _kept(value: ast.expr, tools: frozenset[str]) -> None:
    """What is given a name: the result of a tool, or a value."""
    if not isinstance(value, ast.Call):
        return _expression(value)
    if isinstance(value.func, ast.Name) and value.func.id == PRINT:
        _refuse(value, "print gives nothing back")
    return _call(value, tools)


def _call(call: ast.Call, tools: frozenset[str]) -> None:
    if not isinstance(call.func, ast.Name):
        _refuse(call, "only the tools and print can be called, by their names")
    name = call.func.id
    if name != PRINT and name not in tools:
        _refuse(call, f"there is no tool {name[:60]}")
    if name == PRINT and call.keywords:
        _refuse(call, "print takes values alone, without keywords")
    if name != PRINT and call.args:
        _refuse(call, f"{name} takes its arguments by keyword")
    for value in call.args:
        _expression(value)
    for keyword in call.keywords:
        if keyword.arg is None and not isinstance(keyword.value, ast.Dict):
            _refuse(call, 'after ** there must be an object, as in **{"from": 1}')
        _expression(keyword.value)


def _expression(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=value):
            _constant(node, value)
        case ast.Name(id=name):
            _name(node, name)
        case ast.Attribute(value=of, attr=name):
            _name(node, name)
            _expression(of)
        case ast.Subscript(value=of, slice=index):
            _expression(of)
            _expression(index)
        case ast.List(elts=parts) | ast.JoinedStr(values=parts):
            for part in parts:
                _expression(part)
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            _expression(inner)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            _constant(node, value)
        case ast.Dict(keys=keys, values=values):
            if not all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in keys):
                _refuse(node, "names in an object must be text")
            for part in (*keys, *values):
                _expression(part)  # type: ignore[arg-type]
        case _:
            _refuse(node, f"{_word(node)} is not allowed here; allowed are {RULES}")


def _constant(node: ast.expr, value: object) -> None:
    """JSON's values; text that no file can store (half a surrogate pair) is none."""
    if type(value) not in PLAIN or (isinstance(value, float) and not math.isfinite(value)):
        _refuse(node, "a value must be text, a number, True, False or None")
    if isinstance(value, int) and abs(value) >= 2**63:
        _refuse(node, "the number is too large")
    if isinstance(value, str) and not _encodable(value):
        _refuse(node, "the text has characters that are no text")


def _encodable(text: str) -> bool:
    try:
        return bool(text.encode()) or True
    except UnicodeEncodeError:
        return False


def _new_name(node: ast.AST, name: str, tools: frozenset[str]) -> None:
    _name(node, name)
    if name == PRINT or name in tools:
        _refuse(node, f"{name[:60]} is a tool and cannot be a variable")


def _name(node: ast.AST, name: str) -> None:
    """Python reads letters of other scripts as the ASCII ones they look like; what is left of those is refused."""
    if name.startswith("_") or not name.isascii():
        _refuse(node, f"the name {name[:60]} is not allowed")


def _word(node: ast.AST) -> str:
    return type(node).__name__


def _refuse(node: ast.AST, reason: str) -> NoReturn:
    raise Refused(f"line {getattr(node, 'lineno', 1)}: {reason}")
