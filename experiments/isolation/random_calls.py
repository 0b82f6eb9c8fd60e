"""Random arguments for a tool: some fit its schema and speak of its world, some break it in the ways models do."""

from __future__ import annotations

import random
import string
from typing import Any

import msgspec

from servers.state import Base

ODD = [
    "",
    " ",
    "\x00",
    "../../etc/passwd",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    "𝔘𝔫𝔦",
    "a" * 5000,
    "null",
    "-1",
    "NaN",
]
MOMENTS = ["2025-03-14T09:30", "2026-12-31T23:59", "9999-12-31T23:59", "0001-01-01T00:00", "2025-02-29T10:00", "09:30"]
DAYS = ["2025-03-14", "2026-02-28", "9999-12-31", "0001-01-01", "2024-02-29"]
WRONG = [
    "\ud800",
    None,
    True,
    3,
    -1,
    2.5,
    float("nan"),
    float("inf"),
    "",
    [],
    {},
    [[]],
    {"a": {"b": [1]}},
    10**30,
    "x" * 30_000,
]


def vocabulary(base: Base) -> list[str]:
    """Keys and short texts of a world's rows: what a caller could have read there."""
    words: set[str] = set()
    for rows in base.tables.values():
        for row in list(rows.values())[:80]:
            words.update(value for value in msgspec.structs.astuple(row) if type(value) is str and len(value) < 60)
    return sorted(words)


class Arguments:
    """Draws arguments for one input schema."""

    def __init__(self, schema: dict[str, Any], words: list[str], rng: random.Random):
        self.schema, self.words, self.rng = schema, words, rng

    def valid(self) -> dict[str, Any]:
        """All required arguments and some of the others, each of its declared type and within its bounds."""
        required = set(self.schema.get("required", ()))
        chosen = [name for name in self.schema["properties"] if name in required or self.rng.random() < 0.4]
        return {name: self.value(self.schema["properties"][name], name) for name in chosen}

    def value(self, schema: dict[str, Any], name: str) -> Any:
        rng = self.rng
        if "$ref" in schema:
            return self.value(self.schema["$defs"][schema["$ref"].rsplit("/", 1)[-1]], name)
        if "enum" in schema:
            return rng.choice(schema["enum"])
        if "anyOf" in schema:
            return self.value(rng.choice(schema["anyOf"]), name)
        return getattr(self, f"_{schema.get('type', 'string')}")(schema, name)

    def _null(self, *_: Any) -> None:
        return None

    def _boolean(self, *_: Any) -> bool:
        return self.rng.random() < 0.5

    def _integer(self, schema: dict[str, Any], _: str) -> int:
        low, high = schema.get("minimum", -(10**6)), schema.get("maximum", 10**6)
        return self.rng.choice([low, high, self.rng.randint(low, high), max(low, min(high, self.rng.randint(0, 12)))])

    def _number(self, schema: dict[str, Any], _: str) -> float:
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1e6))
        high = schema.get("maximum", schema.get("exclusiveMaximum", 1e6))
        some = self.rng.choice([self.rng.uniform(low, high), self.rng.uniform(0, 100), high, 0.01])
        return round(min(max(some, low + 0.01), high), self.rng.choice([0, 1, 2]))

    def _array(self, schema: dict[str, Any], name: str) -> list[Any]:
        fewest, most = schema.get("minItems", 0), min(schema.get("maxItems", 4), 6)
        return [self.value(schema.get("items", {}), name) for _ in range(self.rng.randint(fewest, max(fewest, most)))]

    def _object(self, schema: dict[str, Any], _: str) -> dict[str, Any]:
        return Arguments({"$defs": self.schema.get("$defs", {}), **schema}, self.words, self.rng).valid()

    def _string(self, schema: dict[str, Any], name: str) -> str:
        rng = self.rng
        if schema.get("format") == "date":
            return rng.choice(DAYS)
        if schema.get("pattern"):
            return "".join(rng.choice(string.digits) for _ in range(4)) if rng.random() < 0.3 else rng.choice(MOMENTS)
        text = rng.choice([*ODD, *MOMENTS]) if rng.random() < 0.15 or not self.words else rng.choice(self.words)
        return text[: schema.get("maxLength", 5000)]


def breaking(arguments: Arguments, rng: random.Random) -> Any:
    """Arguments that are wrong in one way: not an object, a name too many, one too few, a value of the wrong type."""
    given: Any = arguments.valid()
    way = rng.randrange(4)
    if way == 0:
        return rng.choice([None, [], "text", 3, given | {rng.choice(["limit ", "no_such", "", "id\n", "\ud800"]): 1}])
    if way == 1 and given:
        given.pop(rng.choice(sorted(given)))
    elif given:
        given[rng.choice(sorted(given))] = rng.choice(WRONG)
    return given
