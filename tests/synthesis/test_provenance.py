"""Where arguments come from: what a user may say for a value, what a result shows, what comes out of nowhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.synthesis.provenance import is_sensitive, untraced
from prove.synthesis.said import said, said_exactly
from prove.types import ToolCall, ToolResult

SENSITIVE = ["pin", "token", "code", "card number"]
TODAY = "2026-08-18T09:30"  # a Tuesday


@dataclass(frozen=True)
class Wave:
    calls: tuple[ToolCall, ...]
    results: tuple[ToolResult, ...]


def wave(name: str, arguments: dict, output: object = "ok", ok: bool = True) -> Wave:
    text = output if isinstance(output, str) else json.dumps(output)
    return Wave((ToolCall(name, arguments),), (ToolResult(ok, text),))


def missing(*turns: tuple[str, list[Wave]], system: str = "") -> list[str]:
    return [problem.parameter for problem in untraced(turns, SENSITIVE, today=TODAY, system=system)]


def test_a_pin_the_user_said_and_a_token_a_result_showed_are_traced():
    waves = [wave("issue", {"pin": "4068"}, {"token": "TKN-55120"}), wave("pay", {"token": "TKN-55120", "amount": 20})]
    assert not missing(("Send 20, my PIN is 4068.", waves))


def test_a_pin_nobody_said_is_a_sensitive_problem_that_names_the_place():
    (problem,) = untraced([("Hello.", []), ("Send 20.", [wave("issue", {"pin": "4068"})])], SENSITIVE)
    assert (problem.turn, problem.call, problem.tool, problem.parameter) == (1, 0, "issue", "pin")
    assert problem.sensitive
    assert str(problem) == "turn 1, issue: pin '4068' was never said or shown in these letters"


def test_a_value_said_only_in_a_later_turn_is_untraced():
    assert missing(("Send it.", [wave("issue", {"pin": "4068"})]), ("PIN 4068.", [])) == ["pin"]


def test_parallel_calls_do_not_know_each_others_results():
    calls = (ToolCall("issue", {}), ToolCall("pay", {"token": "TKN-1"}))
    together = Wave(calls, (ToolResult(True, '{"token": "TKN-1"}'), ToolResult(True, "ok")))
    assert missing(("Pay.", [together])) == ["token"]


def test_an_answer_that_repeats_an_invented_value_does_not_trace_it():
    refused = wave("pay", {"token": "TKN-9"}, "token TKN-9 is not valid", ok=False)
    assert missing(("Pay.", [refused, wave("pay", {"token": "TKN-9"})])) == ["token", "token"]


def test_an_invented_value_that_the_user_says_later_is_traced_from_then_on():
    wrong = wave("show", {"account_id": "ACC-7"}, "no account ACC-7", ok=False)
    assert missing(("Show it.", [wrong]), ("ACC-7.", [wave("show", {"account_id": "ACC-7"})])) == ["account_id"]


@pytest.mark.parametrize(
    "text", ["Send 40681.", "Account ACC-4068.", "It was 4068.50", "PIN four zero six eight", "PIN 40 68"]
)
def test_a_sensitive_value_must_stand_there_letter_by_letter(text):
    assert missing((text, [wave("issue", {"pin": "4068"})])) == ["pin"]


@pytest.mark.parametrize("text", ["PIN 4068.", "(4068)", "my pin:4068, thanks", "4068"])
def test_a_pin_between_marks_is_said(text):
    assert said_exactly("4068", text)


def test_a_sensitive_value_has_its_own_capitals():
    assert not said_exactly("SPRING15", "use spring15")
    assert said("SPRING15", "use spring15")


def test_the_system_message_counts_as_said():
    call = [wave("drive", {"city": "Porto", "date": "2026-08-18"})]
    assert not missing(("Drive home.", call), system="Today is Tuesday, 18 August 2026. The user lives in Porto.")


def test_null_truth_values_and_empty_texts_need_no_origin():
    assert not missing(("Go.", [wave("go", {"a": None, "b": True, "c": "", "d": [], "e": {}, "pin": None})]))


def test_values_inside_lists_and_objects_are_traced_one_by_one():
    arguments = {
        "items": [{"name": "Tall Vase", "quantity": 2}, {"name": "Bowl", "code": "X1"}],
        "tags": ["red", "blue"],
    }
    found = untraced([("Two of the tall vase, red.", [wave("order", arguments)])], SENSITIVE)
    assert [(p.parameter, p.sensitive) for p in found] == [("items.name", False), ("items.code", True), ("tags", False)]


def test_a_time_of_day_and_a_date_may_come_from_different_places():
    add = wave("add", {"start": "2026-08-19T18:30"})
    assert not missing(("What is on tomorrow?", [wave("agenda", {}, "free")]), ("Add it at half past six.", [add]))
    assert missing(("Add it at half past six.", [add])) == ["start"]


def test_a_path_may_be_put_together():
    listed = wave("list", {}, {"entries": ["Finance", "plan.txt"]})
    assert not missing(("Look into /team.", [listed, wave("read", {"path": "/team/Finance/plan.txt"})]))
    assert missing(("Look into /team.", [listed, wave("read", {"path": "/team/Legal/plan.txt"})])) == ["path"]


def test_letters_that_json_escapes_are_shown():
    found = wave("find", {}, json.dumps({"title": 'Zoë\'s "big" day'}))
    assert not missing(("Find it.", [found, wave("open", {"title": 'Zoë\'s "big" day'})]))


def test_a_result_that_is_no_json_shows_its_words():
    assert not missing(("Find.", [wave("find", {}, "found: ACC-7 {"), wave("open", {"id": "ACC-7"})]))


def test_a_result_knows_no_tomorrow():
    shown = wave("read", {}, "see you tomorrow")
    assert missing(("Read it.", [shown, wave("add", {"date": "2026-08-19"})])) == ["date"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1200.5, "Pay €1,200.50."), (1200.5, "1.200,50 please"), (1200.5, "1 200.50"), (1200, "send 1200EUR"),
        (1200, "1.2k will do"), (3000, "three thousand"), (250, "two hundred and fifty"), (250, "Two hundred fifty!"),
        (25, "twenty-five"), (12, "a dozen"), (2, "both"), (1, "a coffee"), (90, "1.5 hours"), (120, "two hours"),
        (30, "half an hour"), (14, "for two weeks"), (3, "the 3rd"), (0.15, "15%"), (-5, "-5 degrees"),
        (40, "40%"), (4.0, "four stars"), (23.0, "23.0"), ("21.5", "set it to 21.5 degrees"), (2_000_000, "2 million"),
        ("not_received", "I have not received it"), ("check_in", "the check-in"), ("Budget review", "budget  review"),
        ("#pottery", "posts about pottery"), ("Mira’s list", "Mira's list"), ("Mira", "Mira's"), ("3/4", "the 3/4 one"),
        ("DE02120300000000202051", "it is DE02 1203 0000 0000 2020 51"),
        ("2026-08-18", "today"), ("2026-08-19", "Tomorrow, please"), ("2026-08-17", "since yesterday"),
        ("2026-08-20", "the day after tomorrow"), ("2026-08-21", "on Friday"), ("2026-08-14", "last Friday"),
        ("2026-08-21", "Friday the 21st"), ("2026-10-01", "Thursday the 1st"),
        ("2026-08-18", "18 August"), ("2026-08-18", "August 18th, 2026"),
        ("2026-08-02", "on the 2nd of August"), ("2027-03-01", "since March 2027"), ("2026-01-01", "since January"),
        ("2026-07-01", "since the start of last month"), ("2026-08-31", "by the end of the month"),
        ("2026-08-28", "in ten days"), ("2026-09-01", "in two weeks"), ("2026-08-11", "a week ago"),
        ("2026-08-21", "21/08/2026"), ("2025-01-01", "since 2025"), ("2024-12-24", "on Dec 24, 2024"),
        ("2026-01", "in January"), ("2025-11", "November 2025"), ("2026-07", "last month"),
        ("18:30", "at 6:30 pm"), ("18:30", "half past six"), ("18:30", "18.30"), ("06:00", "6am"), ("12:00", "at noon"),
        ("17:45", "quarter to six"), ("09:00", "at nine"), ("2026-08-18T09:30", "it starts 2026-08-18T09:30"),
    ],
)  # fmt: skip
def test_people_say_a_value_in_many_ways(value, text):
    assert said(value, text, TODAY)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (40, "400"), (40, "1.40"), (40, "ACC-40"), (40, "40k"), (40, "1,40"), (6, "at 6:30"), (8, "on 2026-08-18"),
        (18, "on 2026-08-18"), (250, "two hundred"), (3, "thirty"), ("Mira", "Miranda"), ("on", "once"),
        ("2026-08-18", "18 August 2027"), ("2026-08-18", "18 September"), ("2026-08-19", "the day after"),
        ("2028-08-18", "18 August"), ("2026-08-21", "next month"), ("2026-13-45", "18 August"), ("18:30", "8:30"),
        ("18:30", "7:30 pm"), ("2026-01", "in February"), ("2025-11", "November 2026"),
        ("", "any"), ("2020-01-01", "since January"), ("2026-01-01", "on 2 January 2026"),
        ("2026-08-01", "since August 2"),
    ],
)  # fmt: skip
def test_other_words_do_not_say_it(value, text):
    assert not said(value, text, TODAY)


def test_without_todays_date_relative_words_say_nothing():
    assert not said("2026-08-19", "tomorrow")
    assert said("2026-08-19", "19 August")


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)), st.integers(-300, 300))
def test_a_date_said_in_full_is_that_day_and_no_other(day, off):
    text = f"See you on {day.day} {day.strftime('%B')} {day.year}."
    assert said(day.isoformat(), text, TODAY)
    other = day + timedelta(off)
    assert said(other.isoformat(), text, "1950-01-01") is (off == 0)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.integers(),
        st.floats(),
        st.dates().map(str),
        st.dates().map(lambda d: str(d)[:7]),
        st.times().map(lambda t: str(t)[:5]),
    ),
    st.text(max_size=60),
    st.sampled_from(["", TODAY, "2024-02-29", "2026-12-31"]),
)
def test_whatever_is_asked_there_is_an_answer(value, text, today):
    assert said(value, text, today) in (True, False)
    assert said_exactly(value, text) in (True, False)


@pytest.mark.parametrize(
    "name", ["pin", "PIN", "card_pin", "paymentToken", "payment_token", "cardNumber", "card-number"]
)
def test_a_parameter_is_sensitive_by_the_words_of_its_name(name):
    assert is_sensitive(name, SENSITIVE)


@pytest.mark.parametrize("name", ["opinion", "pinned", "max_tokens", "card_id", "number", "encode", ""])
def test_letters_inside_other_words_do_not_make_a_parameter_sensitive(name):
    assert not is_sensitive(name, SENSITIVE)
