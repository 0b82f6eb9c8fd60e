"""Supervised fine-tuning on the stored conversations (paper, Table 6), by verl's own SFT trainer.

    loss = - mean over the learned tokens of a batch of log p(token | all before it)

Loop, loss, engine and checkpoints are those of verl's `sft_trainer_ray`, so that one command serves a laptop, eight
GPUs and a Ray cluster. Ours are the rows (conversations.py), their order, what is recorded, and the place and the mark
of a checkpoint: it lies where GRPO's does, and is opened as one of GRPO's.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import ray
import torch
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError
from verl.single_controller.ray import RayClassWithInitArgs, RayResourcePool, RayWorkerGroup
from verl.trainer import sft_trainer_ray
from verl.trainer.constants_ppo import get_ppo_ray_runtime_env
from verl.utils import tensordict_utils as tu
from verl.utils.config import omega_conf_to_dataclass
from verl.utils.dataset.dataset_utils import SFTTensorCollator
from verl.utils.import_utils import import_external_libs
from verl.utils.tracking import Tracking
from verl.workers.engine_workers import TrainingWorker, TrainingWorkerConfig
from verl.workers.utils.losses import sft_loss

from prove.options.nearest import wrong_kind
from prove.training.checkpoints import Checkpoints
from prove.training.conversations import Conversations, Room, Script, Stream, read_conversations
from prove.training.history import History
from prove.training.ray_jobs import ray_of_its_own
from prove.training.verl_config import explain_unknown, name_loggers, refuse_if, verls_own

OPEN = ("model.override_config", "data.apply_chat_template_kwargs")  # take any key
UNLISTED = ("engine.mixed_precision",)  # read by verl, not in its YAML


@dataclass(frozen=True)
class Rows:
    """What is learned, and conversations of other worlds whose loss is watched."""

    train: Conversations
    validation: Conversations


def compose_sft(cfg: DictConfig) -> DictConfig:
    """verl's whole SFT configuration for our `cfg`. ValueError names what is wrong with it, in one sentence."""
    base, ours = verls_own("sft_trainer_engine", UNLISTED, OPEN), OmegaConf.to_container(cfg.sft.verl, resolve=True)
    refuse_if(wrong_kind(ours, OmegaConf.to_container(base), "sft.verl"))
    name_loggers(ours)
    try:
        merged = OmegaConf.merge(base, OmegaConf.create(ours))
    except ConfigKeyError as error:
        raise ValueError(f"of sft.verl: {explain_unknown(base, error)}") from None
    refuse_if(impossible(cfg.sft.epochs, merged.data.train_batch_size, workers_of(merged)))
    return merged  # type: ignore[return-value]


def impossible(epochs: object, batch: int, workers: int) -> str | None:
    if not isinstance(epochs, int) or epochs < 1:
        return f"sft.epochs={epochs}: sft.epochs is a whole number of at least 1"
    if batch % workers:
        return f"trainer.batch={batch} conversations cannot be shared out among {workers} workers"
    return None


def workers_of(config: DictConfig) -> int:
    return config.trainer.n_gpus_per_node * config.trainer.nnodes


def read_rows(cfg: DictConfig, config: DictConfig) -> Rows:
    """Tokenised with the tokenizer and template options that the rollout has. ValueError: rows cannot be used."""
    if cfg.data.train is None:
        raise ValueError(f"algorithm=sft needs stored conversations; data={cfg.data.name} makes rows while training")
    tokenizer = omega_conf_to_dataclass(config.model).tokenizer
    script = Script(tokenizer, config.data.apply_chat_template_kwargs)
    room = Room(cfg.rollout.prompt_tokens, cfg.rollout.response_tokens, cfg.rollout.max_result_chars)
    return Rows(*(read_conversations(Path(path), script, room) for path in (cfg.data.train, cfg.data.validation)))


def plan_steps(cfg: DictConfig, config: DictConfig, rows: Rows) -> int:
    """Updates until the end, also written into `config`. ValueError: fewer conversations than a batch."""
    kept, batch = len(rows.train.streams), config.data.train_batch_size
    if kept < batch:
        raise ValueError(f"trainer.batch={batch}, but {cfg.data.train} has {kept} conversations that fit")
    steps = cfg.sft.epochs * (kept // batch)
    config.trainer.total_training_steps = steps if cfg.trainer.steps is None else min(steps, cfg.trainer.steps)
    return config.trainer.total_training_steps


class Batches:
    """verl's loader and sampler in one: whole batches, each epoch in an order of its own that the seed decides.

    The step says which batches are done, so a checkpoint need not hold a place. (verl's loader, saved at the end of an
    epoch, continues with an epoch that is empty.) What is left over from whole batches is others' turn next epoch.
    """

    def __init__(self, rows: tuple[Stream, ...], size: int, seed: int):
        self.rows, self.size, self.seed = rows, size, seed
        self.epoch = self.done = 0
        self.collate = SFTTensorCollator("no_padding")

    def __len__(self) -> int:
        return len(self.rows) // self.size

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.rows))
        done, self.done = self.done, 0
        for number in range(done, len(self)):
            yield self.collate([fields(self.rows[row]) for row in order[number * self.size :][: self.size]])

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def fields(row: Stream) -> dict[str, torch.Tensor]:
    """What verl's loss and engine read of a conversation: int64 [L] each."""
    return {
        "input_ids": torch.from_numpy(row.ids),
        "position_ids": torch.arange(len(row.ids)),
        "loss_mask": torch.from_numpy(row.mask),
    }


class Worker(TrainingWorker):
    """verl's worker; verl builds the model's configuration elsewhere, and with that imports the plug-in elsewhere."""

    def __init__(self, config: TrainingWorkerConfig):
        import_external_libs(config.model_config.external_lib)
        super().__init__(config)


class Record:
    """metrics.jsonl and verl's loggers."""

    def __init__(self, config: DictConfig):
        trainer = config.trainer
        self.history = History(Path(trainer.default_local_dir).parent / "metrics.jsonl")
        self.last = trainer.total_training_steps
        plain = OmegaConf.to_container(config, resolve=True)
        self.tracking = Tracking(trainer.project_name, trainer.experiment_name, list(trainer.logger), plain)

    def add(self, step: int, numbers: dict[str, float]) -> None:
        """W&B takes a step once and in order: the last one is left to the episodes that are played after it."""
        self.history.append(step, numbers)
        self.tracking.log(numbers, step=min(step, self.last - 1))


class Client:
    """verl's worker group as its SFT trainer sees it. What comes back is recorded; checkpoints go where GRPO's are."""

    def __init__(self, group: RayWorkerGroup, record: Record):
        self.group, self.record, self.step = group, record, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.group, name)

    def train_batch(self, data: Any) -> SimpleNamespace:
        started = perf_counter()
        output = self.group.train_batch(data).get()
        seconds, made = perf_counter() - started, tu.get(output, "metrics")
        tokens = data["input_ids"].values().numel()
        self.step += 1
        numbers = {f"train/{name}": made[name] for name in ("loss", "lr", "grad_norm")}
        numbers |= {"train/tokens": tokens, "train/learned_tokens": int(data["loss_mask"].values().sum())}
        self.record.add(self.step, numbers | {"timing_s/step": seconds, "perf/tokens_per_second": tokens / seconds})
        return SimpleNamespace(get=lambda: output)

    def infer_batch(self, data: Any) -> SimpleNamespace:
        output = self.group.infer_batch(data).get()
        self.record.add(self.step, {"val/loss": tu.get(output, "metrics")["loss"]})
        return SimpleNamespace(get=lambda: output)

    def save_checkpoint(self, local_path: str, **options: Any) -> None:
        self.group.save_checkpoint(local_path=f"{local_path}/actor", **options)

    def load_checkpoint(self, local_path: str) -> None:
        self.group.load_checkpoint(local_path=f"{local_path}/actor")


class SftTrainer(sft_trainer_ray.SFTTrainer):
    """verl's trainer on our rows; `config` says the number of steps."""

    def __init__(self, config: DictConfig, rows: Rows, record: Record):
        self.rows, self.record = rows, record
        super().__init__(config)
        self.training_client.step = self.resume_global_step
        self.train_dataloader.done = self.resume_global_step % self.steps_per_epoch

    def _build_dataset(self) -> None:
        self.train_dataset, self.val_dataset = self.rows.train.streams, self.rows.validation.streams

    def _build_dataloader(self) -> None:
        """Validation is one batch, of as many conversations as the workers can share out."""
        trainer, workers = self.config.trainer, workers_of(self.config)
        self.global_batch_size = self.config.data.train_batch_size
        self.train_dataloader = Batches(self.train_dataset, self.global_batch_size, trainer.seed)
        self.train_sampler = self.train_dataloader
        shared = len(self.val_dataset) // workers * workers
        self.val_dataloader = Batches(self.val_dataset[:shared], shared, trainer.seed) if shared else None
        self.steps_per_epoch, self.total_training_steps = len(self.train_dataloader), trainer.total_training_steps
        self.optimizer_config.total_training_steps = self.total_training_steps
        self.save_freq = trainer.save_freq or -1  # verl divides by them
        self.test_freq = trainer.test_freq if shared and trainer.test_freq else -1

    def _build_engine(self) -> None:
        config = TrainingWorkerConfig(
            model_type="language_model",
            model_config=self.model_config,
            engine_config=self.engine_config,
            optimizer_config=self.optimizer_config,
            checkpoint_config=self.checkpoint_config,
            profiler_config=self.profiler_config,
        )
        trainer = self.config.trainer
        pool = RayResourcePool([trainer.n_gpus_per_node] * trainer.nnodes, max_colocate_count=1)
        worker = RayClassWithInitArgs(ray.remote(Worker), config=config)
        group = RayWorkerGroup(resource_pool=pool, ray_cls_with_init=worker, device_name=trainer.device)
        group.set_loss_fn(loss_fn=partial(sft_loss, config=None))
        group.reset()
        self.training_client = Client(group, self.record)

    def _build_ckpt_handler(self) -> None:
        super()._build_ckpt_handler()
        save, checkpoints = self.ckpt_handler.save_checkpoint, Checkpoints(Path(self.config.trainer.default_local_dir))

        def save_and_mark(step: int) -> None:
            save(step)
            checkpoints.mark(step)

        self.ckpt_handler.save_checkpoint = save_and_mark


def fit(config: DictConfig, rows: Rows) -> None:
    """Train to the end, in a process of Ray."""
    record = Record(config)
    config.trainer.logger = []  # what verl's own loop would say is recorded by then
    SftTrainer(config, rows, record).fit()
    record.tracking.finish()


def run_sft(config: DictConfig, rows: Rows, grpo: DictConfig) -> None:
    """Train to the end on a Ray started as `grpo` says. RuntimeError: the cause in one line."""
    options = OmegaConf.merge({"runtime_env": get_ppo_ray_runtime_env(grpo)}, grpo.ray_kwargs.ray_init)
    on_sigterm = signal.getsignal(signal.SIGTERM)
    with ray_of_its_own():
        ray.init(**OmegaConf.to_container(options, resolve=True))
        signal.signal(signal.SIGTERM, on_sigterm)  # Ray has taken it for itself
        ray.get(ray.remote(fit).remote(config, rows))
