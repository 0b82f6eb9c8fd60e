"""The scripted teacher with the user's requests reworded by a model: same facts, other words.

    scripted request  →  model  →  every name, number, id and quote still there, none added?  →  said, else as it was

**Ours:** an option. Calls and ground truth stay those of the scripted teacher, so a bad rewording costs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from prove.synthesis import answers
from prove.synthesis.asking import prompt
from prove.synthesis.endpoint import Endpoint
from prove.synthesis.orchestrator import Calls, GiveUp, Invalid, Question, Reply
from prove.synthesis.scripted import Scripted
from prove.synthesis.talk import Talk

FACT = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s,;:!?()]*\d[^\s,;!?()]*|[^\s]+@[^\s,;!?]+|/[^\s,;!?]+")
"""What must neither vanish nor appear: quotes, anything with a digit, addresses, paths."""

WORD = re.compile(r"[^\W\d_]{4,}")
"""A rewording that shares no such word with the message is hardly one."""


@dataclass(frozen=True)
class Rewording:
    """Where to ask, how often, and how much longer a message may get."""

    name: str
    endpoint: Endpoint
    tries: int
    longer: float = 2.0


class Paraphrasing:
    """A teacher for one talk: scripted, with other words."""

    def __init__(self, inner: Scripted, rewording: Rewording, lane: str):
        self.name = f"scripted, reworded by {rewording.name}"
        self._inner = inner
        self._rewording = rewording
        self._lane = lane

    @property
    def template(self) -> str:
        return self._inner.template

    def query(self, talk: Talk) -> str | None:
        text = self._inner.query(talk)
        return text and self._reworded(text, self._inner.words)

    def act(self, talk: Talk) -> Calls | Question | Reply | Invalid | None:
        return self._inner.act(talk)

    def answer(self, talk: Talk, question: str) -> str:
        return self._inner.answer(talk, question)

    def recover(self, talk: Talk) -> GiveUp | None:
        return self._inner.recover(talk)

    def settle(self, talk: Talk) -> bool:
        return self._inner.settle(talk)

    def goes_on(self, talk: Talk) -> bool:
        return self._inner.goes_on(talk)

    def _reworded(self, text: str, kept: Sequence[str]) -> str:
        chars = int(len(text) * self._rewording.longer) + 60
        asked = prompt("paraphrase", text=text, kept=json.dumps([*kept, *facts(text)], ensure_ascii=False), chars=chars)
        said = asked
        for _ in range(self._rewording.tries):
            completion = self._rewording.endpoint.complete([{"role": "user", "content": said}], lane=self._lane)
            value = answers.object_of(completion)
            other = value.get("message") if isinstance(value, dict) else None
            fault = unfaithful(text, other, kept, chars) if isinstance(other, str) else "it is not the JSON asked for"
            if fault is None:
                return str(other).strip()
            said = f"{asked}\n\n{prompt('again', reason=fault)}"
        return text


def facts(text: str) -> list[str]:
    """What must not change in a message, in order."""
    return [fact.rstrip(".") for fact in FACT.findall(text)]


def unfaithful(text: str, other: str, kept: Sequence[str], chars: int) -> str | None:
    """Why a rewording cannot be used; None if it can."""
    other = other.strip()
    if not other or len(other) > chars or "\n" in other:
        return f"it must be one paragraph of at most {chars} characters"
    lost = [words for words in kept if words.casefold() not in other.casefold()]
    if lost:
        return f"it leaves out {lost[0]}"
    words, others = (set(WORD.findall(one.casefold())) for one in (text, other))
    if words and not words & others:
        return "it does not ask for the same thing"
    changed = sorted(set(facts(text)) ^ set(facts(other)))
    return f"{changed[0]} must be in both or in neither" if changed else None
