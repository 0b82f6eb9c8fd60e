"""What a run does, in stages; each can be killed at any moment, and the same run goes on where it was.

    trainer.steps=0   play                                nothing is trained: the base of a table
    algorithm=sft     [play] → fine-tune → play
    GRPO              [play] → train, and play on the way

To play is to run validation and held-out rows through verl's validation, the same for all: rewards to metrics.jsonl,
episodes to episodes/SPLIT/STEP.jsonl. The first one is left out with trainer.validate_first=false.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from prove.training.checkpoints import Checkpoints, forget_episodes
from prove.training.history import History
from prove.training.online import write_plan
from prove.training.progress import Follow
from prove.training.sft import Rows, compose_sft, plan_steps, read_rows, run_sft
from prove.training.trainer import run_verl
from prove.training.verl_config import compose_verl, write_agents


def carry_out(cfg: DictConfig, run: Path, console: Console) -> dict[str, Any]:
    """Do what is not done yet; returns what summary.json should say of it. ValueError: what is asked for is wrong."""
    verl = compose_verl(cfg)
    verl.trainer.default_local_dir = str(run / "checkpoints")
    write_plan(cfg, run, verl)
    write_agents(cfg, run, verl)
    if cfg.trainer.steps == 0:
        play(run, verl, 0, console)
        return {"method": "base", "steps": 0}
    return fine_tune(cfg, run, verl, console) if "sft" in cfg else train(cfg, run, verl, console)


def play(run: Path, verl: DictConfig, step: int, console: Console) -> None:
    """The model of a step, 0 being the one that training begins with, plays validation and held-out rows."""
    history = History(run / "metrics.jsonl")
    if has_played(history, step):
        return
    history.keep_until(step)
    for path in (run / "episodes").glob(f"*/{step:05d}.jsonl"):
        if path.parent.name != "train":
            path.unlink()
    console.print(f"playing validation and held-out rows with the model of step {step}", highlight=False)
    with Follow(history.path, step, step, console):
        run_verl(only_playing(verl, step))


def has_played(history: History, step: int) -> bool:
    return any(row["step"] == step and any(key.startswith("val-core/") for key in row) for row in history.rows())


def only_playing(verl: DictConfig, step: int) -> DictConfig:
    """The same trainer with nothing to train: no reference model, and of the step's checkpoint only the weights."""
    changes = {
        "trainer": {
            "val_only": True,
            "val_before_train": True,
            "total_training_steps": 1,
            "resume_mode": "auto" if step else "disable",
        },
        "actor_rollout_ref": {"actor": {"use_kl_loss": False, "checkpoint": {"load_contents": ["model"]}}},
    }
    return OmegaConf.merge(verl, changes)  # type: ignore[return-value]


def train(cfg: DictConfig, run: Path, verl: DictConfig, console: Console) -> dict[str, Any]:
    """GRPO from the newest complete checkpoint."""
    facts, steps = {"method": "grpo", "steps": cfg.trainer.steps}, cfg.trainer.steps
    done, history = resume(run)
    console.print(f"{'continuing ' if done else ''}{run} at step {done} of {steps}", highlight=False)
    if done >= steps and history.reaches(done):
        return facts
    verl.trainer.val_before_train = to_play(cfg, done) and not history.reaches(done)
    forget_episodes(run / "episodes", done, validated=history.reaches(done))
    with Follow(history.path, steps, done, console):
        run_verl(verl)
    return facts


def to_play(cfg: DictConfig, done: int) -> bool:
    """Whether a run that starts behind step `done` would have played at that step."""
    if not done:
        return cfg.trainer.validate_first
    return done >= cfg.trainer.steps or (cfg.trainer.validate_every > 0 and done % cfg.trainer.validate_every == 0)


def fine_tune(cfg: DictConfig, run: Path, verl: DictConfig, console: Console) -> dict[str, Any]:
    """Supervised fine-tuning with an evaluation before (if wanted) and after."""
    config = compose_sft(cfg)
    config.trainer.default_local_dir = verl.trainer.default_local_dir
    rows = read_rows(cfg, config)
    steps = plan_steps(cfg, config, rows)
    console.print(sentence(rows), highlight=False, soft_wrap=True)
    done, history = resume(run)
    if cfg.trainer.validate_first and not done:
        play(run, verl, 0, console)
    console.print(f"{'continuing ' if done else ''}{run} at step {done} of {steps}", highlight=False)
    if done < steps:
        with Follow(history.path, steps, done, console):
            run_sft(config, rows, verl)
    play(run, verl, max(done, steps), console)
    return {"method": "sft", "steps": steps, "epochs": cfg.sft.epochs, "conversations": rows.train.counts()}


def sentence(rows: Rows) -> str:
    counts = rows.train.counts()
    text = "{rows:,} conversations, {tokens:,} tokens, {learned_tokens:,} of them learned".format(**counts)
    if counts["cut"] or counts["left_out"]:
        text += "; too long: {cut:,} end behind the last turn that fits, {left_out:,} are left out".format(**counts)
    return text


def resume(run: Path) -> tuple[int, History]:
    """The step of the newest complete checkpoint (0: none), and the history up to it."""
    checkpoints, history = Checkpoints(run / "checkpoints"), History(run / "metrics.jsonl")
    done = checkpoints.heal()
    history.keep_until(done)
    history.recover(done, checkpoints.numbers(done))
    return done, history
