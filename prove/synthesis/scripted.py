"""The scripted teacher: requests from the probes in the servers' own utterances, calls that are known to serve them.

    per request: ask → say → (question, answer) → look up what was named, in parallel where it can be → act → report

Ground truth: lookups that nothing but the act needs share one parallel step; a longer path is a chain of steps;
edges run along each path, into the act, and from the step that showed or made an entity to the turn that uses it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from prove.synthesis import mentions, speech, wording
from prove.synthesis.graph import Graph
from prove.synthesis.orchestrator import Calls, GiveUp, Invalid, Question, Reply
from prove.synthesis.phrases import imperative
from prove.synthesis.sampler import Ask, Catalog, is_reference
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Talk, Wave
from prove.types import ToolCall

TRIES = 3
"""Asks per tool of a chain before another split of the chain is tried."""
WAYS = 8
"""Other ways on that are tried where a chain does not go on."""
NEW_WORDS = 0.4
"""Share of later requests that are said like an opening one."""


@dataclass(frozen=True)
class World:
    """What the teacher knows of the servers; made once per process."""

    catalog: Catalog
    functions: Mapping[str, dict[str, Any]]
    required: Mapping[str, set[str]]
    reading: frozenset[str]
    """Tools that change nothing."""
    graphs: Mapping[str, Graph] = field(default_factory=dict)

    def does(self, tool: str) -> str:
        """What a tool does, as an order: "freeze a card"; "do that" where its name does not make one."""
        verb, _, noun = tool.partition("_")
        if noun and "_" not in noun and not noun.endswith("s"):
            return f"{verb} {'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        told = imperative(self.functions[tool]["function"]["description"])
        return told if 2 < len(told.split()) <= 7 and not set(told.split()) & {"user", "the"} else "do that"


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


class Scripted:
    """A teacher for one talk."""

    name = "scripted"

    def __init__(self, world: World, speaker: Speaker, follow_up: float):
        """`follow_up`: without a chain, the share of later requests that refer to something mentioned before."""
        self._world = world
        self._speaker = speaker
        self._follow_up = follow_up
        self._known: list[Any] = []
        self._made_by: dict[str, int] = {}
        self._position = 0
        """Tools of the chain that are done."""
        self._pending: set[str] = {"irrelevant", "missing"}
        self._errand = Errand(None, "")
        self._stumbled = False
        self._refused = False
        self.template = ""

    # ---- the user

    def query(self, talk: Talk) -> str | None:
        errand = self._unserved(talk) if self._due(talk) else self._request(talk)
        if errand is None:
            return None
        talk.dropped = None
        self._errand = errand
        self.template = self.template or (errand.said.template if errand.said else "irrelevant")
        text = self._speaker.query(errand.text, len(talk.turns), errand.said.words if errand.said else ())
        regret = f"{self._speaker.regret()} " if self._refused else ""
        self._refused = bool(errand.reply)
        return regret + text

    def answer(self, talk: Talk, question: str) -> str:
        assert self._errand.said is not None
        return self._speaker.answer(list(self._errand.said.missing))

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
            return Errand(None, speech.irrelevant(self._speaker.rng), speech.refusal(self._speaker.rng))
        return self._missing(talk)

    def _missing(self, talk: Talk) -> Errand | None:
        """A grounded request for a tool that changes something and will not be offered."""
        needed = talk.tools | set(talk.draw.chain) | self._world.reading
        tools = [tool for tool in self._world.catalog.tools(talk.servers[0]) if tool not in needed]
        for tool in talk.rng.sample(tools, len(tools)):
            ask = self._ask(talk, tool, self._known)
            said = ask and self._say(talk, ask, follows=bool(talk.served))
            if said:
                talk.hidden.add(tool)
                return Errand(said, said.text, speech.cannot(self._world.does(tool), self._speaker.rng))
        talk.dropped = "no tool to hide"
        return None

    def _request(self, talk: Talk) -> Errand | None:
        elsewhere = max(0, talk.served - (talk.draw.requests - len(talk.servers)))
        if len(talk.servers) > 1 and elsewhere > 0:
            said = self._freely(talk, talk.servers[min(elsewhere, len(talk.servers) - 1)], [])
        elif talk.draw.chain:
            said = self._along(talk)
        else:
            known = self._known if talk.served and talk.rng.random() < self._follow_up else []
            said = self._freely(talk, talk.servers[0], known)
        proven = (
            not (talk.served and talk.draw.chain) or elsewhere > 0 or said is None or _mentions(said.ask, self._known)
        )
        return said and Errand(said, said.text, proven=proven)

    def _freely(self, talk: Talk, server: str, known: Sequence[Any]) -> wording.Said | None:
        """Any tool. A follow-up must mention something known; the first of a few tries that does is taken."""
        tools = self._world.catalog.tools(server)
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
        return self._freely(talk, talk.servers[0], self._known) if self._position else None

    def _ways_on(self, talk: Talk) -> Iterator[tuple[str, ...]]:
        """The drawn chain, then others that begin with what is done of it, shorter ones last."""
        chain, graph = talk.draw.chain, self._world.graphs[talk.servers[0]]
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
        ask = self._ask(talk, tool, self._known)
        if ask is None or not _in_order(through, [lookup.tool for lookup in _lookups(ask)]):
            return None
        said = self._say(talk, ask, follows=bool(talk.served))
        return said if said and (before is None or self._follows(talk, before, said.ask)) else None

    def _can_open(self, talk: Talk, tool: str) -> bool:
        """Whether a tool can be asked for at the information level of the opening request."""
        entry, level = self._world.catalog.utterances[tool], talk.draw.level
        return level == "complete" or wording.can_lack(entry, self._world.required[tool], level)

    def _follows(self, talk: Talk, before: str, ask: Ask) -> bool:
        """Whether the request continues the one before: it mentions something known, or it names nothing new and what
        went before shows its values or may have changed its answer."""
        if _mentions(ask, self._known):
            return True
        if any(is_reference(value) for value in ask.arguments.values()):
            return False
        shown = " ".join(result.output for wave in talk.all_waves for result in wave.results)
        if any(isinstance(value, str) and value in shown for value in ask.arguments.values()):
            return True
        edges = self._world.graphs[talk.servers[0]].between(before, ask.tool)
        return any(edge.kind == "implicit" for edge in edges)

    def _ask(self, talk: Talk, tool: str, known: Sequence[Any]) -> Ask | None:
        ask = self._world.catalog.ask(talk.live, talk.rng, talk.seed, tool, known)
        if ask is None or talk.hidden & {tool, *(lookup.tool for lookup in _lookups(ask))}:
            return None
        return ask

    def _say(self, talk: Talk, ask: Ask, follows: bool) -> wording.Said | None:
        """The request in words; the first that is served leaves out what the information level says."""
        entry, required = self._world.catalog.utterances[ask.tool], self._world.required[ask.tool]
        properties = self._world.functions[ask.tool]["function"]["parameters"].get("properties", {})

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

    # ---- the assistant

    def act(self, talk: Talk) -> Calls | Question | Reply | Invalid | None:
        errand = self._errand
        if errand.reply:
            return Reply(errand.reply)
        assert errand.said is not None
        if errand.said.question and not errand.asked:
            errand.asked = True
            return Question(errand.said.question)
        done = [wave for wave in talk.waves if wave.ok]
        if len(done) < errand.depth:
            return self._look_up(errand, len(done))
        if len(done) > errand.depth:
            templates = self._world.catalog.utterances[errand.said.ask.tool].get("reply", [])
            fields = mentions.fields(done[-1].results[0].output)
            return Reply(
                wording.report(templates, fields, talk.rng, str if talk.draw.persona == "plain" else wording.told)
            )
        found = _found(errand, done)
        if found is None:
            return None
        right = ToolCall(errand.said.ask.tool, {**errand.said.ask.arguments, **found})
        return Calls((self._slip(talk, right),))

    def _look_up(self, errand: Errand, depth: int) -> Calls:
        lookups = [r.path[depth] for r in errand.references.values() if len(r.path) > depth]
        calls = {_key(lookup): ToolCall(lookup.tool, lookup.arguments) for lookup in lookups}
        return Calls(tuple(calls.values()))

    def _slip(self, talk: Talk, right: ToolCall) -> ToolCall:
        """The call, or once per talk a mistaken one that the server will refuse."""
        if talk.draw.stumble is None or self._stumbled:
            return right
        self._stumbled = True
        return slip(right, talk.draw.stumble, self._errand.references, self._world, talk.rng)

    def recover(self, talk: Talk) -> GiveUp | None:
        """A slip is corrected; a right call that is refused means that the request was a bad one."""
        failed = [wave for wave in talk.waves if not wave.ok]
        return None if self._stumbled and len(failed) == 1 and _is_act(failed[0]) else GiveUp()

    def settle(self, talk: Talk) -> bool:
        """Adds the turn's steps and edges to the ground truth; a lookup that serves two references is one call."""
        errand = self._errand
        if errand.reply:
            return True
        done = [wave for wave in talk.waves if wave.ok]
        found = _found(errand, done[: errand.depth])
        if errand.said is None or found is None:
            return False
        self._record(talk, errand, found, done[-1].calls[0])
        self._remember(talk, errand, found, done[-1])
        talk.served += 1
        if not errand.proven:
            talk.unproven.append(len(talk.steps) - 1)
        return True

    def _record(self, talk: Talk, errand: Errand, found: dict[str, str], act: ToolCall) -> None:
        references = errand.references
        single = {_key(r.path[0]): r.path[0] for r in references.values() if len(r.path) == 1}
        placed: dict[str, int] = {}
        if single:
            step = talk.add_step([ToolCall(lookup.tool, lookup.arguments) for lookup in single.values()])
            placed = dict.fromkeys(single, step)
        for reference in references.values():
            if len(reference.path) > 1:
                _add_path(talk, reference.path, placed)
        ends = {placed[_key(reference.path[-1])] for reference in references.values() if reference.path}
        used = {self._made_by[found[name]] for name in references if found[name] in self._made_by}
        last = talk.add_step([act])
        talk.edges += [(step, last) for step in ends | used]

    def _remember(self, talk: Talk, errand: Errand, found: dict[str, str], act: Wave) -> None:
        """Entities that were named, listed or made: later turns may say "that payee" or "the cheapest one"."""
        output, step = mentions.fields(act.results[0].output), len(talk.steps) - 1
        catalog = self._world.catalog
        if talk.draw.chain:
            listed = mentions.shown(output)
            self._known = [one for one in self._known if one.kind not in listed]
            if row := mentions.listed(output, talk.rng):
                kind, identifier, names, fields = row
                self._known.append(catalog.reference(kind, identifier, names, fields))
                self._made_by.setdefault(identifier, step)
        for name, reference in errand.references.items():
            if reference.field != "token" and not (talk.draw.chain and reference.kind in mentions.shown(output)):
                self._known.append(self._remembered(reference.kind, found[name], reference.row))
        named = {reference.kind for reference in errand.references.values()} if talk.draw.chain else set()
        for kind, identifier in mentions.made(output, list(found.values())):
            if kind in named:  # an answer to an email is an email: "that email" would be either
                continue
            self._known.append(self._remembered(kind, identifier, output))
            self._made_by[identifier] = step

    def _remembered(self, kind: str, identifier: str, row: dict[str, Any]) -> Any:
        names = self._speaker.recall(kind.replace("_", " "))
        return self._world.catalog.reference(kind, identifier, names, row)


def slip(right: ToolCall, kind: str, references: Mapping[str, Any], world: World, rng: random.Random) -> ToolCall:
    """A mistake models make: the name where an id belongs, a missing or an invented argument, a neighbouring tool."""
    named = [name for name in references if references[name].says]
    if kind == "other_tool":
        tools = [tool for tool in world.catalog.tools(world.catalog.server_of[right.name]) if tool != right.name]
        return ToolCall(rng.choice(tools), right.arguments)
    if named and rng.random() < 0.6:
        name = rng.choice(named)
        return ToolCall(right.name, {**right.arguments, name: references[name].says[0]})
    required = sorted(world.required[right.name] & set(right.arguments))
    if required:
        left_out = rng.choice(required)
        return ToolCall(right.name, {name: value for name, value in right.arguments.items() if name != left_out})
    return ToolCall(right.name, {**right.arguments, "confirm": True})


def _is_act(wave: Wave) -> bool:
    return len(wave.calls) == 1


def _mentions(ask: Ask, known: Sequence[Any]) -> bool:
    return any(value in known for value in ask.arguments.values())


def _lookups(ask: Ask) -> list[Any]:
    return [lookup for value in ask.arguments.values() if is_reference(value) for lookup in value.path]


def _in_order(wanted: Iterable[str], names: Iterable[str]) -> bool:
    """Whether the wanted names occur in this order among the names."""
    names = iter(names)
    return all(name in names for name in wanted)


def _found(errand: Errand, done: Sequence[Wave]) -> dict[str, str] | None:
    """The ids behind the references; None if a lookup does not show what it should."""
    found: dict[str, str] = {}
    for name, reference in errand.references.items():
        output = _output_of(done, reference) if reference.path else ""
        identifier = reference.id or mentions.fields(output).get(reference.field)
        if identifier is None or (reference.path and identifier not in output):
            return None
        found[name] = identifier
    return found


def _output_of(done: Sequence[Wave], reference: Any) -> str:
    """What the last lookup of a reference gave back."""
    wave, last = done[len(reference.path) - 1], reference.path[-1]
    return wave.results[[_key(call) for call in wave.calls].index(_key(last))].output


def _add_path(talk: Talk, path: Sequence[Any], placed: dict[str, int]) -> None:
    """A path of lookups as steps, each before the next; `placed` knows the steps of lookups this turn has already."""
    for lookup in path:
        if _key(lookup) not in placed:
            placed[_key(lookup)] = talk.add_step([ToolCall(lookup.tool, lookup.arguments)])
    steps = [placed[_key(lookup)] for lookup in path]
    talk.edges += [(one, other) for one, other in zip(steps, steps[1:], strict=False) if one != other]


def _key(call: Any) -> str:
    name = call.tool if hasattr(call, "tool") else call.name
    return name + json.dumps(call.arguments, sort_keys=True)
