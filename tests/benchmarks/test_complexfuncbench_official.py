"""`benchmark=complexfuncbench`: a checkout that is not ours is run, and its own numbers are read."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from prove.benchmarks.process import Unfinished
from tests.benchmarks.made import evaluated, items, results

SCRIPT = """
import argparse, json, os, pathlib
words = argparse.ArgumentParser()
for name in ("model_name", "input_file", "exp_name", "vllm_url", "proc_num"):
    words.add_argument("--" + name)
words.add_argument("--use-bfcl", action="store_true")
given = words.parse_args()
assert os.environ["JUDGE_KEY"] == "secret" and "PYTHONPATH" not in os.environ
out = pathlib.Path("result", given.model_name, given.exp_name + ".jsonl")
out.parent.mkdir(parents=True, exist_ok=True)
done = {json.loads(line)["id"] for line in out.open()} if out.exists() else set()
left = int(pathlib.Path("stop_after").read_text()) if pathlib.Path("stop_after").exists() else 99
for line in open(given.input_file):
    item = json.loads(line)
    if item["id"] in done:
        continue
    if not left:
        raise SystemExit(3)
    left -= 1
    with out.open("a") as file:
        file.write(json.dumps({"id": item["id"], **item["fake"], "url": given.vllm_url}) + "\\n")
"""


def outcome(message, correct: int, judged: int | None) -> dict:
    verdict = {"complete": {"score": judged}, "correct": {"score": -1}} if judged is not None else None
    counts = {"success_turn_num": correct, "total_turn_num": 4, "correct_call_num": correct, "total_call_num": 4}
    return {"message": message, "count_dict": counts, "resp_eval": verdict}


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "evaluation.py").write_text(SCRIPT)
    kinds = {
        "Hotels-1": outcome("Success.", 4, 2),
        "Hotels-2": outcome({"error_type": "stop_early"}, 1, 1),
        "Car-Rental-7": outcome("Success.", 4, None),
    }
    lines = [json.dumps({"id": name, "fake": fake}) for name, fake in kinds.items()]
    (tmp_path / "data.jsonl").write_text("\n".join(lines))
    monkeypatch.setenv("JUDGE_KEY", "secret")

    def evaluate(*overrides: str) -> Path:
        words = [
            f"benchmark.checkout={tmp_path / 'checkout'}",
            f"benchmark.data={tmp_path / 'data.jsonl'}",
            f"benchmark.python={sys.executable}",
            "benchmark.keys=[JUDGE_KEY]",
            f"out={tmp_path / 'out'}",
        ]
        evaluated("benchmark=complexfuncbench", "policy=endpoint", "model=qwen3-8b", *words, *overrides)
        return tmp_path / "out"

    return evaluate


def test_the_harness_is_run_and_its_numbers_get_intervals(run):
    found = results(run("endpoint.base_url=http://model/v1"))
    values = {name: (row["value"], row["n"], row["items"]) for name, row in found.items()}
    assert values["success_rate"] == ("0.666667", "3", "3")
    assert values["call_accuracy"] == ("0.75", "12", "3")
    assert values["completeness"] == ("1.5", "2", "2") and "correctness" not in values
    assert values["success_rate@domain=Hotels"][0] == "0.5" and values["success_rate@domain=Car-Rental"][0] == "1.0"
    assert found["success_rate"]["benchmark"] == "complexfuncbench"
    assert float(found["success_rate"]["low"]) < 0.67 < float(found["success_rate"]["high"])


def test_a_harness_that_ends_early_keeps_its_items_and_goes_on(run, tmp_path):
    (tmp_path / "checkout" / "stop_after").write_text("2")
    with pytest.raises(Unfinished, match="status 3 and 1 of 3 items unfinished"):
        run()
    folder = run()
    assert len(items(folder)) == 3 and items(folder)[0]["result"]["url"].startswith("http://127.0.0.1")


def test_further_words_and_a_limit_reach_the_harness(run):
    assert len(items(run("benchmark.words=[--use-bfcl]", "limit=2"))) == 2


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("benchmark.checkout=null", "benchmark.checkout=None has no evaluation.py; name a clone of the harness"),
        ("benchmark.data=no.jsonl", "benchmark.data=no.jsonl is no file; name your copy"),
        ("benchmark.keys=[NO_SUCH_KEY]", "NO_SUCH_KEY must be set in the environment"),
        ("policy=gold", "plays a served model: policy=endpoint, not gold"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_written(run, tmp_path, override, reason):
    with pytest.raises(ValueError, match=reason):
        run(override)
    assert not (tmp_path / "out").exists()


def test_a_python_that_is_not_there_is_said(run):
    with pytest.raises(Unfinished, match="benchmark.python=no-such-python cannot be started"):
        run("benchmark.python=no-such-python")
