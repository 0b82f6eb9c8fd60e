"""Folders that a report is about: sweeps, single runs, experiments; finished, running or interrupted.

runs/SWEEP        jobs.csv, or folders with a config.yaml     a job's axes but the seed name its arm
runs/NAME         config.yaml                                 its name is its arm
experiments/NAME  results.csv                                 tables without runs
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from prove.reports.runs import Job, axes_of, jobs_of
from prove.training.history import History

NOT_DONE = "unfinished"


@dataclass(frozen=True)
class Watched:
    """A run as its folder shows it now. `metrics`: a dict per step; `words`: what its command had on top."""

    job: Job
    sweep: str
    arm: str
    config: Mapping[str, Any]
    summary: Mapping[str, Any]
    metrics: Sequence[Mapping[str, Any]]

    @property
    def done(self) -> bool:
        return self.job.status == "done"

    @property
    def model(self) -> str:
        return str(self.config["model"]["name"])

    @property
    def seed(self) -> int:
        return int(self.config["seed"])

    @property
    def method(self) -> str:
        return str(self.summary.get("method") or ("sft" if "sft" in self.config else "grpo"))

    @property
    def steps(self) -> int:
        """The last one that was logged."""
        return int(self.metrics[-1]["step"]) if self.metrics else 0

    def evaluations(self, split: str) -> list[Path]:
        """Its episodes on a split, a file per evaluation, in order."""
        return [path for path in sorted((self.job.folder / "episodes" / split).glob("*.jsonl")) if path.stat().st_size]


@dataclass(frozen=True)
class Found:
    """All that was named. `experiments`: folders with a results.csv; `missing`: a sentence for each thing not there."""

    runs: tuple[Watched, ...]
    experiments: tuple[Path, ...]
    missing: tuple[str, ...]


def look_at(folders: Sequence[Path]) -> Found:
    """ValueError: a folder is none of the three kinds."""
    jobs = {folder: _jobs(folder) for folder in folders if not (folder / "results.csv").is_file()}
    runs, missing = [], []
    for folder, own in jobs.items():
        single = (folder / "config.yaml").is_file()
        for job in own:
            watched = _watch(job, folder.parent.name if single else folder.name)
            runs += [watched] if watched else []
            missing += _lacks(job, watched)
    experiments = tuple(folder for folder in folders if folder not in jobs)
    return Found(_told_apart(runs), experiments, tuple(missing))


def _jobs(folder: Path) -> list[Job]:
    if (folder / "config.yaml").is_file():
        return [_job(folder)]
    if (folder / "jobs.csv").is_file():
        return jobs_of(folder)
    below = [_job(path.parent) for path in sorted(folder.glob("*/config.yaml"))]
    if not below:
        raise ValueError(_nothing(folder))
    return below


def _job(folder: Path) -> Job:
    status = "done" if (folder / "summary.json").is_file() else NOT_DONE
    return Job(folder.name, folder, status, 0.0, axes_of(folder.name))


def _nothing(folder: Path) -> str:
    """With the nearest folder beside it that is one, if the name is wrong."""
    kinds = "a sweep (jobs.csv), a run (config.yaml) or an experiment (results.csv)"
    if folder.is_dir():
        return f"{folder} is neither {kinds}"
    beside = [path.name for path in folder.parent.glob("*") if path.is_dir()] if folder.parent.is_dir() else []
    near = get_close_matches(folder.name, beside, n=1, cutoff=0.4)
    return f"{folder} is not there" + (f"; did you mean {folder.parent / near[0]}?" if near else f"; name {kinds}")


def _watch(job: Job, sweep: str) -> Watched | None:
    """None: it has not begun."""
    if not (job.folder / "config.yaml").is_file():
        return None
    config = yaml.safe_load((job.folder / "config.yaml").read_text(encoding="utf-8")) or {}
    if not {"model", "seed", "trainer"} <= config.keys():
        raise ValueError(f"{job.folder}/config.yaml is not that of a run: it needs model, seed and trainer")
    summary = job.folder / "summary.json"
    if job.status == "done" and not summary.is_file():
        job = replace(job, status=NOT_DONE)
    known = json.loads(summary.read_text(encoding="utf-8")) if summary.is_file() else {}
    job = replace(job, seconds=job.seconds or float(known.get("seconds", 0)))
    return Watched(job, sweep, arm_of(job.name), config, known, _metrics(job.folder / "metrics.jsonl"))


def arm_of(name: str) -> str:
    """`reward=no_arg,seed=0` is no_arg; with several axes all of them are named; without any the name is."""
    axes = {key: value for key, value in axes_of(name).items() if key != "seed"}
    if len(axes) == 1:
        return next(iter(axes.values()))
    return ",".join(f"{key}={value}" for key, value in axes.items()) or name


def _metrics(path: Path) -> list[dict[str, Any]]:
    """One dict per step, in order; a line torn by a kill is left out."""
    steps: dict[int, dict[str, Any]] = {}
    for row in History(path).rows():
        steps.setdefault(int(row["step"]), {}).update(row)
    return [steps[step] for step in sorted(steps)]


def _lacks(job: Job, watched: Watched | None) -> list[str]:
    if watched is None:
        return [f"{job.name} is {job.status} and has no folder yet: nothing of it is below"]
    if not watched.done:
        return [f"{job.name} is {job.status} at step {watched.steps}: only its curves are below"]
    return []


def _told_apart(runs: Iterable[Watched]) -> tuple[Watched, ...]:
    """Each folder once for an arm; arms of two sweeps that would be one are named by their sweep. ValueError: two runs
    are one arm, model and seed."""
    once = {(run.job.folder.resolve(), run.arm): run for run in runs}
    kept, seen = [], {}
    for run in once.values():
        key = (run.arm, run.model, run.seed)
        if key in seen and seen[key].sweep != run.sweep:
            run = replace(run, arm=f"{run.sweep}: {run.arm}")
            key = (run.arm, run.model, run.seed)
        if key in seen:
            twins = f"{seen[key].job.folder} and {run.job.folder}"
            raise ValueError(f"{twins} are both {run.model}, {run.arm}, seed {run.seed}")
        seen[key] = run
        kept.append(run)
    return tuple(kept)
