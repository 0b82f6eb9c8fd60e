"""The unfinished part of a dataset on disk: what was written before a kill is found again by the same command.

out/.parts/<hash of configuration and code>/<split>-<stream>-<first index>.jsonl        a chunk, written in one go
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prove.synthesis.dataset import Written
from prove.synthesis.whole import write_whole

FREE = ("out", "workers")
WAY = ("base_url", "api_key", "timeout", "retries", "first_wait", "longest_wait", "concurrency", "record", "replay")
"""Settings that do not change what is written; the second, of a teacher's endpoint: it may move during a run."""


@dataclass(frozen=True)
class Chunk:
    """What became of the candidates with indices first, first + 1, …: one entry each, None where none was written."""

    written: tuple[Written | None, ...]
    dropped: tuple[Mapping[str, int], ...]
    """Why attempts at each candidate were given up."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Time by stage."""

    def lines(self) -> Iterator[str]:
        yield json.dumps({"seconds": dict(self.seconds)})
        for one, lost in zip(self.written, self.dropped, strict=True):
            text = None if one is None else one.to_json()
            yield json.dumps({"dropped": dict(lost), "written": text}, ensure_ascii=False)

    @staticmethod
    def of(lines: list[str]) -> Chunk:
        head, *entries = [json.loads(line) for line in lines]
        written = tuple(entry["written"] and Written.from_json(entry["written"]) for entry in entries)
        return Chunk(written, tuple(entry["dropped"] for entry in entries), head["seconds"])


class Parts:
    """The chunks of one dataset."""

    def __init__(self, out: Path, cfg: Mapping[str, Any]):
        self._folder = out / ".parts" / digest(cfg)

    def load(self, name: str, count: int) -> Chunk | None:
        """A chunk that was finished before, or None; one that cannot be read is written again."""
        path = self._path(name)
        try:
            chunk = Chunk.of(path.read_text(encoding="utf-8").splitlines())
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return chunk if len(chunk.written) == count else None

    def save(self, name: str, chunk: Chunk) -> None:
        """Raises OSError if the disk is full; what was saved before stays."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(f"{line}\n" for line in chunk.lines()))

    def clear(self) -> None:
        """Forgets every chunk, also those of other configurations in this folder."""
        shutil.rmtree(self._folder.parent, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"


def digest(cfg: Mapping[str, Any]) -> str:
    """16 hex digits of the configuration and of the code that writes: chunks of another version are not mixed in."""
    root = Path(__file__).parent.parent.parent
    teacher = dict(cfg["teacher"])
    teacher["endpoint"] = {key: value for key, value in teacher.get("endpoint", {}).items() if key not in WAY}
    kept = {key: value for key, value in {**cfg, "teacher": teacher}.items() if key not in FREE}
    hashed = hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode())
    for file in sorted([*(root / "prove").rglob("*"), *(root / "servers").rglob("*")]):
        if file.suffix in (".py", ".yaml", ".md") and file.is_file():
            hashed.update(file.read_bytes())
    return hashed.hexdigest()[:16]
