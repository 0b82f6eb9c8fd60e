"""What counts as a call in what a model wrote."""

from hypothesis import given
from hypothesis import strategies as st

from prove.parsing import parse_calls

PAY = '<tool_call>{"name":"pay","arguments":{"amount":5}}</tool_call>'


def test_parallel_calls_are_read_in_order():
    calls = parse_calls(PAY + '<tool_call>{"name":"look","arguments":{}}</tool_call>')
    assert [(call.name, call.arguments) for call in calls] == [("pay", {"amount": 5}), ("look", {})]


def test_text_without_a_call_is_an_answer():
    assert parse_calls("Done, the amount was 5.") == []


def test_a_call_inside_thinking_does_not_count():
    assert parse_calls(f"<think>I could do {PAY}</think>All done.") == []
    assert [call.name for call in parse_calls(f"<think>hm {PAY}</think>{PAY}")] == ["pay"]


def test_thinking_that_the_prompt_opened_does_not_count_either():
    assert [call.name for call in parse_calls(f"maybe {PAY}</think>{PAY}")] == ["pay"]


def test_thinking_that_never_ends_hides_the_rest():
    assert parse_calls(f"<think>endless {PAY}") == []


def test_what_cannot_be_read_says_why():
    for text, reason in {
        "<tool_call>{": "not closed",
        "<tool_call>{oops}</tool_call>": "not valid JSON",
        '<tool_call>["pay"]</tool_call>': '"name"',
        '<tool_call>{"name":5,"arguments":{}}</tool_call>': '"name"',
        '<tool_call>{"name":"pay","arguments":"x"}</tool_call>': "JSON object",
        '<tool_call>{"name":"pay","arguments":{"amount":NaN}}</tool_call>': "NaN",
        "<tool_call>" + "[" * 100_000 + "</tool_call>": "not valid JSON",
    }.items():
        (call,) = parse_calls(text)
        assert call.name == "" and reason in (call.error or "")


PIECES = [*'{}[]":,ab5<>/ \n', "<tool_call>", "</tool_call>", "<think>", "</think>", '{"name":"a","arguments":{}}']


@given(st.lists(st.sampled_from(PIECES)))
def test_no_text_makes_the_parser_fail(pieces):
    for call in parse_calls("".join(pieces)):
        assert call.error is None or call.name == ""
