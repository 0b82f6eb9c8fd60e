"""How close two worlds are: values in, values out. (Tools: prove.benchmarks.closeness.)

An entity of ours is shared if its words, in their order, are a whole string of theirs, or stand inside one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from prove.benchmarks.closeness import TOKEN, key
from servers.names import FIRST, LAST

DATE = re.compile(r"\d{4}-\d\d(-\d\d)?(T[\d:]+)?")
NUMBERED = re.compile(r"([A-Z]+[-_]?)\d{2,}")
KINDS = ("person names", "addresses", "e-mails", "phones", "ids", "other text")


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
