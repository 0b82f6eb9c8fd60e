"""Datasets for the tests: conf/synthesize.yaml with overrides, small splits of four servers, each made once a process.

made(*overrides) -> folder          rows(folder, split) -> parquet rows          examples(folder, split) -> Examples
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pyarrow.parquet as pq
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from prove.synthesis.live import LiveServers, LiveSession, in_process
from prove.synthesize import synthesize
from prove.types import Example

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("banking", "calendar", "food_delivery", "team_chat")
STREAMS = ("multi_turn", "clarification", "when2call", "xlam_irrelevance")
Row = dict[str, Any]


@cache
def _temporary() -> TemporaryDirectory:
    """Goes away with the process."""
    return TemporaryDirectory(prefix="prove-made-")


def folder(name: str) -> Path:
    """A folder of this process; the dependency graphs of its datasets are in folder("graphs")."""
    path = Path(_temporary().name) / name
    path.mkdir(exist_ok=True)
    return path


def counts(**splits: tuple[int, ...]) -> list[str]:
    """Overrides for the rows of each stream; a split that is not named has none."""
    wanted = {name: splits.get(name, ()) for name in ("train", "validation", "heldout")}
    padded = {name: [*rows, 0, 0, 0, 0][:4] for name, rows in wanted.items()}
    return [
        f"splits.{name}.{stream}={rows}"
        for name, each in padded.items()
        for stream, rows in zip(STREAMS, each, strict=True)
    ]


MIXED = (
    *counts(train=(40, 14, 6, 4), validation=(3, 2, 1, 1), heldout=(6, 2, 1, 1)),
    "knobs.irrelevance=0.25",
    "knobs.stumbles=0.25",
)
"""A dataset of all kinds, whose rarer knobs are turned up so that some rows have them."""
SPLITS = ("train", "validation", "heldout")


def choices(*overrides: str) -> list[str]:
    """The overrides of a small run, then those given."""
    small = ["tokenizer=null", "pages=0", "workers=1", "chunk=2", f"graphs={folder('graphs')}"]
    if not any(word.startswith(("servers", "synthesis=tiny")) for word in overrides):
        small.append(f"servers.names=[{','.join(SERVERS)}]")
    return [*small, *overrides]


def config(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("synthesize", choices(*overrides))


def plain(*overrides: str) -> dict[str, Any]:
    return OmegaConf.to_container(config(*overrides), resolve=True)  # type: ignore[return-value]


def run(*overrides: str) -> Path:
    """Makes a dataset in this process, without its card: the pictures take longer than so few rows."""
    with patch("prove.synthesize.write_card"):
        return synthesize(config(*overrides))


@cache
def made(*overrides: str) -> Path:
    """The folder of a dataset, made on first use."""
    return run(*overrides, f"out={folder(f'out-{made.cache_info().currsize}')}")


def started(*overrides: str) -> subprocess.Popen[str]:
    """The same from a shell, under way; a process group of its own, as a terminal would give it."""
    return subprocess.Popen(
        [sys.executable, "-m", "prove.synthesize", *choices(*overrides)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_interruptible,
    )


def _interruptible() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def rows(out: Path, split: str) -> list[Row]:
    return pq.read_table(out / f"{split}.parquet").to_pylist()


def example_of(row: Row) -> Example:
    return Example.from_json(row["extra_info"]["example"])


def examples(out: Path, split: str) -> list[Example]:
    return [example_of(row) for row in rows(out, split)]


def mixed() -> list[Row]:
    """All rows of the mixed dataset."""
    return [row for split in SPLITS for row in rows(made(*MIXED), split)]


def served() -> list[Row]:
    """Those of them with calls."""
    return [row for row in mixed() if example_of(row).kind != "abstention"]


def offered(row: Row) -> set[str]:
    return {function["function"]["name"] for function in json.loads(row["tools"])}


def said(row: Row) -> list[dict[str, Any]]:
    """The messages of the whole conversation."""
    return json.loads(row["messages"])


def content(out: Path) -> Mapping[str, bytes]:
    """File -> bytes of what a run writes, but for the wall times and the card, which repeats them."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.suffix in (".parquet", ".jsonl")} | {
        "stats.json": (out / "stats.json").read_bytes()
    }


@contextmanager
def live(servers: tuple[str, ...] = SERVERS) -> Iterator[LiveServers]:
    with in_process({"names": list(servers), "call_timeout": 10.0}) as pool:
        yield pool


@contextmanager
def session(pool: LiveServers, example: Example) -> Iterator[LiveSession]:
    """A fresh copy of an example's worlds."""
    opened = pool.open(list(example.servers), example.world_seed)
    try:
        yield opened
    finally:
        opened.close()
