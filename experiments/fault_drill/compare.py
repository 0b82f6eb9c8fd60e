"""What two runs of one seed have in common, and what a run that was cut short has left torn.

Left out of the comparison is what a clock or a memory counter says: timing, throughput, milliseconds of a call. Two
undisturbed runs have the same episodes, but the engine adds up its floats in the order in which they happen to arrive:
numbers and weights are equal only to some digits. What `drill nothing` shows is the yardstick.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

CLOCKS = ("timing", "perf/", "actor/perf/", "actor/mfu")
CLOCKED = ("tool_seconds", "ms", "seconds")


def numbers_off(run: Path, other: Path) -> float:
    """The largest difference of any number of any step that both have."""
    one, two = numbers(run), numbers(other)
    return max((abs(one[place] - two[place]) for place in one.keys() & two.keys()), default=0.0)


def numbers_absent(run: Path, other: Path) -> int:
    """How many numbers, over all steps, one run has and the other has not."""
    return len(numbers(run).keys() ^ numbers(other).keys())


def different_episodes(run: Path, other: Path) -> int:
    """How many episodes one run has and the other has not, byte for byte but for the clock."""
    one, two = episodes(run), episodes(other)
    return max((one - two).total(), (two - one).total())


def weights_off(run: Path, other: Path, step: int) -> float:
    """The largest difference of any weight of a checkpoint; infinite if one of them has no such checkpoint."""
    place = Path("checkpoints") / f"global_step_{step}" / "actor" / "huggingface" / "model.safetensors"
    if not ((run / place).exists() and (other / place).exists()):
        return math.inf
    one, two = load_file(run / place), load_file(other / place)
    return max(float(np.abs(one[name] - two[name]).max()) for name in one)


def slowest_call(run: Path) -> float:
    """Seconds of the call that took longest in training; 0 if none was stored."""
    lines = [line for path in run.glob("episodes/train/*.jsonl") for line in path.read_text().splitlines()]
    calls = [call for line in filter(readable, lines) for call in json.loads(line)["calls"]]
    return max((call["ms"] / 1000 for call in calls), default=0.0)


def wandb_ids(run: Path) -> set[str]:
    return {path.name.rsplit("-", 1)[1] for path in run.glob("wandb/*run-*-*") if path.is_dir()}


def torn(run: Path) -> list[str]:
    """Files that hold half of something: a line, a checkpoint, a file being replaced."""
    lines = [path for path in run.rglob("*.jsonl") if not all(map(readable, path.read_text().splitlines()))]
    saved = [path for path in run.glob("checkpoints/global_step_*") if not (path / "complete").exists()]
    halves = [path for path in run.rglob("*") if path.suffix in (".tmp", ".part", ".new")]
    return sorted(str(path.relative_to(run)) for path in [*lines, *saved, *halves])


def numbers(run: Path) -> dict[tuple[int, str], float]:
    """(step, key) -> value of metrics.jsonl."""
    path = run / "metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines() if readable(line)] if path.exists() else []
    return {(row["step"], key): value for row in rows for key, value in row.items() if not of_a_clock(key)}


def of_a_clock(key: str) -> bool:
    return key.startswith(CLOCKS) or key.rpartition("/")[2] in CLOCKED


def episodes(run: Path) -> Counter[str]:
    """Every stored episode with its split and step, without the clock's values."""
    found: Counter[str] = Counter()
    for path in run.glob("episodes/*/*.jsonl"):
        for line in filter(readable, path.read_text().splitlines()):
            found[f"{path.parent.name}/{path.stem} {json.dumps(timeless(json.loads(line)), sort_keys=True)}"] += 1
    return found


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: timeless(inner) for key, inner in value.items() if key not in CLOCKED}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


def readable(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True
