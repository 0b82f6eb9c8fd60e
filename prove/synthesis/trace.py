"""Ground truth from what was lived: the calls that worked, as steps, and the values handed from one to another.

    wave: calls, results   ->   step: the calls that succeeded, less what was read before with the same result
    step i shows a value that nobody said, step j takes it   ->   edge (i, j)

Only the earliest step that shows a value hands it over. Edges that no value shows are found by execution, when the
conversation is checked (validation.py). **Ours**: the paper takes the teacher's own trajectory; ours leaves out what
failed and what was read twice, because the reward would ask the policy for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prove.synthesis.harvest import words_of
from prove.synthesis.propose import is_identifier
from prove.synthesis.said import said, said_exactly
from prove.synthesis.talk import Talk, Wave
from prove.types import ToolCall, ToolResult

LONG = 12
"""Characters from which a text is taken for handed over; shorter ones need a digit, or a parameter that identifies."""


@dataclass
class Trace:
    """The ground truth of one talk as it grows. `reading`: tools that change nothing; `functions`: schemas by tool."""

    reading: frozenset[str]
    functions: Mapping[str, Mapping[str, Any]]
    _shown: list[list[tuple[ToolCall, ToolResult]]] = field(default_factory=list)
    """Calls and results of each step so far."""

    def add(self, talk: Talk) -> int:
        """Adds the open turn's steps and edges to the talk; returns how many steps there are."""
        waves = [kept for wave in talk.waves if (kept := self._new(wave))]
        heard = [turn.user for turn in talk.turns] + [talk.user]
        added = 0
        for kept in self._unrepeated(waves):
            step = talk.add_step([call for call, _ in kept])
            talk.edges += [(earlier, step) for earlier in sorted(self._sources(kept, heard, talk.today))]
            self._shown.append(kept)
            added += 1
        return added

    def _new(self, wave: Wave) -> list[tuple[ToolCall, ToolResult]]:
        return [(call, result) for call, result in zip(wave.calls, wave.results, strict=True) if result.ok]

    def _unrepeated(
        self, waves: Sequence[list[tuple[ToolCall, ToolResult]]]
    ) -> Iterator[list[tuple[ToolCall, ToolResult]]]:
        """Without readings that told nothing new."""
        seen = {_key(call, result) for step in self._shown for call, result in step}
        for wave in waves:
            kept = [one for one in wave if one[0].name not in self.reading or _key(*one) not in seen]
            seen |= {_key(*one) for one in kept}
            if kept:
                yield kept

    def _sources(self, step: Sequence[tuple[ToolCall, ToolResult]], heard: Sequence[str], today: str) -> set[int]:
        """Earlier steps that first showed a value which this one takes and the user never said."""
        found = set()
        for call, _ in step:
            for name, value in leaves(call.arguments):
                if self._may_be_handed(call.name, name, value) and not any(said(value, text, today) for text in heard):
                    found |= set(self._first(value))
        return found

    def _may_be_handed(self, tool: str, name: str, value: Any) -> bool:
        """A word of an enum is none: whoever reads the schema can write it."""
        if isinstance(value, bool) or value in (None, "") or value in words_of_enums(self.functions[tool]):
            return False
        if is_identifier(words_of(name)):
            return True
        return isinstance(value, str) and (len(value) >= LONG or any(letter.isdigit() for letter in value))

    def _first(self, value: Any) -> list[int]:
        shows = (place for place, step in enumerate(self._shown) if any(_shows(*one, value) for one in step))
        return list(shows)[:1]


def words_of_enums(schema: Any) -> frozenset[str]:
    """Every text of an enum in a schema, at every depth."""
    if isinstance(schema, list):
        return frozenset().union(*(words_of_enums(part) for part in schema))
    if not isinstance(schema, Mapping):
        return frozenset()
    own = schema["enum"] if isinstance(schema.get("enum"), list) else []
    return frozenset(word for word in own if isinstance(word, str)).union(*map(words_of_enums, schema.values()))


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The plain values in an argument or a result, with the nearest name."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, name)
    else:
        yield name, value


def _shows(call: ToolCall, result: ToolResult, value: Any) -> bool:
    """Whether a result shows a value that its call did not bring along."""
    if any(value == brought for _, brought in leaves(call.arguments)):
        return False
    try:
        shown = json.loads(result.output)
    except (ValueError, RecursionError):
        return said_exactly(value, result.output)
    return any(value == leaf or (isinstance(leaf, str) and said_exactly(value, leaf)) for _, leaf in leaves(shown))


def _key(call: ToolCall, result: ToolResult) -> str:
    return json.dumps([call.name, call.arguments, result.output], sort_keys=True)
