"""`benchmark.slices=[…]`: which sets are played, with which caps, and a line of the table for each.

data/heldout_slices: slices.json (name -> what it is), NAME.parquet     conf/synthesis/heldout_slices.yaml makes them
benchmark.slices=[all]  every slice     [unseen_servers,withheld]  these     []  data.heldout
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prove.benchmarks.items import Line, Task
from prove.benchmarks.results import Row
from prove.schemas import name_of

INDEX, ALL, GROUP, UNSEEN = "slices.json", "all", "slice", "unseen_servers"
COLUMNS = ("exact", "state", "total")
WIDTH = 30


def chosen(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the slices that are asked for, in the order in which they were made. ValueError: there is none such."""
    wanted = node.get("slices") or []
    if not wanted:
        return ()
    if not isinstance(wanted, list):
        raise ValueError(f"benchmark.slices={wanted} is no list, as in benchmark.slices=[all]")
    known = _known(Path(node["slices_from"]))
    for name in wanted:
        if name not in (ALL, *known):
            near = difflib.get_close_matches(str(name), [ALL, *known], n=1)
            raise ValueError(
                f"benchmark.slices: {name} is none of {', '.join([ALL, *known])}" + (f"; {near[0]}?" if near else "")
            )
    return tuple(known) if ALL in wanted else tuple(name for name in known if name in wanted)


def _known(folder: Path) -> list[str]:
    path = folder / INDEX
    if not path.is_file():
        raise ValueError(f"{path} is missing; `python -m prove.synthesize synthesis=heldout_slices` makes it")
    try:
        return list(dict(json.loads(path.read_text(encoding="utf-8"))))
    except (ValueError, TypeError):
        raise ValueError(
            f"{path} cannot be read; `python -m prove.synthesize synthesis=heldout_slices` makes it"
        ) from None


def files(node: Mapping[str, Any]) -> dict[str, Path]:
    """Slice -> its rows."""
    return {name: Path(node["slices_from"]) / f"{name}.parquet" for name in chosen(node)}


def caps(node: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Chosen slice -> caps of conf/rollout/ that are at least so large there."""
    raised = node.get("at_least") or {}
    return {name: dict(raised[name]) for name in chosen(node) if name in raised}


def refuse_trained(tasks: Iterable[Task], worlds: frozenset[int], train: Path) -> None:
    """ValueError: a slice has a world of the training rows, so that it is not held out."""
    for task in tasks:
        if task.example.world_seed in worlds:
            raise ValueError(f"{task.example.id} is of world {task.example.world_seed}, which {train} has too")


def seen(tasks: Iterable[Task], trained: frozenset[str], train: str) -> str:
    """Says so where tools of servers that should be unseen are offered in the training rows; else nothing."""
    offered = {name_of(one) for task in tasks if task.groups.get(GROUP) == UNSEEN for one in task.functions}
    known = offered & trained
    if not known:
        return ""
    return (
        f"{UNSEEN}: {len(known)} of its {len(offered)} tools are offered in {train}; to a model that was trained on "
        "these rows the servers are not unseen (synthesis=leave_domains_out makes rows without them)"
    )


def table(rows: Sequence[Row], lines: Iterable[Line], order: Sequence[str]) -> str:
    """A line per slice: what was measured, each with its interval; n is that of exact."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        name, _, group = row.metric.partition("@")
        if group.startswith(f"{GROUP}="):
            found.setdefault(group.removeprefix(f"{GROUP}="), {})[name] = row
    if not found:
        return ""
    silent = _silent(lines)
    columns = [*COLUMNS, *sorted({name for of in found.values() for name in of if name.startswith("pass^")})]
    head = f"{'slice':<{WIDTH}}{'n':>5}   " + "".join(f"{name:<28}" for name in columns)
    body = [
        f"{name + ('*' if name in silent else ''):<{WIDTH}}{of['exact'].n:>5}   "
        + "".join(f"{_cell(of.get(column)):<28}" for column in columns)
        for name in order
        if (of := found.get(name))
    ]
    note = ["* no call is right there: doing nothing scores 1"] if silent & found.keys() else []
    return "\n".join(line.rstrip() for line in [head, *body, *note])


def _cell(row: Row | None) -> str:
    if row is None:
        return "-"
    of = f" (n {row.n})" if row.metric.startswith("state@") else ""
    return f"{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]{of}"


def _silent(lines: Iterable[Line]) -> set[str]:
    """Slices in which no item wants a call."""
    wanting: dict[str, bool] = {}
    for line in lines:
        name = line.groups.get(GROUP, "")
        wanting[name] = wanting.get(name, False) or line.groups.get("calls") != "0"
    return {name for name, wants in wanting.items() if not wants}
