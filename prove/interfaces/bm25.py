"""Okapi BM25 over short texts.

score(q, d) = Σ_{w ∈ q} ln(1 + (N - n_w + ½)/(n_w + ½)) · f(w, d)·(k1 + 1) / (f(w, d) + k1·(1 - b + b·|d|/mean |d|))
N texts, n_w with the word w, f(w, d) times in d, |d| words
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(text: str) -> list[str]:
    """Lower case, parts of names apart, without the s of a plural: listAccounts, list_accounts -> list, account."""
    return [_singular(word.lower()) for word in WORD.findall(text)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


class Index:
    """Texts that can be searched."""

    def __init__(self, texts: Sequence[str], k1: float, b: float):
        self._counts = [Counter(words(text)) for text in texts]
        self._sizes = [sum(counts.values()) for counts in self._counts]
        self._mean = sum(self._sizes) / max(1, len(texts)) or 1.0
        self._having = Counter(word for counts in self._counts for word in counts)
        self._k1, self._b = k1, b

    def best(self, query: str, most: int) -> list[int]:
        """Positions of the texts that fit best, best first; those with none of the words are left out."""
        wanted = set(words(query))
        scored = [(self._score(wanted, place), place) for place in range(len(self._counts))]
        found = sorted((-score, place) for score, place in scored if score > 0)
        return [place for _, place in found[:most]]

    def _score(self, wanted: set[str], place: int) -> float:
        counts, long = self._counts[place], 1 - self._b + self._b * self._sizes[place] / self._mean
        return sum(
            self._rarity(word) * counts[word] * (self._k1 + 1) / (counts[word] + self._k1 * long)
            for word in sorted(wanted)  # in one order: the sum is the same everywhere
            if word in counts
        )

    def _rarity(self, word: str) -> float:
        having = self._having[word]
        return math.log(1 + (len(self._counts) - having + 0.5) / (having + 0.5))
