"""The answer that T-Eval's own ground truth would write to a question: the ceiling, and a check of the scorers.

It scores 1 on every dimension (0.99999 where arguments are counted, see steps). Less can only come from the data: a str
plan cannot say a function whose name begins with another one's name, say.
"""

from __future__ import annotations

import json
from typing import Any

from prove.benchmarks.t_eval.plan import listed
from prove.benchmarks.t_eval.questions import Question
from prove.benchmarks.t_eval.steps import next_step

THOUGHT = "I make the asked call."


def gold(question: Question) -> str:
    """The right answer in the asked style."""
    if question.file == "instruct":
        return _call(question)
    if question.file == "review_str":
        return f"Answer: {question.truth}"
    if question.file.startswith("plan"):
        return _text(question.truth) if question.style == "json" else _lines(question.truth)
    step = next_step(question.truth, question.style)
    if question.style == "json" or step is None:
        return _text(question.truth)
    return {"reason": step.thought, "retrieve": step.name, "understand": str(step.args)}[question.dimensions[0]]


def _text(truth: Any) -> str:
    return truth if isinstance(truth, str) else json.dumps(truth, ensure_ascii=False)


def _call(question: Question) -> str:
    words, action, args = question.template, question.truth["action"], question.truth["args"]
    if question.style == "json":
        return json.dumps({words["thought"]: THOUGHT, words["action"]: action, words["args"]: args}, ensure_ascii=False)
    fields = {"thought": THOUGHT, "action": action, "args": repr(args)}
    return "".join(f"{words[f'{name}_start']}{text}{words[f'{name}_end']}" for name, text in fields.items())


def _lines(truth: Any) -> str:
    """A line per step: its name, then its arguments without what would end the line."""
    return "\n".join(f"{step.name} {' '.join(step.args.split()).replace('. ', ' ')}" for step in listed(truth))
