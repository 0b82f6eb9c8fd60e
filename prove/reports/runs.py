"""Finished runs of a sweep: which arm of the table each is, and under what conditions it was evaluated.

runs/SWEEP/jobs.csv: job,folder,status,seconds,overrides     job = `method=sft,seed=1`, folder below runs/
without a jobs.csv: every folder runs/SWEEP/JOB that has a summary.json
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKPOINT = re.compile(r"/global_step_(\d+)/")
CONDITIONS = ("data.heldout", "servers.names", "trainer.validate_temperature", "rollout")


@dataclass(frozen=True)
class Source:
    """A folder of runs/ that feeds a table: `axis` of its jobs names the row; of all rows only `arms`, if given."""

    sweep: str
    axis: str
    arms: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Job:
    """A line of jobs.csv; `axes` are the parts of its name, `words` what it adds to the command."""

    name: str
    folder: Path
    status: str
    seconds: float
    axes: Mapping[str, str]
    words: str = ""


@dataclass(frozen=True)
class Run:
    """One finished run. `steps`: trained when it was evaluated, those of the checkpoint it started from included.

    `conditions`: what must be equal for its episodes to be compared with another run's.
    """

    folder: Path
    arm: str
    model: str
    seed: int
    steps: int
    seconds: float
    machine: str
    conditions: Mapping[str, Any]


def finished(source: Source, sweep: Path) -> tuple[list[Run], list[str]]:
    """The runs of the arms that are done, and a note for each that is not. ValueError: a folder that is no such run."""
    wanted = [job for job in jobs_of(sweep) if source.arms is None or arm_of(job, source.axis) in source.arms]
    runs = [run_of(job, arm_of(job, source.axis)) for job in wanted if job.status == "done"]
    for run in runs:
        twins = [one.folder for one in runs if (one.model, one.arm, one.seed) == (run.model, run.arm, run.seed)]
        if len(twins) > 1:
            raise ValueError(f"{twins[0]} and {twins[1]} are both {run.model}, {run.arm}, seed {run.seed}")
    return runs, [f"{job.name} is {job.status}: left out" for job in wanted if job.status != "done"]


def jobs_of(sweep: Path) -> list[Job]:
    """The jobs of a sweep folder. ValueError: nothing of that kind is there."""
    table = sweep / "jobs.csv"
    jobs = list(_listed(table) if table.exists() else _found(sweep))
    if not jobs:
        raise ValueError(f"{sweep} has neither jobs.csv nor finished runs; `python -m prove.main sweeps=…` makes them")
    return jobs


def _listed(table: Path) -> Iterator[Job]:
    with table.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            folder = table.parent.parent / line["folder"]
            yield Job(
                line["job"],
                folder,
                line["status"],
                float(line["seconds"] or 0),
                axes_of(line["job"]),
                line.get("overrides") or "",
            )


def _found(sweep: Path) -> Iterator[Job]:
    for path in sorted(sweep.glob("*/summary.json")):
        name = path.parent.name
        yield Job(name, path.parent, "done", 0.0, axes_of(name))


def axes_of(job: str) -> dict[str, str]:
    """`lr=1.2e-3,seed=0` as {lr: 0.0012, seed: 0}: a number has one spelling."""
    pairs = (part.split("=", 1) for part in job.split(",") if "=" in part)
    return {key: plain(value) for key, value in pairs}


def plain(value: str) -> str:
    """1.2e-3 and 0.0012 are one row of a table."""
    try:
        return f"{float(value):g}"
    except ValueError:
        return value


def arm_of(job: Job, axis: str) -> str:
    if axis not in job.axes:
        raise ValueError(f"job {job.name} has no {axis} in its name; this table reads jobs like `{axis}=…,seed=0`")
    return job.axes[axis]


def run_of(job: Job, arm: str, split: str = "heldout") -> Run:
    """What config.yaml and summary.json of a finished job say. ValueError: a file is missing."""
    for name in ("config.yaml", "summary.json"):
        if not (job.folder / name).is_file():
            raise ValueError(f"{job.folder} has no {name}, so it is no finished run")
    config = yaml.safe_load((job.folder / "config.yaml").read_text(encoding="utf-8"))
    summary = json.loads((job.folder / "summary.json").read_text(encoding="utf-8"))
    return Run(
        folder=job.folder,
        arm=arm,
        model=config["model"]["name"],
        seed=int(config["seed"]),
        steps=steps_of(job.folder, config["model"]["path"], split),
        seconds=job.seconds or float(summary.get("seconds", 0)),
        machine=machine_of(config["trainer"]),
        conditions={name: _at(config, name) for name in CONDITIONS},
    )


def steps_of(folder: Path, model: str, split: str) -> int:
    """The last evaluation's step, after those of `…/global_step_9/…` if that is what was loaded."""
    before = CHECKPOINT.search(model)
    return int(last_step(folder, split).stem) + (int(before[1]) if before else 0)


def last_step(folder: Path, split: str) -> Path:
    """episodes/SPLIT/STEP.jsonl of the highest step. ValueError: there is none."""
    paths = sorted((folder / "episodes" / split).glob("*.jsonl"))
    if not paths:
        raise ValueError(f"{folder} has no episodes/{split}: it was never evaluated there")
    return paths[-1]


def machine_of(trainer: Mapping[str, Any]) -> str:
    """GPUs as configured; of a CPU run the cores of the machine that reads it, taken to be the one that made it."""
    gpus = int(trainer["gpus"]) * int(trainer["nodes"])
    return f"{gpus} GPU{'s' if gpus > 1 else ''}" if gpus else f"{os.cpu_count()} CPU cores"


def _at(config: Mapping[str, Any], name: str) -> Any:
    node: Any = config
    for part in name.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    return node


def print_lines(lines: Callable[[Path], Iterable[tuple[object, ...]]]) -> int:
    """The command line of what tells a shell loop about the sweep in a folder; 2 and a sentence if it cannot."""
    try:
        for line in lines(Path(sys.argv[1])):
            print(*line)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
