"""One server under test: its tools, what they take and need, how much is tried, and what may be asked of it.

takes       pay_payee -> {payee_id: Parameter, token: Parameter}        inputs that identify something
required    pay_payee -> {payee_id, token, amount}                      of properties, those that must be given
words       answer_event -> {answer: [yes, no, maybe]}                  required choices among a few words
fitting     find_payee, payees[].payee_id -> {(pay_payee, payee_id)}    where a shown value may go, by schema
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from prove.schemas import NO_PARAMETERS, reads_only
from prove.synthesis.live import LiveServers, LiveSession
from prove.synthesis.propose import field_at, matches, parameters, propose
from prove.synthesis.sampler import Ask, Catalog
from prove.synthesis.trials import Shown, over

MOST_WORDS = 8
"""A choice among more words than this is not tried word by word: each is one more call per pair of tools and world."""


@dataclass(frozen=True)
class Effort:
    """How much is tried: more finds more edges and takes longer; how well this does: experiments/dependency_graph."""

    seeds: tuple[int, ...] = (11, 12, 13)
    """Worlds that every tool is tried in, untouched and after a walk of writes."""
    walk: int = 8
    """Writes before the worlds that are not untouched, at most."""
    walks: int = 12
    """Walks per seed in search of a world where a tool can be asked for that cannot be in an untouched one."""
    asks: int = 2
    """Different working arguments per tool and world."""
    values: int = 3
    """Values tried per field of an answer."""
    bursts: tuple[int, ...] = (4,)
    """How often a writer is called in a row before another tool is tried."""
    controls: int = 5
    """Other writers that show what always moves."""


class Lab:
    """A server, its schemas as the trials need them, and the probes that ask it for something."""

    def __init__(
        self, live: LiveServers, catalog: Catalog, server: str, tools: Sequence[Mapping[str, Any]], effort: Effort
    ):
        """`tools`: as MCP lists them, sorted by name; those that the catalog cannot ask for are not tried."""
        self.live, self.catalog, self.server, self.effort = live, catalog, server, effort
        schemas = {tool["name"]: tool.get("inputSchema") or NO_PARAMETERS for tool in tools}
        self.tools = [name for name in schemas if name in catalog.server_of]
        self.reading = {tool["name"] for tool in tools if reads_only(tool)}
        self.writers = [name for name in self.tools if name not in self.reading]
        self.takes = {tool["name"]: {one.name: one for one in parameters(tool)} for tool in tools}
        self.required = {name: set(schema.get("required", ())) for name, schema in schemas.items()}
        self.properties = {name: set(schema.get("properties", ())) for name, schema in schemas.items()}
        self.words = {name: _words(schema) for name, schema in schemas.items()}
        self.controls = random.Random(server).sample(self.writers, len(self.writers))
        self.known: Counter[tuple[str, str, str]] = Counter()
        """Per (tool, tool, parameter): how often a probe was told of a value that the first tool made."""
        self._promising = {tool["name"] for tool in tools if tool.get("outputSchema")}
        self._proposed = _proposed(tools, self.tools)

    def ask(self, session: LiveSession, seed: int, tool: str, name: str, known: Sequence[Any] = ()) -> Ask | None:
        """Working arguments for a tool, the same for the same `name`; None where the world has nothing to ask for."""
        return self.catalog.ask(session, random.Random(f"{seed}:{tool}:{name}"), seed, tool, known)

    def fitting(self, tool: str, shown: Shown) -> set[tuple[str, str]]:
        """(tool, parameter) that may take the value, by schema; by its place where no schema tells of answers."""
        if tool in self._promising:
            return self._proposed[tool].get(shown.path, set())
        field = field_at(tool, shown.path, shown.value)
        inputs = (parameter for name in self.tools for parameter in self.takes[name].values())
        return {(parameter.tool, parameter.name) for parameter in inputs if matches(field, parameter)}

    def bare(self, ask: Ask) -> Ask:
        """The ask with what is required alone."""
        required = self.required[ask.tool]
        return replace(ask, arguments={name: value for name, value in ask.arguments.items() if name in required})

    def spelt(self, ask: Ask) -> list[Ask]:
        """The ask, and the same with the other words that a required parameter offers."""
        offered = ((name, word) for name, words in self.words[ask.tool].items() for word in words)
        return [ask, *(over(ask, {name: word}) for name, word in offered if ask.arguments.get(name) != word)]


def _words(schema: Mapping[str, Any]) -> dict[str, list[str]]:
    """The required parameters of a tool that offer a few words to choose from."""
    offered = {name: part.get("enum") for name, part in (schema.get("properties") or {}).items()}
    return {
        name: offered[name] for name in schema.get("required", ()) if 1 < len(offered.get(name) or ()) <= MOST_WORDS
    }


def _proposed(tools: Sequence[Mapping[str, Any]], tried: Sequence[str]) -> dict[str, dict[str, set[tuple[str, str]]]]:
    """tool -> field of its answer -> (tool, parameter) that the schemas say it may go to."""
    found: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for each in propose(tools, itself=True):
        if each.after in tried:
            found[each.before][each.output].add((each.after, each.parameter))
    return found
