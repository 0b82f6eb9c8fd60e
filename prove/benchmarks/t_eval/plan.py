"""Plan: how much of the asked sequence of calls the written one has.

    likeness(u, v) = ¾ cos(name_u, name_v) + ¼ cos(args_u, args_v)
    pairs          = the heaviest matching of written and asked steps among likenesses above 0.8
    correct        = the longest run of written steps, in order, whose partners are in order too
    precision, recall, f1 = correct over written, over asked, their harmonic mean

Behaviour of teval/evaluators/planning_evaluator.py (`bertscore`). An oddity of it is kept: a step without a partner is
a run of one, so that any plan that can be read has at least one correct step. **Ours**: a plan of FinishAction alone,
with which the original stops in an error, is a plan without steps and scores 0.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx

from prove.benchmarks.t_eval.reading import Unreadable, value_in
from prove.benchmarks.t_eval.similarity import Similarity

NAME, ARGS, THRESHOLD = 0.75, 0.25, 0.8  # the original's
FINISH = "FinishAction"


@dataclass(frozen=True)
class PlanStep:
    """One call of a plan; `args` as text."""

    id: int
    name: str
    args: str


Plan = Sequence[PlanStep]


def listed(text: Any) -> list[PlanStep]:
    """A list of {name, id, args}; none if it is no such list, or one of its members is not."""
    try:
        steps = value_in(text, "[", "]")
        if not isinstance(steps, list):
            return []
        return [PlanStep(int(one["id"]), str(one["name"]), str(one["args"])) for one in steps]
    except (Unreadable, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError):
        return []


def mentioned(text: str, functions: Collection[str]) -> list[PlanStep]:
    """A step for each line or sentence that names a function: the first it names, the whole line as arguments."""
    steps: list[PlanStep] = []
    for line in text.replace(". ", "\n").split("\n"):
        places = {name: line.find(name) for name in functions if name in line}
        if places:
            steps.append(PlanStep(len(steps), min(places, key=places.__getitem__), line))
    return steps


def scores(written: Plan, asked: Plan, similar: Similarity) -> tuple[float, float, float]:
    """(precision, recall, f1)."""
    ours, theirs = _body(written), _body(asked)
    if not ours or not theirs:
        return 0.0, 0.0, 0.0
    correct = longest_run(_partners(ours, theirs, similar))
    recall, precision = correct / len(theirs), correct / len(ours)
    return precision, recall, 2 * recall * precision / (recall + precision)


def _body(plan: Plan) -> Plan:
    """In the order of the ids, without the end."""
    steps = sorted(plan, key=lambda step: step.id)
    return steps[:-1] if steps and steps[-1].name == FINISH else steps


def _partners(ours: Plan, theirs: Plan, similar: Similarity) -> list[int]:
    """For each written step the position of the asked one that it is matched with, -1 if there is none."""
    names = similar([step.name for step in ours], [step.name for step in theirs])
    args = similar([step.args for step in ours], [step.args for step in theirs])
    likeness = NAME * names + ARGS * args
    graph = nx.Graph()
    for row in range(len(ours)):
        for column in range(len(theirs)):
            if likeness[row, column] > THRESHOLD:
                graph.add_edge(row, str(column), weight=likeness[row, column])
    pairs = (pair if isinstance(pair[0], int) else pair[::-1] for pair in nx.max_weight_matching(graph))
    partners = {row: int(column) for row, column in pairs}
    return [partners.get(row, -1) for row in range(len(ours))]


def longest_run(partners: Sequence[int]) -> int:
    """The longest increasing subsequence; -1 never goes on, but counts as a run of its own."""
    lengths: list[int] = []
    for place, partner in enumerate(partners):
        before = [lengths[one] for one in range(place) if -1 < partners[one] < partner]
        lengths.append(1 + max(before, default=0))
    return max(lengths)
