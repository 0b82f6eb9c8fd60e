"""`benchmark=heldout`: rows of data.heldout, played as training's own evaluation plays them, or slices.

exact         the calls that succeeded serve the whole ground truth
state         the worlds end as the ground truth leaves them, of rows whose end says something (prove.rewards.state)
pass^k        exact in all of k trials, from n trials: mean of C(c,k)/C(n,k), c = exact ones
exact@calls=3, prove/total@server=banking …      by number of ground-truth calls and by the first server of the row
exact@slice=withheld …                           by slice (prove.benchmarks.slices)
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from prove.benchmarks import slices
from prove.benchmarks.items import Counts, Task
from prove.benchmarks.scores import counts_of
from prove.rewards.choice import Reward
from prove.rewards.state import right_end
from prove.schemas import name_of
from prove.training.rows import check_rows
from prove.types import Episode, Example

ANSWERS = ("exact", "state")


def tasks_of(
    path: Path,
    servers: Collection[str] | None,
    group: Mapping[str, str] | None = None,
    caps: Mapping[str, int] | None = None,
) -> list[Task]:
    """The rows of a file, in one group, under the same caps. ValueError: a row is wrong or needs another server.

    `servers`: None: any.
    """
    check_rows(path, servers)
    tasks = []
    for row in pq.ParquetFile(path).read(["tools", "extra_info"]).to_pylist():
        example = Example.from_json(row["extra_info"]["example"])
        groups = {"calls": str(len(example.ground_truth.calls)), "server": (*example.servers, "none")[0]}
        tasks.append(Task(example, tuple(json.loads(row["tools"])), groups | dict(group or {}), dict(caps or {})))
    return tasks


def sliced(node: Mapping[str, Any], train: str | None, servers: Collection[str]) -> list[Task]:
    """The rows of the chosen slices. ValueError: there is none such, or one shares a world with the training rows."""
    raised = slices.caps(node)
    tasks = [
        task
        for name, path in slices.files(node).items()
        for task in tasks_of(path, servers, {slices.GROUP: name}, raised.get(name))
    ]
    if train and Path(train).is_file():
        slices.refuse_trained(tasks, trained(Path(train))[0], Path(train))
    return tasks


def seen(tasks: Sequence[Task], train: str | None) -> str:
    """A sentence where the servers of a slice are not unseen to who was trained on these rows."""
    if not train or not Path(train).is_file():
        return ""
    return slices.seen(tasks, trained(Path(train))[1], train)


@lru_cache(maxsize=1)
def trained(path: Path) -> tuple[frozenset[int], frozenset[str]]:
    """World seeds of a file of rows, and names of the tools that it offers. ValueError: it has no such rows."""
    try:
        table = pq.ParquetFile(path).read(["tools", "extra_info"])
        examples = (json.loads(info["example"]) for info in table["extra_info"].to_pylist())
        worlds = frozenset(example["world_seed"] for example in examples)
        texts = set(table["tools"].to_pylist())
        return worlds, frozenset(name_of(function) for text in texts for function in json.loads(text))
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"data.train={path} cannot be read: {error}") from None


def score(task: Task, episode: Episode, rewards: Sequence[Reward]) -> Counts:
    """Counts of one episode, those of its groups too."""
    counts = dict(counts_of(episode, rewards))
    right = right_end(episode.ending, episode.ground_truth)
    if right is not None:
        counts["state"] = (float(right), 1.0)
    apart = {
        f"{name}@{group}={value}": counts[name]
        for group, value in task.groups.items()
        for name in (*ANSWERS, *(f"{reward.name}/total" for reward in rewards))
        if name in counts
    }
    return {**counts, **apart}
