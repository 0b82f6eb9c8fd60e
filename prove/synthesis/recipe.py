"""Rows made while training (**ours**): each is a function of the run's seed, its index and a level of difficulty.

row i          comes of candidate i, else of the first of its spare candidates that leads to a conversation
spares of i    rows + i·(tries - 1) + 0, 1, … tries - 2: no other row uses them
candidate c    lives in world first_seed + c, so no world is seen twice

Conversations and abstentions are mixed as in the training split of conf/synthesis/, row by row.
Duplicates are avoided by the worlds alone: rows are not compared with each other, as those of a file are (paper 3.2).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from prove.synthesis.curriculum import at_level
from prove.synthesis.dataset import row_of
from prove.synthesis.live import LiveServers
from prove.synthesis.robustness import weighted
from prove.synthesis.settings import settings_of
from prove.synthesis.writer import STREAMS, Writer


@dataclass(frozen=True)
class Recipe:
    """All that a row depends on beside its index and level. Plain values: it travels as JSON."""

    seed: int
    servers: dict[str, Any]
    """A choice from conf/servers/."""
    levels: list[dict[str, Any]]
    """Of each level, all options of conf/synthesize.yaml."""
    first_seed: int
    rows: int
    """How many there are at most."""
    tries: int

    @staticmethod
    def of(plan: Mapping[str, Any]) -> Recipe:
        """From a plan (prove/training/plan.py). ValueError: it is wrong."""
        for name in ("rows", "tries", "workers", "prefetch"):
            if plan[name] < 1:
                raise ValueError(f"data.{name}={plan[name]}; it must be at least 1")
        levels = [at_level(plan["synthesis"], plan["levels"], level) for level in range(len(plan["levels"]))]
        for options in levels:
            settings_of(options)
            if not _mixture(options):
                raise ValueError("data.synthesis has no rows in splits.train")
        return Recipe(plan["seed"], plan["servers"], levels, plan["first_seed"], plan["rows"], plan["tries"])

    def candidates(self, index: int) -> list[int]:
        spare = self.rows + index * (self.tries - 1)
        return [index, *range(spare, spare + self.tries - 1)]

    @property
    def last_seed(self) -> int:
        """No world has a higher seed."""
        return self.first_seed + self.rows * self.tries - 1


class Maker:
    """Makes rows against live servers. One per process."""

    def __init__(self, live: LiveServers, recipe: Recipe):
        self._live = live
        self._recipe = recipe
        self._writers: dict[int, Writer] = {}

    def row(self, index: int, level: int) -> dict[str, Any]:
        """The row of an index, its level noted among the knobs. ValueError: no world leads to a conversation."""
        recipe, writer, stream = self._recipe, self._writer(level), self._stream(index, level)
        for candidate in recipe.candidates(index):
            written = writer.write("train", candidate, recipe.first_seed + candidate, stream)
            if written is not None:
                example = written.example
                marked = replace(example, knobs={**example.knobs, "difficulty": level})
                return row_of(replace(written, example=marked), writer.functions)
        raise ValueError(f"row {index} at level {level}: {recipe.tries} worlds led to no conversation")

    def _stream(self, index: int, level: int) -> str:
        return weighted(_mixture(self._recipe.levels[level]), random.Random(f"{self._recipe.seed}:{index}:stream"))

    def _writer(self, level: int) -> Writer:
        """That of a level, made at its first row: reading the utterances of twenty worlds takes a second."""
        if level not in self._writers:
            options = self._recipe.levels[level]
            only = [name for name in self._live.servers if name not in options["leave_domains_out"]]
            self._writers[level] = Writer(self._live, settings_of(options), self._recipe.seed, only)
        return self._writers[level]


def _mixture(options: Mapping[str, Any]) -> dict[str, float]:
    """What the training split is mixed of, by number of rows."""
    rows = options["splits"]["train"]
    return {stream: rows[stream] for stream in STREAMS if rows.get(stream, 0) > 0}
