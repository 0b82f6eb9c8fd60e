"""Asks for a server without probes: its read-only tools show values, its schemas say where they might go.

    harvest   call the read-only tools that need nothing, then those that need what the first have shown
    propose   fill the parameters of one tool (filling.py)
    say       generic sentences (phrases.py)

A proposal is a guess from names and types. The live server decides: a conversation is kept only if its calls succeed,
and succeed again with the same results in a fresh session.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.schemas import reads_only
from prove.synthesis.filling import Filling, Unknown
from prove.synthesis.harvest import Seen, shown, words_of
from prove.synthesis.live import LiveSession
from prove.synthesis.phrases import given, optional_of, properties_of, required_of, sentences, speakable, stock

OPTIONAL = 0.4
"""Share of asks with one argument more than required."""
BY_LABEL = 0.7
"""Share of things that are named by their label where one is known, so that the id must be looked up."""


@dataclass(frozen=True)
class Proposal:
    """Arguments, some of them references, and the words for those that are none."""

    arguments: dict[str, Any]
    words: dict[str, str]


class Stranger:
    """Probes and utterances of one unknown server."""

    def __init__(
        self,
        tools: Sequence[Mapping[str, Any]],
        values: Mapping[str, Sequence[Any]],
        reference: Callable[..., Any],
        lookup: Callable[..., Any],
    ):
        """`values`: what a user might give, by parameter name. `reference` and `lookup` make what asks are made of."""
        self._tools = {tool["name"]: tool for tool in tools if speakable(tool)}
        self._values = values
        self._reference, self._lookup = reference, lookup
        self._harvest: tuple[Any, list[Seen]] = (None, [])
        replies = stock()["reply"]
        self.utterances = {name: {"say": sentences(tool), "reply": replies} for name, tool in self._tools.items()}

    def propose(self, live: LiveSession, rng: random.Random, name: str, known: Sequence[Any]) -> Proposal | None:
        """Arguments that may work now; None if a required one cannot be filled or a read-only tool refuses them."""
        tool = self._tools[name]
        filling = Filling(tool, self._values, self._seen(live, rng), rng)
        try:
            arguments = {each: self._argument(filling, each, known) for each in _chosen(tool, rng)}
        except Unknown:
            return None
        plain = {each: getattr(value, "id", value) for each, value in arguments.items()}
        if reads_only(tool) and not live.call(name, plain).ok:
            return None
        words = {each: given(each, value) for each, value in arguments.items() if not hasattr(value, "says")}
        return Proposal(arguments, words)

    def _argument(self, filling: Filling, name: str, known: Sequence[Any]) -> Any:
        """A value, or a reference where a user would say "that note" or `the note "Roof repair"`."""
        words, schema = words_of(name), properties_of(filling.tool)[name]
        if name in self._values or words[-1:] == () or words[-1] not in stock()["identifiers"]:
            return filling.fill(name, schema)
        kind = "_".join(words[:-1]) or "entry"
        for reference in reversed(known):
            if reference.kind == kind:
                return reference
        value = filling.fill(name, schema)
        return self._named(filling, kind, value) if isinstance(value, str) else value

    def _named(self, filling: Filling, kind: str, value: str) -> Any:
        """A thing by its label, if a tool that needs nothing shows which id that is; or by its id."""
        noun = kind.replace("_", " ")
        seen = next((one for one in filling.seen if one.value == value and not one.arguments), None)
        label = _label(seen, filling.seen) if seen else None
        if seen is None or label is None or filling.rng.random() >= BY_LABEL:
            return self._reference(kind, value, (f"{noun} {value}",), (), f"{kind}_id", {})
        path = (self._lookup(seen.tool, {}),)
        return self._reference(kind, value, (f'the {noun} "{label}"',), path, f"{kind}_id", dict(seen.row))

    def _seen(self, live: LiveSession, rng: random.Random) -> list[Seen]:
        """The harvest of this session, until it changes something."""
        moment = (live.id, live.hash())
        if self._harvest[0] != moment:
            self._harvest = (moment, self._gather(live, rng))
        return self._harvest[1]

    def _gather(self, live: LiveSession, rng: random.Random) -> list[Seen]:
        seen: list[Seen] = []
        for tool in sorted(filter(reads_only, self._tools.values()), key=lambda tool: len(required_of(tool))):
            filling = Filling(tool, self._values, seen, rng, invents=False)
            try:
                arguments = {name: filling.fill(name, properties_of(tool)[name]) for name in required_of(tool)}
            except Unknown:
                continue
            result = live.call(tool["name"], arguments)
            if result.ok:
                seen = [*seen, *shown(tool["name"], arguments, result.output)]
        return seen


def _chosen(tool: Mapping[str, Any], rng: random.Random) -> list[str]:
    """The parameters to fill: all that are required, and now and then one more."""
    more = optional_of(tool)
    return [*required_of(tool), *([rng.choice(more)] if more and rng.random() < OPTIONAL else [])]


def _label(seen: Seen, others: Sequence[Seen]) -> str | None:
    """What people call the thing of this row, if nothing else that was shown there is called the same."""
    for key, value in seen.row.items():
        if words_of(key)[-1:] in {(word,) for word in stock()["labels"]} and isinstance(value, str) and value:
            rows = {id(one.row) for one in others if one.tool == seen.tool and one.row.get(key) == value}
            return value if value != seen.value and len(rows) == 1 else None
    return None
