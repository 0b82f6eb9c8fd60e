"""Reason, retrieve, understand: the thought, the function and the arguments of one next step.

    reason       cos(written thought, asked thought)
    retrieve     json: the same name; str: the asked name is in the text, and no other word.word or FinishAction is
    understand   json: asked arguments that have the asked value, as text, over their number + 1e-5
                 str: the same text, quotation marks around the written one aside

A json answer has all three; a str answer is one of them, and there is none that cannot be read. Behaviour of
teval/evaluators/reason_retrieve_understand_evaluator.py with the v2 data. The 1e-5 is the original's: a right answer
with one argument scores 0.99999. Arguments too many cost nothing, unless none were asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prove.benchmarks.t_eval.plan import FINISH
from prove.benchmarks.t_eval.reading import Unreadable, value_in

FUNCTION = re.compile(rf"\w+\.\w+|{FINISH}")
LITTLE = 1e-5


@dataclass(frozen=True)
class NextStep:
    """`args`: a dict where answers are json, a text where they are str."""

    thought: str
    name: str
    args: Any


def next_step(text: Any, style: str) -> NextStep | None:
    """What an answer or a ground truth says; None if there is no object in it. Missing fields are empty."""
    empty: Any = {} if style == "json" else ""
    try:
        found = value_in(text, "{", "}")
        if not isinstance(found, dict):
            return None
        thought, name, args = str(found.get("thought", "")), str(found.get("name", "")), found.get("args", empty)
        if style == "json":
            return NextStep(thought, name, args if isinstance(args, dict) else {})
        return NextStep(thought, name, str(args))
    except (Unreadable, RecursionError):
        return None


def retrieved(text: str, name: str) -> float:
    """Whether a free text names this function and no other."""
    return float(name in text and all(other == name for other in FUNCTION.findall(text)))


def understood(written: Mapping[str, Any], asked: Mapping[str, Any]) -> float:
    """The share of asked arguments that are right."""
    if not asked:
        return float(not written)
    right = sum(name in written and str(written[name]) == str(value) for name, value in asked.items())
    return right / (len(asked) + LITTLE)


def understood_text(text: str, asked: str) -> float:
    return float(text.strip("'").strip('"') == asked)
