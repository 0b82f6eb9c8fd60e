"""Utterances with their slots filled: what the user asks, what the assistant asks back and reports.

"Move {amount} to {to_account_id}."  +  {amount: 200, to_account_id: Reference("my savings account")}
->  "Move 200 to my savings account."
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from prove.synthesis.sampler import Ask, is_reference

SLOT = re.compile(r"{(\w+)}")
MOMENT = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)(?:T(?P<time>\d\d:\d\d))?")
CHOICE = re.compile(r"[a-z]+(?:_[a-z]+)+")
AT_MOMENT = re.compile(r"\bat (\d{1,2} [A-Z][a-z]+ \d{4}), (\d\d:\d\d)")
Words = Callable[[str, Any], str]
"""Words for an argument, by its name and value."""
Fill = Callable[[str, Mapping[str, str], Mapping[str, Any]], str]
"""An utterance with words in its slots, given the values they stand for."""


@dataclass(frozen=True)
class Said:
    """A request in words, and the ask reduced to what it mentions. With a question, the answer is still to be given."""

    text: str
    ask: Ask
    template: str
    question: str = ""
    missing: tuple[str, ...] = ()
    """Words for what the question asks for, in its order."""
    words: tuple[str, ...] = ()
    """Words that stand for values: names, titles, amounts."""


def complete(
    ask: Ask, utterances: Sequence[str], required: set[str], rng: random.Random, words: Words, fill: Fill
) -> Said | None:
    """A request that says everything required; None if no utterance fits."""
    fitting = [text for text in utterances if required <= slots(text) <= set(ask.arguments)]
    if not fitting:
        return None
    text = rng.choice(fitting)
    said = {name: value for name, value in ask.arguments.items() if name in slots(text)}
    spoken = {name: words(name, value) for name, value in said.items()}
    return Said(fill(text, spoken, said), Ask(ask.server, ask.tool, said), text, words=tuple(spoken.values()))


def can_lack(entry: Mapping[str, Any], required: set[str], level: str) -> bool:
    """Whether a tool has an utterance of this level."""
    return any(_lacks(text, entry, required, level) for text in entry.get("vague") or ())


def _lacks(text: str, entry: Mapping[str, Any], required: set[str], level: str) -> bool:
    missing = required - slots(text)
    return set(entry.get("clarify") or {}) >= missing and level_of(required, missing) == level


def lacking(
    ask: Ask, entry: Mapping[str, Any], required: set[str], level: str, rng: random.Random, words: Words, fill: Fill
) -> Said | None:
    """A request that leaves out what its level says, with the question that asks for it; None if none fits.

    missing_required leaves out one of several required arguments, minimal leaves out all of them.
    """
    questions = entry.get("clarify") or {}
    fitting = [
        text
        for text in entry.get("vague") or ()
        if slots(text) <= set(ask.arguments) and _lacks(text, entry, required, level)
    ]
    if not fitting:
        return None
    text = rng.choice(fitting)
    missing = [name for name in questions if name in required - slots(text)]
    kept = slots(text) | set(missing)
    said = {name: value for name, value in ask.arguments.items() if name in kept}
    spoken = {name: words(name, value) for name, value in said.items()}
    question = joined([questions[name] for name in missing])
    answers = tuple(spoken.pop(name) for name in missing)
    return Said(
        fill(text, spoken, said), Ask(ask.server, ask.tool, said), text, question, answers, tuple(spoken.values())
    )


def level_of(required: set[str], missing: set[str]) -> str:
    """The information level of a request that lacks these."""
    if not missing:
        return "complete"
    return "minimal" if missing == required else "missing_required" if len(missing) == 1 else ""


def plain(text: str, words: Mapping[str, str], values: Mapping[str, Any]) -> str:
    """The words as they are."""
    return sentence(SLOT.sub(lambda slot: words[slot[1]], text))


def joined(questions: Sequence[str]) -> str:
    """Several questions in one message: "Which account? And how much should I transfer?" """
    first, *others = questions
    return " ".join([first, *(f"And {text[:1].lower()}{text[1:]}" for text in others)])


def report(
    templates: Sequence[str], result: Mapping[str, Any], rng: random.Random, words: Callable[[Any], str] = str
) -> str:
    """What the assistant says when the calls are done."""
    fitting = [text for text in templates if slots(text) <= set(result)]
    if not fitting:
        return "Done."
    chosen = rng.choice(fitting)
    handles = {slot[1] for slot in SLOT.finditer(chosen) if chosen[: slot.start()].endswith("@")}
    text = SLOT.sub(lambda slot: (str if slot[1] in handles else words)(result[slot[1]]), chosen)
    return AT_MOMENT.sub(r"at \2 on \1", text)


def told(value: Any) -> str:
    """A field of a result as an assistant tells it: whole numbers without a point, dates and choices in words."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str) and (moment := MOMENT.fullmatch(value)):
        day = date.fromisoformat(moment["day"])
        return f"{day.day} {day:%B %Y}" + (f", {moment['time']}" if moment["time"] else "")
    return value.replace("_", " ") if isinstance(value, str) and CHOICE.fullmatch(value) else str(value)


def slots(text: str) -> set[str]:
    return set(SLOT.findall(text))


def spoken(value: Any, choices: bool, rng: random.Random) -> str:
    """A value as it is: a reference by one of its names, and of `choices` (an enum) the underscores as spaces."""
    if is_reference(value):
        return rng.choice(value.says)
    if isinstance(value, str):
        return value.replace("_", " ") if choices else value
    if isinstance(value, list):
        return ", ".join(spoken(item, choices, rng) for item in value)
    return str(value)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
