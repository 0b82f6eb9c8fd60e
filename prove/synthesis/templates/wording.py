"""The scripted user: a trace in words that name every independent value, letter by letter, and no id.

    Search_Car_Location(query=Boston)         "Please find the places to rent a car for Boston.
    Vehicle_Details(vehicle_id=91821 ← [1])    … Then get the details of the second car."

A dependent argument is named by the item it is read from. Tools without phrases are asked for by their name and
description, as those of any server that nobody wrote utterances for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from prove.synthesis.harvest import singular, split
from prove.synthesis.phrases import enumerated, given, orders, told
from prove.synthesis.propose import thing
from prove.synthesis.templates.paths import find
from prove.synthesis.templates.speech import sayable
from prove.synthesis.templates.trace import Reading, Taken, Trace

SHORT = 9
"""Words of an order that is made of a description."""
PART = re.compile(r"[.\[\]]+")
SLOT = re.compile(r"\{(\w+)\}")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Phrases:
    """What is written about the tools of one server; empty for one that nobody wrote of."""

    tools: Mapping[str, Mapping[str, Any]]
    domain: str = ""


@cache
def phrases_of(server: str) -> Phrases:
    path = HERE / "phrases" / f"{server}.yaml"
    if not path.is_file():
        return Phrases({})
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Phrases(value["tools"], value.get("domain", ""))


@cache
def stock() -> dict[str, list[str]]:
    return yaml.safe_load((HERE / "wording.yaml").read_text(encoding="utf-8"))


class Speaker:
    """Puts traces of one server into words."""

    def __init__(self, tools: Mapping[str, Mapping[str, Any]], phrases: Phrases):
        self._tools = tools
        self._phrases = phrases

    def turns(self, trace: Trace, spans: Sequence[range], rng: random.Random) -> tuple[str, ...]:
        """What the user says: one text for each span of steps."""
        return tuple(self._turn(trace, span, rng) for span in spans)

    def _turn(self, trace: Trace, span: range, rng: random.Random) -> str:
        sentences = []
        for number in span:
            first, last = number == span.start, number == span.stop - 1
            kind = ("openings" if number == 0 else "later") if first else "last" if last and len(span) > 2 else "next"
            clause = self.clause(trace, number, rng)
            form = rng.choice(stock()[kind])
            sentences.append(form.replace("{clause}", clause).replace("{Clause}", clause[:1].upper() + clause[1:]))
        return " ".join(sentences)

    def clause(self, trace: Trace, number: int, rng: random.Random) -> str:
        """What is asked of one step, as an order."""
        step = trace.steps[number]
        items = [(reading, self.item(trace, number, reading)) for reading in step.readings]
        words = {name: told(value) for name, value in step.said.items()}
        words |= {reading.parameter: item for reading, item in items if not reading.part}
        form = self._form(step, words, rng)
        slots = set(SLOT.findall(form))
        text = SLOT.sub(lambda slot: words[slot[1]], form)
        left = [(reading, item) for reading, item in items if reading.parameter not in slots and item not in text]
        return text + _rest(step, left, slots)

    def _form(self, step: Taken, filled: Mapping[str, str], rng: random.Random) -> str:
        """A sentence of the tool all of whose slots can be filled; else an order made of its name or description."""
        said = self._phrases.tools.get(step.entry.tool, {}).get("say", ())
        fitting = [form for form in said if set(SLOT.findall(form)) <= set(filled)]
        made = orders(self._tools[step.entry.tool])
        short = [order for order in made if len(order.split()) <= SHORT and not order.endswith(", e")]  # cut at "e.g."
        return rng.choice(fitting or short or made[:1])

    def item(self, trace: Trace, consumer: int, reading: Reading) -> str:
        """The item that a value is read from: "the second car"; where that could be another's, "… for Boston"."""
        step = trace.steps[reading.step]
        noun, which = self._noun(trace, reading), ""
        if reading.items:
            index, ordinals = reading.items[-1][1], stock()["ordinals"]
            alone = len({found.items for found in find(step.recorded.response, reading.path, True)}) == 1
            which = "" if alone else f"{ordinals[index]} " if index < len(ordinals) else f"number {index + 1} "
        of = self._of(trace, consumer, reading, noun)
        return f"{'the' if reading.items or of else 'that'} {which}{noun}{of}"

    def _noun(self, trace: Trace, reading: Reading) -> str:
        """One item of an answer: as it is written, or the name of the list in the singular, or what an id is of."""
        written = self._phrases.tools.get(trace.steps[reading.step].entry.tool, {}).get("noun")
        lists = re.findall(r"(\w+)\[", reading.path)
        named = singular(" ".join(split(lists[-1]))) if lists else " ".join(thing(split(PART.split(reading.path)[-1])))
        return written or named or "result"

    def _of(self, trace: Trace, consumer: int, reading: Reading, noun: str) -> str:
        """Which of several answers is meant, where two steps before have the tool or lately another had such items."""
        steps = trace.steps[:consumer]
        own = trace.steps[reading.step].entry.tool
        alike = sum(step.entry.tool == own for step in steps) > 1
        others = [one for step in trace.steps for one in step.readings if one.step not in (reading.step, consumer)]
        lately = consumer - reading.step > 1 and any(self._noun(trace, one) == noun for one in others)
        if not alike and not lately:
            return ""
        said = next((told(value) for value in steps[reading.step].said.values() if isinstance(value, str)), "")
        return f" for {said}" if said else f" of the {stock()['ordinals'][reading.step]} answer"


def _rest(step: Taken, items: Sequence[tuple[Reading, str]], slots: set[str]) -> str:
    """What the sentence had no place for. Items that differ are told with the names of their parameters."""
    different = list(dict.fromkeys(item for _, item in items))
    values = [given(name, value) for name, value in step.said.items() if name not in slots]
    values += [given(name, value) for name, value in partly(step)]
    if len(different) > 1:
        named = {f"{' '.join(thing(split(reading.parameter)))} {item}": None for reading, item in items}
        return f", with {enumerated([*named, *values])}"
    return (f" for {different[0]}" if different else "") + (f", with {enumerated(values)}" if values else "")


def partly(step: Taken) -> list[tuple[str, Any]]:
    """What is to be said of arguments of which only a part is read: the dates of flights whose airports are known."""
    partial = {reading.parameter for reading in step.readings if reading.part}
    return [leaf for name in sorted(partial) for leaf in sayable(name, step.recorded.arguments[name])]


def reply(rng: random.Random) -> str:
    return rng.choice(stock()["replies"])
