"""What counts as a call in what a model wrote."""

import json

from hypothesis import given
from hypothesis import strategies as st

from prove.parsing import parse_calls, without_thoughts

PAY = '<tool_call>{"name":"pay","arguments":{"amount":5}}</tool_call>'
TAGS = ["<tool_call>", "</tool_call>", "<think>", "</think>", "<tool_response>", "<|im_end|>"]


def names(text):
    return [call.name for call in parse_calls(text)]


def test_parallel_calls_are_read_in_order():
    calls = parse_calls(PAY + '<tool_call>{"name":"look","arguments":{}}</tool_call>')
    assert [(call.name, call.arguments) for call in calls] == [("pay", {"amount": 5}), ("look", {})]


def test_calls_are_read_as_each_family_lays_them_out():
    pretty = '<tool_call>\n{"name": "pay", "arguments": {"amount": 5}}\n</tool_call>'
    for text in (PAY, pretty, f"{pretty}\n{pretty}", f"I will pay.\n\n{pretty}\nThat is all.", f"\n \n{pretty}\n"):
        assert set(names(text)) == {"pay"} and len(names(text)) == text.count("</tool_call>")


def test_text_without_a_call_is_an_answer():
    assert parse_calls("Done, the amount was 5.") == []
    assert parse_calls('{"name":"pay","arguments":{"amount":5}}') == []
    assert parse_calls("A stray </tool_call> is none either.") == []


def test_a_call_inside_thinking_does_not_count():
    assert parse_calls(f"<think>I could do {PAY}</think>All done.") == []
    assert names(f"<think>hm {PAY}</think>{PAY}") == ["pay"]
    assert names(f"<think>\n\n</think>\n\n{PAY}") == ["pay"]
    assert names(f"{PAY}<think>and {PAY}</think>{PAY}") == ["pay", "pay"]


def test_thinking_that_the_prompt_opened_does_not_count_either():
    assert names(f"maybe {PAY}</think>{PAY}") == ["pay"]
    assert names(f"maybe <tool_call>{{</think>{PAY}") == ["pay"]


def test_thinking_that_never_ends_hides_the_rest():
    assert parse_calls(f"<think>endless {PAY}") == []
    assert names(f"{PAY}<think>endless {PAY}") == ["pay"]


def test_the_words_of_a_turn_are_what_is_left_without_thoughts():
    assert without_thoughts("<think>hm</think>Yes.<think>no</think> Really.") == "Yes. Really."
    assert without_thoughts("hm</think>Yes.") == "Yes."
    assert without_thoughts(f"<think>hm</think>{PAY}") == PAY
    assert without_thoughts("Yes.<think>endless") == "Yes."


def test_arguments_may_be_a_string_that_holds_an_object():
    (call,) = parse_calls('<tool_call>{"name":"pay","arguments":"{\\"amount\\": 5}"}</tool_call>')
    assert call.arguments == {"amount": 5} and call.error is None


def test_what_cannot_be_read_says_why():
    for text, reason in {
        "<tool_call>{": "not closed",
        f"<tool_call>{PAY[11:-12]}": "not closed",
        "<tool_call>{oops}</tool_call>": "not valid JSON",
        f"<tool_call>{PAY[11:-12]}}}</tool_call>": "follows the object",
        "<tool_call></tool_call>": "not valid JSON",
        '<tool_call>["pay"]</tool_call>': '"name"',
        '<tool_call>{"name":5,"arguments":{}}</tool_call>': '"name"',
        '<tool_call>{"name":"pay","arguments":"x"}</tool_call>': "JSON object",
        '<tool_call>{"name":"pay","arguments":"[1]"}</tool_call>': "JSON object",
        '<tool_call>{"name":"pay","arguments":null}</tool_call>': "JSON object",
        '<tool_call>{"name":"pay","arguments":{"amount":NaN}}</tool_call>': "NaN",
        '<tool_call>{"name":"pay","arguments":{"amount":1e999}}</tool_call>': "too large",
        '<tool_call>{"name":"pay","arguments":{"amount":' + "9" * 5000 + "}}</tool_call>": "not valid JSON",
        '<tool_call>{"name":"pay","arguments":{"to":"\\ud800"}}</tool_call>': "no text",
        "<tool_call>" + "[" * 100_000 + "</tool_call>": "not valid JSON",
    }.items():
        (call,) = parse_calls(text)
        assert call.name == "" and reason in (call.error or "")


def test_a_call_that_cannot_be_read_does_not_hide_the_next_one():
    assert names(f"<tool_call>{{oops}}</tool_call>{PAY}") == ["", "pay"]
    assert names(f'<tool_call>{{"name": {PAY}') == ["", "pay"]


texts = st.lists(st.sampled_from([*TAGS, *'"\\{}\n', "pay", "é", "🦊", PAY])).map("".join)


@given(st.lists(st.tuples(texts, st.dictionaries(texts, texts)), max_size=4), st.booleans())
def test_tags_in_the_values_of_a_call_are_only_text(wanted, compact):
    separators = (",", ":") if compact else (", ", ": ")
    calls = [{"name": name, "arguments": arguments} for name, arguments in wanted]
    bodies = [json.dumps(call, ensure_ascii=compact, separators=separators) for call in calls]
    text = "\n".join(f"<tool_call>\n{body}\n</tool_call>" for body in bodies)
    assert [(call.name, call.arguments) for call in parse_calls(f"<think>\nhm\n</think>\n\n{text}")] == wanted


PIECES = [*'{}[]":,ab5<>/ \n', *TAGS, '{"name":"a","arguments":{}}', '"\\ud800"', "1e999"]


@given(st.lists(st.sampled_from(PIECES)))
def test_no_text_makes_the_parser_fail(pieces):
    for call in parse_calls("".join(pieces)):
        assert call.error is None or call.name == ""
        json.dumps([call.name, call.arguments, call.error], ensure_ascii=False, allow_nan=False).encode()
