"""How close the training rows are to the items of a benchmark, measured beside every score.

    Material (functions, what users say, values of arguments) of data.train  x  of the items  -->  Findings

tool names            tools of the items that training offers under the same name; under the same words
parameters            tools of two parameters or more with the same set of names as one of training
descriptions          words: the nearest of training by Jaccard, how many from `near` on, and the mean
entity values         strings of the right arguments (no choices of a schema, no dates) that training's arguments have
user turns            the same words in the same order; runs of `ngram` words: how many from `near` on, and the mean

A benchmark whose data is its user's gives its tools as OpenAI functions and its texts: `audit(cfg, Material.of(…), …)`.
Words with another meaning and meanings in other words are not seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.benchmarks.closeness import Signature, Texts, key, normal, words
from prove.schemas import name_of, properties_of
from prove.types import Example

EXAMPLES = 3
SHORTEST = 4
"""Characters of a value that counts as an entity."""
DATE = re.compile(r"\d{4}-\d\d(-\d\d)?([T ][\d:.+Z-]+)?|[\d:]+")


@dataclass(frozen=True)
class Material:
    """One side: tools once by name, texts and values once each."""

    functions: tuple[dict[str, Any], ...]
    turns: tuple[str, ...]
    values: tuple[str, ...]

    @staticmethod
    def of(functions: Iterable[dict[str, Any]], turns: Iterable[str], values: Iterable[str] = ()) -> Material:
        """`functions` as OpenAI has them, {"type": "function", "function": {…}}; in any order."""
        named = {name_of(function): function for function in functions}
        return Material(tuple(named[name] for name in sorted(named)), _once(turns), _once(values))

    @staticmethod
    def of_examples(rows: Iterable[tuple[Example, Sequence[dict[str, Any]]]]) -> Material:
        """Of examples with the functions that each offers."""
        rows = list(rows)
        functions = {name_of(one): one for _, offered in rows for one in offered}
        turns = (turn for example, _ in rows for turn in example.user_turns)
        return Material.of(functions.values(), turns, _values(rows, _choices(functions.values())))


@dataclass(frozen=True)
class Finding:
    """One measure: of `n` of the benchmark's, how many or what mean; with the nearest pairs as examples."""

    measure: str
    n: int
    value: float
    """A share of n, or a mean."""
    shared: int | None
    """How many of n; None for a mean."""
    examples: tuple[str, ...] = ()


def findings(trained: Material, tested: Material, near: float, ngram: int) -> list[Finding]:
    """Every measure of which the benchmark has something."""
    everything = (
        *_names(trained, tested),
        *_parameters(trained, tested),
        *_described(trained, tested, near),
        *_entities(trained, tested),
        *_said(trained, tested, near, ngram),
    )
    return [finding for finding in everything if finding.n]


def _names(trained: Material, tested: Material) -> Iterator[Finding]:
    theirs = [name_of(function) for function in tested.functions]
    ours = {name_of(function) for function in trained.functions}
    spelt = {words(name): name for name in sorted(ours, reverse=True)}
    yield _count("tool names, the same", len(theirs), [name for name in theirs if name in ours])
    same = [f"{name} ~ {spelt[words(name)]}" for name in theirs if words(name) in spelt]
    yield _count("tool names, the same words", len(theirs), same)


def _parameters(trained: Material, tested: Material) -> Iterator[Finding]:
    ours = {normal(one): one.name for one in map(_signature, reversed(trained.functions)) if len(one.parameters) > 1}
    theirs = [one for one in map(_signature, tested.functions) if len(one.parameters) > 1]
    same = [f"{one.name} ~ {ours[normal(one)]}" for one in theirs if normal(one) in ours]
    yield _count("parameters, the same set", len(theirs), same)


def _described(trained: Material, tested: Material, near: float) -> Iterator[Finding]:
    ours = Texts([_description(one) for one in trained.functions if _description(one)], 1)
    theirs = {name_of(one): _description(one) for one in tested.functions if _description(one)}
    yield from _nearest("descriptions", theirs, ours, near)


def _entities(trained: Material, tested: Material) -> Iterator[Finding]:
    ours = {key(value) for value in trained.values}
    yield _count("entity values, the same", len(tested.values), [one for one in tested.values if key(one) in ours])


def _said(trained: Material, tested: Material, near: float, ngram: int) -> Iterator[Finding]:
    ours = {key(turn) for turn in trained.turns}
    yield _count("user turns, the same words", len(tested.turns), [one for one in tested.turns if key(one) in ours])
    theirs = {turn: turn for turn in tested.turns}
    yield from _nearest("user turns", theirs, Texts(trained.turns, ngram), near)


def _nearest(what: str, theirs: Mapping[str, str], ours: Texts, near: float) -> Iterator[Finding]:
    """How many of theirs have one of ours so near, and the mean of the nearest."""
    found = [(*ours.nearest(text), name) for name, text in theirs.items()]
    close = [f"{name} ~ {text} {value:.2f}" for value, text, name in sorted(found, reverse=True) if value >= near]
    yield _count(f"{what}, Jaccard from {near:g} on", len(theirs), close)
    mean = sum(value for value, _, _ in found) / len(found) if found else 0.0
    yield Finding(f"{what}, mean of the nearest", len(found), round(mean, 6), None)


def _count(measure: str, n: int, shared: Sequence[str]) -> Finding:
    return Finding(measure, n, round(len(shared) / n, 6) if n else 0.0, len(shared), tuple(shared[:EXAMPLES]))


def _signature(function: Mapping[str, Any]) -> Signature:
    return Signature(name_of(function), frozenset(properties_of(function)))


def _description(function: Mapping[str, Any]) -> str:
    return key(str(function["function"].get("description") or ""))


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _values(rows: Iterable[tuple[Example, Any]], choices: frozenset[str]) -> Iterator[str]:
    for example, _ in rows:
        for call in example.ground_truth.calls:
            yield from (text for text in strings(call.arguments) if is_entity(text) and text not in choices)


def is_entity(text: str) -> bool:
    """Long enough, and neither a date nor a time nor a number."""
    return len(text) >= SHORTEST and not DATE.fullmatch(text) and bool(key(text))


def strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, names of fields not counted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


def _choices(functions: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Values that the schemas list."""
    return frozenset(text for one in functions for text in _listed(one["function"].get("parameters")))


def _listed(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield from (text for text in schema["enum"] if isinstance(text, str))
        for part in schema.values():
            yield from _listed(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _listed(part)


def digestible(material: Material) -> str:
    """The whole of it as text, for a digest."""
    return json.dumps([material.functions, material.turns, material.values], ensure_ascii=False)
