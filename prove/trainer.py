"""GRPO by verl: its configuration, its trainer with every number logged, and the process that runs it.

verl's `ppo_trainer` is composed apart and our `verl:` node merged into it with struct on: an unknown key is an error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import ray
import transfer_queue as tq
import yaml
from hydra import compose, initialize_config_module
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import ConfigKeyError, OmegaConfBaseException
from verl.trainer import main_ppo
from verl.trainer.ppo.core_algos import ADV_ESTIMATOR_REGISTRY, POLICY_LOSS_REGISTRY
from verl.trainer.ppo.utils import need_critic, need_reference_policy
from verl.trainer.ppo.v1 import PPOTrainerSync, register_trainer
from verl.trainer.ppo.v1.trainer_base import TRAINER_REGISTRY
from verl.utils.config import validate_config

from prove.arguments import OPEN, wrong_argument
from prove.needs import misfit, read_shape
from prove.online import OnlineRows
from prove.rewards.choice import Reward
from prove.schema import dotted, nearest_key, wrong_kind, wrong_name
from prove.shares import uneven

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
    "trainer.v1.trainer_mode": TRAINER_REGISTRY,
}
POLL_SECONDS = 0.1  # verl asks every 2 s whether the episodes are done: a third of a laptop's step
EXTRA = {"reward_extra_info": "reward", "episode": "episode"}  # what the agent loop reports: prefix of its metrics


def compose_verl(cfg: DictConfig) -> DictConfig:
    """verl's whole configuration for our `cfg`. ValueError names what verl would refuse, in one sentence.

    What will probably not fit the GPUs is only said, on the terminal: it is an estimate.
    """
    base, ours = verl_base(), plain(cfg)
    refuse_if(wrong_kind(ours, OmegaConf.to_container(base), "verl"))
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
def verl_base() -> DictConfig:
    """verl's own configuration, open where it is passed on. Merging copies it."""
    GlobalHydra.instance().clear()
    with initialize_config_module("verl.trainer.config", version_base="1.3"):
        base = compose("ppo_trainer")
    for path in UNLISTED:
        OmegaConf.update(base, path, None, force_add=True)
    for path in OPEN:
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
    }
    agents = [{"name": "mcp", "_target_": "prove.rollout.MCPAgentLoop", "settings": json.dumps(settings)}]
    (run / "agents.yaml").write_text(yaml.safe_dump(agents, sort_keys=False))
    with open_dict(verl):
        verl.actor_rollout_ref.rollout.agent.agent_loop_config_path = str(run / "agents.yaml")


class History:
    """metrics.jsonl: one line per step with every number. Steps that a resumed run does again are dropped first."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep_until(self, step: int) -> None:
        """Rewrites the file at once; a line torn by a kill is dropped too."""
        kept = [row for row in self.rows() if row["step"] <= step]
        replace_text(self.path, "".join(json.dumps(row) + "\n" for row in kept))

    def rows(self) -> list[dict[str, float]]:
        rows = []
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return rows

    def reaches(self, step: int) -> bool:
        """Whether this step's line was written, validation included where it was due."""
        return any(row["step"] == step for row in self.rows())

    def append(self, step: int, metrics: dict[str, Any]) -> None:
        numbers = {key: float(value) for key, value in metrics.items() if is_number(value)}
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, **numbers}) + "\n")


class Checkpoints:
    """verl's checkpoint folder, safe against a kill at any moment.

    verl writes the shards, then data.pt, then the tracker it resumes from; none of these writes is atomic. We mark a
    folder complete when all of that is done and, before verl looks, point the tracker at the newest complete one.
    """

    MARK, TRACKER = "complete", "latest_checkpointed_iteration.txt"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mark(self, step: int) -> None:
        replace_text(self.folder / f"global_step_{step}" / self.MARK, "")

    def heal(self) -> int:
        """Removes torn checkpoints and returns the step a run here continues from (0: from the start)."""
        steps = []
        for folder in self.folder.glob("global_step_*"):
            if (folder / self.MARK).exists() and (folder / "actor").is_dir():
                steps.append(int(folder.name.removeprefix("global_step_")))
            else:
                shutil.rmtree(folder)
        if steps:
            replace_text(self.folder / self.TRACKER, str(max(steps)))
        else:
            (self.folder / self.TRACKER).unlink(missing_ok=True)
        return max(steps, default=0)


def forget_episodes(folder: Path, done: int, validated: bool) -> None:
    """Removes SPLIT/STEP.jsonl of what a continued run will play again: training steps after `done`, validation at
    `done` unless that was finished."""
    for path in folder.glob("*/*.jsonl"):
        step = int(path.stem)
        if step > done or (step == done and path.parent.name != "train" and not validated):
            path.unlink()


def replace_text(path: Path, text: str) -> None:
    """The old content or the new, never a part of it."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    os.replace(temporary, path)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)


class Batch(NamedTuple):
    """Of each episode of a batch: what the agent loop reports, its group, its data source and its reward."""

    reports: list[dict[str, Any]]
    groups: list[str]
    sources: list[str]
    rewards: list[float]


def means_by_source(batch: Batch) -> dict[str, float]:
    """As `means`, apart for each data source: `prove_heldout` gives `heldout/reward/<name>`."""
    found: dict[str, float] = {}
    for source in set(batch.sources):
        reports = [report for report, other in zip(batch.reports, batch.sources, strict=True) if other == source]
        found |= means(reports, source.removeprefix("prove_") + "/")
    return found


def means(reports: list[dict[str, Any]], prefix: str = "") -> dict[str, float]:
    """Mean of every number the episodes report, as `reward/<name>` and `episode/<name>`."""
    values: dict[str, list[float]] = defaultdict(list)
    for report in reports:
        for source, group in EXTRA.items():
            for name, value in (report.get(source) or {}).items():
                if is_number(value):
                    values[f"{prefix}{group}/{name}"].append(float(value))
    return {name: sum(several) / len(several) for name, several in values.items()}


def require_survivors(metrics: Mapping[str, float]) -> None:
    """RuntimeError if every episode of a source crashed: one crash costs one episode, nothing else has a cause."""
    if any(name.endswith("episode/crashed") and share == 1 for name, share in metrics.items()):
        raise RuntimeError("every episode crashed, so nothing can be learned")


def zero_variance_share(groups: Iterable[str], rewards: Iterable[float]) -> float:
    """Share of groups whose episodes all have the same reward: they teach nothing."""
    by_group: dict[str, list[float]] = defaultdict(list)
    for name, reward in zip(groups, rewards, strict=True):
        by_group[name].append(reward)
    flat = [max(rewards) - min(rewards) < 1e-8 for rewards in by_group.values()]
    return sum(flat) / len(flat)


@register_trainer("prove")
class ProveTrainer(PPOTrainerSync):
    """verl's synchronous trainer; logs what episodes report, in training and validation, and marks its checkpoints."""

    def __init__(self, config: DictConfig) -> None:
        self.validated: list[Batch] = []
        self.training = False
        checkpoints = Path(config.trainer.default_local_dir)
        self.checkpoints, self.history = Checkpoints(checkpoints), History(checkpoints.parent / "metrics.jsonl")
        super().__init__(config)

    def _build_replay_buffer(self):
        self.trainer_mode = "sync"  # verl compares this name to choose the on-policy buffer
        buffer = super()._build_replay_buffer()
        buffer.poll_interval = POLL_SECONDS
        sample = buffer.sample

        def sample_and_remember(**kwargs: Any):
            """Validation clears its episodes before it returns; read what they report while they are there."""
            batch, metrics = sample(**kwargs)
            if kwargs["partition_id"] == "val":
                self.validated.append(self.read(batch))
            elif isinstance(self.train_dataset, OnlineRows):
                self.teach(self.train_dataset, batch)
            return batch, metrics

        buffer.sample = sample_and_remember
        return buffer

    @staticmethod
    def read(batch) -> Batch:
        """`pop`, because indexing gives verl's own list type."""
        fields = ["extra_fields", "uid", "data_source", "rm_scores"]
        data = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=fields)
        rewards = data["rm_scores"].sum(dim=1).tolist()
        return Batch(*(data.pop(field).tolist() for field in fields[:3]), rewards)

    @classmethod
    def teach(cls, rows: OnlineRows, batch) -> None:
        """Tells the stream how its groups did: here, because the checkpoint of this step must know it."""
        played = cls.read(batch)
        data = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=["extra_info"])
        rows.learn(played.groups, data.pop("extra_info").tolist(), played.reports)

    def _validate(self) -> dict[str, float]:
        self.validated = []
        metrics = super()._validate()
        for batch in self.validated:
            metrics |= means_by_source(batch)
        require_survivors(metrics)
        if not self.training:
            self.history.append(self.global_steps, metrics)
        return metrics

    def on_train_begin(self) -> None:
        self.training = True
        super().on_train_begin()

    def _compute_metrics(self, batch, metrics, timing_raw, global_steps, epoch) -> None:
        super()._compute_metrics(batch, metrics, timing_raw, global_steps, epoch)
        played = self.read(batch)
        metrics.update(means(played.reports))
        require_survivors(metrics)
        metrics["reward/zero_variance_groups"] = zero_variance_share(played.groups, played.rewards)
        if isinstance(self.train_dataset, OnlineRows):
            metrics.update(self.train_dataset.numbers())
        self.history.append(global_steps, metrics)

    def _save_checkpoint(self) -> None:
        super()._save_checkpoint()
        self.checkpoints.mark(self.global_steps)


class ProveTaskRunner(main_ppo.TaskRunnerV1.__ray_metadata__.modified_class):
    """verl's task runner; unpickling it imports this module, which registers the trainer there."""


def run_verl(config: DictConfig) -> None:
    """Train to the end; every job gets its own Ray, so that several can follow each other in one process.

    RuntimeError: the cause in one line; the whole story has been printed.
    """
    try:
        main_ppo.run_ppo(config, task_runner_class=ray.remote(ProveTaskRunner))
    except (ray.exceptions.RayError, ConnectionError) as error:
        print(error)
        raise RuntimeError(cause(error)) from None
    finally:
        ray.shutdown()


def cause(error: Exception) -> str:
    """In one line: the last one of what is told names the exception; where memory ran out, the first one does."""
    lines = str(error).strip().splitlines()
    return lines[0 if isinstance(error, ray.exceptions.OutOfMemoryError) else -1]
