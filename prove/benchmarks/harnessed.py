"""One evaluation that a harness runs: check, announce, run, take over its items, report.

complexfuncbench_official.run --> items.jsonl (the harness's own result beside our counts) --> results.csv, table
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import origin, results
from prove.benchmarks.complexfuncbench_official import (
    Harness,
    counts_of,
    domain_of,
    items_of,
    require_served,
    run,
)
from prove.benchmarks.concluded import Concluded
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line
from prove.benchmarks.protocols import Asked
from prove.benchmarks.statistics import Settings, smallest_difference

Config = Mapping[str, Any]
APART = ("success_rate", "call_accuracy")


def evaluate(cfg: Config, command: str) -> Concluded:
    """The finished evaluation. ValueError: something is missing, nothing was written; Unfinished: it ended early."""
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


def check_words(cfg: Config) -> None:
    """ValueError: it is not played by this policy."""
    require_served(cfg)


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


def conclude(cfg: Config, folder: Folder, wanted: Any, command: str) -> Concluded:
    facts = results.About(cfg["model"]["name"], cfg["method"], "complexfuncbench", origin.versions(), command)
    settings = Settings(**cfg["statistics"])
    lines = [line for line in folder.lines() if line.id in wanted]
    rows = results.rows_of(lines, facts, settings)
    results.write(folder.path / "results.csv", rows)
    text = f"\n{results.table(rows, settings)}\n\n{folder.path / 'results.csv'}"
    return Concluded(text, lines, rows, Asked("complexfuncbench", 0, cfg["limit"]))
