"""The scripted teacher: requests from the probes in the servers' own utterances, calls that are known to serve them.

    per request: ask → say → (question, answer) → look up what was named, in parallel where it can be → act → report

Ground truth: lookups that nothing but the act needs share one parallel step; a longer path is a chain of steps;
edges run along each path, into the act, and from the step that showed or made an entity to the turn that uses it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from prove.synthesis import mentions, wording
from prove.synthesis.orchestrator import Calls, GiveUp, Invalid, Question, Reply
from prove.synthesis.requests import Errand, Memory, Requests
from prove.synthesis.slips import slip
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Talk, Wave
from prove.synthesis.toolbox import Toolbox
from prove.types import ToolCall


class Scripted:
    """A teacher for one talk."""

    name = "scripted"

    def __init__(self, tools: Toolbox, speaker: Speaker, follow_up: float):
        """`follow_up`: without a chain, the share of later requests that refer to something mentioned before."""
        self._tools = tools
        self._speaker = speaker
        self._memory = Memory()
        self._requests = Requests(tools, speaker, follow_up, self._memory)
        self._errand = Errand(None, "")
        self._slip: ToolCall | None = None
        """The mistake that was made on purpose."""
        self._refused = False
        self.template = ""
        """The utterance that the conversation was opened with."""

    def query(self, talk: Talk) -> str | None:
        errand = self._requests.next(talk)
        if errand is None:
            return None
        talk.dropped = None
        self._errand = errand
        self.template = self.template or (errand.said.template if errand.said else "irrelevant")
        text = self._speaker.query(errand.text, len(talk.turns), self.words)
        regret = self._speaker.regret() if self._refused else ""
        self._refused = bool(errand.reply)
        return f"{regret}{'' if regret[-1] in '.!' else '.'} {text}" if regret else text

    @property
    def words(self) -> tuple[str, ...]:
        """Words of the last request that stand for values."""
        return self._errand.said.words if self._errand.said else ()

    def answer(self, talk: Talk, question: str) -> str:
        assert self._errand.said is not None
        return self._speaker.answer(
            [f"'{words}'" if words[-1:] in ".?!" else words for words in self._errand.said.missing]
        )

    def goes_on(self, talk: Talk) -> bool:
        return self._requests.goes_on(talk)

    def act(self, talk: Talk) -> Calls | Question | Reply | Invalid | None:
        errand = self._errand
        if errand.reply:
            return Reply(errand.reply)
        assert errand.said is not None
        if errand.said.question and not errand.asked:
            errand.asked = True
            return Question(errand.said.question)
        done = [wave for wave in talk.waves if wave.ok]
        if self._slip and any(wave.calls == (self._slip,) for wave in done):
            talk.dropped = "a mistake that the server lets pass"
            return None
        if len(done) < errand.depth:
            return self._look_up(errand, len(done))
        if len(done) > errand.depth:
            templates = self._tools.catalog.utterances[errand.said.ask.tool].get("reply", [])
            fields = mentions.fields(done[-1].results[0].output)
            return Reply(
                wording.report(templates, fields, talk.rng, str if talk.draw.persona == "plain" else wording.told)
            )
        found = _found(errand, done)
        if found is None:
            return None
        right = ToolCall(errand.said.ask.tool, {**errand.said.ask.arguments, **found})
        return Calls((self._slipped(talk, right),))

    def _look_up(self, errand: Errand, depth: int) -> Calls:
        lookups = [r.path[depth] for r in errand.references.values() if len(r.path) > depth]
        calls = {_key(lookup): ToolCall(lookup.tool, lookup.arguments) for lookup in lookups}
        return Calls(tuple(calls.values()))

    def _slipped(self, talk: Talk, right: ToolCall) -> ToolCall:
        """The call, or once per talk a mistaken one that the server should refuse."""
        if talk.draw.stumble is None or self._slip is not None:
            return right
        self._slip = slip(right, talk.draw.stumble, self._errand.references, self._tools, talk.rng)
        return self._slip

    def recover(self, talk: Talk) -> GiveUp | None:
        """A slip is corrected; a right call that is refused means that the request was a bad one."""
        failed = [wave for wave in talk.waves if not wave.ok]
        return None if len(failed) == 1 and failed[0].calls == (self._slip,) else GiveUp()

    def settle(self, talk: Talk) -> bool:
        """Adds the turn's steps and edges to the ground truth; a lookup that serves two references is one call."""
        errand = self._errand
        if errand.reply:
            self._forget({reference.kind for reference in errand.references.values()})
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
        used = {self._memory.made_by[found[name]] for name in references if found[name] in self._memory.made_by}
        last = talk.add_step([act])
        talk.edges += [(step, last) for step in ends | used]

    def _remember(self, talk: Talk, errand: Errand, found: dict[str, str], act: Wave) -> None:
        """Entities that were named, listed or made: later turns may say "that payee" or "the cheapest one"."""
        output, step = mentions.fields(act.results[0].output), len(talk.steps) - 1
        catalog = self._tools.catalog
        listed = mentions.shown(output) if talk.draw.chain else set()
        self._forget(listed)
        if talk.draw.chain and (row := mentions.listed(output, talk.rng)):
            kind, identifier, names, fields = row
            self._memory.known.append(catalog.reference(kind, identifier, names, fields))
            self._memory.made_by.setdefault(identifier, step)
        kinds = [reference.kind for reference in errand.references.values()]
        several = {kind for kind in kinds if kinds.count(kind) > 1} if talk.draw.chain else set()
        self._forget(several)
        for name, reference in errand.references.items():
            if reference.field != "token" and reference.kind not in listed | several:
                self._memory.known.append(self._remembered(reference.kind, found[name], reference.row))
        named = {reference.kind for reference in errand.references.values()} if talk.draw.chain else set()
        for kind, identifier in mentions.made(output, list(found.values())):
            if kind in named:  # an answer to an email is an email: "that email" would be either
                continue
            noun = kind.replace("_", " ")
            names = (f"that {noun}", f"this {noun}") if talk.draw.chain else self._speaker.recall(noun)
            self._memory.known.append(self._tools.catalog.reference(kind, identifier, names, output))
            self._memory.made_by[identifier] = step

    def _forget(self, kinds: set[str]) -> None:
        """After several of a kind, "that one" would be any of them."""
        self._memory.known = [one for one in self._memory.known if one.kind not in kinds]

    def _remembered(self, kind: str, identifier: str, row: dict[str, Any]) -> Any:
        names = self._speaker.recall(kind.replace("_", " "))
        return self._tools.catalog.reference(kind, identifier, names, row)


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
