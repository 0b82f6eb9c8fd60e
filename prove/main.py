"""Trains a policy: configuration, checks, verl's GRPO or SFT trainer, a run folder that can be continued.

    python -m prove.main                                     the laptop run
    python -m prove.main synthesis=tiny                      on other rows, made first where they are missing
    python -m prove.main algorithm=sft                       supervised fine-tuning on the same rows
    python -m prove.main trainer.steps=0                     only plays the held-out rows
    python -m prove.main sweeps=reward_ablation              many runs (docs/sweeps.md)
    python -m prove.main model=qwen3-8b trainer=fsdp_8gpu    the paper's recipe on eight GPUs
    python -m prove.main run=first trainer.steps=200         runs/first; the same command continues it
    python -m prove.main model=granite-4.1-8b trainer=fsdp_8gpu check=true     validate only, no GPU needed

runs/NAME holds config.yaml, metrics.jsonl, checkpoints/, episodes/, console.log and, for W&B, wandb/.
"""

from __future__ import annotations

import contextlib
import importlib.util
import netrc
import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from prove.benchmarks.origin import commit, versions
from prove.external import read_externals
from prove.options.overrides import problem
from prove.options.rows import with_rows
from prove.sweeps.jobs import is_sweep
from prove.sweeps.sweep import run_sweep
from prove.synthesis.live import unusable
from prove.training.loggers import prepare
from prove.training.making import make_rows
from prove.training.rows import check_rows

ROOT = Path(__file__).resolve().parent.parent
CANNOT = 2  # exit status: what was asked for cannot run here or is written wrongly
FAILED = 1
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "TOKENIZERS_PARALLELISM": "false",
    "VERL_LOGGING_LEVEL": "WARN",
    "WANDB_SILENT": "true",
    "TQ_NUM_THREADS": "1",  # the transfer queue warns at every use where it has fewer cores than its 8
    "OMP_WAIT_POLICY": "PASSIVE",  # several processes share the cores: a thread that waits should sleep
}

# Ray's workers get the allocator that Ray brings, which keeps the pages of freed tensors: to get them anew takes a
# seventh of an update's time.
ON_A_CPU = {"RAY_LD_PRELOAD_ON_WORKERS": "1", "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1"}


def train(cfg: DictConfig) -> None:
    """Carry the run out to its end and conclude it. ValueError: the configuration or the data is wrong."""
    from prove.training.summary import withdraw

    started = time.monotonic()
    run = open_run(cfg)
    earlier = withdraw(run)
    environment(cfg, run)
    console = Console(file=sys.stdout)  # the stream of now: what comes later is redirected
    with output_to(run / "console.log"):
        from prove.training.stages import carry_out

        facts = carry_out(cfg, run, console)
    console.print(f"done: {run} (metrics.jsonl, episodes/, checkpoints/)", highlight=False)
    conclude(cfg, run, facts, earlier + time.monotonic() - started)


def conclude(cfg: DictConfig, run: Path, facts: dict[str, Any], seconds: float) -> None:
    """Writes summary.json and curves.png and prints the held-out table. `seconds`: wall time."""
    from prove.training.summary import summarise, table

    about = {"model": cfg.model.name, "data": cfg.data.name, "reward": cfg.reward.name, "seed": cfg.seed, "lr": cfg.lr}
    summary = summarise(run, seconds, {**about, **facts, "made_by": made_by(cfg)})
    if "heldout" in summary:
        print(f"\n{table(summary)}\n\n{run / 'curves.png'}\n{run / 'summary.json'}")


def made_by(cfg: DictConfig) -> dict[str, str]:
    """What a report says of where a run's numbers come from."""
    gpus = cfg.trainer.gpus * cfg.trainer.nodes
    machine = f"{gpus} GPU{'s' * (gpus > 1)}" if gpus else f"{os.cpu_count()} CPU cores"
    return {"commit": commit(), "versions": versions(), "machine": machine}


def check(cfg: DictConfig) -> str:
    """Compose and validate verl's real configuration; a short summary. ValueError says what is wrong."""
    environment(cfg, None)
    read_externals(cfg.servers.external)
    with output_to(Path(os.devnull)):
        from prove.training.plan import plan_of
        from prove.training.sft import compose_sft
        from prove.training.verl_config import compose_verl

        verl = compose_verl(cfg)
        sft = compose_sft(cfg) if "sft" in cfg else None
    online = plan_of(cfg) is not None
    rollout, data = verl.actor_rollout_ref.rollout, verl.data
    return "\n".join(
        (
            f"model     {cfg.model.path}, learning rate {cfg.lr:g}",
            f"data      {cfg.data.name}: {'made while training' if online else data.train_files}",
            f"servers   {', '.join(cfg.servers.names)}",
            f"reward    {cfg.reward.name}",
            fine_tuning(sft) if sft else reinforcement(verl),
            f"tokens    prompt {data.max_prompt_length}, response {data.max_response_length}",
            f"trainer   {cfg.trainer.name}: {verl.trainer.nnodes} x {verl.trainer.n_gpus_per_node} "
            f"{verl.trainer.device}, rollout {rollout.name}, tensor parallel {rollout.tensor_model_parallel_size}",
            "the configuration is valid",
        )
    )


def reinforcement(verl: DictConfig) -> str:
    actor, rollout, batch = verl.actor_rollout_ref.actor, verl.actor_rollout_ref.rollout, verl.data.train_batch_size
    steps = verl.trainer.total_training_steps
    return f"GRPO      {batch} prompts x {rollout.n} episodes, KL {actor.kl_loss_coef:g}, {steps} steps"


def fine_tuning(sft: DictConfig) -> str:
    return f"SFT       {sft.trainer.total_epochs} epochs, {sft.data.train_batch_size} conversations per step"


def open_run(cfg: DictConfig) -> Path:
    """The run folder with config.yaml in it. Jobs of a sweep get one folder each, named by what they change."""
    hydra_config = HydraConfig.get() if HydraConfig.initialized() else None
    if hydra_config and hydra_config.mode == RunMode.MULTIRUN:
        cfg.run = f"{cfg.run}/{job_name(list(hydra_config.overrides.task), sys.argv[1:])}"
    run = ROOT / "runs" / cfg.run
    (run / "checkpoints").mkdir(parents=True, exist_ok=True)
    OmegaConf.save(cfg, run / "config.yaml", resolve=True)
    return run


def job_name(overrides: list[str], words: list[str]) -> str:
    """What this job of a sweep changes, e.g. `lr=1e-4`: its values of the words that were given several."""
    swept = {word.split("=", 1)[0] for word in words if "," in word}
    return ",".join(one for one in overrides if one.split("=", 1)[0] in swept) or "all"


def environment(cfg: DictConfig, run: Path | None) -> None:
    """What verl, Ray and W&B read when they are imported, here and in the processes they start."""
    os.environ.update(QUIET)
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    if not cfg.trainer.gpus or cfg.check:
        os.environ |= {"VERL_USE_EXTERNAL_MODULES": "prove.cpu.platform", "VERL_PLATFORM": "cpu", **ON_A_CPU}
    if run:
        os.environ |= {"WANDB_DIR": str(run), "WANDB_RUN_ID": wandb_id(run), "WANDB_RESUME": "allow"}
        prepare(cfg.loggers, run)
        os.environ.setdefault("WANDB_MODE", "online" if logged_in_to_wandb() else "offline")


def wandb_id(run: Path) -> str:
    """Made once and kept in the run folder: a continued run continues its W&B run."""
    path = run / "wandb_id"
    if not path.exists():
        path.write_text(uuid.uuid4().hex[:8])
    return path.read_text()


def logged_in_to_wandb() -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        return netrc.netrc().authenticators("api.wandb.ai") is not None
    except (FileNotFoundError, netrc.NetrcParseError):
        return False


def require_devices(cfg: DictConfig) -> None:
    """Says in one sentence what the trainer misses here."""
    if not cfg.trainer.gpus:
        if not Path(cfg.model.path).is_dir():
            refuse(f"model.path={cfg.model.path} is no folder; trainer=cpu trains a local model")
        return
    import torch

    if torch.cuda.device_count() < cfg.trainer.gpus:
        needs = f"trainer={cfg.trainer.name} needs {cfg.trainer.gpus} GPUs"
        refuse(f"{needs} and torch sees {torch.cuda.device_count()}; trainer=cpu needs none")
    if importlib.util.find_spec("vllm") is None:
        refuse(f"trainer={cfg.trainer.name} needs vllm; `pip install -r requirements-gpu.txt` installs it")


def require_rows(cfg: DictConfig) -> None:
    if cfg.synthesize:
        make_rows(cfg, HydraConfig.get().runtime.choices["servers"])
    for path in filter(None, (cfg.data.train, cfg.data.validation, cfg.data.heldout)):
        check_rows(Path(path), cfg.servers.names, cfg.data.get("synthesis"))


def require_servers(cfg: DictConfig) -> None:
    sentence = unusable(OmegaConf.to_container(cfg.servers, resolve=True))  # type: ignore[arg-type]
    if sentence:
        refuse(sentence)


def refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(CANNOT)


@contextlib.contextmanager
def output_to(path: Path) -> Iterator[None]:
    """What this process and Ray's workers print goes to a file; a console that exists already is not affected.

    The file stays open: loggers made meanwhile (Ray's) keep it.
    """
    file = path.open("a", buffering=1)
    with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        yield


@contextlib.contextmanager
def stop_on_signals() -> Iterator[None]:
    """Ctrl-C or SIGTERM stops Ray and ends; the second one ends at once."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, lambda *_: os._exit(128 + number))
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@hydra.main(config_path="../conf", config_name="config", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        if cfg.check:
            print(check(cfg))
            return
        require_devices(cfg)
        require_servers(cfg)
        require_rows(cfg)
        with stop_on_signals():
            train(cfg)
    except ValueError as error:
        refuse(str(error))
    except RuntimeError as error:
        print(f"training failed: {error}; the whole story is in runs/{cfg.run}/console.log", file=sys.stderr)
        sys.exit(FAILED)
    except OSError as error:  # a full disk, most likely, with no room for a story
        print(f"training failed: {error}", file=sys.stderr)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        print(f"stopped; `run={cfg.run}` continues from the last checkpoint", file=sys.stderr)
        sys.exit(130)


def begin(words: list[str]) -> None:
    """A sweep or one run; what is written wrongly is answered before Hydra sees it."""
    try:
        words = sys.argv[1:] = with_rows(words, ROOT / "conf")
        if is_sweep(words):  # before Hydra, which wants --multirun for several values
            sys.exit(run_sweep(words, check))
    except ValueError as error:
        refuse(str(error))
    wrong = problem(words, ROOT / "conf", "config")
    if wrong:
        refuse(wrong)
    main()


if __name__ == "__main__":
    begin(sys.argv[1:])
