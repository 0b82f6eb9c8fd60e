"""Every choice goes with every other and with verl's own configuration; a mistake is answered in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from prove.main import job_name
from prove.options.overrides import problem
from prove.rewards.choice import Reward
from prove.training.verl_config import compose_verl

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "conf"
SFT = ("sft",)  # checked against verl's other configuration, in test_sft.py


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("[!_]*.yaml"))


MODELS, REWARDS = choices("model"), choices("reward")
TRAINERS = [name for name in choices("trainer") if name not in SFT]
PAPER = ["qwen3-4b", "qwen3-8b", "qwen2.5-7b", "granite-4.1-8b"]


@cache
def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", ["run=test", *overrides])


def plain(cfg: DictConfig) -> dict[str, Any]:
    return OmegaConf.to_container(cfg, resolve=False)  # type: ignore[return-value]


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "prove.main", *arguments]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", **variables}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=300)


@pytest.mark.parametrize("model, trainer", [*product(MODELS, TRAINERS)])
def test_verl_accepts_every_model_with_every_trainer(model: str, trainer: str) -> None:
    cfg = composed(f"model={model}", f"trainer={trainer}")
    verl = compose_verl(cfg)
    assert verl.actor_rollout_ref.model.path == cfg.model.path
    assert verl.actor_rollout_ref.actor.optim.lr == cfg.lr
    assert verl.trainer.n_gpus_per_node == max(1, cfg.trainer.gpus)
    assert verl.trainer.nnodes == cfg.trainer.nodes


@pytest.mark.parametrize("reward", REWARDS)
def test_a_reward_changes_nothing_but_the_reward(reward: str) -> None:
    """So what verl accepts of a model with a trainer it accepts with every reward, and the other way round."""
    without, chosen = plain(composed()), plain(composed(f"reward={reward}"))
    assert chosen.pop("reward")["name"] == reward
    without.pop("reward")
    assert chosen == without
    assert Reward.of(composed(f"reward={reward}").reward).name == reward


@pytest.mark.parametrize("model, trainer, reward", [*zip(MODELS, [*TRAINERS, *TRAINERS], REWARDS, strict=False)])
def test_three_choices_at_once_are_what_each_is_alone(model: str, trainer: str, reward: str) -> None:
    both, all_three = plain(composed(f"model={model}", f"trainer={trainer}")), [f"model={model}", f"trainer={trainer}"]
    expected = both | {"reward": plain(composed(f"reward={reward}"))["reward"]}
    assert plain(composed(*all_three, f"reward={reward}")) == expected


def test_jobs_of_a_sweep_are_named_by_what_they_change() -> None:
    words = ["--multirun", "run=a", "lr=1e-4,3e-4", "reward=prove,no_arg", "trainer.steps=3"]
    assert job_name(["run=a", "lr=3e-4", "reward=no_arg", "trainer.steps=3"], words) == "lr=3e-4,reward=no_arg"


@pytest.mark.parametrize("trainer", ["fsdp_8gpu", "multinode"])
def test_gpus_run_the_recipe_of_the_paper(trainer: str) -> None:
    cfg = composed("model=qwen3-4b", f"trainer={trainer}")
    verl = cfg.verl
    assert (verl.data.train_batch_size, verl.actor_rollout_ref.rollout.n) == (16, 16)
    assert (verl.data.max_prompt_length, verl.data.max_response_length) == (12384, 16384)
    assert (cfg.rollout.max_user_turns, cfg.rollout.max_assistant_turns) == (5, 10)
    assert verl.actor_rollout_ref.actor.kl_loss_coef == 0.01
    assert verl.trainer.total_training_steps == 350
    assert verl.actor_rollout_ref.rollout.tensor_model_parallel_size == 2


def test_several_nodes_join_a_cluster_and_others_start_their_own() -> None:
    joined = composed("trainer=multinode", "trainer.nodes=4").verl
    assert (joined.trainer.nnodes, joined.trainer.n_gpus_per_node) == (4, 8)
    assert joined.ray_kwargs.ray_init.address == "auto"
    assert composed("trainer=fsdp_8gpu").verl.ray_kwargs.ray_init.address == "local"


@pytest.mark.parametrize(
    "model, rate", [("qwen3-4b", 1e-6), ("qwen3-8b", 5e-8), ("qwen2.5-7b", 3e-7), ("granite-4.1-8b", 3e-7)]
)
def test_learning_rates_are_those_of_the_paper(model: str, rate: float) -> None:
    cfg = composed(f"model={model}")
    assert cfg.lr == rate
    assert cfg.model.lr_sweep == [1e-6, 3e-7, 5e-8]


def test_the_embedded_policy_has_rates_of_its_own() -> None:
    assert composed().model.lr_sweep == [2.5e-4, 8e-4, 2.5e-3]
    assert composed("algorithm=sft").lr == composed().model.sft_lr


@pytest.mark.parametrize("trainer", [name for name in TRAINERS if name != "cpu"])
def test_gpus_take_episodes_one_by_one_where_padding_would_cost_memory(trainer: str) -> None:
    verl = composed("model=qwen3-8b", f"trainer={trainer}").verl.actor_rollout_ref
    assert not verl.model.use_remove_padding
    assert not verl.actor.use_dynamic_bsz
    micro = (verl.actor.ppo_micro_batch_size_per_gpu, verl.ref.log_prob_micro_batch_size_per_gpu)
    assert micro == (1, 1)


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
        ("model=tinny", "model=tinny is no choice; did you mean tiny?"),
        ("model=tiny,qwen3_8b --multirun", "model=qwen3_8b is no choice; did you mean qwen3-8b?"),
        ("trainer=fsdp-8gpu", "trainer=fsdp-8gpu is no choice; did you mean fsdp_8gpu?"),
        ("+model=tiny", "+model=tiny: write model=tiny; without + it replaces the choice"),
        ("teacher=scripted", "teacher is a choice of prove.synthesize, not of this command"),
        ("trainer.step=3", "there is no key trainer.step; did you mean trainer.steps?"),
        ("+trainer.step=3", "there is no key trainer.step; did you mean trainer.steps?"),
        ("++trainer.step=3", "there is no key trainer.step; did you mean trainer.steps?"),
        ("~trainer.step", "there is no key trainer.step; did you mean trainer.steps?"),
        ("+trainer.steps=3", "trainer.steps is set already; write trainer.steps=3, without +"),
        ("steps=3", "there is no key steps; did you mean trainer.steps?"),
        ("rewards=no_arg", "there is no key rewards; did you mean reward?"),
        ("trainer=cpu lrr=1e-3", "there is no key lrr; did you mean lr?"),
        ("model.pth=x", "there is no key model.pth; did you mean model.path?"),
        ("+reward.w_vall=0.3", "there is no key reward.w_vall; did you mean reward.w_val?"),
        ("data.first_seed=3", "data.first_seed belongs to data=online, which is not chosen"),
        ("trainer steps=3", "trainer: write KEY=VALUE, as in trainer=cpu or trainer.steps=3"),
        ("lr=1e-4,3e-4", "lr=1e-4,3e-4 gives several values: add --multirun for a run of each, or quote the value"),
        ("reward.w_val=[1,", "reward.w_val=[1,: no viable alternative at input '[1,'"),
        ("trainer@x=cpu", "Could not override 'trainer@x'."),
        (
            "trainer.steps=abc",
            "trainer.steps=abc: trainer.steps is a whole number of at least 0, as in trainer.steps=16",
        ),
        ("trainer.batch=0", "trainer.batch=0: trainer.batch is a whole number of at least 1, as in trainer.batch=16"),
        (
            "trainer.batch=7.5",
            "trainer.batch=7.5: trainer.batch is a whole number of at least 1, as in trainer.batch=16",
        ),
        ("seed=null", "seed=null: seed is a whole number of at least 0, as in seed=0"),
        ("lr=fast", "lr=fast: lr is a number of at least 0, as in lr=0.0008"),
        ("lr=nan", "lr=nan: lr is a number of at least 0, as in lr=0.0008"),
        ("lr=1e-4,-1 -m", "lr=-1: lr is a number of at least 0, as in lr=0.0008"),
        (
            "rollout.temperature=0",
            "rollout.temperature=0: rollout.temperature is a number above 0, as in rollout.temperature=1.0",
        ),
        ("reward.w_val=high", "reward.w_val=high: reward.w_val is a number, as in reward.w_val=0.5"),
        ("check=maybe", "check=maybe: check is true or false, as in check=false"),
        ("loggers=tensorboard", "loggers=tensorboard: loggers is a list, as in loggers=[wandb]"),
        ("servers.transport=stdoi", "servers.transport=stdoi is none of stdio, http, inprocess"),
        ("servers.names=[banking,calender]", "there is no server calender; did you mean calendar?"),
        ("model.path=conf/modle", "model.path=conf/modle is no folder; did you mean conf/model?"),
        ("model.path=/nowhere/model", "model.path=/nowhere/model is no folder"),
        (
            "verl.trainer.log_val_generations=4",
            "verl.trainer.log_val_generations is not set by us; to set an option of "
            "verl write +verl.trainer.log_val_generations=…",
        ),
        (
            "verl.trainer.total_training_stepss=4",
            "verl has no option trainer.total_training_stepss; did you mean verl.trainer.total_training_steps?",
        ),
    ],
)
def test_a_wrong_word_is_answered_with_the_right_one(words: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert problem(words.split(), CONF, "config") == answer


@pytest.mark.parametrize(
    "words",
    [
        "model=qwen3-8b trainer=fsdp_8gpu lr=1e-4,3e-4 --multirun",
        "+verl.trainer.log_val_generations=4 run=x check=true hydra.verbose=true --cfg job",
        "sweeps=reward_ablation seed=0,1",
        "reward=glob(no_*) -m",
        "model.path=Qwen/Qwen3-32B +reward.w_state=0.3 ~algorithm",
        "trainer.batch=${trainer.group} verl.ray_kwargs.ray_init.num_cpus=null",
        "algorithm=sft trainer.steps=null",
        "servers=remote servers.names=[crm]",
    ],
)
def test_right_words_pass(words: str) -> None:
    assert problem(words.split(), CONF, "config") is None


@pytest.mark.parametrize(
    "words, answer",
    [
        (
            "+verl.actor_rollout_ref.actor.clip_ration_high=0.3",
            "verl has no option actor_rollout_ref.actor.clip_ration_high; "
            "nearest: actor_rollout_ref.actor.clip_ratio_high",
        ),
        ("+verl.actor.clip_ratio_high=0.3", "verl has no option actor; nearest: actor_rollout_ref.actor"),
        ("+verl.ray_kwargs.ray_init.num_cpu=4", "ray_kwargs.ray_init has no num_cpu; nearest: num_cpus"),
        (
            "+verl.actor_rollout_ref.model.override_config.attn_implementaton=eager",
            "actor_rollout_ref.model.override_config has no attn_implementaton; nearest: attn_implementation",
        ),
        (
            "+verl.actor_rollout_ref.rollout.engine_kwargs.vlm.seed=1",
            "verl has no option actor_rollout_ref.rollout."
            "engine_kwargs.vlm; nearest: actor_rollout_ref.rollout.engine_kwargs.vllm",
        ),
        (
            "+verl.actor_rollout_ref.actor.ppo_epochs=two",
            "verl.actor_rollout_ref.actor.ppo_epochs=two: verl has a number there",
        ),
        (
            "verl.algorithm.adv_estimator=grpoo",
            "verl.algorithm.adv_estimator=grpoo is no name of verl's; nearest: grpo",
        ),
        (
            "+verl.actor_rollout_ref.actor.policy_loss.loss_mode=gspoo",
            "verl.actor_rollout_ref.actor.policy_loss.loss_mode=gspoo is no name of verl's; nearest: gspo",
        ),
        (
            "trainer.batch=7 trainer.group=3 trainer=fsdp_8gpu",
            "7 prompts x 3 episodes (trainer.batch, trainer.group) cannot be shared out evenly among 8 GPUs",
        ),
        (
            "verl.actor_rollout_ref.actor.ppo_mini_batch_size=5",
            "ppo_mini_batch_size=5 does not divide the 16 prompts of a step (trainer.batch)",
        ),
        (
            "trainer=fsdp_8gpu model=qwen2.5-7b model.tensor_parallel=8",
            "model.tensor_parallel=8 does not divide the model's 28 heads",
        ),
        (
            "trainer=fsdp_8gpu model=qwen3-4b rollout.response_tokens=32768",
            "rollout.prompt_tokens + rollout.response_tokens is 45152, more than max_model_len=28768",
        ),
        ("lr=${model.lrr}", "Interpolation key 'model.lrr' not found"),
        (
            "+verl.actor_rollout_ref.actor.ulysses_sequence_parallel_size=2",
            "verl refuses: When using sequence parallelism for actor/ref policy, you must enable `use_remove_padding`.",
        ),
    ],
)
def test_what_verl_would_refuse_is_said_in_one_sentence(words: str, answer: str) -> None:
    assert problem(words.split(), CONF, "config") is None
    with pytest.raises(ValueError) as error:
        compose_verl(composed(*words.split()))
    assert str(error.value) == answer


def test_a_wrong_word_ends_the_program_in_one_line() -> None:
    done = run("trainer.batch=none", "check=true")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "trainer.batch=none: trainer.batch is a whole number of at least 1, as in trainer.batch=16\n"
    )


def test_a_gpu_trainer_without_gpus_says_so_in_one_line() -> None:
    done = run("model=qwen3-4b", "trainer=fsdp_8gpu")
    assert done.returncode == 2
    assert done.stderr == "trainer=fsdp_8gpu needs 8 GPUs and torch sees 0; trainer=cpu needs none\n"


def test_a_typo_in_an_option_of_verl_ends_the_program_in_one_line() -> None:
    done = run("+verl.actor_rollout_ref.actor.clip_ration_high=0.3", "check=true")
    assert done.returncode == 2
    assert done.stderr == (
        "verl has no option actor_rollout_ref.actor.clip_ration_high; "
        "nearest: actor_rollout_ref.actor.clip_ratio_high\n"
    )


def test_what_will_not_fit_is_said_and_still_valid(capfd: pytest.CaptureFixture) -> None:
    compose_verl(composed("model=qwen3-8b", "trainer=fsdp_8gpu"))
    assert "warning" not in capfd.readouterr().err
    compose_verl(composed("model=qwen3-8b", "trainer=fsdp_1gpu"))
    told = [line for line in capfd.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(told) == 1
    assert told[0].startswith("warning: model=qwen3-8b with trainer=fsdp_1gpu will hardly fit: the update phase needs")
