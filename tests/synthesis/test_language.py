"""The language check: what its numbers mean on texts small enough to count by hand."""

from __future__ import annotations

import json

import pytest

from prove.synthesis.language import language, template


def test_distinct_n_counts_different_word_n_grams_inside_turns():
    found = language(["Send it to Mira", "send it to Jonas"])
    assert found["distinct"] == {"1": 0.625, "2": 0.6667, "3": 0.75}


def test_n_grams_do_not_run_over_the_end_of_a_turn():
    assert language(["a b", "c d", "b c"])["distinct"]["2"] == 1.0


def test_distinct_per_1000_turns_stays_when_the_same_block_comes_again():
    block = [f"show account {number}" for number in range(1000)]
    once, twice = language(block), language(block * 2)
    assert once["distinct"]["1"] > twice["distinct"]["1"]
    assert once["distinct_per_1000_turns"] == twice["distinct_per_1000_turns"]


def test_percentiles_are_lengths_in_words():
    words = language(["word " * length for length in range(1, 101)])["words"]
    assert words == {"mean": 50.5, "min": 1, "p5": 5, "p25": 25, "median": 50, "p75": 75, "p95": 95, "max": 100}


@pytest.mark.parametrize(
    ("turn", "masked"),
    [
        ("Send 1,200.50 to Mira Holt, PIN 4068.", "Send <number> to <name>, <name> <number>."),
        ("Show me CHN-32998 and 'Mira's notes' again", "Show me <id> and <quote> again"),
        ('Rename it to "Plan B", please.', "Rename it to <quote>, please."),
        (
            "Is Mira's card on account €40 over since 2026-03-14?",
            "Is <name>'s card on account <number> over since <number>?",
        ),
        ("Open /team/Finance/plan.txt or notes.md", "Open <address> or <address>"),
        ("Write to mira.holt@alder.example. Then I go.", "Write to <address>. Then I go."),
        ("I think I'm late. Tell them.", "I think I'm late. Tell them."),
    ],
)
def test_values_are_masked_and_the_rest_stays(turn, masked):
    assert template(turn) == masked


def test_template_share_counts_turns_that_are_the_same_but_for_their_values():
    turns = ["Send 20 to Mira", "Send 300 to Jonas Lind", "What is open?", "Show my cards"]
    templates = language(turns)["templates"]
    assert templates["different"] == 3
    assert templates["repeated_share"] == 0.5
    assert templates["top"][0] == {"text": "Send <number> to <name>", "count": 2, "share": 0.5}


def test_the_most_common_percent_of_templates_is_at_least_one_template():
    turns = ["Show my cards"] * 30 + [f"do {'x' * number}" for number in range(1, 171)]
    assert language(turns)["templates"]["most_common_1_percent_share"] == pytest.approx((30 + 1) / 200)


def test_openings_are_the_first_three_words():
    openings = language(["Show me the cart", "show me the door!", "And then?"])["openings"]
    assert openings["different"] == 2
    assert openings["top"][0] == {"text": "show me the", "count": 2, "share": 0.6667}


def test_raw_ids_are_counted_by_turn():
    assert language(["Pay ACC-1 from ACC-2", "Pay Mira", "see you at 10-12", "Close ORBIT-142"])["raw_ids"] == 0.5


@pytest.mark.parametrize("turns", [[], [""], ["?!"], ["''' \" ((( \\ \x00 ‘"]])
def test_nothing_to_count_is_no_error(turns):
    found = language(turns)
    assert found["turns"] == len(turns)
    assert json.loads(json.dumps(found)) == found


def test_the_order_of_equally_common_ones_does_not_depend_on_the_order_of_turns():
    turns = ["b one", "a two", "c three"]
    assert language(turns)["openings"] == language(turns[::-1])["openings"]
