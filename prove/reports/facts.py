"""Where the numbers come from: commit, versions, machine, and of each run its status, seed, steps and command."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence

from prove.benchmarks.origin import commit, versions
from prove.reports.blocks import Block, Commands, Grid, Paragraph
from prove.reports.runs import machine_of
from prove.reports.sweep import Watched

UNKNOWN = "not recorded"


def facts(runs: Sequence[Watched], command: str) -> list[Block]:
    """`command` made this report."""
    here = f"This report: commit {commit()}, {versions()}, {platform.system()} {platform.machine()}."
    blocks: list[Block] = [Paragraph(here), Commands([command])]
    if runs:
        blocks += [Grid(HEAD, [_row(run) for run in runs]), Commands([_command(run) for run in runs])]
    return blocks


HEAD = ["run", "status", "method", "model", "data", "seed", "steps", "seconds", "machine", "commit", "versions"]


def _row(run: Watched) -> list[str]:
    """Older runs did not record their commit; the machine is that of who reads a CPU run."""
    recorded = run.summary.get("made_by", {})
    return [
        run.job.name,
        run.job.status,
        run.method,
        run.model,
        str(run.config.get("data", {}).get("name", "")),
        str(run.seed),
        str(run.summary.get("steps", run.steps)),
        f"{run.job.seconds:.0f}",
        recorded.get("machine") or machine_of(run.config["trainer"]),
        recorded.get("commit", UNKNOWN),
        recorded.get("versions", UNKNOWN),
    ]


def _command(run: Watched) -> str:
    """Of a sweep's job with the words of jobs.csv; of another run only its name is known."""
    words = [*shlex.split(run.job.words), f"run={run.config.get('run', run.job.name)}"]
    return shlex.join(["python", "-m", "prove.main", *words])
