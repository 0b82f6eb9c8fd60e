"""Small evaluations made by hand: rows on banking, traces on a recorded shop, and the way in.

shop    Look(word) was recorded for tea, nut and key; Price(id) for T-1
traces  tea-1: Look tea, Price T-1 (both recorded)      nut-1: Look nut (recorded), Price N-1 (not), Look key (recorded)
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from prove.evaluate import CONF, evaluate, plain
from prove.synthesis.dataset import save_rows
from prove.types import Example, GroundTruth, Step, ToolCall
from servers.recorded.write import write

QUICKLY = ("servers.transport=inprocess", "statistics.draws=200", "overlap.measure=false")
FUNCTION = {
    "type": "function",
    "function": {
        "name": "list_accounts",
        "description": "Lists the accounts.",
        "parameters": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": []},
    },
}
WORDS = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
IDS = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
SHOP = {
    "name": "shop",
    "source": "made by hand",
    "tools": [
        {"name": "Look", "description": "Looks for a thing.", "inputSchema": WORDS},
        {"name": "Price", "description": "What it costs.", "inputSchema": IDS},
        {"name": "Other", "description": "Is never needed.", "inputSchema": IDS},
    ],
}
RECORDED = [
    ("Look", {"word": "tea"}, {"id": "T-1"}),
    ("Price", {"id": "T-1"}, {"price": 4}),
    ("Look", {"word": "nut"}, {"id": "N-1"}),
    ("Look", {"word": "key"}, {"id": "K-1"}),
]


def configured(*overrides: str) -> dict[str, Any]:
    """An evaluation in this process; without the overlap audit, which reads data/, unless that is asked for."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return plain(compose("evaluate", [*QUICKLY, *overrides]))


def evaluated(*overrides: str) -> str:
    """What `python -m prove.evaluate …` prints at its end. ValueError as it would be printed."""
    return evaluate(configured(*overrides), f"python -m prove.evaluate {' '.join(overrides)}").text


def rows(path: Path, count: int = 4) -> Path:
    """Rows that want one or two calls, in turn; `ours-0`, `ours-1` …"""
    kinds = [ToolCall("list_accounts", {"kind": "savings"}), ToolCall("list_accounts", {})]
    wanted = [GroundTruth(tuple(Step((call,)) for call in kinds[:size]), (), (0,) * size) for size in (1, 2)]
    examples = [
        Example(
            id=f"ours-{number}",
            kind="multi_turn",
            servers=("banking",),
            world_seed=7,
            user_turns=("What do I have?",),
            ground_truth=wanted[number % 2],
        )
        for number in range(count)
    ]
    save_rows(path, [_row(example) for example in examples])
    return path


def _row(example: Example) -> dict[str, Any]:
    return {
        "data_source": "prove_heldout",
        "agent_name": "mcp",
        "prompt": example.opening,
        "tools": json.dumps([FUNCTION]),
        "extra_info": {"index": example.id, "split": "heldout", "example": example.to_json()},
    }


def shop(folder: Path) -> Path:
    """Writes shop.sqlite and traces.jsonl; the traces."""
    calls = [{"tool": tool, "arguments": given, "response": response} for tool, given, response in RECORDED]
    write(folder / "shop.sqlite", [json.dumps(line).encode() for line in (SHOP, *calls)])
    traces = [
        _trace("tea-1", [*RECORDED[:2]]),
        _trace("nut-1", [RECORDED[2], ("Price", {"id": "N-1"}, ""), RECORDED[3]]),
    ]
    path = folder / "traces.jsonl"
    path.write_text("".join(json.dumps(trace) + "\n" for trace in traces), encoding="utf-8")
    return path


def _trace(name: str, calls: Sequence[tuple[str, dict[str, Any], Any]]) -> dict[str, Any]:
    steps = [
        {
            "step": number,
            "ground_truth": {"function": tool, "arguments": given},
            "candidate_tools": ["Look", "Price"],
            "depends_on": [number - 1] if number else [],
            "execution_result": {"execution_result": response},
        }
        for number, (tool, given, response) in enumerate(calls)
    ]
    return {"query": f"What about {name}?", "workflow_id": name, "steps": steps}


def results(folder: Path) -> dict[str, dict[str, str]]:
    """Rows of results.csv by metric, those of a reward as reward/metric."""
    with (folder / "results.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    return {f"{row['reward']}/{row['metric']}" if row["reward"] else row["metric"]: row for row in found}


def items(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]
