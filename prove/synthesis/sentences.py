"""Joints of sentences: first letters, openings and enumerations.

joined       "Hi," + "Show me the cards."     -> Hi, show me the cards.
like         "I'd" and "i would"              -> I would
enumerated   a, b, c with " and "             -> a, b and c
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from prove.synthesis.personas import stock


def enumerated(words: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    return last.join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def joined(opening: str, text: str) -> str:
    """An opening and what follows; after a comma, a colon or a bare word it goes on with a small letter."""
    return f"{opening} {text if opening.endswith(('.', '!', '?')) else lower(text)}"


def _opens(text: str) -> bool:
    """Whether a text begins with an everyday word, so that its first letter may change."""
    return re.split(r"[^\w']", text, maxsplit=1)[0].lower() in _everyday()


def lower(text: str) -> str:
    return text[:1].lower() + text[1:] if _opens(text) else text


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def like(model: str, text: str) -> str:
    """With a capital where the model has one."""
    return capital(text) if model[:1].isupper() else text


@cache
def _everyday() -> frozenset[str]:
    """Words a sentence may begin with that are nobody's name."""
    return frozenset(word.lower() for word in (*stock()["verbs"], *stock()["openers"]))
