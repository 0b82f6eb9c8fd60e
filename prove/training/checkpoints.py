"""The folders a run continues from, safe against a kill at any moment."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType


class Checkpoints:
    """verl's checkpoint folder, safe against a kill at any moment.

    verl writes the shards, then data.pt, then the tracker it resumes from; none of these writes is atomic. We mark a
    folder complete when all of that is done and, before verl looks, point the tracker at the newest complete one.
    """

    MARK, TRACKER = "complete", "latest_checkpointed_iteration.txt"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mark(self, step: int, numbers: Mapping[str, float] = MappingProxyType({})) -> None:
        """`numbers` of the step as far as they are known before validation."""
        replace_text(self.folder / f"global_step_{step}" / self.MARK, json.dumps(dict(numbers)))

    def numbers(self, step: int) -> dict[str, float]:
        """What `mark` was told."""
        path = self.folder / f"global_step_{step}" / self.MARK
        return json.loads(path.read_text() or "{}") if path.exists() else {}

    def heal(self) -> int:
        """Removes torn checkpoints and returns the step a run here continues from (0: from the start)."""
        steps = []
        for folder in self.folder.glob("global_step_*"):
            if (folder / self.MARK).exists() and (folder / "actor").is_dir():
                steps.append(int(folder.name.removeprefix("global_step_")))
            else:
                shutil.rmtree(folder)
        if steps:
            replace_text(self.folder / self.TRACKER, str(max(steps)))
        else:
            (self.folder / self.TRACKER).unlink(missing_ok=True)
        return max(steps, default=0)


def forget_episodes(folder: Path, done: int, validated: bool) -> None:
    """Removes SPLIT/STEP.jsonl of what a continued run will play again: training steps after `done`, validation at
    `done` unless that was finished."""
    for path in folder.glob("*/*.jsonl"):
        step = int(path.stem)
        if step > done or (step == done and path.parent.name != "train" and not validated):
            path.unlink()


def replace_text(path: Path, text: str) -> None:
    """The old content or the new, never a part of it."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    os.replace(temporary, path)
