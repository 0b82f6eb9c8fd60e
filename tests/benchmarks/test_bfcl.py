"""`benchmark=bfcl`: the official harness in the environment of `make bfcl`, played and scored without any model.

PROVE_BFCL_ALL=1 pytest tests/benchmarks/test_bfcl.py -k oracle      all 4 x 200 instead of a sample
"""

from __future__ import annotations

import asyncio
import os

import pytest

from prove.benchmarks.bfcl.evaluation import CATEGORIES
from prove.benchmarks.bfcl.harness import Harness
from tests.benchmarks.bfcl_plays import asked, items, play, results, values
from tests.benchmarks.oracle import PYTHON, Oracle
from tests.synthesis.stub_endpoint import says

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="`make bfcl` makes the environment of the harness")
__all__ = ["play"]  # the fixture
EACH = None if os.environ.get("PROVE_BFCL_ALL") else 5
UNWINNABLE = "multi_turn_miss_func_49"


def test_the_ground_truth_wins_every_item_and_an_empty_answer_none():
    async def check():
        async with Harness(str(PYTHON), CATEGORIES, 60, 2048) as harness:
            return await harness.check()

    assert asyncio.run(check()) == {category: (200, 0, 200) for category in CATEGORIES}


@pytest.mark.parametrize("category", CATEGORIES)
def test_an_oracle_endpoint_wins_through_the_whole_inference_path(play, category):
    words = [f"benchmark.categories=[{category}]", f"model.path={category}", f"limit={EACH or 'null'}"]
    folder, stub = asked(play, Oracle(), *words, "statistics.draws=200")
    lost = {one["item"]["id"] for one in items(folder) if not one["verdict"]["valid"]}
    assert lost <= {UNWINNABLE} and len(items(folder)) == (EACH or 200)
    assert values(folder)["unreadable"] == values(folder)["harness_errors"] == 0
    if category == "miss_func":  # a function that was held back is offered from its turn on
        assert any(len(one["tools"]) != len(stub.requests[0]["tools"]) for one in stub.requests)


def test_an_endpoint_that_never_calls_wins_nothing_and_is_counted_as_silent(play):
    folder, _ = asked(play, lambda request: says("I cannot help with that."), "limit=8")
    found = values(folder)
    assert found["accuracy"] == 0 and found["silent"] == 1 and found["empty_turn_model_response"] == 1
    assert [found[f"accuracy@category={name}"] for name in CATEGORIES] == [0, 0, 0, 0]
    assert results(folder)["accuracy"]["versions"].startswith("bfcl-eval 2026.3.23, python 3")


def test_gold_and_nothing_are_rows_of_their_own_and_every_trial_begins_afresh(play):
    words = "benchmark.categories=[base,miss_param]", "limit=4"
    gold, nothing = play("policy=gold", "trials=2", *words, name="gold"), play("policy=nothing", *words)
    assert values(gold)["accuracy"] == values(gold)["pass^2"] == 1 and values(nothing)["accuracy"] == 0
    assert results(gold)["accuracy"]["method"] == "gold" and len(items(gold)) == 8
    assert results(gold)["accuracy"]["items"] == "2", "two variants of one task are one task to the interval"
