"""The scripted teacher: says an ask the way the server's utterances do, and reports its result."""

from __future__ import annotations

import random
import re
from typing import Any

from prove.synthesis.sampler import Ask, is_reference

SLOT = re.compile(r"{(\w+)}")


def say(ask: Ask, utterances: list[str], required: set[str], rng: random.Random) -> tuple[str, Ask] | None:
    """A sentence and the ask reduced to the arguments it mentions; None if no utterance fits."""
    fitting = [text for text in utterances if required <= slots(text) <= set(ask.arguments)]
    if not fitting:
        return None
    text = rng.choice(fitting)
    said = {name: value for name, value in ask.arguments.items() if name in slots(text)}
    words = {name: ask.words.get(name) or spoken(value, rng) for name, value in said.items()}
    return sentence(SLOT.sub(lambda slot: words[slot[1]], text)), Ask(ask.server, ask.tool, said)


def report(templates: list[str], result: dict[str, Any], rng: random.Random) -> str:
    """What the assistant says when the calls are done."""
    fitting = [text for text in templates if slots(text) <= set(result)]
    if not fitting:
        return "Done."
    return SLOT.sub(lambda slot: str(result[slot[1]]), rng.choice(fitting))


def slots(text: str) -> set[str]:
    return set(SLOT.findall(text))


def spoken(value: Any, rng: random.Random) -> str:
    """A value as people say it: a reference by one of its names, an enum without underscores."""
    if is_reference(value):
        return rng.choice(value.says)
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, list):
        return ", ".join(spoken(item, rng) for item in value)
    return str(value)


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
