"""Which keys of config.yaml differ between the runs of a report; all others are equal and not shown.

A key that verl gets from one of ours (`verl.….optim.lr` is `lr`) differs exactly as ours does and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prove.reports.blocks import Grid
from prove.reports.sweep import Watched

NAMES = ("run", "verl.trainer.experiment_name")  # differ always and say nothing
ABSENT = "–"


def differences(runs: Sequence[Watched]) -> Grid | None:
    """A line per key, a column per arm; several values of one arm are those of its runs. None: nothing differs."""
    flat = [dict(_flat(run.config)) for run in runs]
    keys = dict.fromkeys(key for one in flat for key in one if key not in NAMES)
    differ = {key: tuple(one.get(key, ABSENT) for one in flat) for key in keys}
    differ = {key: values for key, values in differ.items() if len(set(values)) > 1}
    ours = {values for key, values in differ.items() if not key.startswith("verl.")}
    shown = {key: values for key, values in differ.items() if not key.startswith("verl.") or values not in ours}
    shown = _gathered(shown)
    columns = {f"{run.arm}" if _one_model(runs) else f"{run.model}, {run.arm}": [] for run in runs}
    for place, run in enumerate(runs):
        columns[run.arm if _one_model(runs) else f"{run.model}, {run.arm}"].append(place)
    rows = [
        [key, *(", ".join(dict.fromkeys(values[place] for place in places)) for places in columns.values())]
        for key, values in sorted(shown.items())
    ]
    return Grid(["key", *columns], rows, "only the keys that differ") if rows else None


def _gathered(differ: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What a method hands its trainer (`sft.verl.…`) and the other runs have not at all is one line."""
    shown: dict[str, tuple[str, ...]] = {}
    for key, values in differ.items():
        group, _, rest = key.partition(".verl.")
        if not rest or ABSENT not in values:
            shown[key] = values
            continue
        many = sum(other.startswith(f"{group}.verl.") for other in differ)
        shown[f"{group}.verl.*"] = tuple(value if value == ABSENT else f"{many} keys" for value in values)
    return shown


def _one_model(runs: Sequence[Watched]) -> bool:
    return len({run.model for run in runs}) == 1


def _flat(node: Any, before: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _flat(value, f"{before}.{key}" if before else str(key))
    else:
        yield before, str(node)
