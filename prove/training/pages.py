"""What W&B gets beside the numbers of every step: episodes to read, the rows, the last model.

validation → table episodes/SPLIT, always the same rows; explorer/SPLIT, a page      start → artifact dataset
last step  → artifact model

Nothing happens where W&B does not run. `conf/config.yaml` has the numbers, under `tracking`.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEGABYTE = 1_000_000
SPLITS = ("validation", "heldout")
EXPLORER = (sys.executable, "-m", "prove.view")
LIMIT = 300  # seconds for a page
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pages:
    """`run`: the run's folder. The other fields are those of `tracking`."""

    run: Path
    episodes: int
    explorer_mb: float
    dataset_mb: float
    checkpoint_mb: float

    def log_episodes(self, step: int) -> None:
        """A table for each split that was played at this step."""
        for split in SPLITS if self.episodes else ():
            path = self.run / "episodes" / split / f"{step:05d}.jsonl"
            if (wandb := running()) and path.is_file():
                table = wandb.Table(*rows_of(sampled(path, self.episodes)))
                wandb.log({f"episodes/{split}": table}, step=step, commit=False)

    def log_explorer(self, step: int) -> None:
        """The page that shows all that was played at this step. One that cannot be made is named and left out."""
        for split in SPLITS if self.explorer_mb else ():
            path = self.run / "episodes" / split / f"{step:05d}.jsonl"
            if (wandb := running()) and path.is_file():
                page = self.run / "explorer" / f"{split}-{step:05d}.html"
                if explored(path, page) and page.stat().st_size <= self.explorer_mb * MEGABYTE:
                    wandb.log({f"explorer/{split}": wandb.Html(str(page))}, step=step, commit=False)

    def log_dataset(self, files: Iterable[str]) -> None:
        """The rows that are there, with their card. The same bytes are the same version."""
        found = [Path(file) for file in files if file and Path(file).is_file()]
        beside = {file.with_name(name) for file in found for name in ("card.md", "stats.json")}
        kept = [*found, *sorted(file for file in beside if file.is_file())]
        self._log(found[0].parent.name if found else "", "dataset", kept, self.dataset_mb)

    def log_model(self, folder: Path) -> None:
        """A folder that transformers opens."""
        files = sorted(file for file in folder.glob("*") if file.is_file())
        self._log(self.run.name, "model", files, self.checkpoint_mb)

    def _log(self, name: str, kind: str, files: Sequence[Path], most: float) -> None:
        size = sum(file.stat().st_size for file in files)
        if files and size <= most * MEGABYTE and (wandb := running()):
            artifact = wandb.Artifact(plain(f"{kind}-{name}"), type=kind)
            for file in files:
                artifact.add_file(str(file), name=file.name)
            wandb.log_artifact(artifact)


def explored(path: Path, page: Path) -> bool:
    """Whether the explorer wrote its page."""
    page.parent.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            [*EXPLORER, str(path), "--static", str(page)], capture_output=True, text=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        log.warning("no explorer page of %s: it took more than %d s", path, LIMIT)
        return False
    if done.returncode or not page.is_file():
        log.warning(
            "no explorer page of %s: %s", path, (done.stderr.strip().splitlines() or ["nothing was written"])[-1]
        )
        return False
    return True


def running() -> Any | None:
    """wandb with a run in this process, or None."""
    wandb = sys.modules.get("wandb")
    return wandb if wandb is not None and getattr(wandb, "run", None) is not None else None


def plain(name: str) -> str:
    """W&B takes letters, digits, dashes, dots and underscores, at most 128."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)[:128]


def sampled(path: Path, many: int) -> list[dict[str, Any]]:
    """Always the same rows, whatever order they were played in; of a line written twice the last one."""
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            episode = json.loads(line)
        except json.JSONDecodeError:  # torn by a kill
            continue
        found[episode["example_id"]] = episode
    chosen = sorted(found, key=lambda name: (zlib.crc32(name.encode()), name))[:many]
    return [found[name] for name in sorted(chosen)]


def rows_of(episodes: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of a table: the example, every number of its reward, its calls, what was said."""
    numbers = list(dict.fromkeys(key for one in episodes for key in one["reward"] if key != "reasons"))
    columns = ["example", *numbers, "calls", "failed calls", "conversation", "reasons"]
    return columns, [
        [
            one["example_id"],
            *(float(one["reward"].get(key, 0.0)) for key in numbers),
            len(one["calls"]),
            sum(not call["ok"] for call in one["calls"]),
            "\n".join(f"{message['role']}: {message.get('content') or ''}" for message in one["messages"]),
            "\n".join(one["reward"]["reasons"]),
        ]
        for one in episodes
    ]
