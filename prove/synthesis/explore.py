"""What a live server answers in the untouched world of a seed: breadth first along its dependency graph.

    wave 0   what probes ask of each tool; read-only tools with nothing, or with one word of an enum
    wave n   along explicit edges: values that an answer of wave n - 1 showed, in place of a parameter of the tool after

    read     in one session, which is never changed
    write    in a fork of it that is then thrown away: every answer noted is that of the untouched world

The tools of a wave take turns, so that a budget which ends early has not spent itself on one of them. The same for the
same seed, schemas and world.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from prove.schemas import reads_only
from prove.synthesis.graph import Graph
from prove.synthesis.live import LiveServers, LiveSession
from prove.synthesis.phrases import properties_of, required_of
from prove.synthesis.propose import parameters
from prove.synthesis.sampler import Catalog, is_reference
from prove.synthesis.store import Recorded
from prove.synthesis.templates.cache import canonical
from prove.synthesis.trials import Played, play, shown
from prove.types import ToolCall, ToolResult

MOST_WORDS = 8
"""A list of more words than this is not gone through."""
LOST = re.compile(
    r'\{"error":"(the server (has stopped|cannot be reached|sent no readable response|has forgotten the session)'
    r'|server \S+ (is not available|was restarted)|\S+ took longer than [\d.e+-]+ s)"\}'
)
"""What the pool says where no server has answered: nothing to record."""
Request = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Effort:
    """How much is tried in each world."""

    calls: int
    asks: int
    """Proposals of the probes, per tool."""
    values: int
    """Values tried per edge and answer."""


@dataclass(frozen=True)
class Subject:
    """One server: its tools as MCP lists them, what may be asked of it, and which tool feeds which."""

    live: LiveServers
    catalog: Catalog
    server: str
    tools: Mapping[str, Mapping[str, Any]]
    graph: Graph
    seed: int = 0
    """Of the probes' proposals."""

    @property
    def reading(self) -> frozenset[str]:
        return frozenset(name for name, tool in self.tools.items() if reads_only(tool))


@dataclass
class Notebook:
    """The calls of one world, each once: the first answer counts."""

    world: int
    calls: dict[tuple[str, str], Recorded] = field(default_factory=dict)
    lost: int = 0

    def has(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        return (tool, key_of(arguments)) in self.calls

    def note(self, tool: str, arguments: dict[str, Any], result: ToolResult) -> None:
        if LOST.fullmatch(result.output) and not result.ok:
            self.lost += 1
        elif not self.has(tool, arguments):
            value = said(result.output) if result.ok else result.output
            self.calls[tool, key_of(arguments)] = Recorded(tool, self.world, arguments, value, not result.ok)

    def keep(self, tool: str, arguments: dict[str, Any], result: ToolResult) -> Recorded | None:
        """What stands for a call: an answer that is no error before one that is, then the first."""
        known = self.calls.get((tool, key_of(arguments)))
        if known is not None and known.error and result.ok:
            del self.calls[tool, key_of(arguments)]
        self.note(tool, arguments, result)
        return self.calls.get((tool, key_of(arguments)))


class Watched:
    """A live session whose calls are noted until one of them has changed its world."""

    def __init__(self, session: LiveSession, reading: frozenset[str], notebook: Notebook):
        self.id = session.id
        self._session, self._reading, self._notebook = session, reading, notebook
        self._untouched = True

    def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        result = self._session.call(name, arguments)
        if self._untouched:
            self._notebook.note(name, arguments, result)
        self._untouched = self._untouched and (name in self._reading or not result.ok)
        return result

    def read(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        result = self.call(name, arguments)
        return json.loads(result.output) if result.ok else {}

    def hash(self) -> dict[str, str]:
        return self._session.hash()

    def fork(self) -> Watched:
        return Watched(self._session.fork(), self._reading, self._notebook)

    def close(self) -> None:
        self._session.close()


class Explorer:
    """One world being gone through."""

    def __init__(self, subject: Subject, effort: Effort, notebook: Notebook):
        self._subject, self._effort, self._notebook = subject, effort, notebook
        self._reading = subject.reading
        self._eyes = Watched(subject.live.open([subject.server], notebook.world), self._reading, notebook)
        self._lists = {
            (tool["name"], one.name): one.is_list for tool in subject.tools.values() for one in parameters(tool)
        }
        self._bases: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._asked: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Notes what the world answers, up to the budget."""
        left = self._effort.calls
        try:
            wave = self._first()
            while wave and left > 0:
                answers = [(tool, given, self.ask(tool, given)) for tool, given in wave[:left]]
                left -= len(answers)
                wave = self._new(request for answer in answers for request in self._after(*answer))
        finally:
            self._eyes.close()

    def ask(self, tool: str, arguments: dict[str, Any]) -> ToolResult:
        """The answer in the untouched world, noted."""
        if tool in self._reading:
            return self._eyes.call(tool, arguments)
        twin = self._eyes.fork()
        try:
            return twin.call(tool, arguments)
        finally:
            twin.close()

    def _first(self) -> list[Request]:
        proposed = [self._proposed(tool, number) for number in range(self._effort.asks) for tool in self._subject.tools]
        plain = [request for tool in sorted(self._reading) for request in _plain(self._subject.tools[tool])]
        return self._new([*filter(None, proposed), *plain])

    def _proposed(self, tool: str, number: int) -> Request | None:
        """What a probe asks; what it must make first, such as a token, is made in a fork, and noted until then."""
        subject = self._subject
        rng = random.Random(f"{subject.seed}:{self._notebook.world}:{tool}:{number}")
        known = tool in subject.catalog.server_of
        ask = subject.catalog.ask(self._eyes, rng, self._notebook.world, tool) if known else None  # type: ignore[arg-type]
        if ask is None:
            return None
        if any(is_reference(value) and value.id is None for value in ask.arguments.values()):
            twin = self._eyes.fork()
            play(twin, ask)  # type: ignore[arg-type]
            twin.close()
            return None
        arguments = {name: value.id if is_reference(value) else value for name, value in ask.arguments.items()}
        for lookup in (each for value in ask.arguments.values() if is_reference(value) for each in value.path):
            self.ask(lookup.tool, lookup.arguments)
        if arguments not in self._bases[tool]:
            self._bases[tool].append(arguments)
        return tool, arguments

    def _after(self, tool: str, given: dict[str, Any], result: ToolResult) -> Iterator[Request]:
        """What to ask next, of the tools that the graph lets this one feed."""
        if not result.ok:
            return
        found: dict[str, list[Any]] = defaultdict(list)
        for each in shown(Played((ToolCall(tool, given),), result)):
            if each.value not in found[each.path]:
                found[each.path].append(each.value)
        for edge in self._subject.graph.edges:
            if edge.before == tool and edge.kind == "explicit" and edge.after in self._subject.tools:
                for value in found.get(edge.output, [])[: self._effort.values]:
                    yield from self._filled(edge.after, edge.parameter, value)

    def _filled(self, tool: str, parameter: str, value: Any) -> Iterator[Request]:
        """The tool with this value in place of its own, and with nothing besides but what is required."""
        required = set(required_of(self._subject.tools[tool]))
        given = {parameter: [value] if self._lists.get((tool, parameter)) else value}
        for base in self._bases[tool][:1] or [{}]:
            for kept in (base, {name: each for name, each in base.items() if name in required}):
                if required <= kept.keys() | given.keys():
                    yield tool, {**kept, **given}

    def _new(self, requests: Iterable[Request]) -> list[Request]:
        """Those not made before, the tools taking turns."""
        turns: dict[str, list[Request]] = defaultdict(list)
        for tool, arguments in requests:
            if (name := (tool, key_of(arguments))) not in self._asked:
                self._asked.add(name)
                turns[tool].append((tool, arguments))
        return [one for turn in zip_longest(*(turns[tool] for tool in sorted(turns))) for one in turn if one]


def said(output: str) -> Any:
    """The JSON value of an answer; a text that is none, or is a JSON text, stays as it was sent."""
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return output
    return output if isinstance(value, str) else value


def key_of(arguments: Mapping[str, Any]) -> str:
    """The key under which a cache keeps a call."""
    return canonical({name: value for name, value in arguments.items() if value is not None})


def _plain(tool: Mapping[str, Any]) -> Iterator[Request]:
    """A tool that needs nothing with nothing, and with each word of one parameter's enum."""
    if required_of(tool):
        return
    yield tool["name"], {}
    for name, schema in properties_of(tool).items():
        for word in _words(schema):
            yield tool["name"], {name: word}


def _words(schema: Any) -> Sequence[Any]:
    """The words of an enum, also of one that may be null."""
    parts = [schema, *(schema.get("anyOf") or ())] if isinstance(schema, Mapping) else []
    words = [word for part in parts if isinstance(part, Mapping) for word in part.get("enum") or () if word is not None]
    return words if len(words) <= MOST_WORDS else []
