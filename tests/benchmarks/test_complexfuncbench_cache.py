"""`benchmark=complexfuncbench_cache` on a small shop: which calls count, and what the cache is to blame for."""

from __future__ import annotations

import json

import pytest

from prove.benchmarks.made import made
from prove.types import ExecutedCall, GroundTruth, Step, ToolCall
from tests.benchmarks.made import evaluated, results, shop
from tests.synthesis.stub_endpoint import StubEndpoint, says

CHOICE = ("benchmark=complexfuncbench_cache", "servers.names=[shop]")


@pytest.fixture
def played(tmp_path, monkeypatch):
    monkeypatch.setenv("PROVE_CACHES", str(tmp_path))
    traces = shop(tmp_path)

    def play(*overrides: str):
        evaluated(*CHOICE, f"benchmark.traces={traces}", f"out={tmp_path / 'out'}", *overrides)
        return results(tmp_path / "out")

    return play


def test_gold_reaches_the_ceiling_and_the_cache_is_blamed_for_what_it_lacks(played):
    found = played("policy=gold")
    for name in (
        "call_accuracy",
        "success_rate",
        "turn_accuracy",
        "call_accuracy_all_steps",
        "graduated/orchestration",
    ):
        assert found[name]["value"] == "1.0", name
    assert found["call_accuracy"]["n"] == "4", "the step after the one that was not recorded is out of reach"
    assert found["call_accuracy_all_steps"]["n"] == "5"
    assert (found["answered"]["value"], found["missed"]["value"], found["made_unanswered"]["value"]) == (
        "0.8",
        "0.2",
        "0.2",
    )


def test_doing_nothing_is_the_floor(played):
    found = played("policy=nothing")
    assert {found[name]["value"] for name in ("call_accuracy", "success_rate", "prove/total", "graduated/total")} == {
        "0.0"
    }


def test_a_model_is_scored_by_the_calls_it_makes(played):
    def script(request):
        turn = sum(message["role"] == "assistant" for message in request["messages"])
        word = "Tea" if "tea" in request["messages"][0]["content"] else "nuts"
        calls = [("Look", json.dumps({"word": word})), ("Price", '{"id": "T-1"}'), ("Other", '{"id": "T-1"}')]
        return says(None, calls[turn]) if turn < len(calls) else says("Done.")

    with StubEndpoint(script) as stub:
        found = played("policy=endpoint", f"endpoint.base_url={stub.url}")
    assert found["call_accuracy"]["value"] == "0.5", "Tea is tea, nuts is not nut"
    assert found["success_rate"]["value"] == "0.5" and found["turn_accuracy"]["value"] == "0.5"
    assert found["missed"]["value"] == "0.333333" and found["refused"]["value"] == "0.333333"
    assert found["made_unanswered"]["value"] == "0.5", "the cache is asked letter by letter"
    names = {tool["function"]["name"] for tool in stub.requests[0]["tools"]}
    assert names == {"Look", "Price"} and stub.requests[0]["temperature"] == 0


def test_all_tools_are_offered_on_demand(played):
    with StubEndpoint(lambda request: says("Done.")) as stub:
        played("policy=endpoint", "benchmark.offered=all", "limit=1", f"endpoint.base_url={stub.url}")
    assert {tool["function"]["name"] for tool in stub.requests[0]["tools"]} == {"Look", "Price", "Other"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"steps": []}, "line 1 is no trace for server shop: it has no steps"),
        ({"query": None, "steps": [{}]}, "line 1 is no trace for server shop: no 'ground_truth'"),
        ({"workflow_id": "nut-1"}, "has two traces of one workflow_id"),
    ],
)
def test_a_broken_trace_is_refused_by_its_line(played, tmp_path, change, reason):
    lines = (tmp_path / "traces.jsonl").read_text().splitlines()
    (tmp_path / "traces.jsonl").write_text("\n".join([json.dumps(json.loads(lines[0]) | change), *lines[1:]]))
    with pytest.raises(ValueError, match=reason):
        played("policy=gold")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("benchmark.offered=some", "benchmark.offered=some is none of candidates, all"),
        ("benchmark.traces=no.jsonl", "no.jsonl is missing; `python -m prove.synthesize synthesis=import"),
        ("servers.names=[banking]", "is no trace for server banking: the server has no tool Look"),
        ("servers.names=[banking,calendar]", "on one recorded server, not on banking, calendar"),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(played, override, reason):
    with pytest.raises(ValueError, match=reason):
        played("policy=gold", override)


def calls(*words: str) -> list[ExecutedCall]:
    return [ExecutedCall("Look", {"word": word}, True) for word in words]


def truth(*words: str, edges=()) -> GroundTruth:
    return GroundTruth(tuple(Step((ToolCall("Look", {"word": word}),)) for word in words), edges, (0,) * len(words))


@pytest.mark.parametrize(
    ("said", "wanted", "edges", "places"),
    [
        (["a", "b"], ["a", "b"], (), (0, 1)),
        (["b", "a"], ["a", "b"], (), (1, 0)),
        (["b", "a"], ["a", "b"], ((0, 1),), (1, None)),
        (["b", "a", "b"], ["a", "b"], ((0, 1),), (1, 2)),
        (["b"], ["a", "b"], ((0, 1),), (None, 0)),
        (["a"], ["a", "a"], (), (0, None)),
        (["A,", "c"], ["a", "b"], (), (0, None)),
    ],
)
def test_each_ground_truth_call_needs_a_call_of_its_own_after_what_it_depends_on(said, wanted, edges, places):
    assert made(calls(*said), truth(*wanted, edges=edges)) == places


def test_an_argument_too_many_or_too_few_is_another_call():
    wanted = GroundTruth((Step((ToolCall("Look", {"word": "a", "sort": "x"}),)),), (), (0,))
    assert made([ExecutedCall("Look", {"word": "a"}, True)], wanted) == (None,)
    more = ExecutedCall("Look", {"word": "a", "sort": "x", "limit": 1}, True)
    assert made([more], wanted) == (None,)
