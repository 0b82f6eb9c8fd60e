"""From a trace to a row: what the user says, the tools offered, ground truth and conversation.

trace  →  spans of steps, one per user turn  →  texts  →  Example (a step is one call; an edge is a value read)
                                                       →  messages, each result cut to what the policy sees
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prove.schemas import reads_only
from prove.synthesis.dataset import Written, shape
from prove.synthesis.robustness import weighted
from prove.synthesis.templates.offering import Offer
from prove.synthesis.templates.trace import Taken, Trace
from prove.synthesis.templates.wording import reply
from prove.types import Example, GroundTruth, Step, ToolCall


class Asks(Protocol):
    """Puts a trace into words: one text per span of steps; None if it has none that names everything."""

    name: str

    def ask(self, trace: Trace, spans: Sequence[range], rng: random.Random, lane: str) -> tuple[str, ...] | None: ...


@dataclass(frozen=True)
class Form:
    """What a row looks like; numbers come from conf."""

    server: str
    distractors: int
    turns: Mapping[int, float]
    """Number of user turns -> weight; a short trace has at most one per step."""
    visible_chars: int | None
    max_prompt_chars: int
    """Of the offered schemas and the first user turn, as JSON."""
    max_chars: int
    """Of everything after that: calls, results as the policy sees them, later turns, replies."""


def written(
    identifier: str, trace: Trace, form: Form, offer: Offer, asks: Asks, unseen: bool, rng: random.Random
) -> Written | str:
    """The row of a trace; a few words if it cannot be one."""
    spans = split_steps(len(trace.steps), form.turns, rng)
    texts = asks.ask(trace, spans, rng, identifier)
    if texts is None:
        return "no words for it"
    needed = [step.entry.tool for step in trace.steps]
    names = offer.names(needed, form.distractors, rng)
    functions = offer.functions(names, _used(trace))
    if len(json.dumps(functions, ensure_ascii=False)) + len(texts[0]) > form.max_prompt_chars:
        return "prompt too long"
    messages = tuple(_messages(trace, spans, texts, form.visible_chars, rng))
    if _said_after(messages) > form.max_chars:
        return "conversation too long"
    example = _example(identifier, trace, form, spans, texts, asks.name, offer, unseen, len(names) - len(set(needed)))
    return Written(example, names, messages, functions)


def split_steps(count: int, turns: Mapping[int, float], rng: random.Random) -> list[range]:
    """The steps of each user turn, in order."""
    weights = {str(number): share for number, share in turns.items() if int(number) <= count}
    number = int(weighted(weights or {"1": 1.0}, rng))
    cuts = [0, *sorted(rng.sample(range(1, count), number - 1)), count]
    return [range(start, end) for start, end in zip(cuts, cuts[1:], strict=False)]


def visible(step: Taken, limit: int | None) -> str:
    """A result as the rollout shows it to the policy."""
    text = step.recorded.text
    return text if limit is None or len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def _example(
    identifier: str,
    trace: Trace,
    form: Form,
    spans: Sequence[range],
    texts: tuple[str, ...],
    teacher: str,
    offer: Offer,
    unseen: bool,
    distractors: int,
) -> Example:
    steps = tuple(Step((ToolCall(step.entry.tool, _arguments(step)),)) for step in trace.steps)
    truth = GroundTruth(steps, trace.edges, tuple(turn for turn, span in enumerate(spans) for _ in span))
    return Example(
        id=identifier,
        kind="multi_turn",
        servers=(form.server,),
        world_seed=trace.world,
        user_turns=texts,
        ground_truth=truth,
        knobs={
            "source": "synthesised",
            "teacher": teacher,
            "template": trace.template.id,
            "unseen_template": unseen,
            "distractors": distractors,
            "level": "complete",
        },
        stats={**shape(truth), "turns": len(texts), **_template_shape(trace)},
        final_state={} if all(reads_only(offer.tool(step.entry.tool)) for step in trace.steps) else None,
    )


def _template_shape(trace: Trace) -> dict[str, int]:
    whole = trace.template.shape
    return {"template_depth": whole["depth"], "template_fan_out": whole["fan_out"]}


def _arguments(step: Taken) -> dict[str, Any]:
    return {name: value for name, value in step.recorded.arguments.items() if value is not None}


def _used(trace: Trace) -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for step in trace.steps:
        used.setdefault(step.entry.tool, set()).update(_arguments(step))
    return used


def _messages(
    trace: Trace, spans: Sequence[range], texts: Sequence[str], limit: int | None, rng: random.Random
) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for span, text in zip(spans, texts, strict=True):
        said.append({"role": "user", "content": text})
        for step in (trace.steps[number] for number in span):
            call = {"name": step.entry.tool, "arguments": _arguments(step)}
            said.append({"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": call}]})
            said.append({"role": "tool", "name": step.entry.tool, "content": visible(step, limit)})
        said.append({"role": "assistant", "content": reply(rng)})
    return said


def _said_after(messages: Sequence[Mapping[str, Any]]) -> int:
    """Characters after the first user turn."""
    return sum(
        len(message["content"]) + sum(len(json.dumps(call["function"])) for call in message.get("tool_calls", ()))
        for message in messages[1:]
    )
