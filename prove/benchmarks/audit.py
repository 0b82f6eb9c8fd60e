"""The overlap audit of an evaluation: reads data.train, measures once, prints a block, adds rows to results.csv.

    data.train (digest) + items (digest) + this code (digest)  -->  CACHE/DIGEST.json, measured again if it is not there

The rows say what is, not what a sample lets expect: low and high are the value itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from prove.benchmarks import closeness, origin, overlap
from prove.benchmarks.folder import replace
from prove.benchmarks.items import Task
from prove.benchmarks.overlap import Finding, Material
from prove.benchmarks.results import About, Row
from prove.types import Example

PREFIX, UNMEASURED = "overlap: ", "overlap with the training rows: not measured"
SHOWN = 70


def audit(cfg: Mapping[str, Any], tested: Material, about: About) -> tuple[str, list[Row]]:
    """The block under the table and its rows; a sentence and none where there is nothing to compare with.

    `cfg`: nodes `overlap` and `data` of an evaluation. Whatever is wrong with the training rows, the scores stand.
    """
    options, train = cfg["overlap"], cfg["data"]["train"]
    if not options["measure"]:
        return "", []
    if not train or not Path(train).is_file():
        return f"{UNMEASURED}, data.train={train} is no file", []
    try:
        found = _cached(Path(train), tested, options)
    except ValueError as error:
        return f"{UNMEASURED}, {error}", []
    commit = origin.commit()
    return block(found, train, about.benchmark), [_row(one, about, commit) for one in found]


def of_tasks(tasks: Iterable[Task]) -> Material:
    """The items of a benchmark that is played here."""
    return Material.of_examples((task.example, task.functions) for task in tasks)


def of_training(path: Path) -> Material:
    """The rows of a file. ValueError: it has no such rows."""
    try:
        table = pq.ParquetFile(path).read(["tools", "extra_info"]).to_pylist()
        return Material.of_examples(
            (Example.from_json(row["extra_info"]["example"]), json.loads(row["tools"])) for row in table
        )
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"data.train={path} cannot be read: {error}") from None


def _cached(train: Path, tested: Material, options: Mapping[str, Any]) -> list[Finding]:
    near, ngram = options["near"], options["ngram"]
    code = [Path(str(module.__file__)) for module in (closeness, overlap)]
    said = [origin.digest([train]), origin.digest(code), str(near), str(ngram), overlap.digestible(tested)]
    path = Path(options["cache"]) / f"{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]}.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return [Finding(**{**one, "examples": tuple(one["examples"])}) for one in stored]
    except (OSError, ValueError, TypeError, KeyError):
        pass  # not measured yet, or written by something else: measured now
    found = overlap.findings(of_training(train), tested, near, ngram)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False) + "\n")
    return found


def block(found: Sequence[Finding], train: str, benchmark: str) -> str:
    """For people: a line per measure, with the first example."""
    width = max((len(one.measure) for one in found), default=0) + 2
    lines = [f"  {one.measure:<{width}}{_value(one):<16}{_example(one)}".rstrip() for one in found]
    return "\n".join([f"overlap of {train} with what {benchmark} asks (shares are of its own)", *lines])


def _value(one: Finding) -> str:
    return f"{one.value:.3f}" if one.shared is None else f"{one.shared} of {one.n}"


def _example(one: Finding) -> str:
    text = " ".join(one.examples[0].split()) if one.examples else ""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _row(one: Finding, about: About, commit: str) -> Row:
    place = (about.benchmark, f"{PREFIX}{one.measure}", one.value, one.value, one.value)
    return Row(about.model, about.method, "", "", commit, about.versions, *place, one.n, one.n, about.command)
