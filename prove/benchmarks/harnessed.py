"""One evaluation that a harness runs: check, announce, run, take over its items, report.

complexfuncbench_official.run --> items.jsonl (the harness's own result beside our counts) --> results.csv, table
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import origin, results
from prove.benchmarks.complexfuncbench_official import Harness, counts_of, domain_of, items_of, run
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line
from prove.benchmarks.statistics import Settings, smallest_difference

Config = Mapping[str, Any]
APART = ("success_rate", "call_accuracy")


def evaluate(cfg: Config, command: str) -> str:
    """The table. ValueError: something is missing, and nothing was written; Unfinished: the harness ended early."""
    harness = Harness.of(cfg)
    items = items_of(harness.data, cfg["limit"])
    with Folder(Path(cfg["out"]), about(harness)) as folder:
        tqdm.write(announcement(cfg, harness, len(items)))
        found = run(harness, folder.path, items)
        before = {line.id for line in folder.lines()}
        commit = origin.commit()
        for identifier, result in found.items():
            if identifier not in before:
                folder.append(line_of(identifier, result, commit), {"result": result})
        return conclude(cfg, folder, found.keys(), command)


def about(harness: Harness) -> dict[str, Any]:
    return {
        "benchmark": "complexfuncbench",
        "data": origin.digest([harness.data]),
        "offered": "",
        "checkout": str(harness.checkout),
        "script": harness.script,
        "model": harness.model_name,
        "words": list(harness.words),
    }


def announcement(cfg: Config, harness: Harness, items: int) -> str:
    return (
        f"complexfuncbench: {items} items of {harness.data}, run by {harness.checkout / harness.script}\n"
        f"{smallest_difference(items, Settings(**cfg['statistics']))}"
    )


def line_of(identifier: str, result: Mapping[str, Any], commit: str) -> Line:
    """The harness's numbers of one item, by its domain too."""
    counts, domain = dict(counts_of(result)), domain_of(identifier)
    counts |= {f"{name}@domain={domain}": counts[name] for name in APART}
    return Line(identifier, 0, 0, counts, {"domain": domain}, commit=commit)


def conclude(cfg: Config, folder: Folder, wanted: Any, command: str) -> str:
    facts = results.About(cfg["model"]["name"], cfg["method"], "complexfuncbench", origin.versions(), command)
    settings = Settings(**cfg["statistics"])
    rows = results.rows_of([line for line in folder.lines() if line.id in wanted], facts, settings)
    results.write(folder.path / "results.csv", rows)
    return f"\n{results.table(rows, settings)}\n\n{folder.path / 'results.csv'}"
