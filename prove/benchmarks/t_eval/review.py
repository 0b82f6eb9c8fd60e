"""Review: which of five verdicts (A to E) on a step and its result is right?

The verdict is the first character after the first colon, or of the whole text. Behaviour of
teval/evaluators/review_evaluator.py for str answers; the public data has no others.
"""

from __future__ import annotations

LETTERS = "ABCDE"


def verdict(text: str) -> str | None:
    """None if no letter stands there."""
    text = text[text.find(":") + 1 :].strip()
    return text[0] if text and text[0] in LETTERS else None
