"""Writes one conversation against a live session.

    per turn: ask → say → look up what was named (in parallel where it can be) → act → report

Ground truth: lookups that nothing but the act needs share one parallel step; a longer path is a chain of steps;
edges run along each path, into the act, and from the step that made an entity to the later turn that uses it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from prove.synthesis import teacher
from prove.synthesis.live import LiveSession
from prove.synthesis.sampler import Ask, Catalog, is_reference
from prove.types import GroundTruth, Step, ToolCall


@dataclass(frozen=True)
class Wave:
    """Calls made in one assistant message, with what came back."""

    calls: tuple[ToolCall, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Turn:
    user: str
    waves: tuple[Wave, ...]
    reply: str


@dataclass
class Conversation:
    """A conversation being written: turns as they were lived, steps and edges as they will be scored."""

    server: str
    seed: int
    turns: list[Turn] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    step_turns: list[int] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    known: list[Any] = field(default_factory=list)
    made_by: dict[str, int] = field(default_factory=dict)

    @property
    def ground_truth(self) -> GroundTruth:
        return GroundTruth(tuple(self.steps), tuple(sorted(set(self.edges))), tuple(self.step_turns))

    @property
    def tools(self) -> set[str]:
        return {call.name for step in self.steps for call in step.calls}


def converse(
    live: LiveSession,
    catalog: Catalog,
    required: dict[str, set[str]],
    server: str,
    seed: int,
    turns: int,
    follow_up: float,
    rng: random.Random,
) -> Conversation | None:
    """A conversation of so many turns, or None if this world led nowhere. `required`: arguments per tool."""
    conversation = Conversation(server, seed)
    for number in range(turns):
        known = conversation.known if number and rng.random() < follow_up else []
        asked = _choose(live, catalog, required, conversation, known, rng)
        if asked is None or not _play(live, catalog, conversation, *asked, rng):
            return None
    return conversation


def _choose(
    live: LiveSession,
    catalog: Catalog,
    required: dict[str, set[str]],
    conversation: Conversation,
    known: Sequence[Any],
    rng: random.Random,
) -> tuple[str, Ask] | None:
    """An ask in words. A follow-up must mention something known; the first of a few tries that does is taken."""
    tools = catalog.tools(conversation.server)
    for tool in rng.sample(tools, len(tools)):
        ask = catalog.ask(live, rng, conversation.seed, tool, known)
        said = ask and teacher.say(ask, catalog.utterances[tool]["say"], required[tool], rng)
        if said and (not known or any(value in known for value in said[1].arguments.values())):
            return said
    return None


def _play(
    live: LiveSession, catalog: Catalog, conversation: Conversation, user: str, ask: Ask, rng: random.Random
) -> bool:
    """Lives through one turn; False if any call is refused or a lookup does not show what it should."""
    references = {name: value for name, value in ask.arguments.items() if is_reference(value)}
    waves: list[Wave] = []
    found: dict[str, str] = {}
    for depth in range(max((len(reference.path) for reference in references.values()), default=0)):
        wave = _look_up(live, [r.path[depth] for r in references.values() if len(r.path) > depth])
        if wave is None:
            return False
        waves.append(wave)
    for name, reference in references.items():
        identifier = reference.id or _read(waves, reference)
        if identifier is None or (reference.path and identifier not in _output_of(waves, reference)):
            return False
        found[name] = identifier
    act = ToolCall(ask.tool, {**ask.arguments, **found})
    result = live.call(act.name, act.arguments)
    if not result.ok:
        return False
    waves.append(Wave((act,), (result.output,)))
    output = _fields(result.output)
    _record(conversation, references, found, act)
    _remember(catalog, conversation, references, found, output)
    reply = teacher.report(catalog.utterances[ask.tool].get("reply", []), output, rng)
    conversation.turns.append(Turn(user, tuple(waves), reply))
    return True


def _look_up(live: LiveSession, lookups: list[Any]) -> Wave | None:
    calls = list({_key(lookup): ToolCall(lookup.tool, lookup.arguments) for lookup in lookups}.values())
    results = [live.call(call.name, call.arguments) for call in calls]
    if not all(result.ok for result in results):
        return None
    return Wave(tuple(calls), tuple(result.output for result in results))


def _output_of(waves: list[Wave], reference: Any) -> str:
    """What the last lookup of a reference gave back."""
    wave, last = waves[len(reference.path) - 1], reference.path[-1]
    return wave.outputs[[_key(call) for call in wave.calls].index(_key(last))]


def _read(waves: list[Wave], reference: Any) -> str | None:
    """The id that the last lookup made, such as a token."""
    return _fields(_output_of(waves, reference)).get(reference.field)


def _fields(output: str) -> dict[str, Any]:
    """What a result says by name; {} where it is text, as a server that is not ours may answer."""
    try:
        value = json.loads(output)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _record(conversation: Conversation, references: dict[str, Any], found: dict[str, str], act: ToolCall) -> None:
    """Adds the turn's steps and edges to the ground truth; a lookup that serves two references is one call."""
    single = {_key(r.path[0]): r.path[0] for r in references.values() if len(r.path) == 1}
    placed: dict[str, int] = {}
    if single:
        step = _add_step(conversation, [ToolCall(lookup.tool, lookup.arguments) for lookup in single.values()])
        placed = dict.fromkeys(single, step)
    for reference in references.values():
        if len(reference.path) > 1:
            _add_chain(conversation, reference.path, placed)
    ends = {placed[_key(reference.path[-1])] for reference in references.values() if reference.path}
    used = {conversation.made_by[found[name]] for name in references if found[name] in conversation.made_by}
    last = _add_step(conversation, [act])
    conversation.edges += [(step, last) for step in ends | used]


def _add_chain(conversation: Conversation, path: Sequence[Any], placed: dict[str, int]) -> None:
    """A path of lookups as steps, each before the next; `placed` knows the steps of lookups this turn has already."""
    for lookup in path:
        if _key(lookup) not in placed:
            placed[_key(lookup)] = _add_step(conversation, [ToolCall(lookup.tool, lookup.arguments)])
    steps = [placed[_key(lookup)] for lookup in path]
    conversation.edges += [(one, other) for one, other in zip(steps, steps[1:], strict=False) if one != other]


def _add_step(conversation: Conversation, calls: list[ToolCall]) -> int:
    conversation.steps.append(Step(tuple(calls)))
    conversation.step_turns.append(len(conversation.turns))
    return len(conversation.steps) - 1


def _remember(
    catalog: Catalog,
    conversation: Conversation,
    references: dict[str, Any],
    found: dict[str, str],
    output: dict[str, Any],
) -> None:
    """Entities that were named, and those the act has made: later turns may say "that payee"."""
    for name, reference in references.items():
        if reference.field != "token":
            conversation.known.append(catalog.remembered(reference.kind, found[name], reference.row))
    for key, value in output.items():
        if key.endswith("_id") and isinstance(value, str) and value and value not in found.values():
            conversation.known.append(catalog.remembered(key.removesuffix("_id"), value, output))
            conversation.made_by[value] = len(conversation.steps) - 1


def _key(call: Any) -> str:
    name = call.tool if hasattr(call, "tool") else call.name
    return name + json.dumps(call.arguments, sort_keys=True)
