"""The second paper's reward: its equations by hand, each fix by the number that it changes, and what always holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prove.reward_files import load_reward
from prove.rewards.choice import Reward
from prove.types import Ending, ExecutedCall, GraduatedBreakdown, GroundTruth, Step, ToolCall

GRADUATED, FIXED, ORIGINAL = map(load_reward, ("graduated", "graduated_fixed", "graduated_original"))
FIXES = [key for key, value in vars(GRADUATED.weights).items() if value is False and key != "objects_differ"]
BROKEN = ExecutedCall("", {}, False, error="no JSON")


def call(tool: str, ok: bool = True, output: str = "", **arguments) -> ExecutedCall:
    return ExecutedCall(tool, arguments or {"x": 1}, ok, output)


def truth(*wanted, edges=()) -> GroundTruth:
    """A step per call, given as `tool` or as (tool, arguments); a list of them is one step of parallel calls."""

    def one(given) -> ToolCall:
        return ToolCall(given, {"x": 1}) if isinstance(given, str) else ToolCall(*given)

    steps = (Step(tuple(map(one, step if isinstance(step, list) else [step]))) for step in wanted)
    return GroundTruth(tuple(steps), tuple(edges))


def chain(tools: str) -> GroundTruth:
    return truth(*tools, edges=[(i, i + 1) for i in range(len(tools) - 1)])


def reward(calls, ground_truth: GroundTruth, chosen: Reward = GRADUATED) -> GraduatedBreakdown:
    return chosen(calls, ground_truth, [], Ending())


def with_only(fix: str, base: Reward = GRADUATED) -> Reward:
    return replace(base, weights=replace(base.weights, **{fix: True}))


# R_atomic


def test_the_ground_truth_itself_is_worth_1():
    result = reward([call("a"), call("b")], chain("ab"))
    assert result.numbers() == {"atomic": 1, "orchestration": 1, "total": 1, "exact": 1}


@pytest.mark.parametrize(
    ("tried", "worth"),
    [
        (call("a"), 1.0),
        (call("a", ok=False), 0.5),
        (call("a", x=2), (0.66 + 1) / 2),
        (call("a", x="2"), (0.33 + 1) / 2),
        (call("a", y=1), (0.33 + 1) / 2),
        (call("a", x=1, y=1), (0.66 + 1) / 2),
        (call("a", ok=False, x=2), 0.33),
        (call("z"), 0.0),
    ],
)
def test_a_call_is_worth_half_of_how_it_is_written_and_half_of_being_executed(tried, worth):
    assert reward([tried], truth("a")).atomic == pytest.approx(worth)


def test_atomic_is_the_mean_over_the_calls_and_a_tool_that_is_not_wanted_is_0_even_if_it_ran():
    assert reward([call("a"), call("z")], truth("a")).atomic == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("output", "executed"),
    [
        ("", True),
        ('{"data": []}', True),
        ('{"status": true}', True),
        ('{"status": null}', True),
        ("[]", True),
        ("0", True),
        ("Sunny, 21 degrees.", True),
        ('{"error": null}', False),
        ('{"status": false, "data": [1]}', False),
        ("{}", False),
        ("null", False),
    ],
)
def test_a_call_was_executed_if_its_response_holds_no_error(output, executed):
    assert reward([call("a", output=output)], truth("a")).atomic == pytest.approx(1.0 if executed else 0.5)


def test_what_the_server_refused_was_not_executed_whatever_it_said():
    assert reward([call("a", ok=False, output='{"status": true}')], truth("a")).atomic == pytest.approx(0.5)


# R_orch


@pytest.mark.parametrize(
    ("tools", "share"), [("abc", 1), ("ab", 2 / 3), ("cba", 1 / 3), ("bac", 1 / 3), ("cabc", 1), ("bc", 0), ("", 0)]
)
def test_a_step_counts_if_all_it_depends_on_was_reached_before_it(tools, share):
    assert reward([call(tool) for tool in tools], chain("abc")).orchestration == pytest.approx(share)


def test_arguments_and_success_do_not_matter_to_orchestration():
    assert reward([call("a", ok=False, y=3), call("b", ok=False, x=9)], chain("ab")).orchestration == 1


def test_steps_without_dependencies_have_no_order():
    assert reward([call("b"), call("a")], truth("a", "b")).orchestration == 1


def test_a_dependency_must_come_strictly_before_and_not_be_the_same_call():
    twice = truth("a", "a", edges=[(0, 1)])
    assert reward([call("a")], twice).orchestration == 0.5
    assert reward([call("a"), call("a")], twice).orchestration == 1


def test_an_edge_may_point_back_and_a_cycle_is_never_reached_nor_is_what_needs_it():
    calls = [call("b"), call("a"), call("c")]
    assert reward(calls, truth("a", "b", edges=[(1, 0)])).orchestration == 1
    ring = truth("a", "b", "c", "b", edges=[(0, 1), (1, 0), (1, 2)])
    assert reward(calls * 3, ring).orchestration == 0.25


def test_a_step_of_parallel_calls_is_reached_by_one_of_them():
    assert reward([call("b")], truth(["a", "b"])).orchestration == 1


def test_a_ground_truth_that_is_broken_is_refused():
    with pytest.raises(ValueError, match="step 0 has no calls"):
        reward([], truth([]))
    with pytest.raises(ValueError, match=r"edge \[0, 3\] names no step"):
        reward([], truth("a", edges=[(0, 3)]))


# Both


def test_the_total_is_half_of_each_and_an_ablation_is_one_of_them():
    calls, ground_truth = [call("a", x=2), call("z")], chain("ab")
    atomic, orchestration = 0.415, 0.5
    assert reward(calls, ground_truth).total == pytest.approx((atomic + orchestration) / 2)
    assert reward(calls, ground_truth, load_reward("graduated_atomic")).total == pytest.approx(atomic)
    assert reward(calls, ground_truth, load_reward("graduated_orchestration")).total == pytest.approx(orchestration)


@pytest.mark.parametrize("name", ["graduated", "graduated_atomic", "graduated_orchestration", "graduated_fixed"])
def test_no_calls_are_worth_0_and_silence_where_none_is_wanted_1(name):
    chosen = load_reward(name)
    assert not any(reward([], chain("ab"), chosen).numbers().values())
    assert reward([], truth(), chosen).total == 1
    assert reward([call("a")], truth(), chosen).total == 0


def test_exact_match_is_that_of_the_first_papers_reward():
    assert reward([call("z"), call("a"), call("b")], chain("ab")).exact
    assert not reward([call("a"), call("b", x=2)], chain("ab")).exact
    assert not reward([call("a"), call("b", ok=False)], chain("ab")).exact


def test_every_call_has_its_reason():
    calls = [call("a", x=2), call("a", y=1, ok=False), BROKEN, call("z"), call("b")]
    assert reward(calls, chain("ab")).reasons == (
        "a: 0.660 against step 0, differs in x; executed; reaches step 0",
        "a: 0.330 against step 0, lacks x, does not need y; not executed; reaches no step",
        "malformed call: no JSON; does not count",
        "z: 0, its tool is not wanted",
        "b: 1.000 against step 1, arguments agree; executed; reaches step 1",
    )


# The fixes: what each changes, in one example

ONE, TWO = ("a", {"x": 1}), ("a", {"x": 2})
EXAMPLES = {
    "own_step": ([call("a", x=1), call("a", x=2)], truth(ONE, TWO), "atomic", 0.915, 1.0),
    "one_to_one": ([call("a", x=1)], truth(ONE, TWO), "orchestration", 1.0, 0.5),
    "count_unparsable": ([BROKEN, call("a")], truth("a"), "atomic", 1.0, 0.5),
    "repeats_unpaid": ([call("a"), call("a")], truth("a"), "atomic", 1.0, 0.5),
    "missing_unpaid": ([call("a")], truth("a", "b"), "atomic", 1.0, 0.5),
    "executed_only": ([call("a", ok=False)], truth("a"), "orchestration", 1.0, 0.0),
    "exact_codes": ([call("a", x="ab1")], truth(("a", {"x": "AB-1"})), "atomic", 1.0, 0.83),
}


def test_every_fix_has_an_example():
    assert sorted(EXAMPLES) == sorted(FIXES)
    assert all(getattr(FIXED.weights, fix) for fix in FIXES)


@pytest.mark.parametrize("fix", EXAMPLES)
def test_a_fix_changes_its_own_number_and_nothing_else(fix):
    calls, ground_truth, part, before, after = EXAMPLES[fix]
    plain, fixed = reward(calls, ground_truth), reward(calls, ground_truth, with_only(fix))
    assert getattr(plain, part) == pytest.approx(before) and getattr(fixed, part) == pytest.approx(after)
    other = {"atomic": "orchestration", "orchestration": "atomic"}[part]
    assert getattr(plain, other) == getattr(fixed, other)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_with_own_step_independent_calls_of_one_tool_may_come_in_any_order(order):
    calls = [call("a", x=1), call("a", x=2), call("a", x=3)]
    ground_truth = truth(ONE, TWO, ("a", {"x": 3}))
    assert reward([calls[n] for n in order], ground_truth, with_only("own_step")).atomic == pytest.approx(1)


def test_of_a_refused_try_and_its_repeat_the_one_that_was_executed_is_paid():
    calls = [call("a", ok=False), call("a")]
    for chosen in (with_only("repeats_unpaid"), FIXED):
        result = reward(calls, truth("a"), chosen)
        assert result.atomic == pytest.approx(0.5)
        assert [reason.endswith("not paid") for reason in result.reasons] == [True, False]


def test_with_one_to_one_a_parallel_step_needs_all_of_its_calls():
    ground_truth = truth(["a", "b"], "c", edges=[(0, 1)])
    for tools, share in (("ac", 0), ("abc", 1), ("bac", 1), ("acb", 0.5)):
        calls = [call(tool) for tool in tools]
        assert reward(calls, ground_truth, with_only("one_to_one")).orchestration == share


def test_the_original_never_lets_an_argument_agree_that_holds_an_object():
    legs = [{"fromId": "CHI.CITY", "date": "2024-12-06"}]
    calls, ground_truth = [call("a", legs=legs)], truth(("a", {"legs": legs}))
    assert reward(calls, ground_truth).atomic == 1
    assert reward(calls, ground_truth, ORIGINAL).atomic == pytest.approx(0.83)


# What always holds

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
arguments = st.dictionaries(st.sampled_from("xyz"), values, max_size=3)
outputs = st.sampled_from(["", "{}", "[]", "null", '{"error": 1}', "text", "[" * 5000, "9" * 5000, '{"status": 0}'])
any_call = st.builds(ExecutedCall, st.sampled_from(["a", "b", "c", "z", ""]), arguments, st.booleans(), outputs)
calls_made = st.lists(any_call, max_size=8)


@st.composite
def truths(draw, tools="abc", least=1, most=5) -> GroundTruth:
    names = draw(st.lists(st.sampled_from(tools), min_size=least, max_size=most))
    plain = st.dictionaries(st.sampled_from("xy"), st.integers(0, 2) | st.sampled_from(["q", "R2"]), max_size=2)
    pairs = st.tuples(st.integers(0, len(names) - 1), st.integers(0, len(names) - 1))
    edges = {(i, j) for i, j in draw(st.lists(pairs, max_size=5)) if i < j}
    return truth(*((name, draw(plain)) for name in names), edges=sorted(edges))


def gold(ground_truth: GroundTruth) -> list[ExecutedCall]:
    return [ExecutedCall(one.name, one.arguments, True) for one in ground_truth.calls]


@pytest.mark.parametrize("chosen", [GRADUATED, FIXED, *map(with_only, FIXES)], ids=lambda chosen: chosen.name)
@settings(max_examples=30, deadline=None)
@given(calls_made, truths())
def test_whatever_is_called_every_part_is_from_0_to_1(chosen, calls, ground_truth):
    result = reward(calls, ground_truth, chosen)
    assert len(result.reasons) == len(calls)
    assert all(-1e-12 <= number <= 1 + 1e-12 for number in result.numbers().values())


@settings(max_examples=80, deadline=None)
@given(truths())
def test_with_the_fixes_the_ground_truth_is_always_worth_1(ground_truth):
    assert reward(gold(ground_truth), ground_truth, FIXED).total == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(calls_made, truths(), st.randoms(use_true_random=False))
def test_atomic_does_not_depend_on_the_order_of_the_calls(calls, ground_truth, draw):
    shuffled = draw.sample(calls, len(calls))
    for chosen in (GRADUATED, FIXED):
        first, second = (reward(made, ground_truth, chosen).atomic for made in (calls, shuffled))
        assert first == pytest.approx(second)


@settings(max_examples=60, deadline=None)
@given(calls_made, any_call, truths())
def test_one_more_call_never_lowers_orchestration(calls, more, ground_truth):
    for chosen in (GRADUATED, FIXED):
        before, after = (reward(made, ground_truth, chosen).orchestration for made in (calls, [*calls, more]))
        assert after >= before - 1e-12


@settings(max_examples=60, deadline=None)
@given(truths())
def test_with_the_fixes_every_right_call_raises_the_total(ground_truth):
    made = gold(ground_truth)
    totals = [reward(made[:count], ground_truth, FIXED).total for count in range(len(made) + 1)]
    assert all(before < after for before, after in zip(totals, totals[1:], strict=False))


@settings(max_examples=60, deadline=None)
@given(calls_made, truths(), st.integers(1, 4))
def test_with_the_fixes_doing_it_all_again_does_not_raise_atomic(calls, ground_truth, times):
    assume(len(calls) * times >= len(ground_truth.calls))
    before, after = (reward(calls * count, ground_truth, FIXED).atomic for count in (times, times + 1))
    assert after <= before + 1e-12


def test_values_of_any_depth_and_size_do_no_harm():
    deep: object = 1
    for _ in range(50_000):
        deep = [deep]
    huge = call("a", x=10**5000, y=float("inf"), z=float("nan"), deep=deep, many=list(range(10_000)))
    for chosen in (GRADUATED, FIXED):
        result = reward([huge, call("a", x=deep)] * 50, truth(ONE, ("a", {"deep": [1], "x": 2.5, "y": 1.5})), chosen)
        assert 0 < result.atomic < 1


def test_a_flood_of_calls_is_counted_and_not_compared_with_itself():
    ground_truth = chain("abab")
    calls = [call(tool) for tool in "ab" * 2000]
    assert reward(calls, ground_truth).total == 1
    assert reward(calls, ground_truth, FIXED).atomic == pytest.approx(4 / 4000)
