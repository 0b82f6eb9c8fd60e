"""`benchmark=bfcl` where something goes wrong: hostile text, endless calls, silence, a dead endpoint."""

from __future__ import annotations

import asyncio
import json
from itertools import count

import pytest

from prove.benchmarks.bfcl.evaluation import evaluate
from tests.benchmarks.bfcl_plays import asked, base, items, play, values
from tests.benchmarks.made import configured
from tests.benchmarks.oracle import PYTHON
from tests.synthesis.stub_endpoint import Status, says

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="`make bfcl` makes the environment of the harness")
__all__ = ["play"]  # the fixture


def test_what_the_model_wrote_is_evaluated_without_files_keys_or_programs(play, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-secret-key")
    mark = tmp_path / "touched"
    attacks = [
        ("open", json.dumps({"file": str(mark), "mode": "w"})),
        (f"__import__('os').system('touch {mark}') or str", "{}"),
        ("__import__('subprocess').getoutput", json.dumps({"cmd": f"touch {mark}"})),
        ("str(__import__('os').environ) + str", "{}"),
        ("__import__('socket').create_connection", json.dumps({"address": ["127.0.0.1", 80]})),
    ]

    def script(request):
        return says(None, *attacks) if request["messages"][-1]["role"] == "user" else says("Done.")

    folder, stub = asked(play, script, *base(1))
    (item,) = items(folder)
    told = [message["content"] for message in item["messages"] if message["role"] == "tool"]
    assert not mark.exists() and not item["verdict"]["valid"] and len(told) >= 5
    assert all("not allowed here" in text for text in told[:3]) and "not allowed here" in told[4]
    assert "environ" in told[3] and "a-secret-key" not in json.dumps(told)
    assert stub.keys[0] == "Bearer a-secret-key", "the endpoint is asked with it all the same"


def test_a_call_that_never_ends_costs_its_item_only(play):
    loop = ("[one for one in iter(int, 1)].__len__", "{}")
    numbers = count()
    folder, _ = asked(
        play,
        lambda request: says(None, loop) if next(numbers) == 0 else says("Done."),
        *base(2),
        "benchmark.seconds=1",
        "concurrency=1",
    )
    first, second = items(folder)
    assert first["verdict"]["error_type"] == "multi_turn:inference_error" and "harness" in first["result"]
    assert second["verdict"]["error_type"] == "multi_turn:empty_turn_model_response"
    assert values(folder)["harness_errors"] == 0.5


def test_what_nobody_can_read_gets_a_score_and_is_counted(play):
    scripts = [says(None, ("cd", "{folder")), says('<tool_call>{"name": cd}</tool_call>')]
    numbers = count()
    folder, _ = asked(play, lambda request: scripts[next(numbers) % 2], *base(2))
    assert values(folder)["unreadable"] == values(folder)["silent"] == 1 and values(folder)["accuracy"] == 0


def test_a_conversation_without_end_is_ended_by_the_official_cap(play):
    folder, _ = asked(play, lambda request: says(None, ("ls", "{}")), *base(1))
    (item,) = items(folder)
    assert item["verdict"]["error_type"] == "multi_turn:force_terminated" and len(item["result"][0]) == 21


def test_a_conversation_that_no_longer_fits_fails_as_the_harness_has_it(play):
    full = Status(400, "This model's maximum context length is 10 tokens")
    folder, _ = asked(play, lambda request: full, *base(1))
    assert values(folder)["out_of_tokens"] == values(folder)["inference_error"] == 1


def test_an_endpoint_that_dies_loses_no_finished_item_and_the_same_command_goes_on(play, tmp_path):
    numbers = count()

    def dies(request):
        return says("No.") if next(numbers) < 9 else Status(503, "out of memory")

    with pytest.raises(RuntimeError, match="503: out of memory"):
        asked(play, dies, *base(5), "concurrency=1")
    kept = items(tmp_path / "out")
    assert 0 < len(kept) < 5
    folder, _ = asked(play, lambda request: says("No."), *base(5))
    assert items(folder)[: len(kept)] == kept and len({one["item"]["id"] for one in items(folder)}) == 5


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["benchmark.categories=[bass]"], "benchmark.categories: bass is none of base, miss_param.*; base?"),
        (["benchmark.seconds=0.5"], "benchmark.seconds=0.5 is no whole number of at least 1"),
        (["limit=6"], "limit=6 is not the same number of each of 4 categories; limit=4 is"),
        (
            ["benchmark.python=nowhere/python"],
            "nowhere/python is no environment with bfcl-eval; `make bfcl`",
        ),
        (["benchmark.python=/bin/false"], "is no environment with bfcl-eval"),
        (["policy=gould"], "policy=gould is none of default, endpoint, gold, nothing"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_is_written(play, tmp_path, overrides, reason):
    with pytest.raises(ValueError, match=reason):
        play("policy=nothing", *overrides)
    assert not (tmp_path / "out").exists()


def test_two_evaluations_at_once_do_not_disturb_each_other(tmp_path):
    words = [
        ["benchmark=bfcl", f"policy={policy}", *base(3), f"out={tmp_path / policy}"] for policy in ("gold", "nothing")
    ]

    async def both():
        await asyncio.gather(*(evaluate(configured(*one), "test") for one in words))

    asyncio.run(both())
    assert values(tmp_path / "gold")["accuracy"] == 1 and values(tmp_path / "nothing")["accuracy"] == 0
