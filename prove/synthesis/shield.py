"""A text whose facts are out of reach while the rest of it is reworded.

    "Move 'Q 3' to ACC-7."   ->   "Move □ to □."   -- reworded ->   "Could you move □ to □?"   ->   facts back

Facts are quotes, ids, paths, numbers, words with dots or hyphens, words in capitals, and the names one gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN, PRIVATE = 0xF0000, re.compile("[\U000f0000-\U000ffffd]")
NAMED = r"""(?<!\w)'[^\n]*?'(?!\w)|"[^"\n]*"|“[^”\n]*”|`[^`\n]*`|[\U000f0000-\U000ffffd]"""
FACTS = NAMED + r"""|(?<!\S)\S*[\d@#/_\\{}<>|=~^*+]\S*(?<![.,;:?!)'"])|(?<!\w)\w+(?:[.-]\w+)+|\b[A-Z]{2,}\b"""


class Shield:
    """A text whose facts are out of reach: each is one private character until `restore`."""

    def __init__(self, text: str, facts: str, keep: Iterable[str] = ()):
        literal = [rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(set(keep), key=len, reverse=True) if one]
        self._facts: list[str] = []
        self.text = re.sub("|".join([*literal, facts]), self._hide, text)

    def _hide(self, fact: re.Match[str]) -> str:
        self._facts.append(fact[0])
        return chr(HIDDEN + len(self._facts) - 1)

    def restore(self, text: str) -> str:
        return PRIVATE.sub(lambda hidden: self._facts[ord(hidden[0]) - HIDDEN], text)
