"""What is known of a file of episodes beside its lines: the configuration of its run, and the rows that were played.

RUN/config.yaml    servers, reward, caps of the rollout, files of rows
rows               example id -> the seed of its world and its ground truth

A line of today says all of it itself (`conditions`), but for servers that are not ours; one written before there were
conditions needs both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from prove.types import Conditions

FILES = ("train", "validation", "heldout")
CAPS = ("max_user_turns", "max_assistant_turns", "max_calls_per_turn", "max_result_chars", "max_failed_turns")


class CannotReplay(Exception):
    """Why an episode cannot be played again, in a sentence without a full stop."""


@dataclass(frozen=True)
class Row:
    world_seed: int
    ground_truth: dict[str, Any]


@dataclass(frozen=True)
class Known:
    """`config`: config.yaml of the run; {} if there is none beside the file."""

    config: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)

    @property
    def servers(self) -> tuple[str, ...]:
        return tuple((self.config.get("servers") or {}).get("names") or ())

    @property
    def external(self) -> dict[str, Any]:
        """Servers that are not ours, and how they are reached."""
        return dict((self.config.get("servers") or {}).get("external") or {})


def known_of(file: Path, rows: Iterable[Path]) -> Known:
    """`rows`: files of rows beside those that the run names. ValueError: one of them cannot be read."""
    config = _config(file)
    named = [Path(path) for split in FILES if (path := (config.get("data") or {}).get(split))]
    found: dict[str, Row] = {}
    for path in [*(each for each in named if each.is_file()), *rows]:
        found |= _rows(path)
    return Known(config, found)


def conditions_of(line: Mapping[str, Any], known: Known) -> Conditions:
    """Raises CannotReplay if neither the line nor its run says them."""
    told = line.get("conditions")
    if told is not None:
        try:
            return Conditions(**told)
        except TypeError:
            raise CannotReplay("its conditions are not those that a run writes") from None
    if not known.config:
        raise CannotReplay("it does not say its conditions, and there is no config.yaml of its run")
    rollout = known.config["rollout"]
    limits = {name: rollout[name] for name in CAPS}
    return Conditions(_seed(line, known), "atomic", limits, known.config["reward"], {})


def _seed(line: Mapping[str, Any], known: Known) -> int:
    row = known.rows.get(str(line.get("example_id")))
    if row is None:
        raise CannotReplay("it does not say the seed of its world, and its row is not here (--rows FILE.parquet)")
    if row.ground_truth != line["ground_truth"]:
        raise CannotReplay("it does not say the seed of its world, and the row of its name has another ground truth")
    return row.world_seed


def _config(file: Path) -> dict[str, Any]:
    """Of RUN/episodes/SPLIT/STEP.jsonl."""
    run = file.absolute().parent.parent.parent
    path = run / "config.yaml"
    if file.absolute().parent.parent.name != "episodes" or not path.is_file():
        return {}
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def _rows(path: Path) -> dict[str, Row]:
    try:
        infos = pq.ParquetFile(path).read(["extra_info"])["extra_info"].to_pylist()
        examples = [json.loads(info["example"]) for info in infos]
        return {one["id"]: Row(int(one["world_seed"]), one["ground_truth"]) for one in examples}
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} has no rows that can be read: {error}") from None
