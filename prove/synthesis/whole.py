"""Files that are there as a whole or not at all: a run that is killed leaves the old one or the new one."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Beside its name first, then renamed. OSError: the disk is full, and what was there before stays."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
