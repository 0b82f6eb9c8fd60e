"""How close two interfaces and two worlds are: values in, values out.

jaccard(a, b) = |a ∩ b| / |a ∪ b| over parameter names; an entity of ours is shared if its words, in their order, are a
whole string of theirs, or stand inside one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from servers.names import FIRST, LAST

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
TOKEN = re.compile(r"[^\W_]+(?:[_\-'.@+&]+[^\W_]+)*")
DATE = re.compile(r"\d{4}-\d\d(-\d\d)?(T[\d:]+)?")
NUMBERED = re.compile(r"([A-Z]+[-_]?)\d{2,}")
KINDS = ("person names", "addresses", "e-mails", "phones", "ids", "other text")


@dataclass(frozen=True)
class Signature:
    """A tool as a model sees it: its name and the names of its parameters."""

    name: str
    parameters: frozenset[str]


def parts(name: str) -> list[str]:
    """The words of an identifier: getZipcode_basedOnCity -> get, zipcode, based, on, city."""
    return [part.lower() for part in PART.findall(name)]


def words(name: str) -> tuple[str, ...]:
    """What is left of a name when style, order and numbers are taken away."""
    return tuple(sorted({part for part in parts(name) if not part.isdigit()}))


def normal(signature: Signature) -> frozenset[str]:
    """Parameter names in one style: propertyId and property_id are the same."""
    return frozenset("_".join(parts(name)) for name in signature.parameters)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / len(first | second) if first or second else 0.0


def nearest(ours: Signature, theirs: Iterable[Signature]) -> tuple[float, str]:
    """The highest similarity of parameter names, and the tool that has it."""
    return max((jaccard(normal(ours), normal(other)), other.name) for other in theirs)


def key(text: str) -> str:
    """The words of a text in their order, without case and punctuation; ids and e-mail addresses stay whole."""
    return " ".join(TOKEN.findall(text.casefold()))


def kind(text: str) -> str | None:
    """What sort of entity a string is; None for dates, bare numbers, plain words and labels such as seat 12A."""
    if DATE.fullmatch(text) or not TOKEN.search(text):
        return None
    if re.fullmatch(r"\+?[\d ()-]{8,}", text):
        return "phones"
    if not re.search(r"[^\W\d_]", text):
        return None
    return _kind_of_word(text) if len(text.split()) == 1 else _kind_of_words(text)


def _kind_of_word(text: str) -> str | None:
    if "@" in text.strip("@"):
        return "e-mails"
    return "ids" if re.search(r"\d", text) and len(text) > 3 else None


def _kind_of_words(text: str) -> str:
    spoken = text.split()
    if len(spoken) == 2 and spoken[0] in FIRST and spoken[1] in LAST:
        return "person names"
    return "addresses" if re.fullmatch(r"\d+ [A-Z]\w+( [\w,]+){1,4}", text) else "other text"


def shared(entities: Iterable[str], texts: Iterable[str]) -> tuple[set[str], set[str]]:
    """Keys of entities that are a whole text, and keys of those that stand inside one (the whole ones included)."""
    lengths: dict[str, set[int]] = defaultdict(set)
    wanted = set(entities)
    for entity in wanted:
        first, *rest = entity.split(" ")
        lengths[first].add(1 + len(rest))
    whole, inside = set(), set()
    for text in {key(text) for text in texts}:
        whole |= {text} & wanted
        inside |= set(_windows(text.split(" "), lengths)) & wanted
    return whole, inside


def _windows(spoken: list[str], lengths: dict[str, set[int]]) -> Iterable[str]:
    """Runs of words that begin like an entity and are as long as one."""
    for start, first in enumerate(spoken):
        for length in lengths.get(first, ()):
            if start + length <= len(spoken):
                yield " ".join(spoken[start : start + length])


def prefixes(texts: Iterable[str]) -> set[str]:
    """What stands before the number in ids such as ACC-30417."""
    return {found[1] for found in _numbered(texts)}


def shapes(texts: Iterable[str]) -> set[str]:
    """Forms of such ids: ACC-30417 -> AAA-99999."""
    return {re.sub(r"\d", "9", re.sub(r"[A-Z]", "A", found[0])) for found in _numbered(texts)}


def _numbered(texts: Iterable[str]) -> Iterable[re.Match[str]]:
    for text in texts:
        for token in TOKEN.findall(text):
            if found := NUMBERED.fullmatch(token):
                yield found
