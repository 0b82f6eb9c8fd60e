"""What is counted of one play: the official verdict, and why it is what it is.

accuracy, accuracy@category=base …   the official verdict; of all: the plain mean of the categories, all of one size
inference_error, force_terminated, empty_turn_model_response, instance_state_mismatch, execution_response_mismatch
                                     the official reason of a failure
harness_errors                       no verdict: out of its time or memory, or the harness failed (counts as a failure)
unreadable                           wrote something as a call that the harness could not read (a parse failure)
silent                               calls were wanted and not one could be read
out_of_tokens                        the conversation no longer fitted the model
steps                                answers of the model per conversation
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from prove.benchmarks.bfcl.harness import Item, Played, Verdict
from prove.benchmarks.items import Counts
from prove.parsing import parse_calls

REASONS = (
    "inference_error",
    "force_terminated",
    "empty_turn_model_response",
    "instance_state_mismatch",
    "execution_response_mismatch",
)
PREFIX = "multi_turn:"


def counts_of(item: Item, played: Played, verdict: Verdict, out_of_tokens: bool) -> Counts:
    answers = list(_answers(played.result))
    reason = (verdict.error_type or "").removeprefix(PREFIX)
    read = [_read(answer) for answer in answers]
    numbers = {
        "accuracy": float(verdict.valid),
        **{name: float(reason == name) for name in REASONS},
        "harness_errors": float(played.failed or reason == "harness_error"),
        "unreadable": float(None in read),
        "silent": float(any(item.truth) and not any(read)),
        "out_of_tokens": float(out_of_tokens),
        "steps": float(len(answers)),
    }
    counts = {name: (value, 1.0) for name, value in numbers.items()}
    return {**counts, f"accuracy@category={item.category}": counts["accuracy"]}


def _answers(result: Any) -> Iterator[Any]:
    """Responses of all turns and steps; none of a failed inference, which is a sentence."""
    for turn in result if isinstance(result, list) else ():
        yield from turn


def _read(answer: Any) -> int | None:
    """How many calls the harness reads in an answer; None: there is one that it does not."""
    if not isinstance(answer, list):  # words; a call in them is one that the endpoint could not read either
        return None if parse_calls(answer or "") else 0
    try:
        good = all(isinstance(json.loads(text), dict) for call in answer for text in call.values())
    except (ValueError, TypeError, RecursionError):
        good = False
    return len(answer) if good else None
