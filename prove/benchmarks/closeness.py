"""How close two tools or two texts are, whatever their style: values in, values out.

names          the same words in any order and style: getStockPrice, stock_get_price_8291
parameters     the same names in one style: propertyId, property_id
jaccard(a, b)  = |a ∩ b| / |a ∪ b|, of the words of descriptions, of the runs of n words of longer texts
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
TOKEN = re.compile(r"[^\W_]+(?:[_\-'.@+&]+[^\W_]+)*")


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


def runs(text: str, length: int) -> frozenset[str]:
    """Every run of so many words; a shorter text is one run."""
    spoken = key(text).split(" ")
    return frozenset(" ".join(spoken[start : start + length]) for start in range(max(1, len(spoken) - length + 1)))


class Texts:
    """Texts among which the nearest to another is found; `length` words make a run."""

    def __init__(self, texts: Sequence[str], length: int):
        self._texts, self._length = texts, length
        self._sizes: list[int] = []
        self._having: dict[str, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            found = runs(text, length)
            self._sizes.append(len(found))
            for run in found:
                self._having[run].append(place)

    def nearest(self, text: str) -> tuple[float, str]:
        """The highest Jaccard similarity of runs, and the text that has it; 0 and nothing where no run is shared."""
        wanted, shared = runs(text, self._length), Counter[int]()
        for run in wanted:
            shared.update(self._having.get(run, ()))
        scored = ((common / (len(wanted) + self._sizes[place] - common), -place) for place, common in shared.items())
        value, place = max(scored, default=(0.0, 1))
        return value, self._texts[-place] if place <= 0 else ""
