"""Show a run while it trains, by following its metrics.jsonl: one line per step and, in a terminal, a bar."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

LOOK_SECONDS = 0.5
SPLITS = ("validation", "heldout")


class Follow:
    """Context in which new lines of `path` appear on `console`. `first` is the step a resumed run continues from."""

    def __init__(self, path: Path, total: int, first: int, console: Console) -> None:
        self.path, self.total, self.console = path, total, console
        self.offset = path.stat().st_size if path.exists() else 0
        columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self.bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.bar.add_task("starting", total=total, completed=first)
        self.seconds: list[float] = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Follow:
        self.bar.start()
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.bar.stop()

    def _follow(self) -> None:
        while not self.ended.wait(LOOK_SECONDS):
            self._read()
        self._read()

    def _read(self) -> None:
        """Whole lines only; the one being written is read next time."""
        if not self.path.exists():
            return
        with self.path.open() as file:
            file.seek(self.offset)
            while (line := file.readline()).endswith("\n"):
                self.offset += len(line.encode())
                self.show(json.loads(line))

    def show(self, row: dict[str, float]) -> None:
        """`step 3/40  reward 0.512  12.3 s/step  7 min left`, and the rewards of validation where there are some.

        In supervised fine-tuning `loss 0.512`, and `validation loss 0.498` at the steps that have one.
        """
        parts = [f"step {int(row['step'])}/{self.total}"]
        for name, key in (("reward", "critic/score/mean"), ("loss", "train/loss")):
            if key in row:
                parts += [f"{name} {row[key]:.3f}", *self._pace(row)]
        if "val/loss" in row:
            parts.append(f"validation loss {row['val/loss']:.3f}")
        parts += [f"{name} {row[f'{name}/reward/total']:.3f}" for name in SPLITS if f"{name}/reward/total" in row]
        self.bar.update(self.task, completed=row["step"], description=parts[-1])
        self.console.print("  ".join(parts), highlight=False)

    def _pace(self, row: dict[str, float]) -> list[str]:
        """What is left goes on as the last ten steps went."""
        self.seconds = [*self.seconds, row["timing_s/step"]][-10:]
        left = sum(self.seconds) / len(self.seconds) * (self.total - row["step"])
        return [f"{row['timing_s/step']:.1f} s/step", f"{duration(left)} left"]


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
