"""Joints of sentences: first letters, openings and enumerations.

joined       "Hi," and "Show me the cards."     -> Hi, show me the cards.
             "Hi," and "Mira owes me 20."       -> Hi, Mira owes me 20.
like         "I'd" and "i would"                -> I would
enumerated   a, b, c with " and "               -> a, b and c
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence
from functools import cache

from prove.synthesis.personas import stock

WORD = re.compile(r"\w+")
CAPITALS = frozenset((*calendar.day_name, *calendar.day_abbr, *calendar.month_name, *calendar.month_abbr))
"""Ordinary words that keep their capital."""


def enumerated(words: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    return last.join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def joined(opening: str, text: str, names: Iterable[str] | None = None) -> str:
    """An opening and what follows; after a comma, a colon or a bare word it goes on with a small letter.

    `names`: all names and titles that the text may begin with, so that any other word is an ordinary one; None if they
    are not known, then only an everyday word changes.
    """
    if opening.endswith((".", "!", "?")):
        return f"{opening} {text}"
    ordinary = names is not None and _is_ordinary(_first(text), names)
    return f"{opening} {_small(text) if ordinary else lower(text)}"


def lower(text: str) -> str:
    """With a small letter where the first word is an everyday one: for a text whose names are not known."""
    return _small(text) if _first(text).lower() in _everyday() else text


def _is_ordinary(word: str, names: Iterable[str]) -> bool:
    """Whether a capital is there only because a sentence begins: Planning, not Mira's, March, I'd or McKay."""
    stem = word.partition("'")[0]
    named = {part for name in names for part in WORD.findall(name)}
    return stem.istitle() and stem != "I" and stem not in CAPITALS and stem not in named


def _first(text: str) -> str:
    return re.split(r"[^\w']", text, maxsplit=1)[0]


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def like(model: str, text: str) -> str:
    """With a capital where the model has one."""
    return capital(text) if model[:1].isupper() else text


@cache
def _everyday() -> frozenset[str]:
    """Words a sentence may begin with that are nobody's name."""
    return frozenset(word.lower() for word in (*stock()["verbs"], *stock()["openers"]))
