"""The state machine: its table is complete, every way through it can be gone, every loop has an end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from prove.synthesis.orchestrator import (
    ENDS,
    GROUPS,
    TRANSITIONS,
    Bounds,
    Calls,
    GiveUp,
    Invalid,
    Machine,
    Question,
    Reply,
    State,
    drawing,
)
from prove.synthesis.talk import Draw, Talk
from prove.types import ToolCall, ToolResult

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "synthesis.md"
BOUNDS = Bounds(regenerations=2, recoveries=2, waves=4)
PATIENCE = 200
"""Messages of the assistant after which a machine that goes on has lost its bounds."""
WORKS, FAILS = ToolCall("works", {}), ToolCall("fails", {})
BOTH = Calls((WORKS, FAILS))


class Live:
    """A session in which only the tool that fails fails."""

    def call(self, name, arguments):
        return ToolResult(name != "fails", f"answer of {name}")


class Stub:
    """A teacher that says what it is told to; the last act is repeated."""

    name = "stub"

    def __init__(
        self,
        acts: Sequence[object],
        queries: Sequence[str | None] = ("Do it.",),
        recoveries: Sequence[GiveUp | None] = (),
        settles: bool = True,
        why: str | None = None,
    ):
        self.acts, self.queries, self.recoveries = list(acts), list(queries), list(recoveries)
        self.settles, self.why = settles, why
        self.asked = 0

    def query(self, talk):
        talk.dropped = talk.dropped or self.why
        return self.queries.pop(0)

    def act(self, talk):
        self.asked += 1
        assert self.asked < PATIENCE, "the machine never stops"
        return self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]

    def answer(self, talk, question):
        return f"An answer to: {question}"

    def recover(self, talk):
        return self.recoveries.pop(0) if self.recoveries else None

    def settle(self, talk):
        return self.settles

    def goes_on(self, talk):
        return bool(self.queries)


def run(teacher: Stub) -> Machine:
    talk = Talk(Live(), ("stub",), 0, Draw(requests=1), random.Random(0))
    machine = Machine(talk, teacher, BOUNDS)
    assert machine.run() is talk
    return machine


DONE = [Calls((WORKS,)), Reply("Done.")]
WAYS = {
    "served": lambda: Stub(DONE),
    "two requests": lambda: Stub([*DONE, *DONE], queries=("Do it.", "Do it again.")),
    "nothing to ask": lambda: Stub(DONE, queries=(None,)),
    "asked back": lambda: Stub([Question("What?"), *DONE]),
    "invalid once": lambda: Stub([Invalid("no JSON"), *DONE]),
    "invalid for ever": lambda: Stub([Invalid("no JSON")]),
    "no answer": lambda: Stub([None]),
    "some failed": lambda: Stub([BOTH, *DONE]),
    "all failed": lambda: Stub([Calls((FAILS,)), *DONE]),
    "given up": lambda: Stub([Calls((FAILS,))], recoveries=(GiveUp("I could not do it."),)),
    "given up without a word": lambda: Stub([Calls((FAILS,))], recoveries=(GiveUp(),)),
    "never right": lambda: Stub([Calls((FAILS,))]),
    "not settled": lambda: Stub(DONE, settles=False),
    "calls for ever": lambda: Stub([Calls((WORKS,))]),
    "asks for ever": lambda: Stub([Question("What?")]),
}


@pytest.fixture(scope="module")
def machines() -> dict[str, Machine]:
    return {name: run(make()) for name, make in WAYS.items()}


def reached_from(start: State) -> set[State]:
    found, left = {start}, [start]
    while left:
        new = set(TRANSITIONS.get(left.pop(), ())) - found
        found |= new
        left += new
    return found


def test_every_state_has_its_place_in_the_table_and_in_one_group():
    assert set(TRANSITIONS) == set(State) - set(ENDS)
    grouped = [state for states in GROUPS.values() for state in states]
    assert sorted(grouped) == sorted(State)
    assert list(GROUPS) == ["query", "turn", "tool execution", "response", "continuation"]


def test_every_state_is_reached_and_leads_to_an_end():
    assert reached_from(State.QUERY) == set(State)
    for state in TRANSITIONS:
        assert State.KEPT in reached_from(state) and State.DROPPED in reached_from(state)


def test_every_transition_of_the_table_can_be_gone(machines):
    gone = {pair for machine in machines.values() for pair in pairwise(machine.path)}
    assert gone == {(state, following) for state, others in TRANSITIONS.items() for following in others}


def test_a_talk_that_is_not_kept_says_why(machines):
    for name, machine in machines.items():
        kept = machine.path[-1] is State.KEPT
        assert kept == (machine.talk.dropped is None), name
    reasons = {name: machine.talk.dropped for name, machine in machines.items() if machine.talk.dropped}
    assert set(reasons) == {
        "nothing to ask",
        "invalid for ever",
        "no answer",
        "given up without a word",
        "never right",
        "not settled",
        "calls for ever",
        "asks for ever",
    }
    assert len(set(reasons.values())) == len(reasons)


def test_the_teachers_own_reason_is_kept():
    assert run(Stub(DONE, queries=(None,), why="chain not realised")).talk.dropped == "chain not realised"


def test_an_invalid_message_is_asked_for_again_as_often_as_the_bound_says():
    teacher = Stub([Invalid("no JSON")])
    run(teacher)
    assert teacher.asked == 1 + BOUNDS.regenerations
    teacher = Stub([Invalid("no JSON")] * BOUNDS.regenerations + DONE)
    assert run(teacher).talk.dropped is None


def test_valid_calls_start_the_count_of_invalid_messages_anew():
    invalid = [Invalid("no JSON")] * BOUNDS.regenerations
    assert run(Stub([*invalid, Calls((WORKS,)), *invalid, Reply("Done.")])).talk.dropped is None


def test_a_failure_is_recovered_from_as_often_as_the_bound_says():
    waves = run(Stub([Calls((FAILS,))])).talk.waves
    assert len(waves) == 1 + BOUNDS.recoveries
    assert run(Stub([Calls((FAILS,))] * BOUNDS.recoveries + DONE)).talk.dropped is None


def test_a_new_request_has_its_own_recoveries():
    turn = [Calls((FAILS,))] * BOUNDS.recoveries + DONE
    assert run(Stub(turn * 2, queries=("Do it.", "Do it again."))).talk.dropped is None


def test_a_turn_has_no_more_waves_of_calls_than_the_bound_says():
    assert len(run(Stub([Calls((WORKS,))])).talk.waves) == BOUNDS.waves


def test_an_assistant_that_asks_back_for_ever_is_stopped():
    assert run(Stub([Question("What?")])).talk.dropped


def test_who_gives_up_with_words_tells_the_user(machines):
    talk = machines["given up"].talk
    assert [turn.reply for turn in talk.turns] == ["I could not do it."]
    assert talk.turns[0].waves[0].results[0].ok is False


def test_a_question_ends_a_turn_and_its_answer_begins_the_next(machines):
    assert machines["asked back"].talk.messages() == [
        {"role": "user", "content": "Do it."},
        {"role": "assistant", "content": "What?"},
        {"role": "user", "content": "An answer to: What?"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"type": "function", "function": {"name": "works", "arguments": {}}}],
        },
        {"role": "tool", "name": "works", "content": "answer of works"},
        {"role": "assistant", "content": "Done."},
    ]


def test_parallel_calls_are_one_message_with_a_result_for_each(machines):
    first, *results = machines["some failed"].talk.messages()[1:4]
    assert [call["function"]["name"] for call in first["tool_calls"]] == ["works", "fails"]
    assert [message["content"] for message in results] == ["answer of works", "answer of fails"]


def test_the_drawing_shows_every_transition_with_its_reason():
    lines = [line.strip() for line in drawing().splitlines()]
    for state, others in TRANSITIONS.items():
        for following, why in others.items():
            assert f"{state} --> {following}: {why}".replace("partial success", "partial_success") in lines
    assert "[*] --> query" in lines


def test_the_drawing_in_the_docs_is_that_of_the_machine():
    parts = DOCUMENT.read_text(encoding="utf-8").split("<!-- machine -->")
    assert len(parts) == 3, f"{DOCUMENT.name} has no drawing between two <!-- machine --> marks"
    assert parts[1].strip().removeprefix("```mermaid").removesuffix("```").strip() == drawing()
