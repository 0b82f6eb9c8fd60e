"""Instruct: is the call in the asked format, and is it the asked call?

    format = 1 if the answer could be read
    args   = (right name + Σ_a right value of a) / (1 + number of asked arguments)
    score  = (format + args)/2                      an argument too many costs nothing

Behaviour of teval/evaluators/instruct_evaluator.py; the half and half is convert_results.py's.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from prove.benchmarks.t_eval.reading import Unreadable, fields_by, value_in

Call = tuple[Any, Mapping[str, Any]]


def scores(answer: str, style: str, template: Mapping[str, str], truth: Mapping[str, Any]) -> tuple[float, float]:
    """(format, args), each from 0 to 1; (0, 0) where nothing could be read."""
    call = _from_json(answer, template) if style == "json" else _from_words(answer, template)
    if call is None:
        return 0.0, 0.0
    action, args = call
    right = float(action == truth["action"])
    right += sum(args.get(name, "") == value for name, value in truth["args"].items())
    return 1.0, right / (len(truth["args"]) + 1)


def _from_json(answer: str, template: Mapping[str, str]) -> Call | None:
    """An object with the three keys that the template names; its arguments are {} if they are no object."""
    try:
        found = value_in(answer)
        _, action, args = (found[template[name]] for name in ("thought", "action", "args"))
    except (Unreadable, KeyError, IndexError, TypeError):
        return None
    return action, args if isinstance(args, dict) else {}


def _from_words(answer: str, template: Mapping[str, str]) -> Call | None:
    """Arguments that are no Python literal of a dict count as {}, and the format as kept."""
    fields = fields_by(template, answer)
    if fields is None:
        return None
    try:
        args = ast.literal_eval(fields["args"].strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        args = {}
    return fields["action"].strip(), args if isinstance(args, dict) else {}
