"""How one user says values: dates in words that mean one value only, amounts, choices and lists.

    value    2026-08-21               -> Friday                       today is Tuesday, 18 August 2026
    phrase   the demo on 2026-08-21   -> the demo on Friday           how an entity is named
    fill     "Put it at {start}."     -> Put it tomorrow at 8 am.     prepositions follow the words

What is said means one value only. **Ours**: the paper (3.2) gives a reference date; which words are said for a date is
decided here and in speech.yaml.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prove.synthesis.dates import ISO, SPANS, kind_of, means, parts
from prove.synthesis.personas import Persona
from prove.synthesis.prepositions import date_words, repaired, span_words
from prove.synthesis.sentences import capital, enumerated
from prove.synthesis.shield import NAMED, Shield
from prove.synthesis.wording import SLOT

WITH_DATE = re.compile(rf"\b(on|of|from) ({ISO['day'].pattern})(?=$|[ ,?!]|\.(?!\w))")
MONEY = re.compile(r"amount|price|euros|budget|monthly_limit|currency|\bcost", re.I)


class Voice:
    """A persona's words for values. Without a known clock (`today` empty) dates are said as they are written."""

    def __init__(self, persona: Persona, today: str, rng: random.Random):
        """`today`: the world's clock, "2026-03-14T09:30"."""
        self.persona, self.today, self.rng = persona, today, rng

    def value(self, parameter: str, schema: Mapping[str, Any], value: Any) -> str | None:
        """Words for one argument; None for what nobody says (a boolean, an object, nothing).

        A date is reworded only where the schema asks for one (`format` or `pattern`), an underscore is a space only
        in a choice (`enum`); any other text is said letter by letter.
        """
        if hasattr(value, "says"):
            return self.phrase(self.rng.choice(value.says))
        if isinstance(value, (list, tuple)):
            return self._listed(parameter, schema, value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(parameter, schema, value)
        if not isinstance(value, str):
            return None
        if any(value in branch.get("enum", ()) for branch in _branches(schema)):
            return value.replace("_", " ")
        kind = kind_of(value)
        dated = kind and any("format" in branch or "pattern" in branch for branch in _branches(schema))
        return self._said(kind, value) if kind and dated else value

    def phrase(self, text: str) -> str:
        """How an entity is named, with the dates in it reworded: "the demo on 2026-06-04" -> "the demo on 4 June"."""
        if kind := kind_of(text):
            return self._said(kind, text)
        shield = Shield(text, NAMED)
        told = WITH_DATE.sub(lambda match: f"{match[1]} {date_words(self._said('day', match[2]))}", shield.text)
        return shield.restore(repaired(told))

    def fill(self, text: str, words: Mapping[str, str], values: Mapping[str, Any] | None = None) -> str:
        """An utterance with its slots filled by words, prepositions put right and the first letter a capital.

        `values`: the arguments the words stand for; only words of a date or of a length of time are fitted in.
        """
        values = values or {}
        told = repaired(SLOT.sub(lambda slot: self._marked(words[slot[1]], values.get(slot[1])), text))
        first = SLOT.match(text)
        literal = first and isinstance(values.get(first[1]), str) and not kind_of(values[first[1]])
        return told if literal else capital(told)

    def does(self, habit: str) -> bool:
        """Whether a habit shows this time."""
        return self.rng.random() < self.persona.rates.get(habit, 0)

    def drawn(self, weights: Mapping[str, float]) -> list[str]:
        """All options in random order, the heavier ones sooner."""
        return sorted(weights, key=lambda option: -(self.rng.random() ** (1 / weights[option])))

    def _said(self, kind: str, value: str) -> str:
        """A date in one of the persona's forms, the first of a draw that has no other meaning."""
        if not self.today:
            return value
        for form in self.drawn(self.persona.forms[kind]):
            words = form.format_map(self._parts(kind, value))
            if means(words, self.today) == {value}:
                return words
        return value

    def _parts(self, kind: str, value: str) -> dict[str, str]:
        """What the forms of a kind are made of; those of a moment hold its time and its day in words."""
        if kind != "moment":
            return parts(kind, value, self.today)
        day, time = value.split("T")
        said = {"raw": value, "iso_day": day, "iso_time": time, "time": self._said("time", time)}
        return parts("day", day, self.today) | said | {"day": self._said("day", day)}

    def _listed(self, parameter: str, schema: Mapping[str, Any], values: Sequence[Any]) -> str | None:
        items = next((branch["items"] for branch in _branches(schema) if "items" in branch), {})
        words = [self.value(parameter, items, value) for value in values]
        told = [word if not re.search(r", | and ", word) else f"'{word}'" for word in words if word is not None]
        last = self.drawn(self.persona.forms["list"])[0]
        return enumerated(told, last) if told and len(told) == len(values) else None

    def _number(self, parameter: str, schema: Mapping[str, Any], value: float) -> str:
        """Money may be written with cents or a thousands comma; no other number is touched."""
        told = " ".join([parameter, *(str(branch.get("description", "")) for branch in _branches(schema))])
        if not MONEY.search(told):
            return str(value)
        cents = isinstance(value, float) and round(value, 2) == value and self.does("cents")
        comma = "," if value >= 1000 and self.does("comma") else ""
        if cents or (comma and isinstance(value, int)):
            return f"{value:{comma}.2f}" if cents else f"{value:{comma}}"
        return str(value)

    def _marked(self, words: str, value: Any) -> str:
        if _dated(value) and self.today and means(words, self.today):
            return date_words(words)
        if words == str(value) and not isinstance(value, bool) and value in SPANS and self.does("span"):
            return span_words(words)
        return words


def _dated(value: Any) -> bool:
    texts = value.says if hasattr(value, "says") else [value]
    return any(isinstance(text, str) and kind_of(text) for text in texts)


def _branches(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema and what its anyOf, oneOf and allOf hold."""
    yield schema
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(word, ()):
            yield from _branches(branch)
