"""Values for the parameters of an unknown tool.

    given in conf/servers > enum > shown by a read-only tool under that name > example > made up > default

What identifies a thing is never made up, and nothing is for a tool that destroys.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prove.schemas import compatible
from prove.synthesis.harvest import Seen, singular, split, words_of
from prove.synthesis.phrases import stock

NUMBERS = (1, 99)
SIZES = (1, 1, 2)
"""Lengths of arrays, by weight."""


class Unknown(Exception):
    """Nothing is known that could fill this parameter."""


@dataclass
class Filling:
    """One tool's parameters being filled, as far as possible from one row of what was seen."""

    tool: Mapping[str, Any]
    values: Mapping[str, Sequence[Any]]
    seen: Sequence[Seen]
    rng: random.Random
    invents: bool = True
    rows: list[Mapping[str, Any]] = field(default_factory=list)

    def fill(self, name: str, schema: Any) -> Any:
        """A value for one parameter or property. Raises Unknown."""
        if self.values.get(name):
            return self.rng.choice(list(self.values[name]))
        return self._typed(name, self._resolved(schema))

    def _typed(self, name: str, schema: Mapping[str, Any]) -> Any:
        if "const" in schema or schema.get("enum"):
            return self.rng.choice(schema.get("enum") or [schema["const"]])
        if schema.get("type") == "object":
            return self._object(schema)
        if schema.get("type") == "array":
            return self._array(name, schema)
        return self._scalar(words_of(name), schema)

    def _object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        wanted = [key for key in schema.get("required") or properties if key in properties]
        self.rows = []
        return {key: self.fill(key, properties[key]) for key in wanted}

    def _array(self, name: str, schema: Mapping[str, Any]) -> list[Any]:
        """One or two different items, more where the schema wants more."""
        items: list[Any] = []
        for _ in range(max(schema.get("minItems", 1), self.rng.choice(SIZES))):
            item = self._typed(singular(name), self._resolved(schema.get("items") or {"type": "string"}))
            if item not in items:
                items.append(item)
        return items

    def _scalar(self, words: tuple[str, ...], schema: Mapping[str, Any]) -> Any:
        fitting = self._fitting(words, schema) if words else []
        if fitting:
            chosen = self.rng.choice(fitting)
            self.rows.append(chosen.row)
            return chosen.value
        if schema.get("examples"):
            return self.rng.choice(schema["examples"])
        if self.invents and words:
            return self._invented(words[-1], schema)
        raise Unknown

    def _fitting(self, words: tuple[str, ...], schema: Mapping[str, Any]) -> list[Seen]:
        """What was seen under this name: beside what was taken before, or apart from it where something is made."""
        known = stock()
        if self._makes and len(words) == 1 and words[0] in {*known["labels"], *known["texts"]}:
            return []  # a new thing has words of its own
        if words[-1] in known["searches"]:
            fitting = [one for one in self.seen if one.words and one.words[-1] in known["labels"]]
        else:
            fitting = [one for one in self.seen if one.words[-len(words) :] == words]
        fitting = [one for one in fitting if compatible(one.value, schema)]
        return [one for one in fitting if any(one.row is row for row in self.rows) is not self._makes] or fitting

    def _invented(self, last: str, schema: Mapping[str, Any]) -> Any:
        kind, known = schema.get("type", "string"), stock()
        if kind == "boolean":
            return self.rng.random() < 0.5
        if last in known["identifiers"] or (self.tool.get("annotations") or {}).get("destructiveHint") is True:
            raise Unknown
        if kind in ("integer", "number") and "default" not in schema:
            return self.rng.randint(*bounds(schema))
        if kind == "string" and not {"format", "pattern"} & set(schema):
            if last in {*known["labels"], *known["searches"]}:
                return self.rng.choice(known["names"])
            if last in known["texts"]:
                return self.rng.choice(known["phrases"])
        if "default" in schema:
            return schema["default"]
        raise Unknown

    @property
    def _makes(self) -> bool:
        return split(self.tool["name"])[:1] in {(word,) for word in stock()["making"]}

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        """Without `$ref`, and as the first choice that is not null."""
        schema = schema if isinstance(schema, Mapping) else {}
        if "$ref" in schema:
            definitions = (self.tool.get("inputSchema") or {}).get("$defs") or {}
            schema = definitions.get(str(schema["$ref"]).removeprefix("#/$defs/"), {})
        for word in ("anyOf", "oneOf"):
            choices = [choice for choice in schema.get(word, ()) if choice.get("type") != "null"]
            if choices:
                return self._resolved(choices[0])
        if isinstance(schema.get("type"), list):
            return {**schema, "type": next((kind for kind in schema["type"] if kind != "null"), "null")}
        return schema


def bounds(schema: Mapping[str, Any]) -> tuple[int, int]:
    """The least and the greatest whole number to make up."""
    least = schema.get("minimum", schema.get("exclusiveMinimum", NUMBERS[0] - 1) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", max(least, NUMBERS[1]) + 1) - 1)
    return int(least), max(int(least), int(most))
