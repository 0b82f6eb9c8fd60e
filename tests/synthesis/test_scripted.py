"""What a conversation of the scripted teacher holds: true messages, grounded values, corrected mistakes."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from importlib import import_module

import pytest

from prove.synthesis.provenance import is_sensitive
from tests.synthesis import made
from tests.synthesis.made import example_of, offered, said

STUMBLING = (*made.counts(train=(24,)), "knobs.stumbles=1.0", "servers.names=[banking,food_delivery]")
SENSITIVE = ("pin", "token", "password", "passcode", "secret", "cvv", "otp")


@pytest.fixture(scope="module")
def live():
    with made.live() as pool:
        yield pool


@pytest.fixture(scope="module")
def stumbling():
    return made.rows(made.made(*STUMBLING), "train")


def played(pool, row):
    """Every call of the messages on a fresh session: (call, what the message says, what the session says)."""
    messages = said(row)
    with made.session(pool, example_of(row)) as session:
        for place, message in enumerate(messages):
            for number, call in enumerate(message.get("tool_calls", ()), 1):
                function = call["function"]
                yield function, messages[place + number], session.call(function["name"], function["arguments"])


def failures(pool, row):
    return [function for function, _, result in played(pool, row) if not result.ok]


def ground_truth(row):
    return [(call.name, call.arguments) for call in example_of(row).ground_truth.calls]


def test_every_tool_message_is_what_a_live_session_answers(live):
    for row in made.served():
        for function, message, result in played(live, row):
            assert message == {"role": "tool", "name": function["name"], "content": result.output}, row["extra_info"]


def test_the_messages_are_a_conversation_that_the_assistant_ends():
    for row in made.mixed():
        example, messages = example_of(row), said(row)
        assert messages[: len(row["prompt"])] == row["prompt"] == example.opening
        assert tuple(one["content"] for one in messages if one["role"] == "user") == example.user_turns
        assert messages[-1]["role"] == "assistant" and messages[-1]["content"].strip()
        for one, other in zip(messages, messages[1:], strict=False):
            if other["role"] == "user":
                assert one["role"] == "system" or (one["role"] == "assistant" and not one.get("tool_calls"))


def test_the_calls_that_worked_are_the_ground_truth_in_its_order(live):
    for row in made.served():
        worked = [(f["name"], f["arguments"]) for f, _, result in played(live, row) if result.ok]
        assert Counter(map(str, worked)) >= Counter(map(str, ground_truth(row)))
        assert {str(one) for one in worked} == {str(one) for one in ground_truth(row)}


def test_a_step_belongs_to_the_turn_whose_messages_hold_its_calls():
    for row in made.served():
        truth, turn = example_of(row).ground_truth, -1
        called: dict[int, Counter[str]] = {}
        for message in said(row):
            turn += message["role"] == "user"
            for call in message.get("tool_calls", ()):
                called.setdefault(turn, Counter())[str(call["function"])] += 1
        for step, at in zip(truth.steps, truth.turns, strict=True):
            for call in step.calls:
                assert called[at][str({"name": call.name, "arguments": call.arguments})], row["extra_info"]


def test_parallel_calls_do_not_need_each_other(live):
    """The calls of a step answer the same in any order."""
    wide = [row for row in made.served() if example_of(row).stats["parallel"] > 1]
    assert wide
    for row in wide:
        example, answers = example_of(row), []
        for turned in (False, True):
            with made.session(live, example) as session:
                steps = [step.calls[::-1] if turned else step.calls for step in example.ground_truth.steps]
                results = [[session.call(c.name, c.arguments).ok for c in calls] for calls in steps]
                answers.append((results, session.diff()))
        assert answers[0] == answers[1]


def test_the_drawn_chain_is_gone_in_its_order():
    for row in made.served():
        example = example_of(row)
        chain, called = example.knobs["chain"], iter([call.name for call in example.ground_truth.calls])
        assert chain and all(tool in called for tool in chain), (chain, example.ground_truth)


def test_the_system_message_tells_the_date_of_the_world():
    for row in made.mixed():
        example = example_of(row)
        now = datetime.fromisoformat(import_module(f"servers.{example.servers[0]}").generate(example.world_seed).now)
        assert example.system == f"Today is {now:%A}, {now.day} {now:%B %Y}. It is {now:%H:%M}."
        assert row["prompt"][0] == {"role": "system", "content": example.system}


def test_secrets_are_letter_by_letter_in_what_was_said_or_shown_before():
    seen = 0
    for row in made.served():
        before = ""
        for message in said(row):
            for call in message.get("tool_calls", ()):
                for name, value in call["function"]["arguments"].items():
                    if is_sensitive(name, SENSITIVE):
                        seen += 1
                        assert re.search(rf"(?<!\w){re.escape(str(value))}(?!\w)", before), (name, value)
            before += f"\n{message['content']}"
    assert seen


def test_a_mistake_is_one_failed_call_corrected_and_not_in_the_ground_truth(live, stumbling):
    for row in stumbling:
        failed = failures(live, row)
        assert len(failed) == 1, row["extra_info"]
        name, arguments = failed[0]["name"], failed[0]["arguments"]
        assert (name, arguments) not in ground_truth(row)
        messages = said(row)
        place = next(k for k, one in enumerate(messages) if one.get("tool_calls", [{}])[0].get("function") == failed[0])
        right = messages[place + 2]["tool_calls"][0]["function"]
        assert (right["name"], right["arguments"]) in ground_truth(row)
        wrong_tool = example_of(row).knobs["stumble"] == "other_tool"
        assert (right["name"] != name) == wrong_tool


def test_both_kinds_of_mistakes_are_made_and_only_with_offered_tools(stumbling):
    assert {example_of(row).knobs["stumble"] for row in stumbling} == {"argument", "other_tool"}
    for row in stumbling:
        called = {call["function"]["name"] for message in said(row) for call in message.get("tool_calls", ())}
        assert called <= offered(row), row["extra_info"]["index"]


def test_nothing_fails_where_no_mistake_was_drawn(live):
    rows = [row for row in made.served() if example_of(row).knobs["stumble"] is None]
    assert rows and not any(failures(live, row) for row in rows)


def test_later_requests_refer_to_what_was_mentioned_before():
    rows = [example_of(row) for row in made.served()]
    words = re.compile(r"\b(that|this|same|those|it|one|just|before|again|now)\b", re.IGNORECASE)
    later = [turn for example in rows for turn in example.user_turns[1:]]
    assert sum(bool(words.search(turn)) for turn in later) > len(later) / 4
    across = sum(
        truth.turns[i] != truth.turns[j] for truth in (example.ground_truth for example in rows) for i, j in truth.edges
    )
    assert across >= len(rows)
