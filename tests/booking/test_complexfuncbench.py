"""The public evaluation traces as a benchmark: what is within reach, the ceiling and the floor."""

from __future__ import annotations

import os

import pytest

from prove.synthesis.booking_import import import_booking
from tests.benchmarks.made import evaluated, items, results

TRACES = ["train_traces.jsonl", "eval_traces.jsonl"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("booking")
    import_booking(os.environ["PROVE_BOOKING"], TRACES, str(made / "out"), str(made), "booking")
    return made


@pytest.fixture
def played(folder, monkeypatch):
    monkeypatch.setenv("PROVE_CACHES", str(folder))

    def play(policy: str):
        traces = f"benchmark.traces={folder / 'out' / 'eval_traces.jsonl'}"
        evaluated("benchmark=complexfuncbench_cache", traces, f"policy={policy}", f"out={folder / policy}")
        return results(folder / policy)

    return play


def test_the_ground_truth_reaches_the_ceiling(played, folder):
    found = played("gold")
    assert (found["call_accuracy"]["value"], found["call_accuracy"]["n"]) == ("1.0", "231")
    assert (found["success_rate_all_steps"]["value"], found["call_accuracy_all_steps"]["n"]) == ("1.0", "465")
    assert found["refused"]["value"] == "0.0" and len(items(folder / "gold")) == 100


def test_doing_nothing_scores_nothing(played):
    assert played("nothing")["call_accuracy"]["value"] == "0.0"
