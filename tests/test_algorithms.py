"""algorithm=WORD changes what its paper changes, and verl accepts it with every trainer; algorithm=sft: test_sft.py."""

from __future__ import annotations

from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage, get_policy_loss_fn
from verl.trainer.ppo.utils import need_reference_policy
from verl.utils.config import omega_conf_to_dataclass

from prove.options.overrides import problem
from prove.training.trainer import ProveTrainer
from prove.training.verl_config import compose_verl

CONF = Path(__file__).resolve().parent.parent / "conf"
ACTOR = "actor_rollout_ref.actor"
MODEL = "actor_rollout_ref.model"
LENGTH = f"{ACTOR}.loss_scale_factor"


def choices(group: str) -> list[str]:
    """Without supervised fine-tuning, which verl's other configuration describes."""
    return sorted(path.stem for path in (CONF / group).glob("[!_]*.yaml") if path.stem != "sft")


def composed(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", ["run=test", *overrides])


MODELS, REWARDS = cycle(choices("model")), cycle(choices("reward"))


def leaves(tree: Any, prefix: str = "") -> dict[str, Any]:
    """Dotted name: value, of all leaves of nested dicts."""
    if not isinstance(tree, dict):
        return {prefix: tree}
    return {name: leaf for key, value in tree.items() for name, leaf in leaves(value, f"{prefix}.{key}").items()}


@cache
def told(*overrides: str) -> dict[str, Any]:
    return leaves(OmegaConf.to_container(composed(*overrides).verl, resolve=True))


def changed(*overrides: str) -> dict[str, Any]:
    """What verl is told otherwise than without the first of these words, `algorithm=…`."""
    before, after = told(*overrides[1:]), told(*overrides)
    assert before.keys() <= after.keys()
    return {name[1:]: value for name, value in after.items() if name not in before or before[name] != value}


CHANGES = {
    "grpo": {},
    "dr_grpo": {
        "algorithm.norm_adv_by_std_in_grpo": False,
        f"{ACTOR}.loss_agg_mode": "seq-mean-token-sum-norm",
        LENGTH: 16384,
    },
    "dapo": {
        "algorithm.filter_groups.enable": True,
        "algorithm.filter_groups.metric": "reward",
        "algorithm.filter_groups.max_inflight_gen_batches": 1,
        f"{ACTOR}.clip_ratio_low": 0.2,
        f"{ACTOR}.clip_ratio_high": 0.28,
        f"{ACTOR}.use_kl_loss": False,
        f"{ACTOR}.kl_loss_coef": 0,
    },
    "gspo": {
        f"{ACTOR}.policy_loss.loss_mode": "gspo",
        f"{ACTOR}.clip_ratio_low": 3e-4,
        f"{ACTOR}.clip_ratio_high": 4e-4,
        f"{ACTOR}.loss_agg_mode": "seq-mean-token-mean",
    },
    "tis": {
        "algorithm.rollout_correction.rollout_is": "token",
        "algorithm.rollout_correction.rollout_is_threshold": 2.0,
        "algorithm.rollout_correction.bypass_mode": False,
        "actor_rollout_ref.rollout.calculate_log_probs": True,
    },
    "lora": {
        f"{MODEL}.lora_rank": 32,
        f"{MODEL}.lora_alpha": 32,
        f"{MODEL}.target_modules": "all-linear",
        f"{MODEL}.lora.merge": True,
        f"{ACTOR}.checkpoint.save_contents": ["model", "optimizer", "extra"],
    },
}


def test_every_algorithm_says_here_what_it_changes() -> None:
    assert choices("algorithm") == sorted(CHANGES)


@pytest.mark.parametrize("algorithm", CHANGES)
def test_a_word_changes_what_its_paper_changes_and_nothing_else(algorithm: str) -> None:
    assert changed(f"algorithm={algorithm}", "model=qwen3-4b", "trainer=fsdp_8gpu") == CHANGES[algorithm]


def test_the_default_adds_nothing() -> None:
    assert OmegaConf.to_yaml(composed()) == OmegaConf.to_yaml(composed("~algorithm"))


def combinations() -> list[tuple[str, str, str, str]]:
    """Every algorithm with every trainer; models and rewards in turn, as they share no key with an algorithm."""
    pairs = product(CHANGES, choices("trainer"))
    return [(*pair, model, reward) for pair, model, reward in zip(pairs, MODELS, REWARDS, strict=False)]


@pytest.mark.parametrize("algorithm, trainer, model, reward", combinations())
def test_verl_accepts_an_algorithm_with_every_other_choice(
    algorithm: str, trainer: str, model: str, reward: str
) -> None:
    cfg = composed(f"algorithm={algorithm}", f"trainer={trainer}", f"model={model}", f"reward={reward}")
    verl = leaves(OmegaConf.to_container(compose_verl(cfg), resolve=True))
    assert verl[f".{MODEL}.path"] == cfg.model.path
    assert cfg.reward.name == reward
    expected = CHANGES[algorithm] | ({LENGTH: cfg.rollout.response_tokens} if algorithm == "dr_grpo" else {})
    assert {name: verl[f".{name}"] for name in expected} == expected


@pytest.fixture(scope="module")
def verl() -> dict[str, DictConfig]:
    """Of each algorithm: verl's whole configuration, by verl's own validation."""
    trainers = cycle(("trainer=cpu", "trainer=fsdp_8gpu"))
    return {name: compose_verl(composed(f"algorithm={name}", next(trainers))) for name in CHANGES}


@pytest.mark.parametrize("algorithm", CHANGES)
def test_verl_builds_the_settings_of_its_actor(verl: dict[str, DictConfig], algorithm: str) -> None:
    actor = omega_conf_to_dataclass(verl[algorithm].actor_rollout_ref.actor)
    assert get_policy_loss_fn(actor.policy_loss.loss_mode)
    for name, value in CHANGES[algorithm].items():
        if name.startswith(f"{ACTOR}.clip_ratio"):
            assert getattr(actor, name.rpartition(".")[2]) == value


def test_dr_grpo_keeps_the_size_of_a_reward_and_grpo_does_not(verl: dict[str, DictConfig]) -> None:
    rewards = torch.tensor([[0.4], [0.6]])
    found = {
        name: compute_grpo_outcome_advantage(
            rewards,
            torch.ones(2, 1),
            ["group"] * 2,
            norm_adv_by_std_in_grpo=verl[name].algorithm.norm_adv_by_std_in_grpo,
        )[0]
        for name in ("grpo", "dr_grpo")
    }
    assert found["dr_grpo"].flatten().tolist() == pytest.approx([-0.1, 0.1])
    assert found["grpo"].abs().min() > 0.5


def test_dapo_plays_new_prompts_for_groups_without_variance_and_grpo_does_not(verl: dict[str, DictConfig]) -> None:
    metrics = {}
    for name in ("grpo", "dapo"):
        config = OmegaConf.merge(verl[name], {"trainer": {"default_local_dir": "checkpoints"}})
        trainer = ProveTrainer(config)
        metrics[name] = trainer.replay_buffer.filter_groups_metric
    assert metrics == {"grpo": None, "dapo": "reward"}


def test_only_dapo_needs_no_reference_policy(verl: dict[str, DictConfig]) -> None:
    assert [name for name in CHANGES if not need_reference_policy(verl[name])] == ["dapo"]


def test_a_word_after_it_changes_a_number_of_an_algorithm() -> None:
    words = ["algorithm=dapo", "verl.actor_rollout_ref.actor.clip_ratio_high=0.3"]
    assert problem(words, CONF, "config") is None
    assert composed(*words).verl.actor_rollout_ref.actor.clip_ratio_high == 0.3


@pytest.mark.parametrize(
    "words, answer",
    [
        (["algorithm=drgrpo"], "algorithm=drgrpo is no choice; did you mean dr_grpo?"),
        (["algoritm=dapo"], "there is no key algoritm; did you mean algorithm?"),
        (["algorithm=grpo,gpso"], "algorithm=gpso is no choice; did you mean gspo?"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_one(words: list[str], answer: str) -> None:
    assert problem(words, CONF, "config") == answer


def test_a_typo_in_an_option_of_an_algorithm_names_the_right_one() -> None:
    cfg = composed("algorithm=dapo", "+verl.algorithm.filter_groups.enabled=true")
    with pytest.raises(ValueError) as error:
        compose_verl(cfg)
    assert str(error.value) == (
        "verl has no option algorithm.filter_groups.enabled; nearest: algorithm.filter_groups.enable"
    )
