"""verl's configuration for one of ours.

verl's `ppo_trainer` is composed apart and our `verl:` node merged into it with struct on: an unknown key is an error.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import ray
import yaml
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY, POLICY_LOSS_REGISTRY
from verl.trainer.ppo.utils import need_critic, need_reference_policy
from verl.trainer.ppo.v1.trainer_base import TRAINER_REGISTRY
from verl.utils.config import validate_config
from verl.utils.tracking import Tracking

from prove.estimates.memory import misfit, read_shape
from prove.options.arguments import OPEN, wrong_argument
from prove.options.nearest import dotted, nearest_key, wrong_kind, wrong_name
from prove.options.shares import uneven
from prove.rewards.choice import Reward
from prove.training.loggers import of_verl

# Options that verl reads and its YAML does not list.
UNLISTED = (
    "actor_rollout_ref.actor.fsdp_config.mixed_precision",
    "actor_rollout_ref.ref.fsdp_config.mixed_precision",
)
# Options whose value is a name that verl looks up later, inside a worker.
NAMES = {
    "algorithm.adv_estimator": ADV_ESTIMATOR_REGISTRY,
    "actor_rollout_ref.actor.policy_loss.loss_mode": POLICY_LOSS_REGISTRY,
    "actor_rollout_ref.actor.loss_agg_mode": (
        "token-mean",
        "token-sum",
        "seq-mean-token-sum",
        "seq-mean-token-mean",
        "seq-mean-token-sum-norm",
    ),
    "actor_rollout_ref.actor.kl_loss_type": ("kl", "k1", "abs", "mse", "k2", "low_var_kl", "k3", "k1+", "k3+", "full"),
    "actor_rollout_ref.actor.strategy": ("fsdp", "fsdp2"),
    "actor_rollout_ref.rollout.name": ("cpu", "vllm", "sglang", "trtllm"),
    "trainer.v1.trainer_mode": {*TRAINER_REGISTRY, "prove"},  # ours is registered by prove.training.trainer
}


def compose_verl(cfg: DictConfig) -> DictConfig:
    """verl's whole configuration for our `cfg`. ValueError names what verl would refuse, in one sentence.

    What will probably not fit the GPUs is only said, on the terminal: it is an estimate.
    """
    base, ours = verls_own("ppo_trainer", UNLISTED, OPEN), plain(cfg)
    refuse_if(wrong_kind(ours, OmegaConf.to_container(base), "verl"))
    name_loggers(ours)
    try:
        merged = OmegaConf.merge(base, OmegaConf.create(ours))
    except ConfigKeyError as error:
        raise ValueError(explain_unknown(base, error)) from None
    refuse_if(wrong_argument(ours, cfg.model.get("family"), ray.init))
    whole: dict[str, Any] = OmegaConf.to_container(merged, resolve=True)  # type: ignore[assignment]
    refuse_if(wrong_name(whole, NAMES))
    refuse_if(uneven(whole, heads_of(cfg)))
    try:
        validate_config(merged, need_reference_policy(merged), need_critic(merged))
    except (AssertionError, ValueError, TypeError, NotImplementedError, HydraException) as error:
        raise ValueError(f"verl refuses: {str(error.__cause__ or error).strip().splitlines()[0]}") from None
    if sentence := misfit(cfg):
        print(f"warning: {sentence}", file=sys.__stderr__)  # what is printed goes to console.log
    return merged


@cache
def verls_own(name: str, unlisted: tuple[str, ...], passed_on: tuple[str, ...]) -> DictConfig:
    """A configuration of verl's, with what its YAML does not list, open where it is passed on. Merging copies it."""
    GlobalHydra.instance().clear()
    with initialize_config_module("verl.trainer.config", version_base="1.3"):
        base = compose(name)
    for path in unlisted:
        OmegaConf.update(base, path, None, force_add=True)
    for path in passed_on:
        OmegaConf.set_struct(OmegaConf.select(base, path), False)
    return base


def plain(cfg: DictConfig) -> dict[str, Any]:
    """Our `verl:` node, resolved. ValueError: it refers to a key that is not there."""
    try:
        return OmegaConf.to_container(cfg.verl, resolve=True)  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise ValueError(str(error).splitlines()[0]) from None


def refuse_if(sentence: str | None) -> None:
    if sentence:
        raise ValueError(sentence)


def explain_unknown(base: DictConfig, error: ConfigKeyError) -> str:
    """`verl has no option a.b.c; nearest: a.b.d`."""
    key = str(error.full_key)
    near = nearest_key(key, dotted(OmegaConf.to_container(base)))
    return f"verl has no option {key}" + (f"; nearest: {near}" if near else "")


def name_loggers(ours: dict[str, Any]) -> None:
    """verl gets its own. ValueError: one is none."""
    if "logger" in ours.get("trainer", {}):
        ours["trainer"]["logger"] = of_verl(ours["trainer"]["logger"], Tracking.supported_backend)


def heads_of(cfg: DictConfig) -> int | None:
    try:
        return read_shape(cfg).heads
    except ValueError:
        return None


def write_agents(cfg: DictConfig, run: Path, verl: DictConfig) -> None:
    """The file by which verl's rollout workers build our agent loop, and its place in verl's configuration.

    ValueError: a reward that no worker could make.
    """
    Reward.of(cfg.reward)
    settings = {
        "servers": OmegaConf.to_container(cfg.servers, resolve=True),
        "reward": OmegaConf.to_container(cfg.reward, resolve=True),
        "rollout": OmegaConf.to_container(cfg.rollout, resolve=True),
        "policy": cfg.model.name,
        "seed": cfg.seed,
        "episodes": str(run / "episodes"),
        "tracking": OmegaConf.to_container(cfg.tracking, resolve=True),
    }
    agents = [{"name": "mcp", "_target_": "prove.rollout.MCPAgentLoop", "settings": json.dumps(settings)}]
    (run / "agents.yaml").write_text(yaml.safe_dump(agents, sort_keys=False))
    with open_dict(verl):
        verl.actor_rollout_ref.rollout.agent.agent_loop_config_path = str(run / "agents.yaml")


def read_agents(verl: DictConfig) -> dict[str, Any]:
    """The settings that `write_agents` wrote."""
    path = Path(verl.actor_rollout_ref.rollout.agent.agent_loop_config_path)
    return json.loads(yaml.safe_load(path.read_text())[0]["settings"])
