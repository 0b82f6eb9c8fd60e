"""What a user would say of a call's arguments, and what only an earlier answer can give.

said       "Paris", 2, 2024-11-29, 08:30, trending
not said   ids, tokens, keys and slugs by their name or their look, coordinates
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from prove.synthesis.answers import IDENTIFIER
from prove.synthesis.harvest import words_of
from prove.synthesis.propose import is_identifier
from prove.synthesis.trace import leaves

LONG = 24
"""Characters of one word that nobody says."""
DECIMALS = re.compile(r"-?\d+\.\d{4,}")
CODED = re.compile(r"::|[=<>{}|~^]|[A-Z]{3}\.[A-Z]{4}")
"""class::4, base64, BOS.AIRPORT."""


def unsaid(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(parameter, value) for every value inside arguments that no user says; a nested value under its top parameter."""
    for parameter, value in arguments.items():
        yield from ((parameter, inner) for name, inner in leaves(value, parameter) if is_unsaid(name, inner))


def is_unsaid(name: str, value: Any) -> bool:
    """Whether a value is an id by its parameter's name or by its look."""
    if isinstance(value, bool) or value is None or value == "":
        return False
    return _is_unsaid(name, str(value))


@lru_cache(maxsize=100_000)
def _is_unsaid(name: str, text: str) -> bool:
    coded = DECIMALS.fullmatch(text) or CODED.search(text) or IDENTIFIER.fullmatch(text)
    return is_identifier(words_of(name)) or bool(coded) or (len(text) > LONG and not re.search(r"[\s,]", text))


def sayable(name: str, value: Any) -> list[tuple[str, Any]]:
    """The values inside an argument that a user says, each with its own name."""
    return [(key, inner) for key, inner in leaves(value, name) if not is_unsaid(key, inner) and inner is not None]
