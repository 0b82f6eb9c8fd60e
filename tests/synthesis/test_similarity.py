"""Near-duplicates: what counts as too similar, and that the quick way finds exactly what comparing all pairs finds."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.synthesis.similarity import Cap, Filter, elements, most_similar, sequence
from prove.types import Example, GroundTruth, Step, ToolCall

THRESHOLD = 0.7
ACCOUNTS = ToolCall("list_accounts", {})
CARDS = ToolCall("list_cards", {})
PAYEE = ToolCall("find_payee", {"name": "Mira Holt"})
SETS = st.lists(st.frozensets(st.sampled_from("abcdefghij"), max_size=8), max_size=25)
THRESHOLDS = st.one_of(st.sampled_from([0.0, 0.5, 0.7, 0.75, 1.0]), st.integers(0, 100).map(lambda n: n / 100))


def example(*steps: list[ToolCall] | ToolCall, turns=("Do it.",), seed=1) -> Example:
    listed = tuple(Step(tuple(step) if isinstance(step, list) else (step,)) for step in steps)
    kind = "multi_turn" if steps else "abstention"
    return Example("train-1", kind, ("banking",), seed, tuple(turns), GroundTruth(listed))


def transfer(to: str, amount: float = 20) -> ToolCall:
    return ToolCall("transfer", {"to": to, "amount": amount})


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def alike(one: Example, other: Example) -> bool:
    doors = Filter(THRESHOLD)
    assert doors.admit(elements(one))
    return not doors.admit(elements(other))


def test_the_same_calls_in_other_words_are_a_duplicate():
    said = example(ACCOUNTS, transfer("ACC-1"), turns=("Send 20 to my savings.",))
    reworded = example(ACCOUNTS, transfer("ACC-1", 20.0), turns=("Could you move 20 into savings?",))
    assert alike(said, reworded)


def test_the_same_calls_in_another_world_are_a_duplicate():
    assert alike(example(ACCOUNTS, seed=1), example(ACCOUNTS, seed=2))


@pytest.mark.parametrize("before", [[], [ACCOUNTS], [ACCOUNTS, CARDS], [ACCOUNTS, CARDS, PAYEE]])
def test_the_same_lookups_before_another_entity_are_no_duplicate(before):
    assert not alike(example(*before, transfer("ACC-1")), example(*before, transfer("ACC-2")))


def test_a_long_conversation_with_one_other_call_at_its_end_is_a_duplicate():
    body = [ToolCall("get_account", {"account_id": f"ACC-{number}"}) for number in range(7)]
    assert alike(example(*body, transfer("ACC-1")), example(*body, transfer("ACC-2")))


def test_the_other_way_round_is_no_duplicate():
    body = [ToolCall("get_account", {"account_id": f"ACC-{number}"}) for number in range(7)]
    assert not alike(example(*body), example(*body[::-1]))


def test_the_order_inside_a_parallel_step_says_nothing():
    one, other = example([ACCOUNTS, PAYEE], transfer("ACC-1")), example([PAYEE, ACCOUNTS], transfer("ACC-1"))
    assert elements(one) == elements(other)
    assert sequence(one) == sequence(other) == ("find_payee", "list_accounts", "transfer")


def test_asking_twice_is_not_asking_once():
    assert not alike(example(ACCOUNTS), example(ACCOUNTS, ACCOUNTS))


def test_the_order_of_arguments_says_nothing_and_that_of_a_list_does():
    keys = [
        ToolCall("a", {"x": 1, "y": [1, 2]}),
        ToolCall("a", {"y": [1, 2], "x": 1}),
        ToolCall("a", {"x": 1, "y": [2, 1]}),
    ]
    same, turned, other = (elements(example(call)) for call in keys)
    assert same == turned != other


def test_without_calls_the_words_are_compared():
    asked = example(turns=("Please book me a table for four at the Copper Kettle tonight",))
    again = example(turns=("please book me a table for four at the copper kettle tonight!",))
    assert alike(asked, again)
    assert not alike(asked, example(turns=("Please write me a poem about four kettles",)))
    assert not alike(asked, example(ACCOUNTS))


def test_exactly_the_threshold_is_not_above_it():
    seven, ten = frozenset("abcdefg"), frozenset("abcdefghij")
    assert jaccard(seven, ten) == THRESHOLD
    doors = Filter(THRESHOLD)
    assert doors.admit(ten) and doors.admit(seven)


@settings(max_examples=300, deadline=None)
@given(SETS, THRESHOLDS)
def test_the_filter_decides_as_comparing_all_kept_ones_would(sets, threshold):
    doors, kept = Filter(threshold), []
    for one in sets:
        fresh = all(jaccard(one, other) <= threshold for other in kept)
        assert doors.admit(one) is fresh
        kept += [one] if fresh else []


@settings(max_examples=300, deadline=None)
@given(SETS)
def test_most_similar_is_the_largest_of_all_pairs(sets):
    assert most_similar(sets) == max((jaccard(*pair) for pair in combinations(sets, 2)), default=0.0)


@settings(max_examples=100, deadline=None)
@given(SETS, SETS)
def test_a_filter_rebuilt_from_the_kept_ones_goes_on_the_same(before, after):
    doors = Filter(THRESHOLD)
    kept = [one for one in before if doors.admit(one)]
    rebuilt = Filter(THRESHOLD)
    assert all(rebuilt.admit(one) for one in reversed(kept))
    assert [doors.admit(one) for one in after] == [rebuilt.admit(one) for one in after]


def test_a_full_dataset_ends_with_nothing_above_the_threshold():
    rng = random.Random(0)
    doors = Filter(THRESHOLD)
    sets = [frozenset(f"{int(rng.paretovariate(0.4)) % 3000}" for _ in range(rng.randint(2, 14))) for _ in range(3000)]
    kept = [one for one in sets if doors.admit(one)]
    assert len(kept) < len(sets)
    assert 0.5 < most_similar(kept) <= THRESHOLD < most_similar(sets)


def test_a_cap_refuses_what_was_kept_often_enough():
    cap = Cap(2)
    pair = ("list_accounts", "transfer")
    assert [cap.admit(pair) for _ in range(3)] == [True, True, False]
    assert cap.full(pair) and not cap.full(("transfer", "list_accounts"))
    assert all(cap.admit(()) for _ in range(5)), "examples without calls have no sequence to be capped by"


@pytest.mark.parametrize("threshold", [-0.1, 1.1, 70, float("nan")])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        Filter(threshold)


def test_a_cap_that_admits_nothing_is_refused():
    with pytest.raises(ValueError, match="would admit none"):
        Cap(0)
