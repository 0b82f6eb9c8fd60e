"""How well a call is written, against one ground-truth call: three levels (second paper, R_atomic).

    AST = level_name·1[name] + level_structure·(|P ∩ P*|/|P*|)·(|T|/|P ∩ P*|) + level_values·1[P = P*, all agree]
    P, P* = parameters given, wanted · T = those of both whose values have compatible types

Another name: 0, whatever the arguments. P* = ∅: the structure counts whole if nothing was given, else not at all.

Agreeing is that of BFCL's simple_function_checker with the wanted value as the only answer and its type as the schema:

    text      equal without case, blanks and `,./-_*^`; ' is "
    numbers   equal; an integer passes where a fraction is wanted (2 for 2.0), the other way round it does not
    booleans  true is not 1
    lists     the same length and order, every element of the same type

**Ours:** inside lists and objects the same rules hold again. The original hands objects to BFCL's checker in a form
that makes an object differ from itself; here equal ones agree, unless `objects_differ` asks for the original.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prove.types import ExecutedCall, ToolCall

IGNORED = re.compile(r"[ ,./\-_*^]")
DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Rules:
    """**Ours:** where agreeing departs from BFCL's.

    `exact_codes`: a wanted text with a digit in it (an id, a date, a coordinate) is compared letter by letter.
    `objects_differ`: an object agrees with nothing, not even with itself, as in the original.
    """

    exact_codes: bool = False
    objects_differ: bool = False


BFCL = Rules()


@dataclass(frozen=True)
class Syntax:
    """The three levels of one call, each 0..1 before its weight, and the parameters that cost it the last one."""

    name: float
    structure: float
    values: float
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()


def compare(call: ExecutedCall, wanted: ToolCall, rules: Rules = BFCL) -> Syntax:
    """The levels that a call reaches against a ground-truth call."""
    if call.name != wanted.name:
        return Syntax(0.0, 0.0, 0.0)
    given, expected = call.arguments, wanted.arguments
    differing = tuple(key for key, value in expected.items() if key in given and not agrees(given[key], value, rules))
    missing = tuple(key for key in expected if key not in given)
    unexpected = tuple(key for key in given if key not in expected)
    right = not (missing or unexpected or differing)
    return Syntax(1.0, structure(given, expected), float(right), missing, unexpected, differing)


def structure(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> float:
    """Share of wanted parameters present times the share of those with a compatible type: |T|/|P*|."""
    if not wanted:
        return float(not given)
    return sum(key in given and same_type(given[key], value) for key, value in wanted.items()) / len(wanted)


def same_type(given: Any, wanted: Any) -> bool:
    """Compatible types: int and float are. So is a boolean with a number, as in the original, but no value agrees."""
    if isinstance(given, (int, float)) and isinstance(wanted, (int, float)):
        return True
    return type(given) is type(wanted)


def agrees(given: Any, wanted: Any, rules: Rules = BFCL) -> bool:
    """Whether a value is the wanted one."""
    if isinstance(wanted, float) and type(given) is int:
        return given == wanted
    if type(given) is not type(wanted):
        return False
    if isinstance(wanted, str):
        exact = rules.exact_codes and DIGIT.search(wanted)
        return given.strip() == wanted.strip() if exact else plain(given) == plain(wanted)
    if isinstance(wanted, list):
        pairs = zip(given, wanted, strict=False)
        return len(given) == len(wanted) and all(type(g) is type(w) and agrees(g, w, rules) for g, w in pairs)
    if isinstance(wanted, dict):
        same = given.keys() == wanted.keys() and not rules.objects_differ
        return same and all(agrees(given[key], wanted[key], rules) for key in wanted)
    return given == wanted


def plain(text: str) -> str:
    """A text without what BFCL does not look at."""
    return IGNORED.sub("", text).lower().replace("'", '"')
