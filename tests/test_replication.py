"""The tables of the paper: what may be compared, what an interval is of, and that a README says what its CSV says."""

import csv
import importlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml

from experiments.replication.collect import collect, main, rendered
from experiments.training_dynamics.halfway import halfway
from prove.reports import results
from prove.reports.intervals import estimate, holm
from prove.reports.look import draw
from prove.reports.results import Results
from prove.reports.runs import Source
from prove.reward_files import load_reward
from prove.types import Ending, Episode, ExecutedCall, GroundTruth, RewardBreakdown, Step, ToolCall

TABLES = "main_results sft_baseline reward_ablation lr_sweep training_dynamics teacher_ablation".split()
TABLES += ["preset_runs", "live_vs_cached"]  # ours
PAY = {"type": "object", "properties": {"amount": {"type": "integer"}}, "required": ["amount"]}
TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": PAY}}]
RIGHT, WRONG, FAILED = "right", "wrong", "failed"  # every call as asked; other amounts; refused by the server
EXAMPLES = {f"e{number}": 1 + number % 3 for number in range(6)}  # example -> ground-truth calls


def table(name):
    return importlib.import_module(f"experiments.{name}.collect").TABLE


def episode(example, wanted, outcome, world="w"):
    """A line of episodes/SPLIT/STEP.jsonl; its stored reward is that of another reward, and wrong for the table."""
    truth = GroundTruth(tuple(Step((ToolCall("pay", {"amount": number}),)) for number in range(wanted)))
    amounts = [call.arguments["amount"] + 100 * (outcome == WRONG) for call in truth.calls]
    calls = tuple(ExecutedCall("pay", {"amount": amount}, ok=outcome != FAILED) for amount in amounts)
    stored = RewardBreakdown(0.0, 0.0, 0.0, 0.0, 0.0, total=-7.0)
    return Episode(example, "tiny", [], TOOLS, calls, stored, truth, {"bank": world}, {}, ending=Ending())


def write_run(folder, outcomes, seed=0, step=4, split="heldout", world="w", model="tiny", **changes):
    """A finished run whose episodes come out as `outcomes` says, example by example, in the order of EXAMPLES."""
    played = folder / "episodes" / split
    played.mkdir(parents=True, exist_ok=True)
    lines = [
        episode(example, wanted, outcome, world).to_json()
        for (example, wanted), outcome in zip(EXAMPLES.items(), outcomes, strict=False)
    ]
    (played / f"{step:05d}.jsonl").write_text("".join(line + "\n" for line in lines))
    config = {
        "seed": seed,
        "model": {"name": model, "path": changes.pop("path", "experiments/tiny_model/model")},
        "data": {"heldout": "data/mini/heldout.parquet"},
        "servers": {"names": ["bank"]},
        "rollout": {"temperature": 1.0},
        "trainer": {"gpus": 0, "nodes": 1, "validate_temperature": 1.0, **changes},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    (folder / "summary.json").write_text(json.dumps({"seconds": 12.0}))
    metrics = [{"step": one, "reward/total": 0.5 + one / 10 + seed / 100, "reward/exact": one / 10} for one in (1, 2)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in metrics))
    return folder


def write_jobs(sweep, jobs):
    """jobs.csv of a sweep: job -> (folder below runs/, status)."""
    sweep.mkdir(parents=True, exist_ok=True)
    with (sweep / "jobs.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["job", "folder", "status", "seconds", "overrides"])
        writer.writerows([job, folder, status, 60.0, ""] for job, (folder, status) in jobs.items())


@pytest.fixture
def methods(tmp_path):
    """runs/main_results with base, SFT and PROVE, two seeds each; PROVE is right where base is wrong."""
    sweep = tmp_path / "runs" / "main_results"
    for seed in (0, 1):
        last = [RIGHT, RIGHT] if seed else [WRONG, FAILED]
        write_run(sweep / f"method=base,seed={seed}", [RIGHT, WRONG, WRONG, WRONG, *last], seed, step=0)
        write_run(sweep / f"method=sft,seed={seed}", [RIGHT, WRONG, WRONG, RIGHT, WRONG, WRONG], seed)
        write_run(sweep / f"method=prove,seed={seed}", [RIGHT] * (4 + seed) + [WRONG] * (2 - seed), seed)
    return sweep


def collected(name, folders, into, pictures=False):
    """The lines that collecting some folders gives, in a copy of the table's folder; pictures take seconds."""
    into.mkdir(exist_ok=True)
    shutil.copy(table(name).folder / "README.md", into)
    collect(table(name) if pictures else replace(table(name), pictures={}), folders, into)
    return Results(tuple(results.read(into / "results.csv")))


def test_an_interval_is_over_seeds_as_well_as_examples():
    seeds_differ = estimate(np.array([[0.0, 0.0], [1.0, 1.0]]))  # no example differs
    assert (seeds_differ.mean, seeds_differ.low, seeds_differ.high) == (0.5, 0.0, 1.0)
    examples_differ = estimate(np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert (examples_differ.mean, examples_differ.low, examples_differ.high) == (0.5, 0.0, 1.0)
    assert seeds_differ.by_seed == (0.0, 1.0) and examples_differ.by_seed == (0.5, 0.5)


def test_an_interval_of_many_examples_is_near_the_textbook():
    values = np.random.default_rng(3).normal(0.1, 0.5, size=(1, 400))
    found, half = estimate(values), 1.96 * values.std() / 400**0.5
    assert found.low == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_p_is_the_share_of_draws_on_the_other_side_and_never_zero():
    assert estimate(np.full((3, 5), 0.2)).p == pytest.approx(2 / 10_001)
    assert estimate(np.array([[-1.0, 1.0]])).p == 1.0
    assert estimate(np.array([[0.0, 1.0]])).p == pytest.approx(0.5, abs=0.02)  # both draws are 0: a quarter


def test_holm_multiplies_the_smallest_p_by_all_and_never_falls():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06})
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}


def test_the_difference_is_that_of_the_same_example_and_seed(methods, tmp_path):
    found = collected("sft_baseline", [methods], tmp_path / "out")
    line = found.one("tiny", "prove", "exact", "base")
    assert (line.n, line.seeds, line.by_seed) == (12, 2, "+0.5000 +0.3333")
    assert line.difference == pytest.approx((3 + 2) / 12, abs=1e-4)
    assert line.diff_low < line.difference < line.diff_high
    against_sft = found.one("tiny", "prove", "exact", "sft")
    assert against_sft.difference == pytest.approx(5 / 12, abs=1e-4)
    assert line.value == against_sft.value == 0.75


def test_solved_tasks_are_counted_by_the_calls_they_need(methods, tmp_path):
    found = collected("main_results", [methods], tmp_path / "out")
    shares = [found.one("tiny", "prove", f"exact@{calls}") for calls in (1, 2, 3)]
    assert [line.value for line in shares] == [1.0, 0.75, 0.5]
    assert [line.n for line in shares] == [4, 4, 4]


def test_episodes_are_scored_under_the_whole_reward_whatever_they_were_trained_on(tmp_path):
    runs = tmp_path / "runs" / "reward_ablation"
    for arm in ("prove", "no_coverage"):
        write_run(runs / f"reward={arm},seed=0", [RIGHT, FAILED, FAILED, FAILED, FAILED, FAILED])
    line = collected("reward_ablation", [runs], tmp_path / "out").one("tiny", "no_coverage", "total")
    truth = [episode(example, wanted, RIGHT) for example, wanted in EXAMPLES.items()]
    played = [truth[0], *(replace(one, calls=tuple(replace(c, ok=False) for c in one.calls)) for one in truth[1:])]
    totals = [load_reward("prove")(one.calls, one.ground_truth, TOOLS, Ending()).total for one in played]
    assert line.value == pytest.approx(sum(totals) / 6, abs=1e-4)
    failed = collected("reward_ablation", [runs], tmp_path / "out").one("tiny", "prove", "failed_calls")
    assert failed.value == pytest.approx((2 + 3 + 1 + 2 + 3) / 6, abs=1e-4)


def test_the_ablations_are_corrected_together(tmp_path):
    runs = tmp_path / "runs" / "reward_ablation"
    for arm in ("prove", "no_arg", "no_name"):
        write_run(runs / f"reward={arm},seed=0", [RIGHT if arm == "prove" else WRONG] * 6)
    found = collected("reward_ablation", [runs], tmp_path / "out")
    line = found.one("tiny", "no_arg", "exact", "prove")
    assert line.difference == line.diff_low == -1.0
    assert (line.p, line.p_holm) == (pytest.approx(2 / 10_001, rel=1e-3), pytest.approx(4 / 10_001, rel=1e-3))
    assert "0.000 *" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"outcomes": [RIGHT] * 5}, "1 of their 6 heldout examples are not in it, e.g. e5"),
        ({"world": "another"}, "example e0 is not the same task in the same world"),
        ({"validate_temperature": 0.0}, "trainer.validate_temperature is 1.0 and 0.0"),
    ],
)
def test_runs_that_do_not_pair_are_refused(methods, tmp_path, change, sentence):
    odd = methods / "method=prove,seed=1"
    shutil.rmtree(odd)
    write_run(odd, change.pop("outcomes", [RIGHT] * 6), seed=1, **change)
    with pytest.raises(ValueError, match="pair") as refused:
        collected("main_results", [methods], tmp_path / "out")
    assert sentence in str(refused.value) and "method=prove,seed=1" in str(refused.value)


def test_a_crashed_episode_counts_nothing_and_is_no_reason_to_refuse(methods, tmp_path):
    crashed = write_run(methods / "method=prove,seed=0", [RIGHT] * 5)
    with (crashed / "metrics.jsonl").open("a") as file:
        file.write(json.dumps({"step": 4, "heldout/episode/crashed": 1 / 6}) + "\n")
    found = collected("main_results", [methods], tmp_path / "out")
    assert found.one("tiny", "prove", "exact").value == pytest.approx(10 / 12, abs=1e-4)


def test_a_run_lies_where_jobs_csv_says_and_one_that_is_not_done_is_named(methods, tmp_path):
    sweep = tmp_path / "runs" / "lr"
    jobs = {"lr=1.2e-3,seed=0": ("main_results/method=prove,seed=0", "done"), "lr=0.5,seed=0": ("lr/x", "running")}
    write_jobs(sweep, jobs)
    write_run(methods / "method=prove,seed=0", [RIGHT] * 6, split="validation")
    line = collected("lr_sweep", [sweep], tmp_path / "out").one("tiny", "0.0012", "total")
    assert (line.seconds, line.seeds, line.n) == (60.0, 1, 6)
    without_pictures = replace(table("lr_sweep"), pictures={})
    assert collect(without_pictures, [sweep], tmp_path / "out") == ["lr=0.5,seed=0 is running: left out"]


def test_the_learning_rate_is_chosen_on_validation_rows(tmp_path):
    sweep = tmp_path / "runs" / "lr"
    for rate, heldout, validation in (("4e-4", [RIGHT] * 6, [WRONG] * 6), ("0.0012", [WRONG] * 6, [RIGHT] * 6)):
        folder = write_run(sweep / f"lr={rate},seed=0", heldout)
        write_run(folder, validation, split="validation")
    found = collected("lr_sweep", [sweep], tmp_path / "out")
    assert found.one("tiny", "chosen", "lr").value == 0.0012
    assert found.one("tiny", "0.0004", "total").value > found.one("tiny", "0.0012", "total").value


def test_rows_of_a_model_that_did_not_run_here_stay(methods, tmp_path):
    before = collected("main_results", [methods], tmp_path / "out")
    cluster = tmp_path / "runs" / "cluster"
    write_run(cluster / "method=prove,seed=0", [RIGHT] * 6, model="qwen3-4b")
    after = collected("main_results", [cluster], tmp_path / "out")
    assert after.one("qwen3-4b", "prove", "exact").value == 1.0
    assert after.one("qwen3-4b", "prove", "bfcl_mt/overall").value is None
    assert after.one("tiny", "prove", "exact", "base") == before.one("tiny", "prove", "exact", "base")
    assert "\nqwen3-4b:\n\n|" in (tmp_path / "out" / "README.md").read_text()


def test_nothing_is_lost_where_there_are_no_runs(methods, tmp_path):
    before = collected("main_results", [methods], tmp_path / "out")
    notes = collect(replace(table("main_results"), pictures={}), [], tmp_path / "out", standing=tmp_path / "none")
    assert ["is not there" in note for note in notes] == [True]
    assert Results(tuple(results.read(tmp_path / "out" / "results.csv"))) == before


def test_the_checkpoint_halfway_is_compared_at_its_own_step(methods, tmp_path):
    evaluated = tmp_path / "runs" / "training_dynamics"
    for seed in (0, 1):
        checkpoint = methods / f"method=prove,seed={seed}" / "checkpoints" / "global_step_2" / "actor" / "huggingface"
        checkpoint.mkdir(parents=True)
        write_run(
            evaluated / f"checkpoint=halfway,seed={seed}", [RIGHT] * 3 + [WRONG] * 3, seed, 0, path=f"{checkpoint}/"
        )
    assert [(seed, step) for seed, step, _ in halfway(methods)] == [(0, 2), (1, 2)]
    found = collected("training_dynamics", [methods, evaluated], tmp_path / "out")
    assert [found.one("tiny", row, "steps").value for row in ("base", "halfway", "prove")] == [0, 2, 4]
    assert found.one("tiny", "halfway", "exact", "base").difference == pytest.approx((2 + 0) / 12, abs=1e-4)
    assert {line["arm"] for line in csv.DictReader((tmp_path / "out" / "curves.csv").open())} == {"prove"}
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "| total | 0.655 | 0.650 0.660 |" in readme  # of training: the mean of its steps, and by seed


def test_pictures_are_made_from_the_csv_files_alone(methods, tmp_path):
    collected("training_dynamics", [methods], tmp_path / "out")  # no pictures
    shutil.rmtree(methods)
    alone = tmp_path / "alone"
    alone.mkdir()
    for name in ("results.csv", "curves.csv"):
        shutil.copy(tmp_path / "out" / name, alone)
    assert draw(table("training_dynamics").pictures, alone) == ["reward", "components"]
    pictures = sorted(alone.glob("*.png"))
    assert [path.name for path in pictures[:2]] == ["components-dark.png", "components-light.png"]
    assert all(5_000 < path.stat().st_size < 100_000 for path in pictures)


def test_the_forest_puts_ours_beside_the_paper(tmp_path):
    runs = tmp_path / "runs" / "reward_ablation"
    for arm in ("prove", "no_arg", "flat_budget"):
        write_run(runs / f"reward={arm},seed=0", [RIGHT] * (6 if arm == "prove" else 4) + [WRONG] * 2)
    collected("reward_ablation", [runs], tmp_path / "out", pictures=True)
    assert (tmp_path / "out" / "forest-light.png").exists() and (tmp_path / "out" / "forest-dark.png").exists()
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "| pairs in BFCL's order | 15 of 15 | 8 of 15 | 9 of 15 | 0 of 1 |" in readme
    assert "| no_name | 2 | 3 | 2 | not run | not run |" in readme


@pytest.mark.parametrize("name", TABLES)
def test_a_readme_says_what_its_csv_says(name):
    text = (table(name).folder / "README.md").read_text()
    for marker, block in rendered(table(name), table(name).folder).items():
        assert f"<!-- collected: {marker} -->\n{block}\n<!-- end -->" in text


@pytest.mark.parametrize("name", TABLES)
def test_what_was_not_run_is_there_and_says_so(name):
    lines = results.read(table(name).folder / "results.csv")
    ours = {line.key[1:] for line in lines if line.source == "ours"}
    assert {line.key[1:] for line in lines if line.source == "paper"} <= ours
    assert all(
        line.n or line.seeds or line.value is None or "/" in line.measure for line in lines if line.source == "ours"
    )


def test_the_papers_differences_are_its_own():
    found = Results(tuple(results.read(table("reward_ablation").folder / "results.csv")))
    line = found.one("qwen3-4b", "no_name", "bfcl_mt/overall", source="paper")
    assert (line.value, line.against, line.difference) == (23.0, "prove", -6.0)


def test_a_folder_without_runs_is_named_in_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["collect", str(tmp_path / "nowhere")])
    assert main(table("main_results")) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path}/nowhere has neither jobs.csv nor finished runs")


def test_a_job_that_names_no_row_is_an_error(tmp_path):
    write_run(tmp_path / "runs" / "x" / "seed=0", [RIGHT] * 6)
    with pytest.raises(ValueError, match="has no method in its name"):
        collected("main_results", [tmp_path / "runs" / "x"], tmp_path / "out")


def test_two_runs_of_one_row_and_seed_are_an_error(tmp_path):
    sweep = tmp_path / "runs" / "x"
    for batch in (8, 16):
        write_run(sweep / f"method=prove,trainer.batch={batch},seed=0", [RIGHT] * 6)
    with pytest.raises(ValueError, match="are both tiny, prove, seed 0"):
        collected("main_results", [sweep], tmp_path / "out")


def test_a_source_may_take_some_rows_only():
    assert Source("main_results", "method", ("base",)) in table("reward_ablation").sources
