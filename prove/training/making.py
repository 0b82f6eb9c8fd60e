"""Rows that a run needs and that are not there, made by `python -m prove.synthesize` before it."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

from omegaconf import DictConfig


def make_rows(cfg: DictConfig, servers: str) -> None:
    """Makes the files of `cfg.data` where one is missing. `servers`: the choice. ValueError: it did not work out.

    Jobs of a sweep that start together wait for the first of them.
    """
    if "synthesis" not in cfg.data or cfg.data.train is None:
        raise ValueError(f"synthesize=true: data={cfg.data.name} does not say which synthesis makes its files")
    files = [Path(file) for file in (cfg.data.train, cfg.data.validation, cfg.data.heldout)]
    folder = files[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".making").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if all(file.is_file() for file in files):
            return
        words = [f"synthesis={cfg.data.synthesis}", f"servers={servers}", f"out={folder}"]
        print(f"making rows: python -m prove.synthesize {' '.join(words)}", flush=True)
        if subprocess.run([sys.executable, "-m", "prove.synthesize", *words]).returncode:
            raise ValueError(f"there are no rows in {folder}, and none could be made")
