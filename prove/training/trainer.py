"""GRPO by verl: its trainer with every number logged, and the process that runs it."""

from __future__ import annotations

import signal
from functools import cached_property
from pathlib import Path
from typing import Any

import ray
import torch
import transfer_queue as tq
from omegaconf import DictConfig
from verl.trainer import main_ppo
from verl.trainer.ppo.v1 import PPOTrainerSync, register_trainer
from verl.utils import tensordict_utils as tu

from prove.training.checkpoints import Checkpoints
from prove.training.heartbeat import Heartbeat
from prove.training.history import History, numbers_of
from prove.training.online import OnlineRows
from prove.training.pages import Pages
from prove.training.ray_jobs import ray_of_its_own
from prove.training.reports import (
    Batch,
    crashed,
    means,
    means_by_source,
    require_survivors,
    spared,
    zero_variance_share,
)
from prove.training.verl_config import read_agents

POLL_SECONDS = 0.1  # verl asks every 2 s whether the episodes are done: a third of a laptop's step


@register_trainer("prove")
class ProveTrainer(PPOTrainerSync):
    """verl's synchronous trainer; logs what episodes report, in training and validation, and marks its checkpoints."""

    def __init__(self, config: DictConfig) -> None:
        self.validated: list[Batch] = []
        self.training = False
        checkpoints = Path(config.trainer.default_local_dir)
        self.checkpoints, self.history = Checkpoints(checkpoints), History(checkpoints.parent / "metrics.jsonl")
        super().__init__(config)

    @cached_property
    def pages(self) -> Pages:
        return Pages(self.checkpoints.folder.parent, **read_agents(self.config)["tracking"])

    @cached_property
    def max_crashed(self) -> float:
        return read_agents(self.config)["rollout"]["max_crashed"]

    def _build_replay_buffer(self):
        self.trainer_mode = "sync"  # verl compares this name to choose the on-policy buffer
        buffer = super()._build_replay_buffer()
        buffer.poll_interval = POLL_SECONDS
        sample, wait = buffer.sample, buffer._wait_for_next_poll

        def sample_and_remember(**kwargs: Any):
            """Validation clears its episodes before it returns; read what they report while they are there."""
            batch, metrics = sample(**kwargs)
            self.heartbeat.insist()
            if kwargs["partition_id"] == "val":
                self.validated.append(self.read(batch))
                return batch, metrics
            played = self.read(batch)
            require_survivors(played, self.max_crashed)  # before anything is learned and saved
            self.spare(batch, played)
            if isinstance(self.train_dataset, OnlineRows):
                self.teach(self.train_dataset, batch)
            return batch, metrics

        def wait_with_the_living(*args: Any):
            self.heartbeat.look()
            return wait(*args)

        buffer.sample, buffer._wait_for_next_poll = sample_and_remember, wait_with_the_living
        return buffer

    @staticmethod
    def read(batch) -> Batch:
        """`pop`, because indexing gives verl's own list type."""
        fields = ["extra_fields", "uid", "data_source", "rm_scores"]
        data = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=fields)
        rewards = data["rm_scores"].sum(dim=1).tolist()
        return Batch(*(data.pop(field).tolist() for field in fields[:3]), rewards)

    @staticmethod
    def spare(batch, played: Batch) -> None:
        """Crashed episodes get a reward that neither they nor their group learn from."""
        if not any(map(crashed, played.reports)):
            return
        data = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=["rm_scores"])
        scores = [row.clone() for row in data["rm_scores"].unbind()]
        for row, reward in zip(scores, spared(played), strict=True):
            row[-1] = reward
        nested = torch.nested.as_nested_tensor(scores, layout=torch.jagged)
        fields = tu.get_tensordict({"rm_scores": nested})
        tq.kv_batch_put(keys=batch.keys, partition_id=batch.partition_id, fields=fields)

    @classmethod
    def teach(cls, rows: OnlineRows, batch) -> None:
        """Tells the stream how its groups did: here, because the checkpoint of this step must know it."""
        played = cls.read(batch)
        data = tq.kv_batch_get(keys=batch.keys, partition_id=batch.partition_id, select_fields=["extra_info"])
        rows.learn(played.groups, data.pop("extra_info").tolist(), played.reports)

    def fit(self, agent_loop_manager) -> None:
        self.heartbeat = Heartbeat(agent_loop_manager.agent_loop_workers + self.llm_server_manager.server_handles)
        super().fit(agent_loop_manager)

    def _validate(self) -> dict[str, float]:
        self.validated = []
        metrics = super()._validate()
        for batch in self.validated:
            require_survivors(batch, self.max_crashed)
            metrics |= means_by_source(batch)
        if not self.training:
            self.history.append(self.global_steps, metrics)
        self.pages.log_episodes(self.global_steps)
        self.pages.log_explorer(self.global_steps)
        return metrics

    def on_train_begin(self) -> None:
        self.training = True
        self.pages.log_dataset([*listed(self.config.data.train_files), *listed(self.config.data.val_files)])
        super().on_train_begin()

    def step(self, metrics: dict[str, Any], timing_raw: dict[str, float]):
        """What it learned from is known before the checkpoint is written, which keeps it."""
        batch = super().step(metrics, timing_raw)
        played = self.read(batch)
        metrics.update(means(played.reports))
        metrics["reward/zero_variance_groups"] = zero_variance_share(played.groups, played.rewards)
        if isinstance(self.train_dataset, OnlineRows):
            metrics.update(self.train_dataset.numbers())
        self.learned = numbers_of(metrics)
        return batch

    def _compute_metrics(self, batch, metrics, timing_raw, global_steps, epoch) -> None:
        super()._compute_metrics(batch, metrics, timing_raw, global_steps, epoch)
        self.history.append(global_steps, metrics)

    def _save_checkpoint(self) -> None:
        super()._save_checkpoint()
        self.checkpoints.mark(self.global_steps, self.learned)
        if self.global_steps >= self.config.trainer.total_training_steps:
            folder = self.checkpoints.folder / f"global_step_{self.global_steps}"
            self.pages.log_model(folder / "actor" / "huggingface")


def listed(files: Any) -> list[str]:
    """verl takes one file or several."""
    return [files] if isinstance(files, str) else list(files or ())


class ProveTaskRunner(main_ppo.TaskRunnerV1.__ray_metadata__.modified_class):
    """verl's task runner; unpickling it imports this module, which registers the trainer there."""


class RunnerOfRay:
    """What verl makes its task runner of. That is when Ray has just started, and has taken SIGTERM for itself: it
    would end without a word and without our exit status."""

    def __init__(self) -> None:
        self.on_sigterm = signal.getsignal(signal.SIGTERM)

    def remote(self) -> Any:
        signal.signal(signal.SIGTERM, self.on_sigterm)
        return ray.remote(ProveTaskRunner).remote()


def run_verl(config: DictConfig) -> None:
    """Train to the end. RuntimeError: the cause in one line; the whole story has been printed."""
    with ray_of_its_own():
        main_ppo.run_ppo(config, task_runner_class=RunnerOfRay())
