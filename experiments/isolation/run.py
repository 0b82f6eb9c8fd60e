"""Holds random concurrent histories of every server against solo runs.

    python -m experiments.isolation.run                              a million calls
    python -m experiments.isolation.run servers=banking calls=20000 jobs=2
    python -m experiments.isolation.run calls=0                      what stands so far

Any number of settings.yaml can be given. Prints a table, writes results.csv; ends with status 1 if a session saw
another. Then the first such history of each server is made small and kept: experiments.isolation.replay plays it again.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import json
import multiprocessing
import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from experiments.isolation.alone import untouched
from experiments.isolation.apart import apart
from experiments.isolation.author import Recipe, write
from experiments.isolation.check import check
from experiments.isolation.history import History, lives
from experiments.isolation.shrink import shrunk
from servers.host import server_names

HERE = Path(__file__).parent
COUNTS = ("histories", "calls", "accepted", "writes", "sessions", "forks", "snapshots", "restores", "crashes", "lives")
COLUMNS = ("server", "transport", *COUNTS, "mismatches")


@dataclass(frozen=True)
class Work:
    """One history that is to be checked."""

    server: str
    transport: str
    number: int
    calls: int
    seed: int
    recipe: Recipe

    @property
    def key(self) -> str:
        """The same for the same history, so that a run which was stopped can go on."""
        said = json.dumps(asdict(self), sort_keys=True)
        return f"{self.server}-{self.transport}-{self.number}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def written(self) -> History:
        rng = random.Random(f"{self.seed}:{self.server}:{self.transport}:{self.number}")
        return write(self.server, self.calls, rng, self.recipe)


def settings(words: list[str]) -> DictConfig:
    """settings.yaml with what the command line changes in it. Raises for a name that is not there."""
    known = OmegaConf.load(HERE / "settings.yaml")
    OmegaConf.set_struct(known, True)
    return OmegaConf.merge(known, OmegaConf.from_cli(words))  # type: ignore[return-value]


def works(given: DictConfig) -> list[Work]:
    """Every history, the servers in turn, so that a part of a run says something of each."""
    servers = server_names() if given.servers == "all" else given.servers.split(",")
    if unknown := set(servers) - set(server_names()):
        raise LookupError(f"no server {', '.join(sorted(unknown))}; there are {', '.join(server_names())}")
    recipe = Recipe(**OmegaConf.to_object(given.recipe))  # type: ignore[arg-type]
    found = []
    for transport, part in given.transports.items():
        count = -(-given.calls * part.share // (len(servers) * part.calls))
        for number in range(int(count)):
            found += [Work(server, str(transport), number, part.calls, given.seed, recipe) for server in servers]
    return sorted(found, key=lambda work: work.number)


def judged(work: Work) -> dict[str, Any]:
    """One line: what the history held, and the first difference if there is one. Runs in a child that then ends."""
    return apart(_judged, work)


def _judged(work: Work) -> dict[str, Any]:
    history = apart(work.written)
    verdict = check(history, work.transport)
    first = [str(each) for each in verdict.differences[:1]]
    line = {"key": work.key, "server": work.server, "transport": work.transport, **_counts(history, verdict.results)}
    return line | {"mismatches": len(verdict.differences), "first": first}


def _counts(history: History, results: dict[int, tuple[bool, str]]) -> dict[str, int]:
    did = Counter(step.do for step in history.steps)
    tools = untouched(history.server).tools
    accepted = [history.steps[place] for place, (ok, _) in results.items() if ok]
    return {
        "histories": 1,
        "calls": did["call"],
        "accepted": len(accepted),
        "writes": sum(not tools[call.name].hints.read_only for call in accepted),
        "sessions": did["open"] + did["fork"],
        "forks": did["fork"],
        "snapshots": did["snapshot"],
        "restores": did["restore"],
        "crashes": did["crash"],
        "lives": len(lives(history.steps)),
    }


def lines(path: Path, jobs: int, todo: list[Work]) -> Iterator[dict[str, Any]]:
    """What was found before, then what is found now; each line is kept at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"{path} is being written by another run") from None
        yield from _lines(path, jobs, todo)


def _lines(path: Path, jobs: int, todo: list[Work]) -> Iterator[dict[str, Any]]:
    done = _kept(path)
    wanted = {work.key for work in todo} or set(done)
    yield from (line for key, line in done.items() if key in wanted)
    spawning = multiprocessing.get_context("spawn")
    with path.open("a") as file, ProcessPoolExecutor(jobs, spawning, _end_with_parent) as workers:
        for future in as_completed([workers.submit(judged, work) for work in todo if work.key not in done]):
            file.write(json.dumps(future.result()) + "\n")
            file.flush()
            yield future.result()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""

    def watch() -> None:
        multiprocessing.parent_process().join()  # type: ignore[union-attr]
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """The finished lines by key; a line that was cut off is done again."""
    if not path.exists():
        return {}
    text = path.read_text()
    path.write_text(text := text[: text.rfind("\n") + 1])
    return {line["key"]: line for line in map(json.loads, text.splitlines())}


def table(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sums by server and transport."""
    sums: dict[tuple[str, str], Counter[str]] = {}
    for line in found:
        counted = {name: line[name] for name in (*COUNTS, "mismatches")}
        sums.setdefault((line["server"], line["transport"]), Counter()).update(counted)
    return [
        {"server": server, "transport": transport, **{name: each[name] for name in (*COUNTS, "mismatches")}}
        for (server, transport), each in sorted(sums.items())
    ]


def show(rows: list[dict[str, Any]]) -> None:
    total = {name: sum(row[name] for row in rows) for name in (*COUNTS, "mismatches")}
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS))
    for row in [*rows, {"server": "all", "transport": "", **total}]:
        cells = [row[name] for name in COLUMNS]
        cells[4] = f"{row['accepted'] / max(1, row['calls']):.0%}"
        print("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |")


def keep_smallest(given: DictConfig, todo: list[Work], found: list[dict[str, Any]]) -> None:
    """The first history of each server that differs, made small, printed and kept."""
    differing = {line["key"] for line in found if line["mismatches"]}
    first = {work.server: work for work in reversed(todo) if work.key in differing}
    for server, work in first.items():
        small = apart(shrunk, apart(work.written), given.shrinking, work.transport)
        kept = Path(given.out) / f"{server}.jsonl"
        kept.write_text(small.text())
        line = next(line for line in found if line["key"] == work.key)
        print(f"\n{server}: {line['first'][0]}\n\nmade small, in {kept}:\n{small.text()}")


def main(words: list[str]) -> int:
    given = settings(words)
    todo = works(given)
    with tqdm(total=sum(work.calls for work in todo), disable=None, unit="call") as bar:
        found = []
        for line in lines(Path(given.out) / "histories.jsonl", given.jobs, todo):
            found.append(line)
            bar.update(line["calls"])
            bar.set_postfix(mismatches=sum(each["mismatches"] for each in found))
    rows = table(found)
    show(rows)
    with Path(given.results).open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    keep_smallest(given, todo, found)
    return int(any(line["mismatches"] for line in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
