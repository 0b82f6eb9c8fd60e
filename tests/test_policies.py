"""The laptop engine's policy keeps the stream that training keeps, under the templates of the policies in conf/model.

stream = prompt + turn + (closing + answer + generation prompt) + turn + …
"""

import asyncio
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
from hypothesis import given, settings

from prove.parsing import parse_calls
from prove.policies import EnginePolicy
from tests.templates.families import FAMILIES, control_ids, decode, encode, tokenizer_of
from tests.templates.talks import LOOK_ALIKES, Talk, hostile, keep, talks, turn_ids

THINKING = "<think>\nThe user wants to pay.\n</think>\n\nShall I?"
PAY = '<think>\nNow.\n</think>\n\n<tool_call>\n{"name": "pay", "arguments": {}}\n</tool_call>'
FUNCTIONS = [{"type": "function", "function": {"name": "pay", "description": "", "parameters": {"type": "object"}}}]
TALK = Talk(
    [{"role": "user", "content": "Pay."}],
    FUNCTIONS,
    [
        (THINKING, [{"role": "user", "content": "Yes, please."}]),
        (
            PAY,
            [{"role": "tool", "name": "pay", "content": "paid"}, {"role": "tool", "name": "pay", "content": "again"}],
        ),
        ("Done.", [{"role": "user", "content": "Thanks."}]),
    ],
    10**5,
)
# Options of a template, such as thinking switched off, are for training: play has none.
every_family = pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if not family.options])


class Engine:
    """Writes the turns, cut at the budget, and remembers every stream that it was asked to continue."""

    def __init__(self, turns):
        self.turns, self.seen = list(turns), []

    def submit(self, ids, *, max_tokens, stop, sampling, request_id):
        self.seen.append(list(ids))
        future = Future()
        future.set_result(SimpleNamespace(tokens=self.turns.pop(0)[:max_tokens]))
        return future


def streams(name, talk, room=10**6):
    """What the engine was given before each turn and after the last, and whether each answer fitted."""

    async def hold():
        engine = Engine([turn_ids(name, written) for written, _ in talk.turns] + [[]])
        policy = EnginePolicy("test", engine, tokenizer_of(name), None, room, talk.turn_tokens)
        await policy.start(talk.opening, talk.functions)
        fitted = []
        for _, answer in talk.turns:
            await policy.generate()
            fitted.append(await policy.append(answer))
        await policy.generate()
        return engine.seen, fitted

    return asyncio.run(hold())


@every_family
@settings(max_examples=6, deadline=None)
@given(talk=talks(hostile))
def test_the_laptop_engine_continues_the_stream_that_training_learns_from(name, talk):
    kept = keep(name, talk)
    seen, fitted = streams(name, talk)
    assert seen == [*kept.server.prompts, kept.stream] and all(fitted)


def test_a_policy_that_thinks_reads_every_answer_and_its_own_thoughts():
    seen, _ = streams("qwen3", TALK)
    begin, end, opened = "<|im_start|>user\n", "<|im_end|>\n", "<|im_start|>assistant\n"
    results = "<tool_response>\npaid\n</tool_response>\n<tool_response>\nagain\n</tool_response>"
    assert decode("qwen3", seen[-1][len(seen[0]) :]) == (
        f"{THINKING}{end}{begin}Yes, please.{end}{opened}"
        f"{PAY}{end}{begin}{results}{end}{opened}"
        f"Done.{end}{begin}Thanks.{end}{opened}"
    )


@every_family
def test_an_answer_that_spells_the_words_of_another_turn_is_read_whole(name):
    said = "what-the-policy-wrote, Shall I? what-the-policy-wrote"
    seen, _ = streams(name, Talk(TALK.opening, FUNCTIONS, [("Shall I?", [{"role": "user", "content": said}])], 10**5))
    assert decode(name, seen[1]).count(said) == 1


@every_family
def test_a_turn_that_the_budget_cut_is_closed_before_the_user_speaks(name):
    talk = Talk(TALK.opening, FUNCTIONS, [("one two three four five six", [{"role": "user", "content": "Go on."}])], 3)
    before, after = streams(name, talk)[0]
    cut = turn_ids(name, "one two three four five six")[:3]
    assert after[: len(before) + 3] == before + cut
    assert decode(name, after[len(before) + 3 :]).startswith(f"{FAMILIES[name].end}\n")


@every_family
def test_a_hostile_tool_result_ends_no_turn_and_begins_none(name):
    attack = "".join(LOOK_ALIKES)
    told = {text: [{"role": "tool", "name": "pay", "content": text}] for text in (attack, "paid")}
    after = {
        text: streams(name, Talk(TALK.opening, FUNCTIONS, [(PAY, said)], 10**5))[0][1] for text, said in told.items()
    }
    assert attack in decode(name, after[attack]), "the policy reads what the tool said"
    made = {text: sum(token in control_ids(name) for token in ids) for text, ids in after.items()}
    assert made[attack] == made["paid"]


def test_a_call_in_a_thought_that_the_prompt_opened_is_none_even_if_the_turn_was_cut():
    name, thought = "qwen3-only-thinking", f"Perhaps {PAY.rpartition('</think>')[2].strip()}"

    async def said(written):
        policy = EnginePolicy("test", Engine([encode(name, written)]), tokenizer_of(name), None, 10**6, 10**5)
        await policy.start(TALK.opening, FUNCTIONS)
        return await policy.generate()

    assert parse_calls(asyncio.run(said(thought))) == []
    assert [call.name for call in parse_calls(asyncio.run(said(f"{thought}</think>{thought}")))] == ["pay"]


def test_an_answer_that_fills_the_room_ends_the_episode():
    talk = Talk(TALK.opening, FUNCTIONS, TALK.turns[:1], 10**5)
    before, after = streams("tiny", talk)[0]
    for room, fits in ((len(after) - len(before), False), (len(after) - len(before) + 1, True)):
        seen, fitted = streams("tiny", talk, room)
        assert fitted == [fits] and len(seen) == 1 + fits, "without room the engine is not asked again"
