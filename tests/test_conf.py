"""Our configuration composes without verl; every choice fits verl's own; a mistake on the command line is answered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from prove.main import job_name
from prove.overrides import problem

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "conf"
MODELS = sorted(path.stem for path in (CONF / "model").glob("*.yaml"))
GPU_TRAINERS = sorted(path.stem for path in (CONF / "trainer").glob("fsdp_*.yaml"))


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", ["run=test", *overrides])


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "prove.main", *arguments]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", **variables}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=120)


@pytest.mark.parametrize("trainer", ["cpu", *GPU_TRAINERS])
@pytest.mark.parametrize("model", MODELS)
def test_every_model_with_every_trainer_resolves(model: str, trainer: str) -> None:
    cfg = composed(f"model={model}", f"trainer={trainer}")
    verl = OmegaConf.to_container(cfg.verl, resolve=True)
    assert verl["actor_rollout_ref"]["model"]["path"] == cfg.model.path
    assert verl["actor_rollout_ref"]["actor"]["optim"]["lr"] == cfg.lr
    assert verl["trainer"]["n_gpus_per_node"] == max(1, cfg.trainer.gpus)


def test_jobs_of_a_sweep_are_named_by_what_they_change() -> None:
    words = ["--multirun", "run=a", "lr=1e-4,3e-4", "reward=prove,no_arg", "trainer.steps=3"]
    assert job_name(["run=a", "lr=3e-4", "reward=no_arg", "trainer.steps=3"], words) == "lr=3e-4,reward=no_arg"


def test_eight_gpus_run_the_recipe_of_the_paper() -> None:
    cfg = composed("model=qwen3-4b", "trainer=fsdp_8gpu")
    verl = cfg.verl
    assert (verl.data.train_batch_size, verl.actor_rollout_ref.rollout.n) == (16, 16)
    assert (verl.data.max_prompt_length, verl.data.max_response_length) == (12384, 16384)
    assert (cfg.rollout.max_user_turns, cfg.rollout.max_assistant_turns) == (5, 10)
    assert verl.actor_rollout_ref.actor.kl_loss_coef == 0.01
    assert verl.trainer.total_training_steps == 350
    assert verl.actor_rollout_ref.rollout.tensor_model_parallel_size == 2


@pytest.mark.parametrize(
    "model, rate", [("qwen3-4b", 1e-6), ("qwen3-8b", 5e-8), ("qwen2.5-7b", 3e-7), ("granite-4.1-8b", 3e-7)]
)
def test_learning_rates_are_those_of_the_paper(model: str, rate: float) -> None:
    assert composed(f"model={model}").lr == rate


def test_one_word_changes_one_number_wherever_it_is_used() -> None:
    cfg = composed("trainer.batch=4", "lr=0.5", "seed=7")
    assert cfg.verl.data.train_batch_size == cfg.verl.actor_rollout_ref.actor.ppo_mini_batch_size == 4
    assert cfg.verl.actor_rollout_ref.actor.optim.lr == 0.5
    assert cfg.verl.data.seed == cfg.verl.actor_rollout_ref.rollout.seed == 7


def test_the_configuration_prints_without_verl(tmp_path: Path) -> None:
    """A module that fails to import stands in for one that is not installed."""
    (tmp_path / "verl.py").write_text("raise ImportError('not installed')")
    done = run("--cfg", "job", "model=qwen3-8b", "trainer=fsdp_8gpu", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Qwen/Qwen3-8B" in done.stdout


@pytest.mark.parametrize(
    "words, answer",
    [
        (["model=tinny"], "model=tinny is no choice; did you mean tiny?"),
        (["trainer.step=3"], "there is no key trainer.step; did you mean trainer.steps?"),
        (["steps=3"], "there is no key steps; did you mean trainer.steps?"),
        (["trainer=cpu", "lrr=1e-3"], "there is no key lrr; did you mean lr?"),
        (["model=tiny,qwen3_8b"], "model=qwen3_8b is no choice; did you mean qwen3-8b?"),
        (
            ["verl.trainer.nope=1"],
            "verl.trainer.nope is not set by us; to set an option of verl write +verl.trainer.nope=…",
        ),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_one(words: list[str], answer: str) -> None:
    assert problem(words, CONF, "config") == answer


@pytest.mark.parametrize(
    "words",
    [
        ["model=qwen3-8b", "trainer=fsdp_8gpu", "lr=1e-4,3e-4", "--multirun"],
        ["+verl.trainer.log_val_generations=4", "run=x", "check=true", "hydra.verbose=true", "--cfg", "job"],
    ],
)
def test_right_words_pass(words: list[str]) -> None:
    assert problem(words, CONF, "config") is None


def test_a_wrong_word_ends_the_program_in_one_line() -> None:
    done = run("model=tinny")
    assert (done.returncode, done.stderr) == (2, "model=tinny is no choice; did you mean tiny?\n")


def test_a_gpu_trainer_without_gpus_says_so_in_one_line() -> None:
    done = run("model=qwen3-4b", "trainer=fsdp_8gpu")
    assert done.returncode == 2
    assert done.stderr == "trainer=fsdp_8gpu needs 8 GPUs and torch sees 0; trainer=cpu needs none\n"


@pytest.mark.parametrize(
    "model, trainer", [("tiny", "cpu"), ("granite-4.1-8b", "fsdp_8gpu"), ("qwen3-4b", "fsdp_1gpu")]
)
def test_verl_accepts_the_configuration(model: str, trainer: str) -> None:
    done = run(f"model={model}", f"trainer={trainer}", "check=true")
    assert done.returncode == 0, done.stderr
    assert "the configuration is valid" in done.stdout


def test_a_typo_in_our_verl_node_names_the_key() -> None:
    done = run("+verl.actor_rollout_ref.actor.clip_ration_high=0.3", "check=true")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "verl has no option actor_rollout_ref.actor.clip_ration_high; nearest: actor_rollout_ref.actor.clip_ratio_high"
    )
