"""Means of means: each part keeps its weight whatever its size, and parts with the same items are drawn together."""

from __future__ import annotations

import pytest

from prove.benchmarks.composed import composed, composed_differences, mean_of
from prove.benchmarks.statistics import Settings, estimate

SETTINGS = Settings(confidence=0.95, draws=2000, seed=0, power=0.8, discordant=0.2)


def table(name: str, right: int, of: int) -> dict[str, tuple[float, float]]:
    return {f"{name}/{number}": (float(number < right), 1.0) for number in range(of)}


def tables(**shares: tuple[int, int]) -> dict[str, dict[str, tuple[float, float]]]:
    return {f"success_rate@domain={name}": table(name, *share) for name, share in shares.items()}


def test_a_mean_of_means_weighs_parts_and_not_items():
    assert mean_of("a", "b") == {"a": 0.5, "b": 0.5}
    assert mean_of(mean_of("a", "b"), "c") == {"a": 0.25, "b": 0.25, "c": 0.5}
    found = composed("tau2", tables(airline=(5, 10), retail=(0, 100), telecom=(100, 100)), SETTINGS)["average"]
    assert found.value == pytest.approx(0.5) and found.n == found.items == 210
    assert 0.38 < found.low < 0.45 and 0.55 < found.high < 0.62, "only ten airline tasks are uncertain: ±0.1"


def test_a_mean_of_some_parts_is_not_given():
    assert composed("tau2", tables(airline=(1, 2), retail=(1, 2)), SETTINGS) == {}
    assert composed("heldout", tables(airline=(1, 2)), SETTINGS) == {}


def test_parts_with_the_same_items_do_not_cancel_each_other():
    whole = {f"plan@prompt={prompt}": table("same", 20, 40) for prompt in ("json", "str")}
    apart = {f"plan@prompt={prompt}": table(prompt, 20, 40) for prompt in ("json", "str")}
    together, alone = (composed("t_eval", each, SETTINGS)["plan"] for each in (whole, apart))
    assert together.high - together.low > 1.2 * (alone.high - alone.low), "√2, were there no chance"


def test_a_composition_of_one_part_is_that_part():
    one = {"review@prompt=str": table("r", 3, 10)}
    assert composed("t_eval", one, SETTINGS)["review"] == estimate(
        "review@prompt=str", one["review@prompt=str"], SETTINGS
    )


def test_right_everywhere_is_no_certainty():
    found = composed("tau2", tables(airline=(4, 4), retail=(4, 4), telecom=(4, 4)), SETTINGS)["average"]
    assert found.value == found.high == 1 and 0.7 < found.low < 0.8


def test_a_difference_is_over_items_that_both_have():
    ours, theirs = (
        tables(airline=(4, 4), retail=(4, 4), telecom=(4, 4)),
        tables(airline=(0, 2), retail=(0, 4), telecom=(0, 4)),
    )
    found = composed_differences("tau2", ours, theirs, SETTINGS)["average"]
    assert (found.one, found.other, found.value, found.items) == (1, 0, 1, 10)
