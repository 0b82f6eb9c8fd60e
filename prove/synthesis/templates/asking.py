"""Who writes the user's turns: the scripted speaker, or a model behind an endpoint whose words are checked.

    kind scripted     the speaker's own words
    kind paraphrase   the speaker's words, reworded; kept as they were where no rewording passes
    kind llm          written by the model from the calls; a trace that it finds no words for is no row

What a model writes must name every independent value as the speaker would, must not name an id or a tool, and is
otherwise its own. It is asked again with the reason, `teacher.regenerations` times.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template as Text
from typing import Any

from prove.synthesis import answers
from prove.synthesis.asking import prompt
from prove.synthesis.paraphrase import facts, unfaithful
from prove.synthesis.said import said
from prove.synthesis.teachers import endpoint_of
from prove.synthesis.templates.trace import Trace
from prove.synthesis.templates.wording import Speaker, partly

LONGER = 2.0
SPARE = 60
"""A rewording may be so many times longer, and so many characters."""


class Scripted:
    """The speaker alone."""

    name = "scripted"

    def __init__(self, speaker: Speaker):
        self._speaker = speaker

    def ask(self, trace: Trace, spans: Sequence[range], rng: random.Random, lane: str) -> tuple[str, ...] | None:
        return self._speaker.turns(trace, spans, rng)


class Served:
    """A model that rewords the speaker's turns or writes its own."""

    def __init__(self, speaker: Speaker, teacher: Mapping[str, Any], endpoint: Any):
        self.name = f"scripted, reworded by {teacher['name']}" if teacher["kind"] == "paraphrase" else teacher["name"]
        self._speaker = speaker
        self._rewords = teacher["kind"] == "paraphrase"
        self._tries = teacher["regenerations"] + 1
        self._endpoint = endpoint

    def ask(self, trace: Trace, spans: Sequence[range], rng: random.Random, lane: str) -> tuple[str, ...] | None:
        own = self._speaker.turns(trace, spans, rng)
        texts = [
            self._turn(trace, span, text, f"{lane}:{turn}")
            for turn, (span, text) in enumerate(zip(spans, own, strict=True))
        ]
        return None if None in texts else tuple(text for text in texts if text is not None)

    def _turn(self, trace: Trace, span: range, text: str, lane: str) -> str | None:
        chars = int(len(text) * LONGER) + SPARE
        values = spoken(trace, span)
        if self._rewords:
            kept = json.dumps([*values, *facts(text)], ensure_ascii=False)
            asked = prompt("paraphrase", text=text, kept=kept, chars=chars)
        else:
            asked = Text(_query()).substitute(steps=_told(trace, span), plain=text, chars=chars)
        request = asked
        for _ in range(self._tries):
            completion = self._endpoint.complete([{"role": "user", "content": request}], lane=lane)
            value = answers.object_of(completion)
            other = value.get("message") if isinstance(value, dict) else None
            fault = self._fault(trace, span, text, other, values, chars)
            if fault is None:
                return " ".join(str(other).split())
            request = f"{asked}\n\n{prompt('again', reason=fault)}"
        return text if self._rewords else None

    def _fault(self, trace: Trace, span: range, text: str, other: Any, values: Sequence[str], chars: int) -> str | None:
        """Why words cannot be used; None if they can."""
        if not isinstance(other, str) or not other.strip():
            return "it is not the JSON asked for"
        if self._rewords:
            return unfaithful(text, other, values, chars)
        if len(other) > chars:
            return f"the message has more than {chars} characters"
        if lost := [value for value in values if not said(value, other)]:
            return f"it leaves out {lost[0]}"
        if named := [step.entry.tool for step in trace.steps if step.entry.tool in other]:
            return f"it names the tool {named[0]}"
        shown = [reading.value for step in trace.steps for reading in step.readings]
        if told := [value for value in shown if len(str(value)) > 3 and str(value) in other and str(value) not in text]:
            return f"it names {told[0]}, which the user does not know"
        return None


def asks_of(cfg: Mapping[str, Any], speaker: Speaker) -> Scripted | Served:
    """The writer named in the configuration."""
    if cfg["teacher"]["kind"] == "scripted":
        return Scripted(speaker)
    return Served(speaker, cfg["teacher"], endpoint_of(cfg))


def spoken(trace: Trace, span: range) -> list[str]:
    """Every independent value of a span as text, the parts of what is partly read included."""
    steps = [trace.steps[number] for number in span]
    values = [value for step in steps for value in (*step.said.values(), *(value for _, value in partly(step)))]
    return [str(part) for value in values for part in _plain(value) if part not in ("", None)]


def _plain(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [part for inner in value.values() for part in _plain(inner)]
    if isinstance(value, list):
        return [part for inner in value for part in _plain(inner)]
    return [value]


def _told(trace: Trace, span: range) -> str:
    """The calls of a span for a prompt: values that are said, and what is read from which earlier call."""
    lines = []
    for number in span:
        step = trace.steps[number]
        read = [f"{one.parameter} from the answer to call {one.step + 1}, {one.path}" for one in step.readings]
        parts = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in step.said.items()]
        lines.append(f"{number + 1}. {step.entry.tool}: {'; '.join([*parts, *read]) or 'no arguments'}")
    return "\n".join(lines)


def _query() -> str:
    return Path(__file__).with_name("query.md").read_text(encoding="utf-8")
