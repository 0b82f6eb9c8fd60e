"""The reward of PROVE: its worked examples, and the alignment against a search of all assignments."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.rewards import alignment as alignment_module
from prove.rewards.alignment import agrees, align, matches
from prove.rewards.prove import Weights, arg, coverage, efficiency, judge, name, score, validity
from prove.types import ExecutedCall, GroundTruth, RewardBreakdown, Step, ToolCall

PAPER = Weights(w_val=0.5, w_cov=0.5, w_eff=0.15, w_name=0.2, w_arg=0.1, alpha=0.5, beta=0.5)


def schema(tool: str) -> dict:
    parameters = {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "memo": {"type": "string"}},
        "required": ["x"],
    }
    return {"type": "function", "function": {"name": tool, "description": "", "parameters": parameters}}


TOOLS = [schema(tool) for tool in "abcde"]


def call(tool: str, ok: bool = True, **arguments) -> ExecutedCall:
    return ExecutedCall(tool, arguments or {"x": 1}, ok)


def truth(*steps: str, edges: tuple = ()) -> GroundTruth:
    """truth("a", "bc") = first a, then b and c in parallel, each with x = 1."""
    return GroundTruth(tuple(Step(tuple(ToolCall(tool, {"x": 1}) for tool in step)) for step in steps), tuple(edges))


CHAIN = truth("a", "b", "c", "d", edges=((0, 1), (1, 2), (2, 3)))
BROKEN = ExecutedCall("", {}, False, error="no JSON")


def reward(calls: list[ExecutedCall], ground_truth: GroundTruth = CHAIN, weights: Weights = PAPER) -> RewardBreakdown:
    return score(calls, ground_truth, TOOLS, weights)


def test_a_perfect_episode_gets_the_largest_reward():
    result = reward([call(tool) for tool in "abcd"])
    assert result.total == pytest.approx(1.3) and result.exact
    assert result.numbers() == pytest.approx(
        {"validity": 1, "coverage": 1, "efficiency": 0, "name": 1, "arg": 1, "total": 1.3, "exact": 1}
    )


def test_one_right_call_then_stop_gets_0_925():
    assert reward([call("a")]).total == pytest.approx(0.925)


def test_three_right_calls_then_stop_get_1_175():
    assert reward([call(tool) for tool in "abc"]).total == pytest.approx(1.175)


def test_three_right_calls_and_one_failed_attempt_get_less_than_stopping():
    result = reward([call("a"), call("b"), call("c"), call("c", ok=False)])
    assert result.total == pytest.approx(1.133, abs=5e-4)


@pytest.mark.parametrize(
    ("tried", "level"),
    [
        (call("z"), 0),
        (BROKEN, 0),
        (call("a", memo="no x"), 1),
        (call("a", x="one"), 1),
        (call("a", x=True), 1),
        (call("a", x=1, memo=2), 1),
        (call("a", ok=False), 2),
        (call("a", x=1, other=2), 3),
        (call("a", x=2), 3),
    ],
)
def test_validity_counts_thirds_and_each_only_if_the_one_before_holds(tried, level):
    assert reward([tried]).validity == pytest.approx(level / 3)


def test_validity_is_the_mean_over_all_calls():
    assert validity(judge([call("a"), call("a", ok=False), BROKEN], TOOLS)) == pytest.approx((1 + 2 / 3) / 3)


def test_no_call_at_all_scores_nothing():
    result = reward([])
    assert not any(result.numbers().values())


def test_four_ground_truth_calls_have_a_budget_of_six():
    assert efficiency(6, 4, alpha=0.5, beta=0.5) == 0
    assert efficiency(7, 4, alpha=0.5, beta=0.5) == pytest.approx(-0.5 / 6)
    assert efficiency(5, 4, alpha=0.5, beta=0.0) == pytest.approx(-0.5 / 4)


def test_the_budget_does_not_grow_by_a_rounding_error():
    assert efficiency(33, 25, alpha=1.0, beta=0.28) == pytest.approx(-1 / 32)


def test_three_parallel_calls_in_one_step_are_no_excess():
    result = reward([call(tool) for tool in "cab"], truth("abc"))
    assert result.efficiency == 0 and result.coverage == 1 and result.exact


def test_a_flat_budget_is_a_weight_not_a_rule():
    flat = Weights(**{**vars(PAPER), "beta": 0.0})
    calls = [call(tool) for tool in "aabcd"]
    assert reward(calls).efficiency == 0
    assert reward(calls, weights=flat).efficiency == pytest.approx(-0.125)


def test_a_step_of_parallel_calls_counts_only_when_all_of_them_are_made():
    result = reward([call("a"), call("b")], truth("ab", "cd"))
    assert result.coverage == 0.5
    assert reward([call("a")], truth("ab", "cd")).coverage == 0
    assert reward([call("a")], truth("ab", "cd")).arg == 1


def test_the_last_call_of_a_step_must_come_before_the_first_of_its_dependent():
    ground_truth = truth("ab", "cd", edges=((0, 1),))
    assert reward([call(tool) for tool in "bacd"], ground_truth).coverage == 1
    assert reward([call(tool) for tool in "acbd"], ground_truth).coverage == 0.5


def test_a_step_without_its_predecessor_is_not_covered():
    assert reward([call(tool) for tool in "bcd"]).coverage == 0.5
    assert reward([call("d")]).coverage == 0


def test_independent_steps_may_come_in_any_order():
    assert reward([call(tool) for tool in "dcba"], truth("a", "b", "c", "d")).coverage == 1


def test_an_early_attempt_does_not_spoil_the_right_order_that_follows():
    assert reward([call(tool) for tool in "babcd"]).coverage == 1


def test_one_call_answers_one_ground_truth_call():
    assert reward([call("a")], truth("a", "a")).coverage == 0.5


def test_a_call_without_a_ground_truth_argument_matches_nothing():
    assert reward([call("a", memo="m")], truth("a")).coverage == 0
    assert reward([call("a", x=9, memo="m")], truth("a")).coverage == 1


def test_name_is_the_share_of_calls_whose_tool_the_ground_truth_uses():
    assert name([call("a"), call("e"), BROKEN, call("a")], CHAIN) == 0.5


def test_arg_is_the_mean_share_of_agreeing_arguments_over_aligned_calls():
    ground_truth = GroundTruth((Step((ToolCall("a", {"x": 1, "memo": "m"}),)), Step((ToolCall("b", {}),))))
    assert arg(align([call("a", x=1, memo="n"), call("b")], ground_truth)) == 0.75
    assert arg(align([call("e")], ground_truth)) == 0


def test_of_two_matching_calls_the_one_whose_arguments_agree_is_aligned():
    assert align([call("a", x=2), call("a", x=1)], truth("a")).positions == (1,)


def test_of_equal_calls_the_earliest_is_aligned():
    assert align([call("e"), call("a"), call("a")], truth("a")).positions == (1,)


def test_coverage_goes_before_the_agreement_of_arguments():
    calls = [call("a", x=2), call("b"), call("a", x=1)]
    aligned = align(calls, truth("a", "b", edges=((0, 1),)))
    assert aligned.positions == (0, 1) and coverage(aligned) == 1


def test_aligned_calls_go_before_the_agreement_of_arguments():
    step = Step((ToolCall("a", {"x": 1}), ToolCall("a", {"x": 0, "memo": "m"}), ToolCall("e", {})))
    assert align([call("a", x=1, memo="n"), call("a", x=2)], GroundTruth((step,))).positions == (1, 0, None)


def test_agreement_is_a_share_so_two_of_three_arguments_lose_to_one_of_one():
    long, short = ToolCall("a", {"x": 1, "y": 1, "z": 1}), ToolCall("a", {"x": 1})
    assert align([call("a", x=1, y=1, z=0)], GroundTruth((Step((long,)), Step((short,))))).positions == (None, 0)


def test_a_malformed_call_counts_as_a_call_and_matches_nothing():
    result = reward([call(tool) for tool in "abcd"] + [BROKEN] * 3)
    assert result.efficiency == pytest.approx(-0.5 / 6)
    assert result.coverage == 1 and result.reasons[-1] == "malformed call: no JSON; no ground-truth call"


@pytest.mark.parametrize(
    ("given_value", "wanted", "equal"),
    [
        (200, 200.0, True),
        (" W17 ", "W17", True),
        ("w17", "W17", False),
        (True, 1, False),
        (0, False, False),
        (True, True, True),
        ("200", 200, False),
        (None, None, True),
        (None, 0, False),
        ([1, 2], [1.0, 2], True),
        ([2, 1], [1, 2], False),
        ([1, 2], [1, 2, 3], False),
        ([True], [1], False),
        ({"a": 1, "b": [" x"]}, {"b": ["x"], "a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": True}, {"a": 1}, False),
    ],
)
def test_argument_values_agree_as_json_values(given_value, wanted, equal):
    assert agrees(given_value, wanted) is equal
    assert agrees(wanted, given_value) is equal


def test_abstention_pays_for_not_calling():
    silent, eager = reward([], GroundTruth()), reward([call("a")], GroundTruth())
    assert silent.total == 1 and silent.exact
    assert eager.total == 0 and not eager.exact and eager.validity == 1


def test_an_exact_episode_may_try_and_fail_before_it_succeeds():
    ground_truth = truth("a", "b", edges=((0, 1),))
    assert reward([call("a"), call("b", ok=False), call("b")], ground_truth).exact
    assert reward([call("a"), call("b"), call("e")], ground_truth).exact
    assert not reward([call("a"), call("b", ok=False)], ground_truth).exact
    assert not reward([call("a"), call("b", x=2)], ground_truth).exact
    assert not reward([call("a", ok=False), call("b"), call("a")], ground_truth).exact


def test_every_call_has_one_reason():
    calls = [call("b", x=2), call("z"), call("a", ok=False), call("a", memo="m")]
    assert reward(calls, truth("a", "b", edges=((0, 1),))).reasons == (
        "b: ok; step 1, differs in x, needs step 0 before it",
        "z: unknown tool; no ground-truth call",
        "a: execution failed; step 0, arguments agree",
        "a: x is missing; no ground-truth call",
    )


def test_a_broken_ground_truth_is_refused():
    with pytest.raises(ValueError, match="step 1 has no calls"):
        reward([], truth("a", ""))
    with pytest.raises(ValueError, match=r"edge \[0, 7\] names no step"):
        reward([], truth("a", edges=((0, 7),)))


def test_weights_say_which_number_is_missing_or_unknown():
    with pytest.raises(ValueError, match=r"lacks \['beta'\] and does not know \['betta'\]"):
        Weights.of({"name": "prove", **{key: 1 for key in vars(PAPER) if key != "beta"}, "betta": 1})


# All assignments, by definition

tool_calls = st.builds(
    lambda tool, arguments: ToolCall(tool, arguments),
    st.sampled_from("aab"),
    st.dictionaries(st.sampled_from("xy"), st.integers(0, 1), max_size=2),
)
executed_calls = st.one_of(st.builds(lambda c: ExecutedCall(c.name, c.arguments, True), tool_calls), st.just(BROKEN))


@st.composite
def ground_truths(draw) -> GroundTruth:
    sizes = draw(st.sampled_from([(1,), (2,), (1, 1), (1, 2), (2, 1), (2, 2), (1, 1, 1), (1, 1, 2), (1, 1, 1, 1)]))
    steps = tuple(Step(tuple(draw(tool_calls) for _ in range(size))) for size in sizes)
    ends = st.integers(0, len(steps) - 1)
    return GroundTruth(steps, tuple(draw(st.lists(st.tuples(ends, ends), max_size=4))))


def assignments(calls, wanted, used=frozenset()) -> Iterator[tuple[int | None, ...]]:
    if not wanted:
        yield ()
        return
    free = [p for p, made in enumerate(calls) if p not in used and matches(made, wanted[0])]
    for p in [None, *free]:
        for rest in assignments(calls, wanted[1:], used | {p}):
            yield (p, *rest)


def worth(calls, ground_truth: GroundTruth, positions) -> tuple:
    """The four criteria of one assignment, read off the specification."""
    places = iter(positions)
    mu = [[next(places) for _ in step.calls] for step in ground_truth.steps]

    def covered(g: int) -> bool:
        before = [j for j, after in ground_truth.edges if after == g]
        whole = None not in mu[g] and all(None not in mu[j] for j in before)
        return whole and all(max(mu[j]) < min(mu[g]) for j in before)

    pairs = [(calls[p], gt) for p, gt in zip(positions, ground_truth.calls, strict=True) if p is not None]
    share = [
        Fraction(sum(made.arguments[key] == value for key, value in gt.arguments.items()), len(gt.arguments))
        if gt.arguments
        else Fraction(1)
        for made, gt in pairs
    ]
    earlier = tuple(-len(calls) if p is None else -p for p in positions)
    return sum(covered(g) for g in range(len(mu))), len(pairs), sum(share), earlier


@settings(max_examples=400, deadline=None)
@given(st.lists(executed_calls, max_size=6), ground_truths())
def test_the_alignment_is_the_best_of_all_assignments(calls, ground_truth):
    best = max(assignments(calls, ground_truth.calls), key=lambda positions: worth(calls, ground_truth, positions))
    found = align(calls, ground_truth)
    assert found.positions == best
    assert sum(found.covered) == worth(calls, ground_truth, best)[0]
    assert arg(found) == pytest.approx(
        float(worth(calls, ground_truth, best)[2]) / max(1, sum(p is not None for p in best))
    )


@settings(max_examples=100, deadline=None)
@given(st.lists(executed_calls, max_size=8), ground_truths(), st.randoms(use_true_random=False))
def test_the_score_does_not_depend_on_how_the_ground_truth_is_written(calls, ground_truth, shuffler):
    order = list(range(len(ground_truth.steps)))
    shuffler.shuffle(order)
    steps = tuple(Step(ground_truth.steps[g].calls[::-1]) for g in order)
    edges = tuple((order.index(i), order.index(j)) for i, j in reversed(ground_truth.edges))
    assert reward(calls, GroundTruth(steps, edges)).numbers() == pytest.approx(reward(calls, ground_truth).numbers())


def milliseconds(calls: list[ExecutedCall], ground_truth: GroundTruth) -> float:
    """Processor time of the fastest of three alignments: other work on the machine only slows."""
    times = []
    for _ in range(3):
        start = time.process_time()
        align(calls, ground_truth)
        times.append(1000 * (time.process_time() - start))
    return min(times)


@pytest.mark.parametrize("x", [1, 2])
@pytest.mark.parametrize("edges", [(), tuple((i, i + 1) for i in range(7)), tuple((i + 1, i) for i in range(7))])
def test_a_flood_of_equal_calls_is_aligned_at_once(x, edges):
    ground_truth = truth(*"aaaaaaaa", edges=edges)
    assert coverage(align([call("a", x=x)] * 200, ground_truth)) == 1
    assert milliseconds([call("a", x=x)] * 200, ground_truth) < 50


def test_a_long_episode_full_of_conflicts_is_still_aligned_exactly_and_soon():
    chain = truth(*"abcdeabcdeab", edges=tuple((i, i + 1) for i in range(11)))
    backwards = [call("edcba"[i % 5], x=i % 3) for i in range(60)]
    assert coverage(align(backwards, chain)) == 1
    assert milliseconds(backwards, chain) < 500


def test_past_its_limit_the_search_ends_with_a_sound_alignment_and_always_the_same(monkeypatch):
    draw = random.Random(1)
    calls = [call(draw.choice("ab"), x=draw.randrange(3)) for _ in range(12)]
    ground_truth = truth(*"abababab", edges=((0, 3), (3, 2), (2, 0), (5, 4), (4, 5)))
    exact = worth(calls, ground_truth, align(calls, ground_truth).positions)
    monkeypatch.setattr(alignment_module, "MAX_WORK", 16)
    found = align(calls, ground_truth)
    used = [p for p in found.positions if p is not None]
    assert len(used) == len(set(used)) > 0
    assert worth(calls, ground_truth, found.positions) <= exact
    assert align(calls, ground_truth) == found
