"""`benchmark=tau2`: tau2-bench's command line is run in its own environment, and its results are read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from prove.benchmarks.process import Unfinished
from prove.benchmarks.tau2.reading import GivenUp, counts_of
from tests.benchmarks.made import evaluated, items, results
from tests.benchmarks.tau2_made import ASKED, USED, checkout, fake, given_up, seen
from tests.synthesis.stub_endpoint import StubEndpoint, says

WAYS = {"airline/0": [{"reward": 1}], "retail/1": [{"reward": 1}, {"reward": 0}], "telecom/2": [{"reward": 1}]}


@pytest.fixture
def harness(tmp_path):
    return checkout(tmp_path / "tau2-bench", WAYS)


@pytest.fixture
def run(harness, tmp_path, monkeypatch):
    """Evaluates into a folder; the folder."""
    folder, commit = harness
    monkeypatch.setenv("USER_API_KEY", "user secret")
    monkeypatch.setenv("OPENAI_API_KEY", "agent and judge secret")

    def evaluate(*overrides: str, name: str = "out") -> Path:
        words = [
            f"benchmark.checkout={folder}",
            f"benchmark.commit={commit}",
            f"benchmark.python={folder / 'program'}",
            "benchmark.user.base_url=http://user/v1",
            "endpoint.base_url=http://agent/v1",
            f"out={tmp_path / name}",
        ]
        evaluated("benchmark=tau2", "model=qwen3-8b", *words, *overrides)
        return tmp_path / name

    return evaluate


def test_the_harness_is_run_and_its_success_gets_intervals(run):
    found = results(run())
    assert {name: found[name]["value"] for name in ("success_rate", "average", "db")} == {
        "success_rate": "0.333333",
        "average": "0.333333",
        "db": "0.333333",
    }
    assert found["success_rate@domain=retail"]["n"] == "3" and found["success_rate"]["items"] == "9"
    assert float(found["average"]["low"]) < 0.33 < float(found["average"]["high"])
    assert "split base; user Qwen/Qwen3-VL-235B-A22B-Instruct; judge gpt-4.1" in found["average"]["versions"]


def test_the_average_is_of_domains_and_only_of_all_of_them(run):
    assert "average" not in results(run("benchmark.domains=[airline,retail]"))


def test_the_harness_gets_its_words_and_no_key_among_them(run, harness, monkeypatch):
    monkeypatch.setenv("SECRET_OF_OURS", "x")
    run("benchmark.domains=[airline]", "seeds=[7]", "benchmark.max_tokens=99")
    given = seen(harness[0])
    assert given["agent"] == "llm_agent" and given["agent_llm"] == "openai/Qwen/Qwen3-8B" and given["seed"] == 7
    assert json.loads(given["agent_llm_args"])["max_tokens"] == 99
    assert json.loads(given["user_llm_args"]) == {"temperature": 0.0, "api_base": "http://user/v1"}
    assert given["settings"]["keys"] == {"http://agent/v1": "agent and judge secret", "http://user/v1": "user secret"}
    assert not {"SECRET_OF_OURS", "USER_API_KEY", "OPENAI_API_KEY", "PYTHONPATH"} & set(given["names"])
    assert "secret" not in json.dumps({name: value for name, value in given.items() if name != "settings"})


def test_trials_give_pass_k_by_domain_too(run):
    found = results(run("trials=2", "benchmark.domains=[airline,retail]"))
    assert [found[name]["value"] for name in ("pass^1", "pass^2")] == ["0.25", "0.166667"]
    assert found["pass^2@domain=retail"]["value"] == "0.0"


def test_gold_and_nothing_are_agents_in_the_harness_with_a_scripted_user(run, harness):
    gold = run("policy=gold", "benchmark.judge.model=none", name="gold")
    assert seen(harness[0])["agent"] == "prove_gold" and seen(harness[0])["user"] == "prove_script"
    assert results(gold)["average"]["value"] == "1.0"
    assert results(gold)["average"]["benchmark"] == "tau2 (no judge)", "retail's assertions were taken as met"
    run("policy=nothing", "benchmark.judge.model=none", "limit=1", name="nothing")
    assert seen(harness[0])["agent"] == "prove_nothing" and len(seen(harness[0])["task_ids"]) == 1


def test_faults_of_the_simulator_and_of_the_agent_are_counted_apart(run, harness):
    ways = {
        "airline/0": [given_up("JSONDecodeError", ASKED)],
        "airline/1": [given_up("ValueError", USED)],
        "airline/2": [{"reward": 1, "messages": [{"role": "user", "content": "###OUT-OF-SCOPE###"}]}],
    }
    fake(harness[0], ways)
    found = results(run("benchmark.domains=[airline]"))
    values = {name: (row["value"], row["n"]) for name, row in found.items()}
    assert values["success_rate"] == ("0.5", "2"), "a simulator that cannot be used says nothing about the agent"
    assert values["agent_faults"][0] == values["unreadable"][0] == "0.333333"
    assert values["user_faults"][0] == "0.666667"


@pytest.mark.parametrize(
    ("simulation", "metric"),
    [
        ({"termination_reason": "max_steps"}, "turn_cap"),
        ({"termination_reason": "too_many_errors"}, "agent_faults"),
        ({"termination_reason": "agent_error"}, "unreadable"),
        ({"termination_reason": "user_error"}, "user_faults"),
        (
            {"termination_reason": "infrastructure_error", **given_up("ContextWindowExceededError", ASKED)},
            "out_of_tokens",
        ),
    ],
)
def test_how_a_simulation_ended_is_counted(simulation, metric):
    counts = counts_of(simulation, "retail")
    assert counts[metric] == (1.0, 1.0)
    assert ("success_rate" in counts) == (metric != "user_faults")
    assert counts.get("success_rate", (0.0, 1.0)) == (0.0, 1.0)


@pytest.mark.parametrize("kind", ["APIConnectionError", "RateLimitError", "Timeout", "TypeError"])
def test_a_failed_endpoint_is_nobodys_fault(kind):
    with pytest.raises(GivenUp, match=kind):
        counts_of({"termination_reason": "infrastructure_error", **given_up(kind, ASKED)}, "retail")


def test_an_endpoint_that_dies_loses_no_simulation_and_the_same_command_tries_again(run, harness, tmp_path):
    fake(harness[0], {"airline/1": [given_up("APIConnectionError", ASKED, "connection refused")]})
    with pytest.raises(Unfinished, match="left 1 of 3 airline .* airline/1: APIConnectionError: connection refused"):
        run("benchmark.domains=[airline]")
    assert len(items(tmp_path / "out")) == 2
    fake(harness[0], WAYS)
    assert len(items(run("benchmark.domains=[airline]"))) == 3


def test_a_harness_that_ends_early_keeps_its_items_and_goes_on(run, harness, tmp_path):
    fake(harness[0], WAYS, stop_after=1)
    with pytest.raises(Unfinished, match="left 2 of 3 airline simulations unfinished, status 3"):
        run()
    first = items(tmp_path / "out")
    fake(harness[0], WAYS)
    assert items(run())[:1] == first and len(items(tmp_path / "out")) == 9


def test_a_larger_limit_goes_on_and_a_finished_one_runs_nothing(run, harness, tmp_path):
    run("limit=4")
    assert len(items(run("limit=6"))) == 6
    (harness[0] / "program").unlink()
    assert results(run("limit=6"))["success_rate"]["items"] == "6"


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("benchmark.checkout=conf", "conf is no clone of sierra-research/tau2-bench: git clone --branch v1.0.1"),
        ("benchmark.commit=fc0055d", "the pinned commit is fc0055d: versions score differently"),
        ("benchmark.domains=[bank]", "bank is none of airline, retail, telecom"),
        ("benchmark.split=tests", "benchmark.split=tests is none of base, test"),
        ("benchmark.user.base_url=null", "benchmark.user.base_url are missing: who plays the user"),
        ("benchmark.judge.key=NO_KEY", "retail asks a judge: set NO_KEY, or benchmark.judge.base_url"),
        ("policy=default", "policy=endpoint, gold or nothing, not default"),
        ("trials=0", "trials=0 is no whole number of at least 1"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_written(run, tmp_path, override, reason):
    with pytest.raises(ValueError, match=reason):
        run(override)
    assert not (tmp_path / "out").exists()


def test_a_python_that_is_not_there_is_said(run):
    with pytest.raises(Unfinished, match="benchmark.python=no-such-python cannot be started"):
        run("benchmark.python=no-such-python")


REAL = os.environ.get("PROVE_TAU2", "")


@pytest.mark.skipif(not REAL, reason="PROVE_TAU2 names no checkout of tau2-bench with its environment in .venv")
@pytest.mark.parametrize("broken", [False, True])
def test_the_real_harness_plays_a_task_against_fake_endpoints(tmp_path, broken):
    def agent(request):
        return served(None, ("find_user_id_by_email", "{broken")) if broken else served("I cannot help with that.")

    def user(request):
        return served("I give up. ###STOP###" if len(request["messages"]) > 2 else "Help me.")

    def served(*words):
        return {**says(*words), "model": "served", "id": "1", "object": "chat.completion", "created": 1}

    words = ["benchmark.domains=[retail]", "benchmark.judge.model=none", "limit=1", "concurrency=1"]
    with StubEndpoint(agent) as one, StubEndpoint(user) as other:
        urls = [f"endpoint.base_url={one.url}", f"benchmark.user.base_url={other.url}"]
        evaluated("benchmark=tau2", "model=qwen3-8b", f"benchmark.checkout={REAL}", f"out={tmp_path}", *urls, *words)
    assert one.requests[0]["tools"] and one.requests[0]["model"] == "Qwen/Qwen3-8B"
    (line,) = items(tmp_path)
    counts = {name: total for name, (total, _) in line["item"]["counts"].items()}
    assert (counts["unreadable"], counts["user_faults"]) == (float(broken), 0.0)
    assert line["simulation"]["termination_reason"] == ("infrastructure_error" if broken else "user_stop")
