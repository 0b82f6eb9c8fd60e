"""Rename augmentation: the same episode in other words, so that the policy reads names instead of remembering them.

    find_payee(name)   "payee Mira Holt"    PAY-48213   {"payee_id":…}
    locate_lantern(name) "lantern Mira Holt" KRU-48213  {"lantern_id":…}      consistently, everywhere in the episode

Works on the rendered text. What belongs to the protocol (turn headers, tags, the keys of a call, JSON's own words)
is never touched: `wake_call` renamed blindly would turn `<tool_call>` into garbage.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any

LOOKUPS = (
    ("find", "lookup", "search", "locate", "query", "seek"),
    ("get", "show", "fetch", "read", "check", "view"),
    ("list", "browse", "enumerate"),
)
VERBS = frozenset(verb for family in LOOKUPS for verb in family)
KEPT = frozenset(
    "call tool response name arguments status error user assistant system true false null date time start end amount "
    "and the for from with not you your this that all any are can has have was will into done found type text".split()
)
PROTOCOL_OR_WORD = re.compile(r'(<\|\w+\|>(?:\w+\n)?|</?tool_\w+>|"name":|"arguments":)|[A-Za-z]+')
ID_PREFIX = re.compile(r"\b[A-Z]{2,4}(?=-\d)")


@dataclass
class Renaming:
    """Shares: of the episodes, and inside one of words, of lookup verbs, of id prefixes, of invented words."""

    episodes: float
    words: float
    verbs: float
    prefixes: float
    invented: float


def rename(text: str, row: dict[str, Any], shares: Renaming, nouns: list[str], random: Random) -> str:
    """The rendered conversation of `row` with names, words and id prefixes replaced; `nouns` are words to use."""
    if random.random() >= shares.episodes:
        return text
    text = _swap_verbs(text, row, shares.verbs, random)
    text = _swap_words(text, _new_words(text, row, shares, nouns, random))
    return _swap_prefixes(text, shares.prefixes, random)


def nameable(row: dict[str, Any]) -> set[str]:
    """Words of the offered tool and argument names that may be renamed. A tool's verb only if the user says it too:
    else the sentence, which keeps its own verb, would no longer lead to the tool."""
    said = {word for message in row["messages"] if message["role"] == "user" for word in _words(message["content"])}
    found = set()
    for function in _functions(row):
        verb, *others = _words(function["name"])
        arguments = function.get("parameters", {}).get("properties", {})
        found.update(others, *(_words(argument) for argument in arguments), {verb} & said)
    plurals = {word + "s" for word in found}  # these follow their singular
    return {word for word in found - KEPT - VERBS - plurals if len(word) > 2}


def _new_words(text: str, row: dict, shares: Renaming, nouns: list[str], random: Random) -> dict[str, str]:
    taken, chosen = set(_words(text)), {}
    for word in sorted(nameable(row)):
        if random.random() < shares.words:
            new = _invented(random) if random.random() < shares.invented else random.choice(nouns)
            if new not in taken and new + "s" not in taken:
                taken.add(new)
                chosen[word] = new
    return chosen


def _swap_words(text: str, new: dict[str, str]) -> str:
    """Singular, plural and capitalised forms follow their word."""
    forms = {form + plural: to + plural for form, to in new.items() for plural in ("", "s")} | new
    forms |= {form.capitalize(): to.capitalize() for form, to in forms.items()}
    return PROTOCOL_OR_WORD.sub(lambda found: found[0] if found[1] else forms.get(found[0], found[0]), text)


def _swap_verbs(text: str, row: dict[str, Any], share: float, random: Random) -> str:
    """Another verb of the family in a lookup tool's name only; the sentence keeps its own."""
    taken, new = {function["name"] for function in _functions(row)}, {}
    for name in sorted(taken):
        verb, _, rest = name.partition("_")
        family = next((family for family in LOOKUPS if verb in family), None)
        if rest and family and random.random() < share:
            other = f"{random.choice(family)}_{rest}"
            if other not in taken:
                taken.add(other)
                new[name] = other
    return re.sub(r"\b[a-z]\w*_\w+\b", lambda found: new.get(found[0], found[0]), text) if new else text


def _swap_prefixes(text: str, share: float, random: Random) -> str:
    letters = "ABCDEFGHIKLMNOPRSTUVWXZ"
    old = sorted(set(ID_PREFIX.findall(text)))
    new = {prefix: "".join(random.choices(letters, k=3)) for prefix in old if random.random() < share}
    return ID_PREFIX.sub(lambda found: new.get(found[0], found[0]), text)


def _invented(random: Random) -> str:
    return "".join(random.choice("bdfgklmnprstvz") + random.choice("aeiou") for _ in range(random.choice((2, 3))))


def _functions(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [tool.get("function", tool) for tool in row.get("tools") or ()]


def _words(text: str) -> list[str]:
    return re.findall("[a-z]+", text.lower())
