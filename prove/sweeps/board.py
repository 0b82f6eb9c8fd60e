"""Shows a sweep while it runs: a line per running job and a total in a terminal, plain lines elsewhere.

reward=no_arg,seed=0  ━━━━━━━╸━━━━  11/18  reward 0.981  0:05:12
reward_ablation       ━━╸━━━━━━━━━   4/21  1 failed      0:21:40
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

TAIL = 1 << 16  # bytes: more than the longest line of a metrics.jsonl
PARTS = 10  # how many times the steps of a job are said where there is no terminal
HINT = "HYDRA_FULL_ERROR"
REWARDS = ("reward/total", "heldout/reward/total")


@dataclass
class Shown:
    """A running job as the board knows it. `parts`: how many tenths of its steps have been said."""

    task: TaskID
    metrics: Path
    steps: int
    parts: int = 0


class Board:
    """Context of a sweep's display; `say` prints lines that stay."""

    def __init__(self, name: str, jobs: int, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self.bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self.total = self.bars.add_task(name, total=jobs, note="")
        self.shown: dict[str, Shown] = {}

    def __enter__(self) -> Board:
        self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def say(self, text: str) -> None:
        self.bars.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def begin(self, job: str, run: Path, steps: int | None) -> None:
        """`steps`: None where the job finds out itself."""
        task = self.bars.add_task(job, total=steps or None, note="starting")
        self.shown[job] = Shown(task, run / "metrics.jsonl", steps or 0)

    def end(self, job: str) -> None:
        self.bars.remove_task(self.shown.pop(job).task)

    def count(self, done: int, failed: int) -> None:
        self.bars.update(self.total, completed=done + failed, note=f"{failed} failed" if failed else "")

    def look(self) -> None:
        """Reads where the running jobs are."""
        for job, shown in self.shown.items():
            row = latest(shown.metrics)
            if row:
                self.move(job, shown, int(row["step"]), note_of(row))

    def move(self, job: str, shown: Shown, step: int, note: str) -> None:
        self.bars.update(shown.task, completed=step, note=note)
        parts = PARTS * step // shown.steps if shown.steps else 0
        if parts > shown.parts and not self.bars.console.is_terminal:
            self.say(f"{job}  step {step}/{shown.steps}  {note}")
        shown.parts = max(parts, shown.parts)


def latest(metrics: Path) -> dict[str, float]:
    """The last line of a metrics.jsonl; {} before there is one, or where a kill has torn it."""
    if not metrics.exists():
        return {}
    with metrics.open("rb") as file:
        file.seek(max(0, metrics.stat().st_size - TAIL))
        whole = file.read().rpartition(b"\n")[0]
    try:
        return json.loads(whole.rpartition(b"\n")[2])
    except json.JSONDecodeError:
        return {}


def note_of(row: Mapping[str, float]) -> str:
    """The mean reward of the step, or the loss of one of supervised fine-tuning."""
    reward = next((f"reward {row[key]:.3f}" for key in REWARDS if key in row), None)
    loss = next((f"loss {value:.3f}" for key, value in row.items() if key.endswith("/loss")), "")
    return reward or loss


def last_line(log: Path) -> str:
    """What a job said last: its own sentence where it refused to start. Hydra adds a hint to every traceback."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        lines = file.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip() and HINT not in line), "")
