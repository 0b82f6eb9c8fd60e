"""Runs the jobs of a sweep side by side, each an ordinary `prove.main` in a process of its own.

    python -m prove.main sweeps=reward_ablation                      seven rewards, three seeds
    python -m prove.main sweeps=lr seed=0 model=qwen3-4b,qwen3-8b …  other axes
    python -m prove.main sweeps=lr sweeps.print=true                 one shell command per job, for a cluster

    waiting -> running -> done | failed        the same command again runs what is not done
                       -> waiting              after Ctrl-C: `prove.main` continues at its last checkpoint

runs/SWEEP/jobs.csv says where each job lies; docs/sweeps.md has the rest.
"""

from __future__ import annotations

import contextlib
import fcntl
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from omegaconf import DictConfig

from prove.sweeps.crew import Crew, listening, wandb_variables
from prove.sweeps.jobs import Job, Sweep, read_sweep
from prove.sweeps.ledger import Ledger, Line, take_stock
from prove.sweeps.slots import slots_here

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = (sys.executable, "-m", "prove.main")


def run_sweep(
    words: Sequence[str],
    check: Callable[[DictConfig], object],
    command: Sequence[str] = COMMAND,
    runs: Path = ROOT / "runs",
    conf: Path = ROOT / "conf",
) -> int:
    """Run what is not done; 0: all is done, 1: a job failed, 130: stopped. ValueError: nothing was started, and why.

    `check` says in a ValueError why a configuration cannot be run; `command` runs one job, given its words.
    """
    sweep = read_sweep(words, conf)
    if sweep.settings.print:
        for job in undone(sweep, take_stock(sweep.name, sweep.jobs, runs)):
            print(shell_line(sweep, job))
        return 0
    if sweep.check:
        require_valid(sweep.jobs, check)
        print(f"{len(sweep.jobs)} jobs; every configuration is valid")
        return 0
    with listening() as received, alone(runs / sweep.name) as lock:
        lines = take_stock(sweep.name, sweep.jobs, runs)
        waiting = undone(sweep, lines)
        require_valid(waiting, check)
        slots = slots_here(sweep.settings, [job.cfg for job in waiting]) if waiting else []
        crew = Crew(sweep, Ledger(runs / sweep.name / "jobs.csv", lines), command, runs, lock, received)
        return crew.run(waiting, slots)


def undone(sweep: Sweep, lines: Sequence[Line]) -> list[Job]:
    return [job for job, line in zip(sweep.jobs, lines, strict=True) if line.status != "done"]


def shell_line(sweep: Sweep, job: Job) -> str:
    """The job as a command with its W&B variables, e.g. for a line of a SLURM array."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in wandb_variables(sweep.name, job).items()]
    return " ".join([*variables, "python -m prove.main", shlex.join(job.words)])


def require_valid(jobs: Sequence[Job], check: Callable[[DictConfig], object]) -> None:
    """ValueError: the first job that cannot be run, and why.

    In a child: `check` imports torch and verl, whose memory the jobs need, and sets variables they would inherit.
    """
    if not jobs:
        return
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as child:
        complaint = child.submit(first_complaint, [(job.name, job.cfg) for job in jobs], check).result()
    if complaint:
        raise ValueError(complaint)


def first_complaint(jobs: Sequence[tuple[str, DictConfig]], check: Callable[[DictConfig], object]) -> str | None:
    for name, cfg in jobs:
        cfg.check = True  # a machine without GPUs can check what it cannot run
        try:
            check(cfg)
        except ValueError as error:
            return f"{name}: {error}"
    return None


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[int]:
    """The descriptor of a lock that the sweep and its jobs hold: what a killed sweep left running still holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(
                f"{file.name} is held: this sweep, or a job that it left behind, is running (`fuser {file.name}`)"
            ) from None
        yield file.fileno()
