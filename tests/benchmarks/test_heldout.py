"""`benchmark=heldout`: any policy on rows of a file; what is finished stays, what is wrong is said."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys

import pytest

from prove.benchmarks.comparison import report
from prove.benchmarks.statistics import Settings
from prove.evaluate import begin
from prove.score import main as score
from tests.benchmarks.made import evaluated, items, results, rows
from tests.synthesis.stub_endpoint import Status, StubEndpoint, says

SETTINGS = Settings(confidence=0.95, draws=200, seed=0, power=0.8, discordant=0.2)
QUICK = ("endpoint.attempts=1", "endpoint.pause=0", "concurrency=1", "policy=endpoint")


@pytest.fixture
def played(tmp_path):
    """Evaluates the rows into a folder named by the policy; the folder."""
    data = rows(tmp_path / "heldout.parquet")

    def play(*overrides: str, name: str = "out"):
        evaluated("servers=banking", f"data.heldout={data}", f"out={tmp_path / name}", *overrides)
        return tmp_path / name

    return play


def test_gold_is_the_ceiling_and_doing_nothing_the_floor(played):
    gold, nothing = results(played("policy=gold", name="gold")), results(played("policy=nothing", name="nothing"))
    assert [gold[name]["value"] for name in ("exact", "prove/total", "silent")] == ["1.0", "1.3", "0.0"]
    assert [nothing[name]["value"] for name in ("exact", "prove/total", "silent")] == ["0.0", "0.0", "1.0"]
    assert gold["exact"]["n"] == "4" and gold["exact@calls=2"]["n"] == "2" and gold["exact@server=banking"]["n"] == "4"
    assert 0 < float(gold["exact"]["low"]) < 1, "four right answers are not certainty"


def test_a_row_says_where_it_comes_from(played):
    row = results(played("policy=gold", "method=ceiling"))["exact"]
    assert (row["model"], row["method"], row["seed"], row["benchmark"]) == ("tiny", "ceiling", "0", "heldout")
    assert row["command"].startswith("python -m prove.evaluate servers=banking") and "python 3" in row["versions"]


def test_the_same_command_plays_only_what_is_missing(played):
    folder = played("policy=gold", "limit=2")
    first = items(folder)
    with (folder / "items.jsonl").open("a") as file:
        file.write('{"item": {"id": "ours-')  # as a kill leaves it
    played("policy=gold")
    assert items(folder)[:2] == first and len(items(folder)) == 4


def test_another_evaluation_does_not_go_on_in_the_same_folder(played):
    played("policy=gold")
    with pytest.raises(ValueError, match='holds another evaluation: policy was "gold" and is "nothing"'):
        played("policy=nothing")


def test_two_evaluations_at_once_do_not_write_into_one_folder(played):
    folder = played("policy=gold", "limit=1")
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="another evaluation works in"):
            played("policy=gold")


def test_an_endpoint_that_dies_loses_no_finished_item(played, tmp_path):
    answers = iter(range(1, 100))

    def script(request):
        return says("No.") if next(answers) <= 2 else Status(503, "out of memory")

    with StubEndpoint(script) as stub, pytest.raises(RuntimeError, match="503: out of memory"):
        played(*QUICK, f"endpoint.base_url={stub.url}")
    assert len(items(tmp_path / "out")) == 2
    with StubEndpoint(lambda request: says("No.")) as stub:
        played(*QUICK, f"endpoint.base_url={stub.url}")
        assert len(stub.requests) == 2 and len(items(tmp_path / "out")) == 4


def test_what_no_parser_reads_gets_a_score_and_is_counted(played):
    with StubEndpoint(lambda request: says('<tool_call>{"name": list_accounts}</tool_call>')) as stub:
        found = results(played(*QUICK, f"endpoint.base_url={stub.url}"))
    assert found["unreadable"]["value"] == "1.0" and found["silent"]["value"] == "1.0"
    assert found["prove/total"]["value"] != "" and float(found["exact"]["value"]) == 0


def test_a_conversation_that_no_longer_fits_ends_that_episode_only(played):
    full = Status(400, "This model's maximum context length is 10 tokens")
    with StubEndpoint(lambda request: full) as stub:
        assert results(played(*QUICK, f"endpoint.base_url={stub.url}"))["out_of_tokens"]["value"] == "1.0"


def test_seeds_and_trials_are_sampled_apart_and_give_pass_k(played):
    def script(request):
        call = ("list_accounts", '{"kind": "savings"}')
        asked = len(request["messages"]) == 1
        return says(None, call) if asked and request["seed"] % 2 else says("Done.")

    with StubEndpoint(script) as stub:
        folder = played(*QUICK, "seeds=[0,1]", "trials=4", "limit=2", f"endpoint.base_url={stub.url}")
    found = results(folder)
    assert len({(one["item"]["id"], one["item"]["seed"], one["item"]["trial"]) for one in items(folder)}) == 16
    assert found["pass^1"]["value"] == found["exact"]["value"]
    assert float(found["pass^4"]["value"]) <= float(found["pass^1"]["value"])


def test_finished_items_are_scored_again_by_prove_score(played, capsys):
    folder = played("policy=gold", "limit=1")
    assert score([str(folder / "items.jsonl"), "reward=graduated"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["orchestration"] == 1.0


def test_two_folders_are_compared_item_by_item(played, tmp_path):
    played("policy=gold", name="gold")
    played("policy=nothing", "limit=3", name="nothing")
    said = report(f"{tmp_path / 'gold'},{tmp_path / 'nothing'}", SETTINGS)
    assert "3 tries of both, paired by item; 1 and 0 have no partner" in said
    exact = next(line for line in said.splitlines() if line.startswith("exact "))
    assert "+1.000 [+1.000, +1.000]" in exact and exact.endswith("3, 0, 0.2500")


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        (["policy=gould"], "policy=gould is none of default, endpoint, gold, nothing; gold?"),
        (["policy=default", "model.path=nowhere"], "model.path=nowhere is no folder"),
        (["policy=gold", "trials=0"], "trials=0 is no whole number of at least 1"),
        (["policy=gold", "seeds=[]"], "seeds=\\[\\] is no list"),
        (["policy=gold", "servers=calendar"], "it needs banking, not among the servers of this run"),
        (["policy=gold", "data.heldout=no.parquet"], "no.parquet is missing"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_is_written(played, tmp_path, overrides, reason):
    with pytest.raises(ValueError, match=reason):
        played(*overrides)
    assert not (tmp_path / "out").exists()


def test_the_default_policy_is_sampled_by_its_seed_alone(played):
    first, second = (played("policy=default", "limit=2", f"concurrency={slots}", name=f"c{slots}") for slots in (1, 2))
    said = [{one["item"]["id"]: one["messages"] for one in items(folder)} for folder in (first, second)]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("compare=a,b", "prove.evaluate: a has no items.jsonl: it is no folder of an evaluation"),
        ("compare=a", "name two folders, as in compare=runs/eval/A,runs/eval/B"),
        ("trals=3", "prove.evaluate: there is no key trals; did you mean trials?"),
    ],
)
def test_a_word_that_is_wrong_is_answered_in_one_sentence(capsys, word, reason):
    with pytest.raises(SystemExit) as ended:
        begin([word])
    assert ended.value.code == 2 and reason in capsys.readouterr().err


def test_the_command_that_met_a_dead_endpoint_says_how_to_go_on(tmp_path):
    data = rows(tmp_path / "heldout.parquet", 1)
    words = [
        "servers=banking",
        f"data.heldout={data}",
        f"out={tmp_path / 'out'}",
        "servers.transport=inprocess",
        *QUICK,
    ]
    command = [sys.executable, "-m", "prove.evaluate", *words, "endpoint.base_url=http://127.0.0.1:9/v1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"what is finished is in {tmp_path / 'out'}, the same command goes on" in done.stderr
