"""What the user of a served teacher asks for next: tools, values that work now in the user's words, what is withheld.

    chain a b c d, two requests   ->   a b | c d          the last tool of each is its goal
    no chain, or past its end     ->   any tool           the model chooses among a few
    irrelevant, missing           ->   a request that must be refused

A probe's proposal for a tool becomes facts: references by one of their names, other values as people say them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prove.schemas import properties_of
from prove.synthesis import wording
from prove.synthesis.said import said
from prove.synthesis.sampler import Ask, is_reference
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Talk
from prove.synthesis.toolbox import Toolbox

OPTIONS = 3
"""Tools to choose from where no chain says which."""


@dataclass(frozen=True)
class Told:
    """An argument in the user's words, and all ways to give it away."""

    words: str
    ways: tuple[Any, ...]

    def stands_in(self, text: str, today: str) -> bool:
        return any(said(way, text, today) for way in self.ways)


@dataclass(frozen=True)
class Errand:
    """One request."""

    server: str = ""
    tools: tuple[str, ...] = ()
    """Those of the chain it is about; the last is its goal. Empty: any tool of the server."""
    facts: tuple[str, ...] = ()
    """JSON lines {tool, arguments}: values in the user's words."""
    withheld: Mapping[str, Told] = field(default_factory=dict)
    """What the request leaves out, by parameter: the assistant has to ask."""
    refused: bool = False
    """Whether no offered tool serves it."""

    @property
    def goal(self) -> str:
        return self.tools[-1] if self.tools else ""


def errand_of(talk: Talk, box: Toolbox, speaker: Speaker) -> Errand | None:
    """The next request that is to be served; None with `talk.dropped` where this world has nothing to ask for."""
    own = talk.draw.requests - (len(talk.servers) - 1)
    if talk.served >= own:
        server, tools = talk.servers[min(talk.served - own + 1, len(talk.servers) - 1)], ()
    else:
        server, tools = talk.servers[0], _share(talk.draw.chain, talk.served, own)
    if talk.served == 0 and talk.draw.level != "complete":
        return _lacking(talk, box, speaker, server, tools)
    asks = [box.catalog.ask(talk.live, talk.rng, talk.seed, tool) for tool in tools]
    if not tools:
        asks = _proposed(talk, box, server, 1 if talk.served == 0 else OPTIONS)
        tools = tuple(ask.tool for ask in asks) if talk.served == 0 else ()
    facts = tuple(_fact(ask, box, speaker, talk) for ask in asks if ask is not None)
    if not facts and talk.served == 0:
        talk.dropped = "chain not realised"
        return None
    return Errand(server, tools, facts)


def missing_errand(talk: Talk, box: Toolbox, speaker: Speaker) -> Errand | None:
    """A request for a tool that changes something and that nothing else in this conversation needs."""
    needed = talk.tools | set(talk.draw.chain) | box.reading
    tools = [tool for tool in box.catalog.tools(talk.servers[0]) if tool not in needed]
    for tool in talk.rng.sample(tools, len(tools)):
        ask = box.catalog.ask(talk.live, talk.rng, talk.seed, tool)
        if ask is not None:
            return Errand(talk.servers[0], (tool,), (_fact(ask, box, speaker, talk),), refused=True)
    talk.dropped = "no tool to hide"
    return None


def _share(chain: Sequence[str], place: int, requests: int) -> tuple[str, ...]:
    """The part of a chain that the request at a place is about; earlier requests get the odd tool."""
    start, end = (-(-number * len(chain) // requests) for number in (place, place + 1))
    return tuple(chain[start:end])


def _proposed(talk: Talk, box: Toolbox, server: str, most: int) -> list[Ask]:
    """Asks for a few random tools. A lone request is to change something: abstention rows are made of such."""
    tools = [tool for tool in box.catalog.tools(server) if tool not in talk.hidden]
    if talk.draw.requests == 1:
        tools = [tool for tool in tools if tool not in box.reading] or tools
    found: list[Ask] = []
    for tool in talk.rng.sample(tools, len(tools)):
        ask = box.catalog.ask(talk.live, talk.rng, talk.seed, tool) if len(found) < most else None
        found += [ask] if ask is not None else []
    return found


def _lacking(talk: Talk, box: Toolbox, speaker: Speaker, server: str, tools: tuple[str, ...]) -> Errand | None:
    """A request without one of several required values, or without any of them."""
    options = [tools[-1]] if tools else [tool for tool in box.catalog.tools(server) if box.required[tool]]
    for tool in talk.rng.sample(options, len(options)):
        required = sorted(box.required[tool])
        withheld = required if talk.draw.level == "minimal" else talk.rng.sample(required, min(1, len(required)))
        ask = box.catalog.ask(talk.live, talk.rng, talk.seed, tool)
        fits = wording.level_of(set(required), set(withheld)) == talk.draw.level
        if ask and withheld and fits and set(withheld) <= set(ask.arguments):
            told = {_known_as(ask, name): _told(ask, name, box, speaker, talk) for name in withheld}
            fact = _fact(ask, box, speaker, talk, without=withheld)
            return Errand(server, tools or (tool,), (fact,), told)
    talk.dropped = "level not possible"
    return None


def _fact(ask: Ask, box: Toolbox, speaker: Speaker, talk: Talk, without: Sequence[str] = ()) -> str:
    said = [name for name in ask.arguments if name not in without]
    words = {_known_as(ask, name): _told(ask, name, box, speaker, talk).words for name in said}
    return json.dumps({"tool": ask.tool, "arguments": words}, ensure_ascii=False)


def _known_as(ask: Ask, name: str) -> str:
    """A user gives the PIN for a token that a look-up makes of it: such a value is called what the look-up calls it."""
    value = ask.arguments[name]
    if not is_reference(value) or value.id is not None or not value.path:
        return name
    given = value.path[-1].arguments
    return next((each for each, words in given.items() if words in value.says), name)


def _told(ask: Ask, name: str, box: Toolbox, speaker: Speaker, talk: Talk) -> Told:
    value, schema = ask.arguments[name], properties_of(box.functions[ask.tool]).get(name, {})
    words = ask.words.get(name) or speaker.value(name, schema, value) or wording.spoken(value, True, talk.rng)
    if is_reference(value):
        return Told(words, (words, *value.says, *([value.id] if value.id else [])))
    return Told(words, (words, *(value if isinstance(value, list) else [value])))
