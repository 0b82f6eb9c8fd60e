"""What the scripted user asks for next: along a chain, on the live state, in the servers' own utterances.

chain [a, b, c, d], two requests   →   b, with a among its lookups   →   d, with c among its lookups
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prove.synthesis import speech, wording
from prove.synthesis.sampler import Ask, is_reference
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Talk
from prove.synthesis.toolbox import Toolbox

TRIES = 3
"""Asks per tool of a chain before another split of the chain is tried."""
WAYS = 8
"""Other ways on that are tried where a chain does not go on."""
NEW_WORDS = 0.4
"""Share of later requests that are said like an opening one."""


@dataclass
class Errand:
    """One request of the user and how it is served."""

    said: wording.Said | None
    text: str
    reply: str = ""
    """For a request that cannot be served: what the assistant says instead."""
    asked: bool = False
    proven: bool = True
    """Whether it mentions what went before, or need not; otherwise a dependency must show when edges are verified."""

    @property
    def references(self) -> dict[str, Any]:
        arguments = self.said.ask.arguments if self.said else {}
        return {name: value for name, value in arguments.items() if is_reference(value)}

    @property
    def depth(self) -> int:
        return max((len(reference.path) for reference in self.references.values()), default=0)


@dataclass
class Memory:
    """What a conversation has mentioned: references in the order of their mention, and the steps that showed them."""

    known: list[Any] = field(default_factory=list)
    made_by: dict[str, int] = field(default_factory=dict)


class Requests:
    """The user of one talk."""

    def __init__(self, tools: Toolbox, speaker: Speaker, follow_up: float, memory: Memory):
        """`follow_up`: without a chain, the share of later requests that refer to something mentioned before."""
        self._tools = tools
        self._speaker = speaker
        self._follow_up = follow_up
        self._memory = memory
        self._position = 0
        """Tools of the chain that are done."""
        self._pending = {"irrelevant", "missing"}

    def next(self, talk: Talk) -> Errand | None:
        """The next request, or None if there is nothing to ask; `talk.dropped` may say why."""
        return self._unserved(talk) if self._due(talk) else self._request(talk)

    def goes_on(self, talk: Talk) -> bool:
        return talk.served < talk.draw.requests or self._due(talk) is not None

    def _due(self, talk: Talk) -> str | None:
        """A request that nothing serves and whose place is here."""
        for kind in ("irrelevant", "missing"):
            if kind in self._pending and getattr(talk.draw, kind) == talk.served:
                return kind
        return None

    def _unserved(self, talk: Talk) -> Errand | None:
        kind = self._due(talk)
        self._pending.discard(kind or "")
        if kind == "irrelevant":
            talk.irrelevant_turn = len(talk.turns)
            return Errand(None, speech.irrelevant(self._speaker.rng), speech.refusal(self._speaker.rng))
        return self._missing(talk)

    def _missing(self, talk: Talk) -> Errand | None:
        """A grounded request for a tool that changes something and will not be offered."""
        needed = talk.tools | set(talk.draw.chain) | self._tools.reading
        tools = [tool for tool in self._tools.catalog.tools(talk.servers[0]) if tool not in needed]
        for tool in talk.rng.sample(tools, len(tools)):
            ask = self._ask(talk, tool, self._memory.known)
            said = ask and self._say(talk, ask, follows=bool(talk.served))
            if said:
                talk.hidden.add(tool)
                return Errand(said, said.text, speech.cannot(self._tools.does(tool), self._speaker.rng))
        talk.dropped = "no tool to hide"
        return None

    def _request(self, talk: Talk) -> Errand | None:
        elsewhere = max(0, talk.served - (talk.draw.requests - len(talk.servers)))
        if len(talk.servers) > 1 and elsewhere > 0:
            said = self._freely(talk, talk.servers[min(elsewhere, len(talk.servers) - 1)], [])
        elif talk.draw.chain:
            said = self._along(talk)
        else:
            known = self._memory.known if talk.served and talk.rng.random() < self._follow_up else []
            said = self._freely(talk, talk.servers[0], known)
        if said is None:
            return None
        free = not (talk.served and talk.draw.chain) or elsewhere > 0
        return Errand(said, said.text, proven=free or _mentions(said.ask, self._memory.known))

    def _freely(self, talk: Talk, server: str, known: Sequence[Any]) -> wording.Said | None:
        """Any tool. A follow-up must mention something known; the first of a few tries that does is taken."""
        used = talk.tools if talk.draw.chain else set()
        tools = [tool for tool in self._tools.catalog.tools(server) if tool not in used]
        for tool in talk.rng.sample(tools, len(tools)):
            ask = self._ask(talk, tool, known)
            said = ask and self._say(talk, ask, follows=bool(known and talk.draw.chain))
            if said and (not known or _mentions(said.ask, known)):
                return said
        return None

    def _along(self, talk: Talk) -> wording.Said | None:
        """The next request of the chain. Where the live state does not let it go on, another way on is taken."""
        for chain in self._ways_on(talk):
            end_and_said = self._next(talk, chain)
            if end_and_said is not None:
                talk.draw = replace(talk.draw, chain=chain)
                self._position, said = end_and_said
                return said
        talk.dropped = "chain not realised"
        if not self._position:
            return None
        talk.draw = replace(talk.draw, chain=talk.draw.chain[: self._position])
        return self._freely(talk, talk.servers[0], self._memory.known)

    def _ways_on(self, talk: Talk) -> Iterator[tuple[str, ...]]:
        """The drawn chain, then others that begin with what is done of it, shorter ones last."""
        chain, graph = talk.draw.chain, self._tools.graphs[talk.servers[0]]
        if self._position < len(chain):
            yield chain
        if self._position:
            for number in range(WAYS):
                length = max(self._position + 1, len(chain) - number // 2)
                if longer := graph.extended(chain[: self._position], length, talk.rng):
                    yield longer

    def _next(self, talk: Talk, chain: Sequence[str]) -> tuple[int, wording.Said] | None:
        """How far along the chain the next request gets, the tools in between being its lookups, and its words."""
        start, left = self._position, talk.draw.requests - talk.served - (len(talk.servers) - 1)
        ends = [len(chain) - 1] if left == 1 else range(max(start, len(chain) - left), start - 1, -1)
        for end in ends:
            for _ in range(1 if end > start else TRIES):
                if said := self._reach(talk, chain[start:end], chain[end], chain[start - 1] if start else None):
                    return end + 1, said
        return None

    def _reach(self, talk: Talk, through: Sequence[str], tool: str, before: str | None) -> wording.Said | None:
        if not talk.served and not self._can_open(talk, tool):
            return None
        ask = self._ask(talk, tool, self._memory.known)
        if ask is None or not _in_order(through, [lookup.tool for lookup in lookups(ask)]):
            return None
        said = self._say(talk, ask, follows=bool(talk.served))
        return said if said and (before is None or self._follows(talk, before, said.ask)) else None

    def _can_open(self, talk: Talk, tool: str) -> bool:
        """Whether a tool can be asked for at the information level of the opening request."""
        entry, level = self._tools.catalog.utterances[tool], talk.draw.level
        return level == "complete" or wording.can_lack(entry, self._tools.required[tool], level)

    def _follows(self, talk: Talk, before: str, ask: Ask) -> bool:
        """Whether the request continues the one before: it mentions something known, or it names nothing new and what
        went before shows its values or may have changed its answer."""
        if _mentions(ask, self._memory.known):
            return True
        if any(is_reference(value) for value in ask.arguments.values()):
            return False
        shown = " ".join(result.output for wave in talk.all_waves for result in wave.results)
        if any(isinstance(value, str) and value in shown for value in ask.arguments.values()):
            return True
        edges = self._tools.graphs[talk.servers[0]].between(before, ask.tool)
        return any(edge.kind == "implicit" for edge in edges)

    def _ask(self, talk: Talk, tool: str, known: Sequence[Any]) -> Ask | None:
        ask = self._tools.catalog.ask(talk.live, talk.rng, talk.seed, tool, known)
        if ask is None or talk.hidden & {tool, *(lookup.tool for lookup in lookups(ask))}:
            return None
        return ask

    def _say(self, talk: Talk, ask: Ask, follows: bool) -> wording.Said | None:
        """The request in words; the first that is served leaves out what the information level says."""
        entry, required = self._tools.catalog.utterances[ask.tool], self._tools.required[ask.tool]
        properties = self._tools.functions[ask.tool]["function"]["parameters"].get("properties", {})

        plain = talk.draw.persona == "plain"

        def words(name: str, value: Any) -> str:
            schema = properties.get(name, {})
            said = ask.words.get(name) or (not plain and self._speaker.value(name, schema, value))
            return said or wording.spoken(value, "enum" in json.dumps(schema), talk.rng)

        voice = (talk.rng, words, wording.plain if plain else self._speaker.fill)
        if not talk.served and talk.draw.level != "complete":
            said = wording.lacking(ask, entry, required, talk.draw.level, *voice)
            if said is None:
                talk.dropped = "level not possible"
            return said
        follow_ups = entry.get("follow_up") if follows else None
        utterances = follow_ups if follow_ups and talk.rng.random() >= NEW_WORDS else entry["say"]
        return wording.complete(ask, utterances, required, *voice)


def _mentions(ask: Ask, known: Sequence[Any]) -> bool:
    return any(value in known for value in ask.arguments.values())


def lookups(ask: Ask) -> list[Any]:
    return [lookup for value in ask.arguments.values() if is_reference(value) for lookup in value.path]


def _in_order(wanted: Iterable[str], names: Iterable[str]) -> bool:
    """Whether the wanted names occur in this order among the names."""
    names = iter(names)
    return all(name in names for name in wanted)
