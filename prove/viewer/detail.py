"""One episode with all that explains it: conversation, calls, ground truth, worlds, and every reward that can score it.

An explanation that several rewards share (they differ in weights only) is there once: rewards[name].view is its place
in views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prove.rewards.choice import Reward
from prove.rewards.explanation import Argument, CallWhy, Explanation
from prove.rewards.why import why
from prove.stored import BadLine, StoredEpisode, ending_of
from prove.types import GroundTruth
from prove.viewer.book import STORED, Book, Entry, key_of
from prove.viewer.conversation import pieces
from prove.viewer.tools import tools_of
from prove.viewer.values import number, shown, text
from prove.viewer.worlds import worlds

Detail = dict[str, Any]


def details(book: Book, entries: Sequence[Entry]) -> dict[str, Any]:
    """Several episodes for the page: {"tools": each schema once, "episodes": [detail]}."""
    tools: dict[str, int] = {}
    found = [_numbered(detail(book, entry), tools) for entry in entries]
    return {"tools": list(tools), "episodes": found}


def _numbered(one: Detail, tools: dict[str, int]) -> Detail:
    return {**one, "tools": [tools.setdefault(tool, len(tools)) for tool in one["tools"]]}


def detail(book: Book, entry: Entry) -> Detail:
    """`tools` are texts of JSON here. BadLine, OSError: the line is not there any more."""
    _, side, row = entry
    stored = book.stored(entry)
    line = stored.line
    stats = line.get("stats")
    return {
        "key": key_of(entry),
        "policy": text(line.get("policy")),
        "servers": [text(name) for name in _mapping(line.get("hash_before"))],
        "pieces": pieces(_list(line.get("messages")), stored.calls),
        "calls": [
            {"name": text(c.name), "ok": c.ok, "output": text(c.output), "ms": number(c.ms), "turn": text(c.turn)}
            for c in stored.calls
        ],
        "tools": tools_of(stored.tools),
        "wanted": _wanted(stored.ground_truth),
        "worlds": worlds(line, stored.ground_truth),
        "stats": {text(key): number(value) for key, value in _mapping(stats).items()},
        "stored": number(_mapping(line.get("reward")).get("total")),
        **_explained(stored, {STORED: side.maker, **book.rewards}),
    }


def _explained(stored: StoredEpisode, rewards: Mapping[str, Reward]) -> Detail:
    """{"views", "rewards"}; a reward that cannot score the episode says why."""
    views: list[Detail] = []
    found: dict[str, Detail] = {}
    for name, reward in rewards.items():
        try:
            ending = ending_of(stored.line, reward)
            one = why(reward, stored.calls, stored.ground_truth, stored.tools, ending)
        except (BadLine, ValueError, RecursionError) as error:
            found[name] = {"error": text(str(error))}
            continue
        view = _view(one)
        if view not in views:
            views.append(view)
        found[name] = {"name": reward.name, "rule": reward.rule, "view": views.index(view), **_scored(one)}
    return {"views": views, "rewards": found}


def _scored(one: Explanation) -> Detail:
    """Weights and values in full: the page adds them up, and they must be the total."""
    terms = [{"name": term.name, "value": term.value, "weight": term.weight, "worth": term.worth} for term in one.terms]
    components = {key: number(value) for key, value in one.breakdown.components().items()}
    return {"total": one.breakdown.total, "exact": one.breakdown.exact, "terms": terms, "components": components}


def _view(one: Explanation) -> Detail:
    return {
        "calls": [_call(call) for call in one.calls],
        "steps": [
            {"covered": step.covered, "positions": list(step.positions), "late": list(step.late)} for step in one.steps
        ],
        "edges": [[edge.before, edge.after, edge.kept] for edge in one.edges],
        "budget": vars(one.budget) if one.budget else None,
    }


def _call(call: CallWhy) -> Detail:
    return {
        "levels": [[level.name, level.reached] for level in call.levels],
        "words": text(call.words),
        "wanted": call.wanted,
        "step": call.step,
        "arguments": [_argument(argument) for argument in call.arguments],
        "candidates": [[one.wanted, [text(key) for key in one.missing]] for one in call.candidates],
        "late": list(call.late),
        "reaches": list(call.reaches),
        "paid": call.paid,
    }


def _argument(one: Argument) -> Detail:
    given, wanted = shown(one.given) if one.is_given else None, shown(one.wanted) if one.is_wanted else None
    return {"name": text(one.name), "given": given, "wanted": wanted, "agrees": one.agrees}


def _wanted(ground_truth: GroundTruth) -> list[Detail]:
    """Steps with their turn and their calls; `at`: the place of the first of them among all calls."""
    found, at = [], 0
    for number_, step in enumerate(ground_truth.steps):
        calls = [{"name": text(call.name), "arguments": _pairs(call.arguments)} for call in step.calls]
        turn = ground_truth.turns[number_] if number_ < len(ground_truth.turns) else 0
        found.append({"turn": turn, "at": at, "calls": calls})
        at += len(calls)
    return found


def _pairs(arguments: Mapping[str, Any]) -> list[list[str]]:
    return [[text(key), shown(value)] for key, value in arguments.items()]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
