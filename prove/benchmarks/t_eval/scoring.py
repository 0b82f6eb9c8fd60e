"""One answer to one question -> counts: a score per dimension, and whether the answer could be read.

instruct@prompt=json …   from 0 to 1; the means of both prompts are made where tables are (prove.benchmarks.composed)
instruct_format, instruct_args, plan_precision, plan_recall       what instruct and plan are made of, both prompts
unreadable               no call, plan, step or verdict could be read (a parse failure); it scores 0
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from prove.benchmarks.items import Counts
from prove.benchmarks.t_eval import instruct, plan
from prove.benchmarks.t_eval.questions import Question
from prove.benchmarks.t_eval.review import verdict
from prove.benchmarks.t_eval.similarity import Similarity
from prove.benchmarks.t_eval.steps import next_step, retrieved, understood, understood_text


def counts_of(question: Question, answer: str, similar: Similarity, dimensions: Collection[str]) -> Counts:
    """Counts of the dimensions that are asked for; `answer` as reading.cut leaves it."""
    match question.file:
        case "instruct":
            found, readable = _instruct(question, answer)
        case "plan_json" | "plan_str":
            found, readable = _plan(question, answer, similar)
        case "review_str":
            letter = verdict(answer)
            found, readable = {"review": float(letter == question.truth)}, letter is not None
        case _ if question.style == "json":
            found, readable = _step(question, answer, similar)
        case _:
            found, readable = {question.dimensions[0]: _field(question, answer, similar)}, True
    numbers = {
        f"{name}@prompt={question.style}" if name in question.dimensions else name: value
        for name, value in found.items()
        if name in dimensions or name not in question.dimensions
    }
    return {name: (value, 1.0) for name, value in {**numbers, "unreadable": float(not readable)}.items()}


def _instruct(question: Question, answer: str) -> tuple[Mapping[str, float], bool]:
    kept, right = instruct.scores(answer, question.style, question.template, question.truth)
    return {"instruct": (kept + right) / 2, "instruct_format": kept, "instruct_args": right}, kept == 1.0


def _plan(question: Question, answer: str, similar: Similarity) -> tuple[Mapping[str, float], bool]:
    written = plan.listed(answer) if question.style == "json" else plan.mentioned(answer, question.functions)
    precision, recall, f1 = plan.scores(written, plan.listed(question.truth), similar)
    return {"plan": f1, "plan_precision": precision, "plan_recall": recall}, bool(written)


def _step(question: Question, answer: str, similar: Similarity) -> tuple[Mapping[str, float], bool]:
    """Thought, name and arguments of one json answer."""
    written, asked = next_step(answer, "json"), next_step(question.truth, "json")
    if written is None or asked is None:
        return dict.fromkeys(question.dimensions, 0.0), False
    found = {
        "reason": _alike(written.thought, asked.thought, similar),
        "retrieve": float(written.name == asked.name),
        "understand": understood(written.args, asked.args),
    }
    return found, True


def _field(question: Question, answer: str, similar: Similarity) -> float:
    """A str answer is one field, as it stands."""
    asked = next_step(question.truth, "str")
    if asked is None:
        return 0.0
    match question.dimensions[0]:
        case "reason":
            return _alike(answer, asked.thought, similar)
        case "retrieve":
            return retrieved(answer, asked.name)
        case _:
            return understood_text(answer, asked.args)


def _alike(one: str, other: str, similar: Similarity) -> float:
    return min(1.0, float(similar([one], [other])[0, 0]))  # a cosine of floats can be a little more
