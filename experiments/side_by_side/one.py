"""One competitor, or what is measured without one, in a process of its own: a line of JSON per measure.

python -m experiments.side_by_side.one COMPETITOR < {"settings": …, "episodes": […], "measures": […]}
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from experiments.side_by_side.measures import Contest, Sample, Start

ALONE = "alone"
PARTS = {
    "rows": ("rows", "measured"),
    "rewards": ("rewards", "ordinary"),
    "worst": ("rewards", "worst"),
    "engine": ("engine", "measured"),
}
"""What is measured without a competitor: module and function, imported when it is wanted."""
PLACES = {
    "stdio": ("ours", "stdio"),
    "http": ("ours", "http"),
    "inprocess": ("ours", "inprocess"),
    "sdk_stdio": ("sdk", "stdio"),
    "sdk_http": ("sdk", "http"),
    "process": ("process",),
    "per_call": ("per_call",),
    "plain": ("plain",),
    "verifiers": ("stateful_tools",),
}


def start_of(competitor: str) -> Start:
    """Imported here: a competitor may need an environment that lacks what the others need."""
    module, *first = PLACES[competitor]
    return partial(importlib.import_module(f"experiments.side_by_side.competitors.{module}").start, *first)


async def contend(competitor: str, job: dict[str, Any]) -> None:
    contest = Contest(start_of(competitor), job["settings"], job["episodes"])
    for measure in job["measures"]:
        tell(measure, [(competitor, sample) for sample in await contest.measured(measure)])


def alone(job: dict[str, Any]) -> None:
    for measure in job["measures"]:
        module, function = PARTS[measure]
        measured = getattr(importlib.import_module(f"experiments.side_by_side.{module}"), function)
        tell(measure, list(measured(job["settings"])))


def tell(measure: str, samples: Sequence[tuple[str, Sample]]) -> None:
    print(json.dumps({"measure": measure, "samples": [(name, asdict(one)) for name, one in samples]}), flush=True)


def main(name: str, job: dict[str, Any]) -> None:
    if name == ALONE:
        alone(job)
    else:
        asyncio.run(contend(name, job))


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
