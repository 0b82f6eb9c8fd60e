"""What of a sweep is done: run folders are compared by their configuration, and jobs.csv says where each job lies.

    finished   summary.json is there and config.yaml is what the job would have now, here or elsewhere under runs/
    begun      config.yaml is what the job would have now: `prove.main` continues it
    refused    config.yaml is that of another job

What a run is called and where its numbers are sent does not count.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from prove.sweeps.jobs import Job

LABELS = ("verl.trainer.experiment_name", "verl.trainer.logger")
IGNORED = {"run", "check", "loggers", "tracking", "sweeps", *LABELS, *(f"sft.{key}" for key in LABELS)}
DEPTH = 3  # of run folders under runs/: NAME, SWEEP/JOB, and a sweep whose name has one slash
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Line:
    """A line of jobs.csv. `folder` is relative to runs/; `seconds` is the wall time of all starts, 0 if never begun."""

    job: str
    folder: str
    status: str
    seconds: float
    overrides: str


class Ledger:
    """runs/SWEEP/jobs.csv, written anew at every change. Jobs of earlier commands, e.g. of other seeds, stay in it."""

    def __init__(self, path: Path, lines: Iterable[Line]) -> None:
        self.path = path
        self.lines = {line.job: line for line in lines}
        others = [line for line in read_lines(path).values() if line.job not in self.lines]
        self.others = [replace(one, status="waiting") if one.status == "running" else one for one in others]
        self.write()

    def change(self, job: str, **changes: Any) -> Line:
        self.lines[job] = replace(self.lines[job], **changes)
        self.write()
        return self.lines[job]

    def count(self, status: str) -> int:
        return sum(line.status == status for line in self.lines.values())

    def write(self) -> None:
        """The old content or the new, never a part of it."""
        temporary = self.path.with_name(self.path.name + ".new")
        with temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [field.name for field in fields(Line)], lineterminator="\n")
            writer.writeheader()
            writer.writerows(asdict(line) for line in [*self.others, *self.lines.values()])
        os.replace(temporary, self.path)


def read_lines(path: Path) -> dict[str, Line]:
    """job -> line; empty where there is no file."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["job"]: Line(**{**row, "seconds": float(row["seconds"])}) for row in csv.DictReader(file)}


def take_stock(name: str, jobs: Sequence[Job], runs: Path) -> list[Line]:
    """How each job of the sweep stands. ValueError: one whose folder holds another configuration."""
    before = read_lines(runs / name / "jobs.csv")
    finished = find_finished(runs)
    return [stand(job, f"{name}/{job.name}", before.get(job.name), finished, runs) for job in jobs]


def stand(job: Job, folder: str, before: Line | None, finished: Mapping[str, Sequence[str]], runs: Path) -> Line:
    configuration = resolved(job)
    refuse_another(runs, folder, configuration)
    seconds = before.seconds if before and before.folder == folder else 0.0
    line = Line(job.name, folder, "waiting", seconds, shlex.join(job.words[1:]))
    places = finished.get(fingerprint(configuration), ())
    if not places:
        return line
    if folder in places:
        return replace(line, status="done", seconds=seconds or took(runs / folder))
    return replace(line, status="done", folder=places[0], seconds=took(runs / places[0]))


def refuse_another(runs: Path, folder: str, configuration: Mapping[str, Any]) -> None:
    held = load(runs / folder / "config.yaml")
    change = difference(held, configuration) if held else None
    if change:
        raise ValueError(
            f"{runs.name}/{folder} has another configuration: {change}; delete it, or name this sweep with run=NAME"
        )


def resolved(job: Job) -> dict[str, Any]:
    """What this job's config.yaml will hold. ValueError: an interpolation that leads nowhere."""
    try:
        return OmegaConf.to_container(job.cfg, resolve=True)  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise ValueError(f"{job.name}: {str(error).splitlines()[0]}") from None


def load(path: Path) -> dict[str, Any]:
    """A configuration or a summary; {} where there is none, or one that a kill has torn."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), LOADER) or {}
    except (FileNotFoundError, yaml.YAMLError):
        return {}


def find_finished(runs: Path) -> dict[str, list[str]]:
    """fingerprint -> the folders, relative to runs/, of finished runs with that configuration."""
    found: dict[str, list[str]] = {}
    for depth in range(1, DEPTH + 1):
        for summary in sorted(runs.glob("*/" * depth + "summary.json")):
            if is_finished(summary.parent):
                key = fingerprint(load(summary.parent / "config.yaml"))
                found.setdefault(key, []).append(summary.parent.relative_to(runs).as_posix())
    return found


def is_finished(run: Path) -> bool:
    """`prove.main` writes the summary at the end, and withdraws it when it begins to lengthen the run."""
    return bool(load(run / "config.yaml") and load(run / "summary.json"))


def took(run: Path) -> float:
    """Seconds that a finished run took."""
    return float(load(run / "summary.json").get("seconds", 0.0))


def fingerprint(configuration: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(leaves(configuration), sort_keys=True).encode()).hexdigest()


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """The first key that differs, with both values; None if none does."""
    before, after = leaves(old), leaves(new)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            return f"{key} was {before.get(key, 'not there')}, is {after.get(key, 'not there')}"
    return None


def leaves(tree: Any, prefix: str = "") -> dict[str, str]:
    """Dotted key -> value as JSON, without what does not count; 1 and 1.0 are one number."""
    if prefix.rstrip(".") in IGNORED:
        return {}
    if isinstance(tree, dict) and tree:
        return {key: text for name, one in tree.items() for key, text in leaves(one, f"{prefix}{name}.").items()}
    number = float(tree) if isinstance(tree, int) and not isinstance(tree, bool) else tree
    return {prefix.rstrip("."): json.dumps(number, sort_keys=True, default=str)}
