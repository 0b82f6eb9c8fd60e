"""Gold episodes: the ground-truth calls of held-out rows, with the answers that one of our worlds gives to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from prove.types import Example, ToolCall
from servers.host import Host


def episodes_of(settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The first rows that make a call, all on one of the worlds. ValueError: there are not so many."""
    found = [example for example in examples_of(Path(settings["data"])) if suits(example, settings["worlds"])]
    if len(found) < settings["episodes"]:
        raise ValueError(f"{settings['data']} has {len(found)} such rows, not {settings['episodes']}")
    chosen = found[:: len(found) // settings["episodes"]][: settings["episodes"]]
    return [episode_of(example) for example in chosen]


def examples_of(path: Path) -> list[Example]:
    rows = pq.read_table(path, columns=["extra_info"])["extra_info"].to_pylist()
    return [Example.from_json(row["example"]) for row in rows]


def suits(example: Example, worlds: Sequence[str]) -> bool:
    return len(example.servers) == 1 and example.servers[0] in worlds and bool(example.ground_truth.calls)


def episode_of(example: Example) -> dict[str, Any]:
    host = Host(example.servers[0])
    host.open("gold", example.world_seed)
    answered = [answer(host, call) for call in example.ground_truth.calls]
    return {"id": example.id, "world": host.name, "seed": example.world_seed, "calls": answered}


def answer(host: Host, call: ToolCall) -> dict[str, Any]:
    outcome = host.call("gold", call.name, call.arguments)
    result = json.loads(outcome.text)
    return {"name": call.name, "arguments": call.arguments, "ok": outcome.ok, "result": result}
