"""Several benchmarks and rows in one command: each as its own command would do it, then one table of all."""

from __future__ import annotations

import csv
import shlex

import pytest

import prove.evaluate
from prove.benchmarks.items import Line
from prove.benchmarks.paper import figures
from prove.benchmarks.protocols import Asked, beside, block
from prove.benchmarks.results import About, rows_of
from prove.benchmarks.statistics import Settings
from prove.evaluate import begin
from tests.benchmarks import t_eval_made
from tests.benchmarks.made import QUICKLY, evaluated, items, results, rows
from tests.synthesis.stub_endpoint import StubEndpoint, says

SETTINGS = Settings(confidence=0.95, draws=200, seed=0, power=0.8, discordant=0.2)
QUICK = ("policy=endpoint", "endpoint.attempts=1", "endpoint.pause=0", "concurrency=1")
DEAD = "http://127.0.0.1:9/v1"


@pytest.fixture
def command(tmp_path):
    """Runs a command on small data; its exit status."""
    data = [rows(tmp_path / "heldout.parquet"), t_eval_made.write(tmp_path / "t_eval")]
    known = (f"data.heldout={data[0]}", "servers=banking", f"out={tmp_path / 'out'}", *QUICKLY)
    ours = (f"t_eval.data={data[1]}", "t_eval.similarity=words")

    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as ended:
            begin([*known, *(ours if any("t_eval" in word for word in words) else ()), *words])
        return ended.value.code

    return run


def summary(tmp_path) -> dict[tuple[str, str, str], dict[str, str]]:
    """(benchmark, row, measure) -> its line of summary.csv."""
    with (tmp_path / "out/summary.csv").open(newline="", encoding="utf-8") as file:
        return {(one["benchmark"], one["row"], one["measure"]): one for one in csv.DictReader(file)}


def test_every_benchmark_is_played_with_every_row_as_its_own_command_plays_it(command, tmp_path):
    assert command("benchmark=heldout,t_eval", "rows=nothing,gold", "heldout.limit=2") == 0
    names = ["heldout-nothing", "heldout-gold", "t_eval-nothing", "t_eval-gold"]
    assert [len(items(tmp_path / "out" / name)) for name in names] == [2, 2, 22, 22]
    for name in names:
        before = results(tmp_path / "out" / name)
        told = next(iter(before.values()))["command"]
        assert told.startswith("python -m prove.evaluate benchmark=")
        evaluated(*shlex.split(told)[3:])
        assert {metric: row["value"] for metric, row in before.items()} == {
            metric: row["value"] for metric, row in results(tmp_path / "out" / name).items()
        }


def test_the_summary_has_every_row_and_its_difference_to_the_first(command, tmp_path, capsys):
    assert command("rows=nothing,gold", "seeds=[0,1]") == 0
    found = summary(tmp_path)
    floor, gold = found["heldout", "nothing", "exact"], found["heldout", "gold", "exact"]
    assert (floor["value"], floor["difference"], gold["value"]) == ("0.0", "", "1.0")
    assert (gold["against"], gold["difference"], gold["pairs"], gold["n"]) == ("nothing", "1.0", "4", "8")
    assert gold["mcnemar"] == "", "two seeds of an item are no single tries"
    assert command("rows=nothing,gold") == 0
    assert summary(tmp_path)["heldout", "gold", "exact"]["mcnemar"] == "0.125"
    said = capsys.readouterr().out
    assert "minus nothing [95%]" in said and "+1.000 [+1.000, +1.000]" in said
    assert "| exact | nothing | 0.000 [0.000, 0.490] (n 4) |" in (tmp_path / "out/summary.md").read_text()


def test_more_trials_give_pass_k_of_every_row(command, tmp_path):
    assert command("rows=gold,nothing", "trials=2", "limit=2") == 0
    found = summary(tmp_path)
    assert found["heldout", "gold", "pass^2"]["value"] == "1.0"
    assert found["heldout", "nothing", "pass^2"]["difference"] == "-1.0"


def test_a_model_may_lie_in_a_folder_with_commas_and_equals_signs(command, tmp_path):
    path = f"{tmp_path}/method=sft,seed=0/model"
    with StubEndpoint(lambda request: says("No.")) as stub:
        asked = (f"rows=sft:{path},prove:hub/model,nothing", *QUICK, f"endpoint.base_url={stub.url}", "limit=1")
        assert command(*asked) == 0
        assert {request["model"] for request in stub.requests} == {path, "hub/model"}
    told = results(tmp_path / "out/heldout-sft")["exact"]["command"]
    assert f'model.path="{path}"' in shlex.split(told)


def test_a_benchmark_that_fails_stops_no_other_and_the_same_command_goes_on(command, tmp_path, capsys):
    asked = ("benchmark=t_eval,heldout", *QUICK, "heldout.policy=nothing", "t_eval.dimensions=[review]")
    assert command(*asked, f"endpoint.base_url={DEAD}") == 1
    said = capsys.readouterr()
    assert "t_eval, endpoint: http://127.0.0.1:9/v1/chat/completions gave no answer" in said.err
    assert f"what is finished is in {tmp_path / 'out/t_eval-endpoint'}, the same command goes on" in said.err
    assert "endpoint: not finished" in said.out and ("heldout", "nothing", "exact") in summary(tmp_path)
    with StubEndpoint(lambda request: says(t_eval_made.RIGHT[request["messages"][-1]["content"]])) as stub:
        assert command(*asked, f"endpoint.base_url={stub.url}") == 0
    assert summary(tmp_path)["t_eval (words)", "endpoint", "review"]["value"] == "1.0"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["benchmark=heldout,t_evil"], "benchmark=t_evil is no choice; choose of bfcl"),
        (["benchmark=t_eval,t_eval"], "names one of them twice"),
        (["benchmark=heldout,t_eval", "bfcl.limit=4"], "bfcl.limit=4: bfcl is not among benchmark=heldout,t_eval"),
        (["benchmark=heldout,t_eval", "benchmark.fifth=[]"], "benchmark=heldout: benchmark.fifth belongs to"),
        (["benchmark=heldout,t_eval", "t_eval.fith=[]"], "benchmark=t_eval: there is no key fith"),
        (["benchmark=heldout,t_eval", "trials=0", "policy=gold"], "trials=0 is no whole number"),
        (["benchmark=heldout,t_eval", "t_eval.data=nowhere", "policy=gold"], "nowhere has no *_v2.json"),
        (["benchmark=heldout,bfcl", "limit=3", "policy=gold"], "limit=3 is not the same number of each"),
        (["benchmark=heldout,tau2", "policy=default"], "benchmark=tau2 plays policy=endpoint, gold or nothing"),
        (["rows=base:nowhere,gold"], "row base: model.path=nowhere is no folder"),
        (["rows=base,gold"], "base needs a model, as in base:PATH"),
        (["rows=gold,gold"], "has gold twice"),
        (["rows=gold", "method=x"], "method=x: the names in rows= are the methods"),
        (["rows=nothing", "policy=gold"], "policy=gold: add gold to rows="),
        (["rows=gold", "--cfg"], "--cfg: several benchmarks or rows take no flags"),
        (["tau2.limit=3"], "tau2.limit=3: tau2 is not among benchmark=heldout"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_played(command, tmp_path, capsys, words, reason):
    assert command(*words) == 2
    assert reason in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_an_interruption_ends_the_whole_command(command, monkeypatch, capsys):
    def interrupted(cfg, words):
        raise KeyboardInterrupt

    monkeypatch.setattr(prove.evaluate, "evaluate", interrupted)
    assert command("rows=nothing,gold") == 130
    assert "the same command goes on" in capsys.readouterr().err


def test_both_protocols_come_from_the_same_answers(command, tmp_path):
    """The paper asks review on the data's own fifth, once; ours is all of it, with every seed."""
    t_eval_made.write(tmp_path / "t_eval", subset=2)
    fifth = [words for words in t_eval_made.RIGHT if words.startswith("Review")][:2]

    def script(request):
        words = request["messages"][-1]["content"]
        return says(t_eval_made.RIGHT[words] if words in fifth else "")

    with StubEndpoint(script) as stub:
        words = ("benchmark=t_eval", "rows=a:model-a,b:model-b", *QUICK, f"endpoint.base_url={stub.url}", "seeds=[0,1]")
        assert command(*words, "benchmark.dimensions=[review]") == 0
    found = summary(tmp_path)["t_eval (words)", "a", "review"]
    assert (found["paper_protocol"], found["paper_n"]) == ("1.0", "2")
    assert (found["value"], found["n"], found["items"]) == ("0.333333", "12", "6")
    overall = summary(tmp_path)["t_eval (words)", "a", "overall"]
    assert overall["value"] == overall["paper_protocol"] == "", "five of its six dimensions were not asked"


def test_a_fifth_alone_is_the_papers_review_and_not_ours(command, tmp_path):
    words = ("benchmark=t_eval", "rows=gold,nothing", "t_eval.fifth=[review]")
    assert command(*words) == 0
    review = summary(tmp_path)["t_eval (words)", "gold", "review"]
    assert (review["value"], review["paper_protocol"], review["paper_n"]) == ("", "1.0", "2")
    assert summary(tmp_path)["t_eval (words)", "gold", "overall"]["value"] == ""


def sides(kind: str, played: list[Line]):
    found = rows_of(played, About("m", "base", kind, "", "", kind), SETTINGS)
    return {one.measure: one for one in beside(played, found, Asked(kind, 0))}


def test_the_papers_figure_stands_beside_both_protocols():
    counts = dict.fromkeys(("accuracy", "accuracy@category=base"), (1.0, 1.0))
    played = [Line(f"base_{number}", 0, trial, counts, {}) for number in range(4) for trial in (0, 1)]
    found = rows_of(played, About("qwen3-8b", "base", "bfcl", "", "", "bfcl"), SETTINGS)
    asked = Asked("bfcl", 0, printed=figures("experiments/paper.yaml", "bfcl", "qwen3-8b", "base"))
    said = [line.split() for line in block(beside(played, found, asked), found, asked).splitlines()]
    assert ["base", "0.305", "1.000", "(n", "4)", "1.000", "[0.510,", "1.000]", "(n", "8)"] in said
    assert ["overall", "0.260", *["not", "asked"] * 2] in said
    assert ["pass^2", "-", "one", "trial", "1.000", "[0.510,", "1.000]", "(n", "4)"] in said


def test_of_bfcl_the_paper_has_the_plain_mean_of_four_categories_or_nothing():
    names = ["base", "miss_param", "miss_func", "long_context"]
    right = {"base": 1.0, "miss_param": 0.0, "miss_func": 0.0, "long_context": 1.0}
    played = [
        Line(f"{name}_1", seed, 0, dict.fromkeys(("accuracy", f"accuracy@category={name}"), (right[name], 1.0)), {})
        for name in names
        for seed in (0, 1)
    ]
    whole = sides("bfcl", played)
    assert (whole["overall"].paper, whole["overall"].n, whole["overall"].ours.n) == (0.5, 4, 8)
    part = sides("bfcl", [line for line in played if "long" not in line.id])
    assert part["base"].paper == 1.0 and part["overall"].paper is None and part["overall"].ours is None


def test_of_tau2_the_paper_leaves_out_what_the_harness_gave_up_and_ours_counts_it():
    def line(number, success, kept):
        names = ("success_rate", *(("harness_success_rate",) if kept else ()))
        counts = {f"{name}{where}": (success, 1.0) for name in names for where in ("", "@domain=airline")}
        return Line(f"airline/{number}", 0, 0, counts, {"domain": "airline"})

    airline = sides("tau2", [line(0, 1.0, True), line(1, 0.0, False)])["airline"]
    assert (airline.paper, airline.n, airline.ours.value, airline.ours.n) == (1.0, 1, 0.5, 2)


def test_the_papers_figures_are_those_of_the_same_model_and_method():
    file = "experiments/paper.yaml"
    assert figures(file, "bfcl", "qwen3-8b", "base")["overall"] == pytest.approx(0.26)
    assert figures(file, "tau2", "qwen3-4b", "prove")["airline"] == pytest.approx(0.28)
    assert figures(file, "t_eval", "qwen3-4b", "sft") == {"overall": pytest.approx(0.747)}
    assert figures(file, "bfcl", "tiny", "base") == figures(file, "heldout", "qwen3-8b", "base") == {}
