"""What is checked before a conversation is kept: it replays, ends in its final state, and its edges are real."""

from __future__ import annotations

import json
import random

import pytest

from prove.schemas import reads_only
from prove.synthesis import validation
from prove.synthesis.talk import Draw, Talk, Wave
from prove.synthesis.verify import differs
from prove.types import ToolCall, ToolResult
from tests.synthesis import made
from tests.synthesis.made import example_of

SEED = 77


@pytest.fixture(scope="module")
def live():
    with made.live() as pool:
        yield pool


@pytest.fixture(scope="module")
def examples():
    return [example_of(row) for row in made.mixed()]


@pytest.fixture(scope="module")
def served(examples):
    return [example for example in examples if example.kind != "abstention"]


def answers(pool, example, without=None):
    """What each step answers, one of them left out."""
    with made.session(pool, example) as session:
        return [
            [session.call(call.name, call.arguments) for call in step.calls] if number != without else []
            for number, step in enumerate(example.ground_truth.steps)
        ]


def texts(value):
    """The texts in an argument, at every depth."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for one in inner for text in texts(one)]
    return [value] if isinstance(value, str) and value else []


def talk_of(pool, *calls, servers=("banking",)):
    """A talk of one turn that made these calls, one a step."""
    live = pool.open(list(servers), SEED)
    talk = Talk(live, tuple(servers), SEED, Draw(requests=1), random.Random(0), user="Do it.")
    for name, arguments in calls:
        call = ToolCall(name, arguments)
        talk.waves.append(Wave((call,), (live.call(name, arguments),)))
        talk.add_step([call])
    talk.close_turn("Done.")
    live.close()
    return talk


def reading(pool, server="banking"):
    return frozenset(tool["name"] for tool in pool.tools(server) if reads_only(tool))


def accounts(pool):
    session = pool.open(["banking"], SEED)
    try:
        return session.read("list_accounts", {})["accounts"]
    finally:
        session.close()


def test_every_kept_example_replays_without_an_error_into_its_final_state(live, served):
    for example in served:
        with made.session(live, example) as session:
            for call in example.ground_truth.calls:
                result = session.call(call.name, call.arguments)
                assert result.ok, (example.id, call, result)
            assert {name: diff for name, diff in session.diff().items() if diff} == example.final_state, example.id


def test_what_is_only_read_leaves_no_final_state(live, examples):
    names = {name for server in made.SERVERS for name in reading(live, server)}
    for example in examples:
        if all(call.name in names for call in example.ground_truth.calls):
            assert example.final_state == {}, example.id
    assert any(example.final_state for example in examples)


def test_edges_point_forward_and_are_told_once(served):
    for example in served:
        edges = example.ground_truth.edges
        assert all(0 <= i < j < len(example.ground_truth.steps) for i, j in edges)
        assert len(set(edges)) == len(edges)


def test_along_every_edge_a_value_is_handed_over_or_the_later_step_needs_the_earlier(live, served):
    for example in served:
        truth, whole = example.ground_truth, answers(live, example)
        for i in {i for i, _ in truth.edges}:
            without = answers(live, example, without=i)
            for j in (j for k, j in truth.edges if k == i):
                shown = " ".join(result.output for result in whole[i])
                told = example.user_turns[truth.turns[j]]
                given = [text for call in truth.steps[j].calls for text in texts(call.arguments)]
                handed = [text for text in given if f'"{text}"' in shown and text not in told]
                changed = any(map(differs, whole[j], without[j]))
                assert handed or changed, (example.id, i, j)


def test_a_step_that_fails_without_an_earlier_one_hangs_on_it(live, served):
    """No dependency that breaks a call is forgotten: some path of edges leads there."""
    for example in served:
        truth, whole = example.ground_truth, answers(live, example)
        for i in range(len(truth.steps)):
            without = answers(live, example, without=i)
            broken = {j for j in range(i + 1, len(whole)) if not all(result.ok for result in without[j])}
            assert broken <= behind(truth.edges, i), (example.id, i)


def behind(edges, start):
    found = {start}
    for i, j in sorted(edges):
        if i in found:
            found.add(j)
    return found


def test_the_statistics_of_an_example_are_those_of_its_ground_truth(examples):
    for example in examples:
        truth, stats = example.ground_truth, example.stats
        assert stats["calls"] == len(truth.calls) and stats["steps"] == len(truth.steps)
        assert stats["turns"] == len(example.user_turns)
        assert stats["parallel"] == max((len(step.calls) for step in truth.steps), default=0)
        into = [sum(j == step for _, j in truth.edges) for step in range(len(truth.steps))]
        assert stats["fan_in"] == max(into, default=0)
        longest = [0] * len(truth.steps)
        for step in range(len(truth.steps)):
            longest[step] = 1 + max((longest[i] for i, j in truth.edges if j == step), default=0)
        assert stats["chain"] == max(longest, default=0)


def test_a_ground_truth_that_fails_is_not_replayed(live):
    talk = talk_of(live, ("get_account", {"account_id": "ACC-0"}))
    assert validation.replay(live, talk) == "execution error"


def test_a_ground_truth_that_answers_something_else_is_not_replayed(live):
    talk = talk_of(live, ("list_accounts", {}))
    (wave,) = talk.turns[0].waves
    lived = Wave(wave.calls, (ToolResult(True, wave.results[0].output.replace("ACC-", "BCC-")),))
    talk.turns[0] = type(talk.turns[0])("Do it.", (lived,), "Done.")
    assert validation.replay(live, talk) == "another result"


def test_an_empty_result_is_no_error(live):
    talk = talk_of(live, ("find_payee", {"name": "Nobody Atall"}))
    assert json.loads(talk.turns[0].waves[0].results[0].output)["payees"] == []
    assert validation.error_share(talk) == 0
    assert not isinstance(validation.replay(live, talk), str)


def test_the_share_of_errors_counts_failed_calls_among_all(live):
    talk = talk_of(live, ("list_accounts", {}), ("get_account", {"account_id": "ACC-0"}))
    assert validation.error_share(talk) == 0.5


def edges_of(pool, talk):
    replayed = validation.replay(pool, talk)
    return validation.verified_edges(pool, talk, replayed, reading(pool), lambda tool, one, other: differs(one, other))


def test_an_edge_that_nothing_shows_is_dropped(live):
    talk = talk_of(live, ("list_accounts", {}), ("find_payee", {"name": "Nobody Atall"}))
    talk.edges = [(0, 1)]
    assert edges_of(live, talk) == ()


def test_an_edge_along_which_a_value_is_handed_over_stays(live):
    identifier = accounts(live)[0]["account_id"]
    talk = talk_of(live, ("list_accounts", {}), ("get_account", {"account_id": identifier}))
    talk.edges = [(0, 1)]
    assert edges_of(live, talk) == ((0, 1),)


def test_an_edge_that_shows_only_when_a_step_is_left_out_is_found(live):
    one, other = [row["account_id"] for row in accounts(live) if row["balance"] > 10][:2]
    move = ("transfer_between_accounts", {"from_account_id": one, "to_account_id": other, "amount": 5})
    talk = talk_of(live, move, ("get_account", {"account_id": other}))
    assert edges_of(live, talk) == ((0, 1),)


def test_steps_that_have_nothing_to_do_with_each_other_have_no_edge(live):
    one, other = [row["account_id"] for row in accounts(live) if row["balance"] > 10][:2]
    move = ("transfer_between_accounts", {"from_account_id": one, "to_account_id": other, "amount": 5})
    assert edges_of(live, talk_of(live, move, ("list_cards", {}))) == ()
