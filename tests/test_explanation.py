"""Why a reward is what it is, as data: it adds up, it says what the reasons say, and it changes nothing."""

from __future__ import annotations

import pytest

from prove.reward_files import load_reward, reward_names
from prove.rewards.explanation import added
from prove.rewards.why import why
from prove.types import Ending, GroundTruth
from tests.viewer.made import ATTEMPTS, DIFFERS, EARLY, FIND, FLOOD, GOLD, PAID, REFUSED, TOOLS, UNREAD, WANTED

REWARDS = {name: load_reward(name) for name in reward_names()}


def explained(calls, name="prove", wanted=WANTED):
    return why(REWARDS[name], calls, wanted, TOOLS, Ending(PAID, PAID))


@pytest.mark.parametrize("name", REWARDS)
@pytest.mark.parametrize("wanted", [WANTED, GroundTruth()])
def test_the_terms_add_up_to_the_total_to_the_last_digit(name, wanted):
    for calls in (*ATTEMPTS, FLOOD, ()):
        found = explained(calls, name, wanted)
        assert added(found.terms) == found.breakdown.total
        assert found.breakdown == REWARDS[name](calls, wanted, TOOLS, Ending(PAID, PAID))


def test_a_call_says_which_step_it_answers_and_which_arguments_differ():
    _, pay = explained(DIFFERS).calls
    assert (pay.step, pay.wanted) == (1, 1)
    assert [(one.name, one.given, one.wanted, one.agrees) for one in pay.arguments] == [
        ("payee_id", "PAY-1", "PAY-1", True),
        ("amount", 7, 5, False),
    ]


def test_levels_are_cumulative_and_the_words_say_what_stopped_the_call():
    unread, refused = explained((UNREAD, REFUSED)).calls
    assert [level.reached for level in unread.levels] == [0, 0, 0]
    assert unread.words == "the call is not valid JSON"
    assert [level.reached for level in refused.levels] == [1, 1, 0]
    assert refused.words == "execution failed"


def test_a_broken_order_names_the_step_that_came_too_late():
    found = explained(EARLY)
    assert found.calls[0].late == (0,)
    assert [(edge.before, edge.after, edge.kept) for edge in found.edges] == [(0, 1, False)]
    assert [step.covered for step in found.steps] == [True, False]


def test_the_budget_counts_calls_made_wanted_and_allowed():
    assert vars(explained(FLOOD).budget) == {"made": 5, "wanted": 2, "allowed": 3}


def test_a_call_that_answers_nothing_says_what_kept_it_from_answering():
    lacks = explained((type(FIND)("pay", {"amount": 5}, True),)).calls[0]
    assert (lacks.step, [(one.wanted, one.missing) for one in lacks.candidates]) == (None, [(1, ("payee_id",))])
    again = explained((FIND, FIND)).calls[1]
    assert [(one.wanted, one.missing) for one in again.candidates] == [(0, ())]


def test_under_the_second_paper_a_call_says_how_it_is_written_and_which_step_it_reaches():
    find, pay = explained(DIFFERS, "graduated").calls
    assert [(level.name, level.reached) for level in pay.levels] == [
        ("tool is wanted", 1.0),
        ("arguments fit", 1.0),
        ("values agree", 0.0),
        ("executed", 1.0),
    ]
    assert (find.reaches, pay.reaches) == ((0,), (1,))


def test_where_no_call_is_wanted_there_is_one_verdict():
    found = explained(GOLD, wanted=GroundTruth())
    assert [(term.name, term.worth) for term in found.terms] == [("no call wanted", 0.0)]
    assert len(found.calls) == 2 and not found.steps
