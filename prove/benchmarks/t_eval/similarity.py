"""How alike two texts are, from 0 to 1: where T-Eval asks a sentence transformer.

    a folder or name    cosine of a sentence transformer's embeddings, as the original (all-mpnet-base-v2 for English)
    words (**ours**)    cosine of word counts; needs nothing, and gives other numbers

The original asks it in plan (names and arguments of steps) and in reason (thoughts), nowhere else: instruct, retrieve,
understand and review do not depend on this choice.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import metadata, util

import numpy as np

WORDS = "words"
WORD = re.compile(r"[^\W_]+")
Similarity = Callable[[Sequence[str], Sequence[str]], np.ndarray]
"""n texts, m texts -> [n, m]."""


def similarity_of(name: str) -> Similarity:
    """ValueError: it needs what is not here."""
    if name == WORDS:
        return by_words
    check_similarity(name)
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(name, device="cpu")
    except (OSError, ValueError) as error:
        raise ValueError(f"benchmark.similarity={name} is no sentence transformer: {str(error)[:200]}") from None
    return lambda left, right: cosines(model.encode(list(left)), model.encode(list(right)))


def check_similarity(name: str) -> None:
    """ValueError: sentence-transformers is wanted and not installed."""
    if name != WORDS and util.find_spec("sentence_transformers") is None:
        raise ValueError(
            f"benchmark.similarity={name} needs `pip install sentence-transformers==6.2.0`; "
            "benchmark.similarity=words needs nothing, but its plan, reason and overall are not T-Eval's"
        )


def described(name: str) -> str:
    """For the rows."""
    if name == WORDS:
        return "similarity words (ours)"
    return f"similarity {name} (sentence-transformers {metadata.version('sentence-transformers')})"


def cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Of every row of one with every row of the other; what points apart counts as 0."""
    one, other = (each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-12) for each in (left, right))
    return np.maximum(one @ other.T, 0.0)


def by_words(left: Sequence[str], right: Sequence[str]) -> np.ndarray:
    """Cosines of word counts, case aside; texts without words are alike if they are the same."""
    return np.array([[_alike(one, other) for other in right] for one in left])


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    ours, theirs = (Counter(WORD.findall(text.casefold())) for text in (one, other))
    common = sum(ours[word] * theirs[word] for word in ours.keys() & theirs.keys())
    size = math.sqrt(sum(n * n for n in ours.values()) * sum(n * n for n in theirs.values()))
    return common / size if size else 0.0
