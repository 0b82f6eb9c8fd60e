"""Where caches lie: data/caches/NAME.sqlite, or the folder that PROVE_CACHES names.

A cache with the name of a folder in servers/ is a recorded twin of that live server; `--recorded` asks for it.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "data" / "caches"
SUFFIX = ".sqlite"


def folder() -> Path:
    return Path(os.environ.get("PROVE_CACHES") or FOLDER)


def file_of(name: str) -> Path:
    """Where the cache of this name is, or would be."""
    return folder() / f"{name}{SUFFIX}"


def recorded_names() -> list[str]:
    """Names of the caches that are there."""
    return sorted(path.stem for path in folder().glob(f"*{SUFFIX}"))
