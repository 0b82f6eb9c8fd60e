"""How well a call is written: three levels, and values that agree as BFCL's simple_function_checker has it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.rewards.assignment import assign
from prove.rewards.syntax import Rules, agrees, compare
from prove.types import ExecutedCall, ToolCall


def levels(given: dict, wanted: dict) -> tuple[float, float, float]:
    found = compare(ExecutedCall("f", given, True), ToolCall("f", wanted))
    return found.name, found.structure, found.values


def test_another_name_reaches_nothing():
    found = compare(ExecutedCall("g", {"x": 1}, True), ToolCall("f", {"x": 1}))
    assert (found.name, found.structure, found.values) == (0, 0, 0)


@pytest.mark.parametrize(
    ("given", "structure", "values"),
    [
        ({"a": 1, "b": "x"}, 1, 1),
        ({"b": "x", "a": 1}, 1, 1),
        ({"a": 2, "b": "x"}, 1, 0),
        ({"a": 1}, 0.5, 0),
        ({"a": "1", "b": "x"}, 0.5, 0),
        ({"a": "1"}, 0, 0),
        ({"a": 1, "b": "x", "c": None}, 1, 0),
        ({"c": 1}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_structure_is_presence_times_types_and_values_need_exactly_the_wanted_parameters(given, structure, values):
    assert levels(given, {"a": 1, "b": "x"}) == (1, structure, values)


def test_four_of_five_parameters_with_three_right_types():
    wanted = {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}
    assert levels({"a": 1, "b": 1, "c": 1, "d": "1"}, wanted) == (1, pytest.approx(0.8 * 0.75), 0)


def test_a_tool_without_parameters_wants_none():
    assert levels({}, {}) == (1, 1, 1)
    assert levels({"x": 1}, {}) == (1, 0, 0)


@pytest.mark.parametrize(
    ("given", "wanted", "agree"),
    [
        ("Paris", "paris", True),
        ("New York", "new-york", True),
        ("April 1, 2024", "april 1 2024", True),
        ("a_b*c^d/e.f", "abcdef", True),
        ("it's", 'it"s', True),
        ("a\tb", "ab", False),
        ("a:b", "ab", False),
        ("", "", True),
        ("5", 5, False),
        (5, 5, True),
        (5, 5.0, True),
        (5.0, 5, False),
        (True, 1, False),
        (1, True, False),
        (True, 1.0, False),
        (None, None, True),
        (None, "", False),
        (["A", "b c"], ["a", "bc"], True),
        (["b", "a"], ["a", "b"], False),
        (["a"], ["a", "a"], False),
        ([1], [1.0], False),
        ([], [], True),
        ([1, "a"], [1, "a"], True),
        ({"k": "A b"}, {"k": "ab"}, True),
        ({"k": 1}, {"k": 1, "l": 2}, False),
        ([{"k": [1]}], [{"k": [1]}], True),
        ("a", ["a"], False),
        (10**400, 1.0, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_values_agree_as_in_bfcl(given, wanted, agree):
    assert agrees(given, wanted) is agree


@pytest.mark.parametrize(
    ("given", "wanted", "agree"),
    [
        ("20241125", "2024-11-25", False),
        (" 2024-11-25 ", "2024-11-25", True),
        ("eyj1zmk=", "eyJ1Zmk=", False),
        ("new york", "New York", True),
        (["2024.11.25"], ["2024-11-25"], False),
        ({"day": "2024 11 25"}, {"day": "2024-11-25"}, False),
    ],
)
def test_with_exact_codes_a_text_with_a_digit_is_compared_letter_by_letter(given, wanted, agree):
    assert agrees(given, wanted, Rules(exact_codes=True)) is agree
    assert agrees(given, wanted)


def test_where_objects_differ_they_differ_from_themselves_at_any_depth():
    rules = Rules(objects_differ=True)
    assert not agrees({}, {}, rules) and not agrees([{"k": 1}], [{"k": 1}], rules)
    assert agrees(["k"], ["k"], rules)


numbers = st.integers(0, 4).map(float)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 4), st.integers(0, 4), st.data())
def test_the_assignment_is_the_best_of_all(rows, columns, data):
    scores = [[data.draw(numbers) for _ in range(columns)] for _ in range(rows)]
    chosen = assign(scores)
    assert len(chosen) == len(set(chosen.values())) == min(rows, columns)
    assert sum(scores[row][column] for row, column in chosen.items()) == best(scores, frozenset(range(columns)))


def best(scores: list[list[float]], free: frozenset[int]) -> float:
    """By trying everything."""
    if not scores:
        return 0.0
    tried = [scores[0][column] + best(scores[1:], free - {column}) for column in free]
    return max([best(scores[1:], free), *tried])
