"""The sampling context of a world: rows that its read-only tools show, from which requests are written (paper 3.2).

    {"tool": "list_accounts", "arguments": {}, "rows": [{"account_id": "ACC-30417", "balance": 812.4}, …]}   a line each

    discover   call every read-only tool, with nothing where it needs nothing, else as a probe proposes
    keep       rows with enough supporting data: an account with a balance, not one with nothing in it
    fit        for a chain, what its tools show and what their parameters could take

**Ours:** a world is one seed of a server, so a context is cached per server and seed, and drawn anew every k
conversations by the number of the conversation, not by a count: rows must not depend on which thread came first.
"""

from __future__ import annotations

import json
import random
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.schemas import properties_of, required_of
from prove.synthesis.harvest import words_of
from prove.synthesis.live import LiveSession
from prove.synthesis.propose import is_identifier, same_thing
from prove.synthesis.sampler import Catalog, is_reference

TELLING = 0.5
"""Share of a row's fields that must say something."""
LONGEST = 120
"""Characters of a text in a row, and items of a list in it: the rest is a matter for the tools."""
ITEMS = 3
LOOKS = 3
"""Readings of a tool that needs arguments."""


@dataclass(frozen=True)
class Sample:
    """Some rows that one call showed."""

    tool: str
    arguments: Mapping[str, Any]
    rows: tuple[Mapping[str, Any], ...]

    def line(self, rows: int) -> str:
        value = {"tool": self.tool, "arguments": self.arguments, "rows": self.rows[:rows]}
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Context:
    """What is known to exist."""

    samples: tuple[Sample, ...] = ()

    def fitting(self, functions: Sequence[Mapping[str, Any]]) -> Context:
        """The subset for a chain, given the schemas of its tools; all of it if nothing fits."""
        tools = {function["function"]["name"] for function in functions}
        wanted = [words_of(name) for function in functions for name in properties_of(function)]
        kept = tuple(one for one in self.samples if one.tool in tools or _feeds(one, wanted))
        return Context(kept) if kept else self

    def text(self, chars: int) -> str:
        """One line per sample, as many rows of each as fit in so many characters: a row of each comes first."""
        shown: dict[int, int] = {}
        sizes: dict[int, int] = {}
        for rows in range(1, max((len(one.rows) for one in self.samples), default=0) + 1):
            for place, one in enumerate(self.samples):
                size = len(one.line(rows)) + 1
                spent = sum(sizes.values()) - sizes.get(place, 0)
                if shown.get(place, 0) == rows - 1 < len(one.rows) and spent + size <= chars:
                    shown[place], sizes[place] = rows, size
        return "\n".join(one.line(shown[place]) for place, one in enumerate(self.samples) if place in shown)


def sampling_context(
    live: LiveSession,
    catalog: Catalog,
    functions: Mapping[str, Mapping[str, Any]],
    reading: Iterable[str],
    rng: random.Random,
    server: str,
    seed: int,
    most: int,
) -> Context:
    """What the read-only tools of a server show in an untouched session, at most so many rows per tool."""
    samples = []
    for tool in sorted(set(reading) & set(catalog.tools(server))):
        for arguments in _looks(live, catalog, functions[tool], rng, seed, tool):
            result = live.call(tool, arguments)
            rows = [_short(row) for row in _rows(result.output) if _is_telling(row)] if result.ok else []
            chosen = sorted(rng.sample(range(len(rows)), min(most, len(rows))))
            if chosen:
                samples.append(Sample(tool, arguments, tuple(rows[place] for place in chosen)))
    return Context(tuple(samples))


class Contexts:
    """The contexts of this process. Safe for threads."""

    KEPT = 256
    """Worlds come one after the other; older ones are forgotten."""

    def __init__(self, refresh: int, chars: int, rows: int):
        """`refresh`: conversations until a world is looked at anew; `chars`: budget of a prompt."""
        if min(refresh, chars, rows) < 1:
            raise ValueError(f"teacher.context: refresh {refresh}, chars {chars} and rows {rows} must be at least 1")
        self.chars = chars
        self._refresh, self._rows = refresh, rows
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int, int], Context] = OrderedDict()

    def of(
        self,
        live: LiveSession,
        catalog: Catalog,
        functions: Mapping[str, Mapping[str, Any]],
        reading: Iterable[str],
        server: str,
        seed: int,
        number: int,
    ) -> Context:
        """The context for a conversation of this number; `live` must be untouched. Two threads may both look: they see
        the same."""
        key = (server, seed, number // self._refresh)
        with self._lock:
            found = self._known.get(key)
        if found is None:
            rng = random.Random(f"context:{server}:{seed}:{key[2]}")
            found = sampling_context(live, catalog, functions, reading, rng, server, seed, self._rows)
            with self._lock:
                self._known[key] = found
                while len(self._known) > self.KEPT:
                    self._known.popitem(last=False)
        return found


def _looks(
    live: LiveSession, catalog: Catalog, function: Mapping[str, Any], rng: random.Random, seed: int, tool: str
) -> list[dict[str, Any]]:
    """Arguments of a reading: none where none are required, else what probes propose, ids in the place of names."""
    if not required_of(function):
        return [{}]
    looks: list[dict[str, Any]] = []
    for _ in range(LOOKS):
        ask = catalog.ask(live, rng, seed, tool)
        values = ask.arguments if ask else {}
        arguments = {name: value.id if is_reference(value) else value for name, value in values.items()}
        if arguments and arguments not in looks and None not in arguments.values():
            looks.append(arguments)
    return looks


def _rows(output: str) -> list[Mapping[str, Any]]:
    """The rows in an answer: of the lists in it, else the answer itself; a text is a row of its own."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return [{"text": output}] if output.strip() else []
    parts = [value] if isinstance(value, list) else [*value.values()] if isinstance(value, dict) else []
    rows = [row for part in parts if isinstance(part, list) for row in part if isinstance(row, dict)]
    return rows or ([value] if isinstance(value, dict) else [])


def _is_telling(row: Mapping[str, Any]) -> bool:
    """Whether enough of a row says something: no value, no text, no item and zero say nothing; false does."""
    said = [value for value in row.values() if isinstance(value, bool) or value not in (None, "", 0, [], {})]
    return bool(said) and len(said) >= TELLING * len(row)


def _short(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _short(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_short(part) for part in value[:ITEMS]]
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value


def _feeds(sample: Sample, wanted: Sequence[tuple[str, ...]]) -> bool:
    """Whether a row has a value that a parameter could take, by its name: account_id for from_account_id."""
    keys = {words_of(key) for row in sample.rows for key in row}
    return any(_fits(key, words) for key in keys for words in wanted)


def _fits(key: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return bool(key) and (key == words or (is_identifier(key) == is_identifier(words) and same_thing(key, words)))
