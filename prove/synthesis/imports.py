"""Abstention rows from files the user has, as examples without servers: no call of their tools can be right.

When2Call, xLAM-Irrelevance file  →  Abstention (external.py)  →  Written, shared out over the splits
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prove.synthesis.dataset import Written, shape
from prove.synthesis.external import Abstention, load_when2call, load_xlam_irrelevance
from prove.synthesis.speech import refusal
from prove.types import Example, GroundTruth

LOADERS: dict[str, Callable[..., tuple[Abstention, ...]]] = {
    "when2call": load_when2call,
    "xlam_irrelevance": load_xlam_irrelevance,
}


def imported(cfg: Mapping[str, Any]) -> dict[str, dict[str, list[Written]]]:
    """Split -> stream -> examples, none in two splits. Raises ValueError for a file that cannot be used."""
    rows: dict[str, dict[str, list[Written]]] = {split: {} for split in cfg["splits"]}
    for stream, load in LOADERS.items():
        path = cfg["external"][stream]
        if path is None:
            continue
        wanted = {split: one.get(stream, 0) for split, one in cfg["splits"].items()}
        found = iter(load(path, sum(wanted.values()), random.Random(f"{cfg['seed']}:{stream}")))
        for split, count in wanted.items():
            rows[split][stream] = [_example(split, stream, number, next(found)) for number in range(count)]
    return rows


def _example(split: str, stream: str, number: int, row: Abstention) -> Written:
    example = Example(
        id=f"{split}-{stream}-{number:05d}",
        kind="abstention",
        servers=(),
        world_seed=0,
        user_turns=(row.query,),
        ground_truth=GroundTruth(),
        knobs={"source": row.source, "source_id": row.id, "enum_stripped": False},
        stats={**shape(GroundTruth()), "turns": 1},
    )
    said = [*example.opening, {"role": "assistant", "content": refusal(random.Random(f"{split}:{stream}:{number}"))}]
    names: Sequence[str] = [function["function"]["name"] for function in row.functions]
    return Written(example, tuple(names), tuple(said), tuple(row.functions))
