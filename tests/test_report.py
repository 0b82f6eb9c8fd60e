"""python -m prove.report: what a reader finds in it, whatever state the runs are in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import yaml

from prove.report import main
from prove.reports.instructive import Earlier, Sighting, choose
from prove.reports.measures import Played
from tests.test_replication import EXAMPLES, FAILED, RIGHT, WRONG, episode, write_jobs, write_run

HOSTILE = "</script><img src=x onerror=alert(1)> ``` | \x07 <!-- collected: x -->"


def talk(run, step=4, split="heldout"):
    """Gives the stored episodes of a run a conversation, of which the model wrote a hostile part."""
    path = run / "episodes" / split / f"{step:05d}.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        said = [("user", "Pay."), *[("assistant", f"{HOSTILE} {'long ' * 200}")] * 30]
        line["messages"] = [{"role": role, "content": text} for role, text in said]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def made(tmp_path, *words, name="out"):
    """The HTML and the Markdown of a report; the command must succeed."""
    out = tmp_path / f"{name}.html"
    assert main([*map(str, words), "--out", str(out)]) == 0
    return out.read_text(), out.with_suffix(".md").read_text()


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """base and prove with two seeds each; prove with seed 1 still runs, seed 2 waits."""
    folder = tmp_path_factory.mktemp("runs") / "runs" / "main_results"
    done = {}
    for seed in (0, 1):
        base = write_run(folder / f"method=base,seed={seed}", [RIGHT, WRONG, WRONG, FAILED, WRONG, WRONG], seed, step=0)
        (base / "metrics.jsonl").write_text('{"step": 0}\n')
        done[f"method=base,seed={seed}"] = (f"main_results/{base.name}", "done")
    prove = write_run(folder / "method=prove,seed=0", [RIGHT] * 2 + [WRONG] * 4, lr=0.5)
    talk(prove)
    running = write_run(folder / "method=prove,seed=1", [RIGHT] * 6, seed=1)
    (running / "summary.json").unlink()
    with (running / "metrics.jsonl").open("a") as file:
        file.write('{"step": 3, "reward/to')  # torn by a kill
    done |= {"method=prove,seed=0": (f"main_results/{prove.name}", "done")}
    done |= {"method=prove,seed=1": (f"main_results/{running.name}", "running")}
    write_jobs(folder, {**done, "method=prove,seed=2": ("main_results/method=prove,seed=2", "waiting")})
    return folder


@pytest.fixture(scope="module")
def written(sweep, tmp_path_factory):
    return made(tmp_path_factory.mktemp("report"), sweep)


def test_the_paper_stands_beside_ours_with_intervals_and_n(written):
    _, plain = written
    assert "| qwen3-4b | prove | 35.5 (+12.0) | not run |" in plain
    row = next(line for line in plain.splitlines() if line.startswith("| PROVE | 4 |"))
    assert re.search(r"\| 0\.333 \[0\.000, 0\.\d{3}\] \|", row) and "| 6 (1 seed) |" in row
    gap = next(line for line in plain.splitlines() if line.startswith("| PROVE − base |"))
    assert "+0.167 [" in gap and gap.endswith("| 6 (1 seed) |")


def test_what_is_not_finished_is_named_and_its_curve_is_there(written):
    _, plain = written
    missing = plain.partition("## What is missing")[2].partition("##")[0]
    assert "method=prove,seed=1 is running at step 2: only its curves are below" in missing
    assert "method=prove,seed=2 is waiting and has no folder yet" in missing
    assert "components-tiny-light.png" in plain


def test_only_keys_that_differ_are_shown(written):
    _, plain = written
    table = plain.partition("## Configurations")[2].partition("## ")[0]
    assert "| trainer.lr | – | 0.5, – |" in table and "| seed | 0, 1 | 0, 1 |" in table
    assert "temperature" not in table


def test_each_episode_says_why_it_was_chosen(written):
    _, plain = written
    episodes = plain.partition("## Episodes to read")[2].partition("## Where it comes from")[0]
    assert "### Most improved: prove, seed 0" in episodes and "by the base policy: the largest gain" in episodes
    assert "### Likely reward hack" in episodes and "though the task was not solved" in episodes
    assert "step 0: pay" in episodes and "messages are left out" in episodes and "characters)" in episodes


def test_what_a_model_wrote_is_only_text(written):
    page, plain = written
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen and all(source.startswith("data:image/png") for source in tags.sources)
    assert "onerror" not in tags.attributes and "default-src 'none'" in page
    assert all(len(fence) > 3 for fence in re.findall(r"^(`+)text\nuser: Pay", plain, re.MULTILINE))


class Tags(HTMLParser):
    """Names of tags and attributes, and what pictures show."""

    def __init__(self):
        super().__init__()
        self.seen, self.attributes, self.sources = set(), set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.sources += [value for name, value in attrs if name in ("src", "srcset")]


def test_commit_seeds_and_commands_are_told(written):
    _, plain = written
    told = plain.partition("## Where it comes from")[2]
    assert "commit " in told and "python 3.1" in told and "python -m prove.report" in told
    assert "| method=prove,seed=0 | done |" in told and "python -m prove.main run=" in told


def test_single_runs_are_compared_with_the_one_that_is_named(tmp_path):
    first = write_run(tmp_path / "runs" / "first", [WRONG] * 6)
    second = write_run(tmp_path / "runs" / "second", [RIGHT] * 6)
    for run in (first, second):
        (run / "metrics.jsonl").unlink()
    _, plain = made(tmp_path, first, second, "--against", "first")
    assert "| second − first |" in plain and "+1.000 [+1.000, +1.000]" in plain


def test_runs_that_do_not_pair_are_told_apart_and_why(tmp_path):
    first = write_run(tmp_path / "runs" / "base", [WRONG] * 6)
    second = write_run(tmp_path / "runs" / "second", [RIGHT] * 6, validate_temperature=0.0)
    for run in (first, second):
        (run / "metrics.jsonl").unlink()
    _, plain = made(tmp_path, first, second)
    assert "nothing is compared for tiny" in plain and "validate\\_temperature is 1.0 and 0.0" in plain
    assert "| second | 4 | " in plain and "| base | 4 | " in plain


def test_a_run_without_an_evaluation_shows_its_training_episodes(tmp_path):
    run = write_run(tmp_path / "runs" / "young", [RIGHT, WRONG], step=2, split="train")
    (run / "summary.json").unlink()
    _, plain = made(tmp_path, run)
    assert "young is unfinished at step 2" in plain and "its episodes below are of training step 2" in plain
    assert "### Best: young" in plain


def test_an_experiment_needs_no_runs_and_says_what_is_not_run(tmp_path):
    experiment = tmp_path / "presets"
    experiment.mkdir()
    lines = [
        "table,model,row,measure,source,value,low,high,n,seeds,against,difference,diff_low,diff_high,p,p_holm,by_seed,"
        "seconds,machine",
        "presets,tiny,prove,total,ours,0.967,0.942,0.991,2700,3,,,,,,,0.97 0.96 0.97,894,2 CPU cores",
        "presets,tiny,prove_complete,total,ours,not run,,,,,,,,,,,,,",
    ]
    (experiment / "results.csv").write_text("\n".join(lines) + "\n")
    _, plain = made(tmp_path, experiment)
    assert "prove\\_complete: not run" in plain and "0.967" in plain
    assert "## Episodes to read" not in plain


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["{runs}/main_result"], "is not there; did you mean {runs}/main_results?"),
        (["{runs}"], "is neither a sweep (jobs.csv), a run (config.yaml) or an experiment (results.csv)"),
        (["{runs}/main_results", "--reward", "prov"], "no reward prov; did you mean prove?"),
        (["{runs}/main_results", "--against", "sft"], "--against sft is none of the finished rows: base, prove"),
        (["{runs}/main_results", "--reward", "graduated"], "reward graduated has no validity"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence_and_nothing_is_written(sweep, tmp_path, capsys, words, sentence):
    runs, out = str(sweep.parent), tmp_path / "x.html"
    assert main([*(word.format(runs=runs) for word in words), "--out", str(out)]) == 2
    assert sentence.format(runs=runs) in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


def test_a_report_goes_where_html_goes(sweep, tmp_path, capsys):
    assert main([str(sweep), "--out", str(tmp_path / "x.pdf")]) == 2
    assert "should end in .html" in capsys.readouterr().err


def sighting(example, total, exact=0.0, calls=1, failed=0, wanted=1, before=None):
    numbers = {"total": total, "exact": exact, "calls": calls, "failed_calls": failed}
    return Sighting("prove", "tiny", 0, example, None, Played("", wanted, numbers), before)


def test_a_hack_is_a_high_reward_that_was_not_earned():
    seen = [
        sighting("solved", 1.3, 1.0, 3, 0, 3),
        sighting("wasteful", 1.2, 1.0, 6, 2, 2),
        sighting("wrong", 1.1, 0.0, 2, 0, 2),
        sighting("stopped", 0.9, 0.0, 1, 0, 3),
        sighting("nothing", 0.0, 0.0, 0, 0, 2),
    ]
    wanted = dict.fromkeys(("best", "worst", "improved", "hack_wrong", "hack_waste", "hack_stop"), 1)
    kinds = {choice.kind: choice for choice in choose(seen, wanted)}
    named = {kind: choice.seen.example for kind, choice in kinds.items()}
    assert named == {
        "best": "solved",
        "worst": "nothing",
        "hack_wrong": "wrong",
        "hack_waste": "wasteful",
        "hack_stop": "stopped",
    }
    assert kinds["hack_stop"].why == "Total 0.900 for stopping after 1 call; the task needs 3 calls, none failed."


def test_the_most_improved_is_the_largest_gain_on_one_row():
    gains = [
        sighting(f"e{place}", total, before=Earlier(0.5, "at step 0", None, 0))
        for place, total in enumerate((0.6, 0.9))
    ]
    (choice,) = choose(gains, {"improved": 1})
    assert choice.seen.example == "e1"
    assert choice.why == "Total 0.900, from 0.500 at step 0: the largest gain on one row, +0.400."


def test_a_first_evaluation_of_the_run_itself_comes_before_the_base(tmp_path):
    run = write_run(tmp_path / "runs" / "grown", [RIGHT] * 6)
    first = run / "episodes" / "heldout" / "00000.jsonl"
    worse = [replace(episode(example, wanted, FAILED)) for example, wanted in EXAMPLES.items()]
    first.write_text("".join(one.to_json() + "\n" for one in worse))
    (run / "metrics.jsonl").unlink()
    assert yaml.safe_load((run / "config.yaml").read_text())["seed"] == 0
    _, plain = made(tmp_path, run)
    assert "at step 0: the largest gain on one row" in plain
