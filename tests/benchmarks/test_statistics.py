"""How sure a number is: intervals that hold the truth, pairs, pass^k."""

from __future__ import annotations

import numpy as np
import pytest

from prove.benchmarks.items import Line
from prove.benchmarks.statistics import (
    Settings,
    difference,
    estimate,
    mcnemar,
    pass_hat,
    smallest_difference,
    tables,
    wilson,
)

SETTINGS = Settings(confidence=0.95, draws=1000, seed=0, power=0.8, discordant=0.2)


def line(item: str, right: float, seed: int = 0, trial: int = 0, of: float = 1.0, metric: str = "exact") -> Line:
    return Line(item, seed, trial, {metric: (right, of)}, {})


def test_a_share_with_one_try_per_item_has_wilsons_interval():
    assert wilson(8, 10, 0.95) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    one = estimate("exact", tables(line(f"i{n}", n < 8) for n in range(10))["exact"], SETTINGS)
    assert (one.low, one.high) == wilson(8, 10, 0.95) and (one.n, one.items) == (10, 10)


def test_ten_seeds_of_the_same_items_are_no_more_certain_than_one():
    once = [line(f"i{n}", n % 2) for n in range(40)]
    often = [line(f"i{n}", n % 2, seed) for n in range(40) for seed in range(10)]
    single, many = (estimate("exact", tables(lines)["exact"], SETTINGS) for lines in (once, often))
    assert many.n == 400 and many.items == 40
    assert many.high - many.low == pytest.approx(single.high - single.low, abs=0.04)


def test_a_pooled_share_weighs_items_by_their_calls():
    lines = [line("a", 9, of=9, metric="call_accuracy"), line("b", 0, of=1, metric="call_accuracy")]
    assert estimate("call_accuracy", tables(lines)["call_accuracy"], SETTINGS).value == 0.9


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_nothing_wrong_among_few_items_is_not_certainty(right):
    lines = [line(f"i{n}", 3 * right, of=3, metric="call_accuracy") for n in range(5)]
    one = estimate("call_accuracy", tables(lines)["call_accuracy"], SETTINGS)
    assert one.high - one.low > 0.3


def test_intervals_of_means_hold_the_truth_about_as_often_as_they_say():
    generator = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        values = generator.normal(0.3, 1.0, 50)
        one = estimate("total", {f"i{n}": (value, 1.0) for n, value in enumerate(values)}, SETTINGS)
        held += one.low <= 0.3 <= one.high
    assert 0.90 <= held / 200 <= 0.99


def test_a_paired_difference_is_narrower_than_two_separate_ones():
    hard = np.random.default_rng(0).uniform(0, 1, 60)
    one, other = ({f"i{n}": (value + gain, 1.0) for n, value in enumerate(hard)} for gain in (0.1, 0.0))
    gap = difference("total", one, other, SETTINGS)
    assert gap.low == pytest.approx(0.1) and gap.high == pytest.approx(0.1) and gap.p < 0.01 and gap.mcnemar is None


def test_mcnemar_looks_at_the_items_that_one_alone_got_right():
    assert mcnemar(0, 0) == 1.0 and mcnemar(5, 5) == 1.0
    assert mcnemar(8, 1) == pytest.approx(2 * 10 / 2**9)
    gap = difference("exact", {"a": (1, 1), "b": (1, 1)}, {"a": (0, 1), "b": (1, 1), "c": (1, 1)}, SETTINGS)
    assert (gap.only_one, gap.only_other, gap.items) == (1, 0, 2)


def test_items_without_a_partner_make_no_difference():
    assert difference("exact", {"a": (1, 1)}, {"b": (1, 1)}, SETTINGS) is None


def test_pass_k_counts_the_ways_to_draw_k_right_trials():
    lines = [line("a", trial < 2, trial=trial) for trial in range(4)] + [
        line("b", 1, trial=trial) for trial in range(4)
    ]
    assert pass_hat(lines, "exact", 2) == {"a": (1 / 6, 1), "b": (1.0, 1)}


def test_the_smallest_difference_shrinks_with_the_items():
    assert "0.114 unpaired at worst, 0.072 paired" in smallest_difference(300, SETTINGS)
    assert "none unpaired at worst, 0.886 paired" in smallest_difference(2, SETTINGS)
