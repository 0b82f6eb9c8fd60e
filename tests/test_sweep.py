"""Sweeps: which jobs there are, what is not run again, where jobs run and how they end; prove.main has a stand-in."""

from __future__ import annotations

import csv
import json
import os
import shlex
import signal
import sys
import time
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from prove.sweeps.jobs import Job, is_sweep, read_sweep
from prove.sweeps.ledger import fingerprint, resolved
from prove.sweeps.slots import cpu_slots, gpu_slots
from prove.sweeps.sweep import run_sweep

ROOT = Path(__file__).resolve().parent.parent
NONE = (ROOT / "conf" / "sweeps" / "none.yaml").read_text()
FILES = {
    "config.yaml": """
defaults: [{model: small}, {reward: prove}, {sweeps: none}, _self_]
run: unnamed
seed: 0
check: false
loggers: [wandb]
behave: well
trainer: {steps: 2, gpus: 0, nodes: 1}
verl: {trainer: {experiment_name: "${run}"}, optim: {lr: "${lr}"}}
""",
    "model/small.yaml": "# @package _global_\nlr: 1.2e-3\nmodel: {name: small, lr_sweep: [4.0e-4, 1.2e-3]}\n",
    "model/large.yaml": "# @package _global_\nlr: 3.0e-7\nmodel: {name: large, lr_sweep: [1.0e-6, 3.0e-7]}\n",
    "reward/prove.yaml": "name: prove\nw_arg: 0.1\n",
    "reward/no_arg.yaml": "name: no_arg\nw_arg: 0.0\n",
    "sweeps/none.yaml": NONE,
    "sweeps/lr.yaml": "defaults: [none, _self_]\nname: lr\naxes: {lr: '${model.lr_sweep}', seed: [0, 1]}\n",
    "sweeps/rewards.yaml": "defaults: [none, _self_]\nname: rewards\naxes: {reward: [prove, no_arg], seed: [0, 1]}\n",
    "sweeps/methods.yaml": """
defaults: [none, _self_]
name: methods
each: ["loggers=[]"]
axes: {method: {base: [trainer.steps=0], prove: []}, seed: [0, 1]}
""",
}
# What prove.main does to a run folder. PLANS holds each job's configuration, written by the test.
STAND_IN = """
import json, os, signal, subprocess, sys, time
runs, plans = sys.argv[1:3]
name = next(word for word in sys.argv[3:] if word.startswith("run="))[4:][1:-1]
plan = json.load(open(os.path.join(plans, name.replace("/", "!"))))
folder = os.path.join(runs, name)
open(os.path.join(folder, "config.yaml"), "w").write(plan["config"])
cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
variables = {key: value for key, value in os.environ.items() if key.startswith(("WANDB_", "RAY_"))}
starts = os.path.join(folder, "starts.jsonl")
with open(starts, "a") as file:
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    file.write(json.dumps({"cores": cores, "variables": variables, "ignored": ignored}) + "\\n")
if plan["behave"] == "refuses":
    print("data/x.parquet is missing")
    sys.exit(2)
if plan["behave"] == "fails" or (plan["behave"] == "starts badly" and len(open(starts).readlines()) < 3):
    sys.exit("The current node timed out during startup")
if plan["behave"] == "stubborn":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], process_group=0)
    open(os.path.join(folder, "pids"), "w").write(f"{os.getpid()} {child.pid}")
if plan["behave"] in ("slow", "stubborn"):
    open(os.path.join(folder, "ready"), "w").close()
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(130)
json.dump({"seconds": 7.5}, open(os.path.join(folder, "summary.json"), "w"))
"""


class House:
    """A conf/, a runs/ and a prove.main of a test's own."""

    def __init__(self, folder: Path) -> None:
        self.conf, self.runs, self.plans, self.script = (folder / name for name in ("conf", "runs", "plans", "main.py"))
        for name, text in FILES.items():
            (self.conf / name).parent.mkdir(parents=True, exist_ok=True)
            (self.conf / name).write_text(text)
        self.plans.mkdir(exist_ok=True)
        self.script.write_text(STAND_IN)

    def sweep(self, *words: str, behave: dict[str, str] | None = None, refused: str = "") -> int:
        """`behave`: of jobs, by name; `behave=…` among the words is that of all. `refused`: a reward."""
        command = (sys.executable, "-I", "-S", str(self.script), str(self.runs), str(self.plans))
        return run_sweep(words, partial(self.check, behave or {}, refused), command, self.runs, self.conf)

    def check(self, behave: dict[str, str], refused: str, cfg: DictConfig) -> None:
        """Called with each configuration before anything is started, so the stand-in's plans are written here."""
        if cfg.reward.name == refused:
            raise ValueError("verl has no option w_arg")
        plan = {"config": OmegaConf.to_yaml(cfg, resolve=True)}
        plan["behave"] = behave.get(cfg.run.rpartition("/")[2], cfg.behave)
        (self.plans / cfg.run.replace("/", "!")).write_text(json.dumps(plan))

    def starts(self, folder: str) -> list[dict]:
        path = self.runs / folder / "starts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def lines(self, sweep: str) -> dict[str, dict[str, str]]:
        with (self.runs / sweep / "jobs.csv").open() as file:
            return {row["job"]: row for row in csv.DictReader(file)}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def names(house: House, *words: str) -> list[str]:
    return [job.name for job in read_sweep(words, house.conf).jobs]


def test_jobs_are_the_product_of_the_axes_a_whole_seed_after_the_other(house: House) -> None:
    assert names(house, "sweeps=rewards") == [
        "reward=prove,seed=0",
        "reward=no_arg,seed=0",
        "reward=prove,seed=1",
        "reward=no_arg,seed=1",
    ]


def test_a_word_that_names_an_axis_replaces_its_values(house: House) -> None:
    assert names(house, "sweeps=rewards", "seed=7") == ["reward=prove,seed=7", "reward=no_arg,seed=7"]
    assert names(house, "sweeps=methods", "method=base", "seed=range(0,2)") == [
        "method=base,seed=0",
        "method=base,seed=1",
    ]


def test_a_word_with_several_values_adds_an_axis_and_other_axes_may_follow_it(house: House) -> None:
    assert names(house, "sweeps=lr", "model=small,large", "seed=0") == [
        "model=small,lr=0.0004,seed=0",
        "model=small,lr=0.0012,seed=0",
        "model=large,lr=1e-6,seed=0",
        "model=large,lr=3e-7,seed=0",
    ]


def test_words_of_a_named_value_win_over_words_for_all_jobs(house: House) -> None:
    jobs = {job.name: job for job in read_sweep(["sweeps=methods", "trainer.steps=9", "seed=0"], house.conf).jobs}
    assert {name: job.cfg.trainer.steps for name, job in jobs.items()} == {
        "method=base,seed=0": 0,
        "method=prove,seed=0": 9,
    }
    assert jobs["method=base,seed=0"].words == (
        'run="methods/method=base,seed=0"',
        "loggers=[]",
        "trainer.steps=0",
        "seed=0",
    )


@pytest.mark.parametrize(
    "words, answer",
    [
        (["sweeps=reward"], "sweeps=reward is no choice; did you mean rewards?"),
        (["sweeps=rewards", "trainer.step=3"], "there is no key trainer.step; did you mean trainer.steps?"),
        (["sweeps=rewards", "reward=prove,no_agr"], "reward=no_agr is no choice; did you mean no_arg?"),
        (["sweeps=methods", "method=prov"], "method=prov is none of the sweep; did you mean prove?"),
        (["sweeps=methods", "metod=prove"], "there is no key metod; did you mean the sweep's method?"),
        (
            ["sweeps=rewards", "seed=1,1"],
            "two jobs of the sweep are reward=prove,seed=1; each value of an axis is given once",
        ),
        (["sweeps=rewards", "sweeps.jobs=many"], "sweeps.jobs=many is neither auto nor a number of jobs at once"),
    ],
)
def test_a_wrong_word_is_answered_and_nothing_is_started(house: House, words: list[str], answer: str) -> None:
    with pytest.raises(ValueError) as error:
        house.sweep(*words)
    assert str(error.value) == answer
    assert not list(house.runs.rglob("starts.jsonl"))


def test_a_wrong_word_inside_a_sweep_is_named_with_its_place(house: House) -> None:
    path = house.conf / "sweeps" / "methods.yaml"
    path.write_text(path.read_text().replace("trainer.steps=0", "trainer.stepz=0"))
    with pytest.raises(
        ValueError, match="^method=base,seed=0: there is no key trainer.stepz; did you mean trainer.steps"
    ):
        read_sweep(["sweeps=methods"], house.conf)


def test_a_job_that_does_not_validate_is_named_before_any_is_started(house: House) -> None:
    with pytest.raises(ValueError, match="^reward=no_arg,seed=0: verl has no option w_arg$"):
        house.sweep("sweeps=rewards", refused="no_arg")
    assert not list(house.runs.rglob("starts.jsonl"))


def test_check_validates_and_starts_nothing(house: House, capsys: pytest.CaptureFixture) -> None:
    assert house.sweep("sweeps=rewards", "check=true") == 0
    assert capsys.readouterr().out == "4 jobs; every configuration is valid\n"
    assert not house.runs.exists()


def test_what_is_done_is_not_run_again_and_what_failed_is(house: House, capsys: pytest.CaptureFixture) -> None:
    assert house.sweep("sweeps=rewards", "seed=0", behave={"reward=no_arg,seed=0": "refuses"}) == 1
    log = house.runs / "rewards" / "reward=no_arg,seed=0" / "console.log"
    assert f"reward=no_arg,seed=0 failed: data/x.parquet is missing ({log})\n" in capsys.readouterr().out
    statuses = {name: line["status"] for name, line in house.lines("rewards").items()}
    assert statuses == {"reward=prove,seed=0": "done", "reward=no_arg,seed=0": "failed"}
    assert house.sweep("sweeps=rewards", "seed=0") == 0
    assert [len(house.starts(f"rewards/reward={name},seed=0")) for name in ("prove", "no_arg")] == [1, 2]
    assert {line["status"] for line in house.lines("rewards").values()} == {"done"}


def test_a_job_that_did_not_get_as_far_as_a_step_is_tried_three_times(house: House) -> None:
    """And the jobs of an earlier command, here of another seed, stay in the list."""
    assert house.sweep("sweeps=rewards", "seed=0", "reward=prove") == 0
    behave = {"reward=prove,seed=1": "fails", "reward=no_arg,seed=1": "starts badly"}
    assert house.sweep("sweeps=rewards", "seed=1", behave=behave) == 1
    assert [len(house.starts(f"rewards/reward={name},seed=1")) for name in ("prove", "no_arg")] == [3, 3]
    assert {name: line["status"] for name, line in house.lines("rewards").items()} == {
        "reward=prove,seed=0": "done",
        "reward=prove,seed=1": "failed",
        "reward=no_arg,seed=1": "done",
    }


def test_a_run_with_the_same_configuration_is_used_by_every_sweep(house: House) -> None:
    """The model's own learning rate, written or not, and with another name and other loggers, is one configuration."""
    assert house.sweep("sweeps=rewards", "reward=prove", "seed=0") == 0
    assert house.sweep("sweeps=lr", "seed=0", "loggers=[tensorboard]") == 0
    lines = house.lines("lr")
    assert lines["lr=0.0012,seed=0"]["folder"] == "rewards/reward=prove,seed=0"
    assert (lines["lr=0.0012,seed=0"]["status"], lines["lr=0.0012,seed=0"]["seconds"]) == ("done", "7.5")
    assert lines["lr=0.0004,seed=0"]["folder"] == "lr/lr=0.0004,seed=0"
    assert not (house.runs / "lr" / "lr=0.0012,seed=0").exists()


def test_a_folder_of_another_configuration_is_refused(house: House) -> None:
    words = ["sweeps=rewards", "reward=prove", "seed=0"]
    assert house.sweep(*words) == 0
    with pytest.raises(ValueError) as error:
        house.sweep(*words, "trainer.steps=5")
    assert str(error.value) == (
        "runs/rewards/reward=prove,seed=0 has another configuration: trainer.steps was 2.0, is 5.0; "
        "delete it, or name this sweep with run=NAME"
    )
    assert house.sweep(*words, "trainer.steps=5", "run=longer") == 0
    assert house.lines("longer")["reward=prove,seed=0"]["folder"] == "longer/reward=prove,seed=0"


def test_commands_for_a_cluster_are_printed_and_nothing_is_started(
    house: House, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_TAGS", "mine")
    assert house.sweep("sweeps=methods", "seed=0", "sweeps.print=true") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert shlex.split(first) == [
        "WANDB_RUN_GROUP=methods",
        "WANDB_JOB_TYPE=base",
        "WANDB_TAGS=mine,method=base,seed=0",
        *("python", "-m", "prove.main"),
        *('run="methods/method=base,seed=0"', "loggers=[]", "trainer.steps=0", "seed=0"),
    ]
    assert 'run="methods/method=prove,seed=0"' in shlex.split(second)
    assert not house.runs.exists()


def test_every_job_gets_its_group_type_and_tags_and_a_ray_of_its_own(house: House) -> None:
    assert house.sweep("sweeps=rewards", "reward=no_arg", "seed=1") == 0
    (start,) = house.starts("rewards/reward=no_arg,seed=1")
    wanted = {
        "WANDB_RUN_GROUP": "rewards",
        "WANDB_JOB_TYPE": "no_arg",
        "WANDB_TAGS": "reward=no_arg,seed=1",
        "RAY_ADDRESS": "local",
    }
    assert {key: start["variables"].get(key) for key in wanted} == wanted


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system binds nothing to cores")
def test_jobs_side_by_side_have_cores_of_their_own(house: House) -> None:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        pytest.skip("one core")
    assert house.sweep("sweeps=rewards", "seed=0", "sweeps.jobs=2") == 0
    bound = [house.starts(f"rewards/reward={name},seed=0")[0]["cores"] for name in ("prove", "no_arg")]
    half = len(cores) // 2
    assert bound == [cores[:half], cores[half : 2 * half]]
    assert sorted(os.sched_getaffinity(0)) == cores


@pytest.mark.parametrize(
    "cores, wanted, per_job, memory, jobs, bound",
    [
        (2, None, 1, 2, 9, [(0,), (1,)]),
        (2, None, 1, 1, 9, [(0, 1)]),  # memory for one job: it has both cores
        (2, None, 1, 0, 9, [(0, 1)]),  # too little for any: one is tried
        (8, None, 2, 3, 9, [(0, 1), (2, 3), (4, 5)]),
        (8, None, 2, 9, 1, [(0, 1, 2, 3, 4, 5, 6, 7)]),  # one job is left
        (2, 3, 1, 9, 9, [(0,), (1,), (0,)]),  # more than cores, because it was asked for
    ],
)
def test_cores_and_memory_decide_how_many_jobs_run_at_once(cores, wanted, per_job, memory, jobs, bound) -> None:
    assert [slot.cores for slot in cpu_slots(range(cores), wanted, per_job, memory, jobs)] == bound


def test_gpus_are_shared_out_among_jobs() -> None:
    eight = [str(number) for number in range(8)]
    visible = [slot.variables["CUDA_VISIBLE_DEVICES"] for slot in gpu_slots(eight, None, 4)]
    assert visible == ["0,1,2,3", "4,5,6,7"]
    assert [slot.variables for slot in gpu_slots([], None, 8)] == [{}]
    with pytest.raises(ValueError, match="sweeps.jobs=3 needs 12 GPUs, 4 a job, and 8 are visible"):
        gpu_slots(eight, 3, 4)


class Begun:
    """The sweep in a process of its own, started as a shell starts `… &`: Ctrl-C is ignored. Its job is running."""

    def __init__(self, house: House, behave: str) -> None:
        self.folder, self.said = house.runs / "rewards" / "reward=prove,seed=0", house.script.parent / "said"
        self.process = get_context("fork").Process(target=self.run, args=(house, behave))
        self.process.start()
        wait(lambda: (self.folder / "ready").exists() or not self.process.is_alive())

    def run(self, house: House, behave: str) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with self.said.open("w", buffering=1) as sys.stdout:
            sys.exit(house.sweep("sweeps=rewards", "reward=prove", "seed=0", f"behave={behave}"))

    def send(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> int:
        self.process.join(timeout=30)
        return self.process.exitcode


def wait(true) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("waited for a minute")


def lives(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_ctrl_c_stops_the_jobs_and_the_same_command_continues(house: House) -> None:
    begun = Begun(house, "slow")
    begun.send(signal.SIGINT)
    assert begun.end() == 130
    assert begun.said.read_text().endswith("stopped; the same command continues\n")
    assert house.lines("rewards")["reward=prove,seed=0"]["status"] == "waiting"
    assert [start["ignored"] for start in house.starts("rewards/reward=prove,seed=0")] == [False]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_the_second_signal_leaves_no_process_of_a_job(house: House) -> None:
    begun = Begun(house, "stubborn")
    pids = [int(word) for word in (begun.folder / "pids").read_text().split()]
    assert [lives(one) for one in pids] == [True, True]
    begun.send(signal.SIGTERM)
    wait(lambda: "stopping 1 jobs" in begun.said.read_text())
    assert begun.process.is_alive()  # it waits for the job
    begun.send(signal.SIGINT)
    assert begun.end() == 130
    wait(lambda: not any(lives(one) for one in pids))


def test_a_sweep_that_runs_is_not_started_twice_not_even_when_it_was_killed(house: House) -> None:
    begun = Begun(house, "stubborn")
    with pytest.raises(ValueError, match="rewards/lock is held: this sweep, or a job that it left behind, is running"):
        house.sweep("sweeps=rewards", "seed=0")
    begun.process.kill()
    begun.end()
    with pytest.raises(ValueError, match="rewards/lock is held"):
        house.sweep("sweeps=rewards", "seed=0")
    for number in (begun.folder / "pids").read_text().split():
        os.kill(int(number), signal.SIGKILL)


REWARDS = ["prove", "no_validity", "no_coverage", "no_efficiency", "no_name", "no_arg", "flat_budget"]


def shipped(*words: str) -> tuple[Job, ...]:
    return read_sweep([*words, "seed=0"], ROOT / "conf").jobs


def test_the_tables_of_the_paper_are_sweeps_and_share_the_run_that_they_have_in_common() -> None:
    ablation = shipped("sweeps=reward_ablation")
    rates, methods = shipped("sweeps=lr", "lr=8e-4"), shipped("sweeps=main_results", "method=base,prove")
    assert [job.cfg.reward.name for job in ablation] == REWARDS
    assert not any(job.cfg.trainer.validate_first for job in (*ablation, *rates, *methods))
    assert methods[0].cfg.trainer.steps == 0
    assert len({fingerprint(resolved(job)) for job in (ablation[0], rates[0], methods[1])}) == 1


def test_both_teachers_are_compared_on_the_same_rows() -> None:
    jobs = shipped("sweeps=teacher_ablation")
    assert [job.cfg.data.train.split("/")[1] for job in jobs] == ["gemma-4-31b", "qwen3-32b"]
    assert len({job.cfg.data.heldout for job in jobs}) == 1


def test_only_words_without_flags_ask_for_a_sweep() -> None:
    assert is_sweep(["sweeps=lr", "seed=0"])
    assert not is_sweep(["sweeps=none"])
    assert not is_sweep(["sweeps=lr", "--cfg", "job"])
    with pytest.raises(ValueError, match="sweeps=lr starts its jobs itself; leave --multirun out"):
        is_sweep(["sweeps=lr", "--multirun"])
