"""`benchmark=t_eval`: any endpoint on a user's copy of the data; the right answers score 1, empty ones 0."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from prove.benchmarks.comparison import report
from prove.benchmarks.statistics import Settings
from tests.benchmarks.made import evaluated, items, results
from tests.benchmarks.t_eval_made import RIGHT, write
from tests.synthesis.stub_endpoint import Status, StubEndpoint, says

DIMENSIONS = ("instruct", "plan", "reason", "retrieve", "understand", "review")
QUICK = ("endpoint.attempts=1", "endpoint.pause=0", "concurrency=1", "policy=endpoint", "model=qwen3-8b")
LITTLE = 1e-4  # the original never gives the last 1e-5 of arguments


@pytest.fixture
def asked(tmp_path):
    """Evaluates into a folder; the folder."""
    data = write(tmp_path / "data")

    def evaluate(*overrides: str, name: str = "out") -> Path:
        words = (f"benchmark.data={data}", "benchmark.similarity=words", f"out={tmp_path / name}")
        evaluated("benchmark=t_eval", *words, *overrides)
        return tmp_path / name

    return evaluate


def oracle(request):
    return says(RIGHT[request["messages"][-1]["content"]])


def values(folder: Path) -> dict[str, float]:
    return {name: float(row["value"]) for name, row in results(folder).items()}


def test_right_answers_of_an_endpoint_score_one_on_every_dimension(asked):
    with StubEndpoint(oracle) as stub:
        found = values(asked(*QUICK, "benchmark.fifth=[]", f"endpoint.base_url={stub.url}"))
    assert {name: found[name] for name in (*DIMENSIONS, "overall")} == pytest.approx(
        dict.fromkeys((*DIMENSIONS, "overall"), 1.0), abs=LITTLE
    )
    assert found["unreadable"] == 0 and found["plan@prompt=str"] == 1


def test_empty_answers_score_zero_and_are_counted(asked):
    with StubEndpoint(lambda request: says("")) as stub:
        folder = asked(*QUICK, f"endpoint.base_url={stub.url}")
    found = values(folder)
    assert {found[name] for name in (*DIMENSIONS, "overall")} == {0.0}
    readable = {"reason_str", "retrieve_str", "understand_str"}  # free text: the original reads anything
    lines = items(folder)
    assert all(one["item"]["counts"]["unreadable"][0] != (one["item"]["groups"]["file"] in readable) for one in lines)


def test_gold_and_nothing_are_rows_too(asked):
    assert values(asked("policy=gold", name="gold"))["overall"] == pytest.approx(1, abs=LITTLE)
    assert values(asked("policy=nothing", name="nothing"))["overall"] == 0


def test_overall_is_the_mean_of_six_dimensions_and_each_the_mean_of_both_prompts(asked):
    def script(request):
        words = request["messages"][-1]["content"]
        return says(RIGHT[words] if words.startswith(("Plan json", "Review")) else "")

    with StubEndpoint(script) as stub:
        found = results(asked(*QUICK, f"endpoint.base_url={stub.url}"))
    assert [found[name]["value"] for name in ("plan", "review", "reason")] == ["0.5", "1.0", "0.0"]
    assert float(found["overall"]["value"]) == pytest.approx((0.5 + 1) / 6)
    assert float(found["overall"]["low"]) <= 0.25 <= float(found["overall"]["high"])


def test_the_model_gets_the_prompts_as_chat_messages_without_tools(asked):
    with StubEndpoint(oracle) as stub:
        asked(*QUICK, f"endpoint.base_url={stub.url}", "limit=3")
        (first, *_) = stub.requests
    assert [message["role"] for message in first["messages"]] == ["system", "user", "user"]
    assert "tools" not in first and first["temperature"] == 0 and first["max_tokens"] == 512 and len(stub.requests) == 3


def test_review_is_asked_on_the_fifth_that_the_data_brings(asked, tmp_path):
    write(tmp_path / "data", subset=3)
    folder = asked("policy=gold", "benchmark.fifth=[review]")
    assert results(folder)["review"]["n"] == "3"
    assert "of review_str the data's own 1/5" in results(folder)["review"]["versions"]


def test_a_fifth_that_the_data_does_not_bring_is_always_the_same_one(asked):
    words = ("policy=gold", "benchmark.fifth=[review]")
    of = {name: [one["item"]["id"] for one in items(asked(*words, name=name))] for name in ("one", "two")}
    reviews = {name: sorted(one for one in of[name] if one.startswith("review")) for name in of}
    assert reviews["one"] == reviews["two"] and len(reviews["one"]) == 2, "a fifth of six, rounded up"


def test_every_row_says_which_similarity_was_used(asked):
    folder = asked("policy=gold")
    with (folder / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["benchmark"] == "t_eval (words)" and "similarity words (ours)" in row["versions"] for row in rows)


def test_an_endpoint_that_dies_loses_no_answer_and_the_same_command_goes_on(asked, tmp_path):
    count = iter(range(100))

    def script(request):
        return oracle(request) if next(count) < 4 else Status(503, "out of memory")

    with StubEndpoint(script) as stub, pytest.raises(RuntimeError, match="503: out of memory"):
        asked(*QUICK, f"endpoint.base_url={stub.url}")
    assert len(items(tmp_path / "out")) == 4
    with StubEndpoint(oracle) as stub:
        folder = asked(*QUICK, f"endpoint.base_url={stub.url}")
        assert len(stub.requests) == len(items(folder)) - 4
    assert values(folder)["overall"] == pytest.approx(1, abs=LITTLE)


def test_thoughts_and_code_fences_are_no_part_of_the_answer(asked):
    def script(request):
        answer = RIGHT[request["messages"][-1]["content"]]
        return says(f"<think>Perhaps {{[</think>```json\n{answer}\n```" if answer[0] in "{[" else answer)

    with StubEndpoint(script) as stub:
        assert values(asked(*QUICK, f"endpoint.base_url={stub.url}"))["overall"] == pytest.approx(1, abs=LITTLE)


def test_a_prompt_that_does_not_fit_is_counted(asked):
    full = Status(400, "This model's maximum context length is 10 tokens")
    with StubEndpoint(lambda request: full) as stub:
        assert values(asked(*QUICK, f"endpoint.base_url={stub.url}"))["out_of_tokens"] == 1


def test_two_models_are_compared_by_their_means_too(asked, tmp_path):
    asked("policy=gold", name="gold")
    asked("policy=nothing", name="nothing")
    settings = Settings(confidence=0.95, draws=200, seed=0, power=0.8, discordant=0.2)
    said = report(f"{tmp_path / 'gold'},{tmp_path / 'nothing'}", settings)
    overall = next(line for line in said.splitlines() if line.startswith("overall "))
    assert overall.split()[1:4] == ["1.000", "0.000", "+1.000"]


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("benchmark.data=null", "benchmark.data is missing: the folder of your copy"),
        ("benchmark.data=conf", r"benchmark.data=conf has no \*_v2.json of T-Eval"),
        ("benchmark.version=v1", r"has no \*_v1.json"),
        ("benchmark.dimensions=[plans]", "plans is none of instruct, plan"),
        ("benchmark.fifth=[reason]", "reason, retrieve, understand share questions, so all or none"),
        ("policy=golden", "policy=golden is none of default, endpoint, gold, nothing; gold?"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_written(asked, tmp_path, override, reason):
    with pytest.raises(ValueError, match=reason):
        asked("policy=gold", override)
    assert not (tmp_path / "out").exists()


def test_a_question_that_lacks_its_truth_is_named(asked, tmp_path):
    path = tmp_path / "data" / "review_str_v2.json"
    data = json.loads(path.read_text())
    data["query_1"].pop("ground_truth")
    path.write_text(json.dumps(data))
    with pytest.raises(ValueError, match="question query_1 is none of T-Eval's: it needs 'ground_truth'"):
        asked("policy=gold", "benchmark.fifth=[]")


def test_the_originals_similarity_is_never_replaced_silently(asked, monkeypatch):
    monkeypatch.setattr("prove.benchmarks.t_eval.similarity.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match="all-mpnet-base-v2 needs `pip install sentence-transformers=="):
        asked("policy=gold", "benchmark.similarity=all-mpnet-base-v2")
