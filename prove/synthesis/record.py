"""Records live servers into caches: what they answer in the untouched world of each seed, by servers.recorded.

    worlds -> rows of datasets, replayed in order -> exploration along the graph -> journal -> CACHES/SERVER.sqlite

    a row's call   answered in the untouched world   that answer
                   refused there                     the answer in the order of the row, so that it replays

The journal beside the cache has each finished world: after a kill the same command goes on, and writes the same cache.
Of a finished server a note stays there, so that the same command does not record it again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.synthesis.explore import Effort, Explorer, Notebook, Subject, said
from prove.synthesis.graph import schema_hash
from prove.synthesis.graphs import graphs_of
from prove.synthesis.live import LiveServers, in_process, unusable
from prove.synthesis.rows import rows_of
from prove.synthesis.sampler import Catalog
from prove.synthesis.store import LEAVE_OUT_UNFIT, Recorded, cache_file, store
from prove.synthesis.whole import write_whole
from prove.types import Example, GroundTruth, ToolResult

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """What is recorded of one server, in which worlds, with how much effort."""

    server: str
    worlds: tuple[int, ...]
    rows: Mapping[int, tuple[GroundTruth, ...]]
    """World -> the ground truths to replay in it."""
    effort: Effort
    seed: int
    caches: str

    @property
    def source(self) -> str:
        worlds = "world" if len(self.worlds) == 1 else "worlds"
        return f"live server {self.server}, {len(self.worlds)} {worlds}, at most {self.effort.calls} calls in each"


def record(cfg: Mapping[str, Any]) -> list[str]:
    """Writes a cache per server; what was recorded, in lines. Raises ValueError before anything is written."""
    own = import_module("servers.host").server_names()
    if strange := [name for name in cfg["servers"]["names"] if name not in (*own, *cfg["servers"]["external"])]:
        raise ValueError(f"there is no live server {strange[0]} to record")
    with in_process(cfg["servers"]) as live:
        plans = plans_of(cfg, live.external)
        if wrong := unusable(cfg["servers"]):
            raise ValueError(wrong)
        catalog = Catalog(live)
        return [line for plan in plans for line in _recorded(live, catalog, plan, Path(cfg["graphs"]))]


def plans_of(cfg: Mapping[str, Any], external: Mapping[str, Any]) -> list[Plan]:
    """A plan per server; `external`: those of the pool. Raises ValueError for a number that cannot be."""
    for name in ("calls", "asks", "values"):
        if type(cfg[name]) is not int or cfg[name] < 0:
            raise ValueError(f"{name}={cfg[name]} must be a whole number from 0 on")
    effort = Effort(cfg["calls"], cfg["asks"], cfg["values"])
    examples = [example for path in _listed(cfg["rows"]) for example in _examples(Path(str(path)))]
    worlds = worlds_of(cfg["worlds"])
    alike = {name for name, each in external.items() if each.isolation != "session" and not each.seeded}
    plans = [_plan(cfg, server, worlds, examples, effort, server in alike) for server in cfg["servers"]["names"]]
    if empty := [plan.server for plan in plans if not plan.worlds]:
        raise ValueError(f"no world of {empty[0]} to record: worlds=0-9, or rows of this server")
    return plans


def _plan(
    cfg: Mapping[str, Any], server: str, worlds: Sequence[int], examples: Sequence[Example], effort: Effort, alike: bool
) -> Plan:
    """`alike`: the server takes no seed, so one world stands for all."""
    rows: dict[int, tuple[GroundTruth, ...]] = {}
    for example in examples:
        if server in example.servers:
            world = 0 if alike else example.world_seed
            rows[world] = (*rows.get(world, ()), example.ground_truth)
    chosen = {0} if alike else {*worlds, *rows}
    return Plan(server, tuple(sorted(chosen)), rows, effort, cfg["seed"], cfg["caches"])


def worlds_of(spans: Any) -> list[int]:
    """7, "0-9" or a list of such. Raises ValueError."""
    worlds: list[int] = []
    for part in _listed(spans):
        first, dash, last = str(part).strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError(f"worlds={part} is neither a number nor a span such as 0-9")
        worlds += range(int(first), int(last or first) + 1)
    return worlds


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _examples(path: Path) -> Iterator[Example]:
    """The rows of a dataset. Raises ValueError with the row."""
    for name, _, row in rows_of(path):
        try:
            yield Example.from_json(row["extra_info"]["example"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} {name} is no row of a dataset: {type(error).__name__} {error}") from None


def _recorded(live: LiveServers, catalog: Catalog, plan: Plan, graphs: Path) -> list[str]:
    tools = {tool["name"]: tool for tool in sorted(live.tools(plan.server), key=lambda tool: tool["name"])}
    graph = graphs_of(live, catalog, [plan.server], graphs)[plan.server]
    subject = Subject(live, catalog, plan.server, tools, graph, plan.seed)
    journal, file = Journal(plan, schema_hash(list(tools.values()))), cache_file(plan.caches, plan.server)
    if file.is_file() and journal.finished:
        return journal.finished
    for world in tqdm(plan.worlds, desc=f"record {plan.server}", unit="world"):
        if world not in journal.done:
            journal.add(world, *_world(subject, plan, world))
    kept = [_listing(live, plan.server, tool) for tool in live.tools(plan.server)]
    written = store(file, plan.server, plan.source, kept, journal.calls(), LEAVE_OUT_UNFIT)
    summary = _summary(plan, tools, journal)
    journal.finish([written, summary])
    return [written, summary]


def _listing(live: LiveServers, server: str, tool: dict[str, Any]) -> dict[str, Any]:
    """Only the text of an answer is known of a server that is not ours: whether it fits the output schema is not."""
    ours = server not in live.external or live.external[server].isolation == "session"
    return tool if ours else {word: part for word, part in tool.items() if word != "outputSchema"}


def _world(subject: Subject, plan: Plan, world: int) -> tuple[list[Recorded], Counts]:
    """The calls of one world, and how those of its rows came out."""
    notebook = Notebook(world)
    explorer = Explorer(subject, plan.effort, notebook)
    counted: Counter[str] = Counter()
    for truth in plan.rows.get(world, ()):
        counted += _replayed(subject, explorer, notebook, truth)
    explorer.run()
    counted["lost"] = notebook.lost
    return list(notebook.calls.values()), counted


def _replayed(subject: Subject, explorer: Explorer, notebook: Notebook, truth: GroundTruth) -> Counter[str]:
    """Notes the calls of a row, and counts where a cache answers otherwise than the live server did."""
    counted: Counter[str] = Counter()
    session = subject.live.open([subject.server], notebook.world)
    try:
        for call in (call for call in truth.calls if call.name in subject.tools):
            first = explorer.ask(call.name, call.arguments)
            result = session.call(call.name, call.arguments)
            kept = notebook.keep(call.name, call.arguments, result)
            counted["calls"] += 1
            counted["only in order"] += result.ok and not first.ok
            counted["changed"] += kept is not None and not _same(kept, result)
    finally:
        session.close()
    return counted


def _same(kept: Recorded, result: ToolResult) -> bool:
    return kept.error is not result.ok and kept.response == (said(result.output) if result.ok else result.output)


def _summary(plan: Plan, tools: Mapping[str, Any], journal: Journal) -> str:
    answered: Counter[str] = Counter(call.tool for call in journal.calls() if not call.error)
    silent = sorted(set(tools) - set(answered))
    text = f"{plan.server}: {len(answered)} of {len(tools)} tools answered without error"
    text += f" (not {', '.join(silent)})" if silent else ""
    rows = sum(len(truths) for truths in plan.rows.values())
    counts = journal.counts
    if rows:
        text += f"; {rows} rows, {counts['calls']} calls: {counts['only in order']} work only in the order of the row"
        text += f", {counts['changed']} are answered otherwise than live"
    return text + (f"; {counts['lost']} calls got no answer and are left out" if counts["lost"] else "")


class Journal:
    """Finished worlds, a block of lines each: CACHES/.SERVER-<hash of the plan>.jsonl. A block cut off is made again.

    {"world": 7, "counts": {…}, "calls": 212}     then so many lines of Recorded

    When the cache is written, .SERVER-<hash of the plan>.done with what was said of it takes its place.
    """

    def __init__(self, plan: Plan, schemas: str):
        given = repr((schemas, plan.server, plan.worlds, sorted(plan.rows.items()), plan.effort, plan.seed))
        digest = hashlib.sha256(given.encode()).hexdigest()[:16]
        self._file = Path(plan.caches) / f".{plan.server}-{digest}.jsonl"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._note = self._file.with_suffix(".done")
        self.done: dict[int, Counts] = {}
        self._good = 0
        for head, _, end in self._blocks():
            self.done[head["world"]], self._good = head["counts"], end

    @property
    def finished(self) -> list[str]:
        """What was said when this plan's cache was written; nothing if it was not."""
        return self._note.read_text(encoding="utf-8").splitlines() if self._note.is_file() else []

    @property
    def counts(self) -> Counter[str]:
        return sum((Counter(each) for each in self.done.values()), Counter())

    def add(self, world: int, calls: Sequence[Recorded], counts: Counts) -> None:
        head = json.dumps({"world": world, "counts": counts, "calls": len(calls)})
        block = "".join(f"{line}\n" for line in [head, *(call.line() for call in calls)]).encode()
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.truncate(self._good)
            file.seek(self._good)
            file.write(block)
        self._good += len(block)
        self.done[world] = counts

    def calls(self) -> Iterator[Recorded]:
        for _, calls, _ in self._blocks():
            yield from (Recorded(**json.loads(line)) for line in calls)

    def finish(self, said: Sequence[str]) -> None:
        """The note of this plan, in the place of its journal and of what is left of other plans for this server."""
        server = self._file.name.rpartition("-")[0]
        for file in self._file.parent.glob(f"{server}-????????????????.*"):
            file.unlink(missing_ok=True)
        write_whole(self._note, "\n".join(said) + "\n")

    def _blocks(self) -> Iterator[tuple[Mapping[str, Any], list[bytes], int]]:
        """Head, lines and end of every whole block."""
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            while block := _block(file):
                yield *block, file.tell()


def _block(file: Iterable[bytes]) -> tuple[Mapping[str, Any], list[bytes]] | None:
    try:
        head = json.loads(file.readline())  # type: ignore[attr-defined]
        lines = [file.readline() for _ in range(head["calls"])]  # type: ignore[attr-defined]
    except (ValueError, TypeError, KeyError):
        return None
    whole = all(line.endswith(b"\n") for line in lines)
    return (head, lines) if whole and "world" in head else None
