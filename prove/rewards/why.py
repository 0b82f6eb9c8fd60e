"""The explanation of an episode under any reward: the same functions that make the reward say what they saw.

why(reward, calls, ground truth, tools, ending) -> Explanation        its terms add up to the total of its breakdown
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from prove.rewards import graduated, prove, state
from prove.rewards.alignment import align, members_of, steps_of
from prove.rewards.atomic import Judged
from prove.rewards.choice import Reward
from prove.rewards.explanation import CallWhy, Edge, Explanation, Level, StepWhy, Term
from prove.rewards.pairing import arguments_of
from prove.rewards.syntax import Rules, agrees
from prove.types import Breakdown, Ending, ExecutedCall, GroundTruth

Calls = Sequence[ExecutedCall]


def why(
    reward: Reward, calls: Calls, ground_truth: GroundTruth, tools: Sequence[prove.Schema], ending: Ending
) -> Explanation:
    """Why the episode gets what it gets. ValueError: broken ground truth."""
    breakdown = reward(calls, ground_truth, tools, ending)
    terms = terms_of(reward, breakdown, ground_truth)
    if not ground_truth.steps:
        return Explanation(breakdown, terms, _unwanted(calls, tools))
    if reward.rule == "graduated":
        return _graduated(breakdown, terms, calls, ground_truth, reward.weights)
    weights = reward.weights.path if reward.rule == "state" else reward.weights
    return _path(breakdown, terms, calls, ground_truth, tools, weights)


def terms_of(reward: Reward, breakdown: Breakdown, ground_truth: GroundTruth) -> tuple[Term, ...]:
    """What the total is the sum of; where no call is wanted, the verdict alone."""
    if not ground_truth.steps:
        return (Term("no call wanted", breakdown.total, 1.0),)
    parts = breakdown.components()
    if reward.rule == "graduated":
        return graduated.terms(parts, reward.weights)
    if reward.rule == "state":
        return (*prove.terms(parts, reward.weights.path), state.term(parts["state"], reward.weights))
    return prove.terms(parts, reward.weights)


def _path(
    breakdown: Breakdown,
    terms: tuple[Term, ...],
    calls: Calls,
    ground_truth: GroundTruth,
    tools: Sequence[prove.Schema],
    weights: prove.Weights,
) -> Explanation:
    """By the first paper: validity levels, alignment, order, budget."""
    alignment = align(calls, ground_truth)
    late = alignment.late
    steps = tuple(
        StepWhy(whole, tuple(alignment.positions[a] for a in members), tuple(late.get(g, ())))
        for g, (members, whole) in enumerate(zip(members_of(ground_truth), alignment.covered, strict=True))
    )
    edges = tuple(Edge(j, g, j not in late.get(g, ())) for j, g in ground_truth.edges)
    seen = prove.seen(calls, prove.judge(calls, tools), ground_truth, alignment)
    budget = prove.budget(len(calls), len(ground_truth.calls), weights.beta)
    return Explanation(breakdown, terms, seen, steps, edges, budget)


def _unwanted(calls: Calls, tools: Sequence[prove.Schema]) -> tuple[CallWhy, ...]:
    """Nothing is compared where no call is wanted."""
    nothing = GroundTruth()
    return prove.seen(calls, prove.judge(calls, tools), nothing, align(calls, nothing))


def _graduated(
    breakdown: Breakdown,
    terms: tuple[Term, ...],
    calls: Calls,
    ground_truth: GroundTruth,
    weights: graduated.Weights,
) -> Explanation:
    """By the second paper: how each call is written, whether it was executed, which steps it reaches."""
    judged, places = graduated.found(calls, ground_truth, weights)
    members = members_of(ground_truth)
    reaches = {p: tuple(g for g, place in enumerate(places) if place == p) for p in set(places) - {None}}
    rules = Rules(weights.exact_codes, weights.objects_differ)
    seen = tuple(
        _judged(call, one, ground_truth, rules, reaches.get(position, ()))
        for position, (call, one) in enumerate(zip(calls, judged, strict=True))
    )
    steps = tuple(
        StepWhy(place is not None, tuple(_first(judged, a, place) for a in asked))
        for place, asked in zip(places, members, strict=True)
    )
    edges = tuple(Edge(j, g, _before(places[j], places[g])) for j, g in ground_truth.edges)
    return Explanation(breakdown, terms, seen, steps, edges)


def _judged(
    call: ExecutedCall, one: Judged, ground_truth: GroundTruth, rules: Rules, reaches: tuple[int, ...]
) -> CallWhy:
    levels = (
        Level("tool is wanted", one.syntax.name),
        Level("arguments fit", one.syntax.structure),
        Level("values agree", one.syntax.values),
        Level("executed", float(one.executed)),
    )
    if one.wanted is None:
        words = "its tool is not wanted" if call.name else call.error or "no name"
        return CallWhy(levels, words, arguments=arguments_of(call), reaches=reaches, paid=one.paid)
    step = steps_of(ground_truth)[one.wanted]
    pairs = arguments_of(call, ground_truth.calls[one.wanted], partial(agrees, rules=rules), False)
    return CallWhy(levels, "ok", one.wanted, step, pairs, reaches=reaches, paid=one.paid)


def _before(earlier: int | None, later: int | None) -> bool:
    return earlier is not None and later is not None and earlier < later


def _first(judged: Sequence[Judged], wanted: int, place: int | None) -> int | None:
    """The call that is compared with this ground-truth call; where none is, the one that reaches its step."""
    return next((position for position, one in enumerate(judged) if one.wanted == wanted), place)
