"""Where numbers come from: commit of the code, versions of what it runs on, digest of files."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("mcp", "torch", "transformers", "verl", "vllm")


def commit() -> str:
    """The commit of this checkout, with + if files differ from it; unknown outside git."""
    head = _git("rev-parse", "--short=12", "HEAD")
    return "unknown" if head is None else head + ("+" if _git("status", "--porcelain", "-uno") else "")


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def versions() -> str:
    """`python 3.11.7, mcp 2.3.0, …` of the packages that are installed."""
    found = [f"python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def digest(files: Iterable[Path]) -> str:
    """Of the content of files, in the order of their names."""
    whole = hashlib.sha256()
    for file in sorted(files):
        with file.open("rb") as content:
            whole.update(hashlib.file_digest(content, "sha256").digest())
    return whole.hexdigest()[:16]
