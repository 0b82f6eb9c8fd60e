"""`benchmark=complexfuncbench`: the official harness in its own process and environment, its numbers with intervals.

    your data --sample--> OUT/input.jsonl --> CHECKOUT: PYTHON SCRIPT --model_name … --vllm_url …
              --> CHECKOUT/result/MODEL/EXPERIMENT.jsonl --read--> OUT/items.jsonl

    success_rate    items with message "Success."
    call_accuracy   correct calls of all calls;  turn_accuracy: turns before the first failure, of all turns
    completeness, correctness     0, 1 or 2 by the harness's judge; only what it could judge
    harness_errors  items that the harness gave up with an error of its own (they count as failures)

The harness skips what its result file has, so the same command goes on. Its script divides by 1,000 items whatever was
run; here every share is of the items that were run. Keys travel in the environment, never in words.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.benchmarks.items import Counts, drawn
from prove.benchmarks.process import Unfinished, watched

OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")  # of our environment; the harness has its own
JUDGED = {0, 1, 2}


def require_served(cfg: Mapping[str, Any]) -> None:
    """ValueError: another policy is wanted."""
    if cfg["policy"] != "endpoint":
        raise ValueError(f"benchmark=complexfuncbench plays a served model: policy=endpoint, not {cfg['policy']}")


@dataclass(frozen=True)
class Harness:
    """What is run: node `benchmark` of conf/benchmark/complexfuncbench.yaml, checked."""

    checkout: Path
    data: Path
    python: str
    script: str
    model_name: str
    processes: int
    words: tuple[str, ...]
    url: str

    @staticmethod
    def of(cfg: Mapping[str, Any]) -> Harness:
        """ValueError, in a sentence: what is missing."""
        require_served(cfg)
        node = cfg["benchmark"]
        checkout, data = (Path(node[key]) if node[key] else None for key in ("checkout", "data"))
        if checkout is None or not (checkout / node["script"]).is_file():
            raise ValueError(f"benchmark.checkout={checkout} has no {node['script']}; name a clone of the harness")
        if data is None or not data.is_file():
            raise ValueError(f"benchmark.data={data} is no file; name your copy of ComplexFuncBench.jsonl")
        if absent := [key for key in node["keys"] if not os.environ.get(key)]:
            raise ValueError(f"{', '.join(absent)} must be set in the environment for the harness's judges")
        return Harness(
            checkout.resolve(),
            data.resolve(),
            str(node["python"]),
            str(node["script"]),
            str(node["model_name"]),
            int(node["processes"]),
            tuple(map(str, node["words"])),
            str(cfg["endpoint"]["base_url"]),
        )

    def experiment(self, out: Path) -> str:
        """Its name in the checkout: one per folder, so that two evaluations never share a result file."""
        return f"prove-{hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:12]}"

    def result(self, out: Path) -> Path:
        return self.checkout / "result" / self.model_name / f"{self.experiment(out)}.jsonl"

    def command(self, out: Path) -> list[str]:
        options = {
            "--model_name": self.model_name,
            "--input_file": str((out / "input.jsonl").resolve()),
            "--exp_name": self.experiment(out),
            "--proc_num": str(self.processes),
            "--vllm_url": self.url,
        }
        return [self.python, self.script, *(word for pair in options.items() for word in pair), *self.words]


def items_of(data: Path, limit: int | None) -> list[tuple[str, str]]:
    """Id and text of the items to run, a sample of all. ValueError names the line that is no item."""
    items = []
    for number, text in enumerate(data.read_text(encoding="utf-8").splitlines(), 1):
        if text.strip():
            try:
                items.append((str(json.loads(text)["id"]), text))
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"{data} line {number} is no item: it needs id") from None
    if not items:
        raise ValueError(f"{data} has no items")
    return sorted(items, key=lambda item: drawn(item[0]))[:limit]


def run(harness: Harness, out: Path, items: Sequence[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Runs the harness to its end; id -> its result. Unfinished: it ended early, or could not start."""
    (out / "input.jsonl").write_text("".join(f"{text}\n" for _, text in items), encoding="utf-8")
    wanted = [identifier for identifier, _ in items]
    if set(wanted) - read(harness.result(out)).keys():
        log, done = out / "harness.log", _Finished(harness.result(out))
        environment = {key: value for key, value in os.environ.items() if key not in OURS}
        command, named = harness.command(out), f"benchmark.python={harness.python}"
        status = watched(command, harness.checkout, environment, log, done, len(wanted), named)
        found = read(harness.result(out))
        if missing := [one for one in wanted if one not in found]:
            raise Unfinished(
                f"the harness ended with status {status} and {len(missing)} of {len(wanted)} items unfinished, e.g. "
                f"{missing[0]}; {log} says why, and the same command goes on"
            )
    found = read(harness.result(out))
    return {one: found[one] for one in wanted}


class _Finished:
    """How many lines a result file has; lines are long, so only what is new is read."""

    def __init__(self, path: Path):
        self._path, self._size, self._lines = path, 0, 0

    def __call__(self) -> int:
        if self._path.is_file():
            with self._path.open("rb") as file:
                file.seek(self._size)
                new = file.read()
            self._size += len(new)
            self._lines += new.count(b"\n")
        return self._lines


def read(path: Path) -> dict[str, dict[str, Any]]:
    """Id -> result of every whole line; the last one may be half written while the harness works."""
    found: dict[str, dict[str, Any]] = {}
    for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            result = json.loads(text)
            found.setdefault(str(result["id"]), result)
        except (ValueError, KeyError, TypeError):
            continue
    return found


def counts_of(result: Mapping[str, Any]) -> Counts:
    """The harness's numbers of one item. ValueError: it is no result of this harness."""
    try:
        numbers = result["count_dict"]
        counts = {
            "success_rate": (float(result["message"] == "Success."), 1.0),
            "call_accuracy": (float(numbers["correct_call_num"]), float(numbers["total_call_num"])),
            "turn_accuracy": (float(numbers["success_turn_num"]), float(numbers["total_turn_num"])),
            "harness_errors": (float(bool(result.get("error"))), 1.0),
        }
        return {**counts, **_judged(result.get("resp_eval") or {})}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"item {result.get('id')} of the harness has no result that can be read: {error!r}") from None


def _judged(judged: Mapping[str, Any]) -> Counts:
    names = {"completeness": "complete", "correctness": "correct"}
    scores = {name: judged[key]["score"] for name, key in names.items() if key in judged}
    return {name: (float(score), 1.0) for name, score in scores.items() if score in JUDGED}


def domain_of(identifier: str) -> str:
    """As the harness names it: Car-Rental of Car-Rental-70."""
    return identifier.rsplit("-", 1)[0]
