"""How varied the user turns are: the language check of a dataset.

    distinct-n      different word n-grams / all, inside a turn; falls as a corpus grows, so also per 1,000 turns
    template        a turn with its values masked: quotes, addresses, ids, numbers, names
    template share  turns whose template another turn has too; turns that the most common 1 % of the templates make up

**Ours:** the paper reports no such check. Masks see form only: a value in small letters without quotes (groceries)
and a name that opens a sentence stay, so that two turns of one template look different.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from math import ceil
from statistics import mean
from typing import Any

BLOCK = 1000
TOP = 20
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_RAW_ID = re.compile(r"\b[A-Z]{2,12}-\d+\b")
_MASKS = (
    (re.compile(r'"[^"]*"|“[^”]*”|(?<!\w)[\'‘].{1,300}?[\'’](?!\w)'), "<quote>"),
    (re.compile(r"(?<!\S)[^\s@]+@\S+\.\w+|https?://\S+|(?<!\S)[#@]\w+"), "<address>"),
    (re.compile(r"(?<!\w)[~.]{0,2}/\S+|(?<![\w-])[\w-]+\.[a-z]\w{1,4}\b"), "<address>"),
    (_RAW_ID, "<id>"),
    (re.compile(r"[€$£+-]?\b\d[\d.,:/T-]*\d\b%?|[€$£+-]?\b\d+(?:st|nd|rd|th)?\b%?"), "<number>"),
    (re.compile(r"(?<![.!?:] )(?<!^)\b(?!I\b)[A-ZÀ-Þ][\w-]*"), "<name>"),
    (re.compile(r"<name>(?:['’]s)?(?:[ ]<name>(?:['’]s)?)+"), "<name>"),
)


def language(turns: Sequence[str]) -> dict[str, Any]:
    """The whole check as numbers for stats.json; shares are 0 for no turns."""
    words = [_WORD.findall(turn.casefold()) for turn in turns]
    return {
        "turns": len(turns),
        "words": _lengths([len(one) for one in words]),
        "distinct": {str(n): _distinct(words, n) for n in (1, 2, 3)},
        "distinct_per_1000_turns": {str(n): _distinct_per_block(words, n) for n in (1, 2, 3)},
        "templates": _templates([template(turn) for turn in turns]),
        "openings": _repeats([" ".join(one[:3]) for one in words]),
        "raw_ids": _share(sum(_RAW_ID.search(turn) is not None for turn in turns), len(turns)),
    }


def template(turn: str) -> str:
    """A turn with its values masked: "Send <number> to <name>, PIN <number>." Names in a row are one name."""
    masked = " ".join(turn.split())
    for pattern, mask in _MASKS:
        masked = pattern.sub(mask, masked)
    return masked


def _templates(templates: Sequence[str]) -> dict[str, Any]:
    counts = Counter(templates)
    common = counts.most_common(ceil(len(counts) / 100))
    return {
        **_repeats(templates),
        "repeated_share": _share(sum(count for count in counts.values() if count > 1), len(templates)),
        "most_common_1_percent_share": _share(sum(count for _, count in common), len(templates)),
    }


def _repeats(items: Sequence[str]) -> dict[str, Any]:
    """How many differ, and the most common with their shares; equally common ones by the alphabet."""
    counts = Counter(items)
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return {
        "different": len(counts),
        "top": [{"text": text, "count": count, "share": _share(count, len(items))} for text, count in top],
    }


def _lengths(lengths: list[int]) -> dict[str, Any]:
    """Words per turn: mean and percentiles, each the length of an actual turn (nearest rank)."""
    ranked = sorted(lengths) or [0]
    ranks = {"min": 0, "p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95, "max": 100}
    percentiles = {name: ranked[max(0, ceil(len(ranked) * rank / 100) - 1)] for name, rank in ranks.items()}
    return {"mean": round(mean(ranked), 2), **percentiles}


def _distinct(words: Iterable[Sequence[str]], n: int) -> float:
    grams = list(chain.from_iterable(zip(*(one[start:] for start in range(n)), strict=False) for one in words))
    return _share(len(set(grams)), len(grams))


def _distinct_per_block(words: Sequence[Sequence[str]], n: int) -> float:
    """The mean over blocks of 1,000 turns in order, a shorter rest left out: comparable between sizes of data."""
    starts = range(0, max(1, len(words) - BLOCK + 1), BLOCK)
    return round(mean(_distinct(words[start : start + BLOCK], n) for start in starts), 4)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
