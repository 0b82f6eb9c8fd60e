"""Candidates to rows: chunks of candidates from worker processes or threads, near-duplicates out, up to the quota.

    for each split, for each stream: candidate 0, 1, 2, …  →  written?  →  not too similar to any kept?  →  row

Candidates are taken in the order of their indices, so the rows do not depend on how the work was split.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.synthesis.dataset import Written
from prove.synthesis.graphs import graphs_of
from prove.synthesis.live import LiveServers, in_process
from prove.synthesis.parts import Chunk, Parts, digest
from prove.synthesis.sampler import Catalog
from prove.synthesis.settings import settings_of
from prove.synthesis.similarity import Cap, Filter, elements, sequence
from prove.synthesis.teachers import teacher_of
from prove.synthesis.writer import STREAMS, Writer

SPARE = 8
"""Candidates per wanted row before a stream gives up."""
LEAST = 400


@dataclass
class Split:
    """One finished split: its examples, what was dropped by stage and reason, and the time by stage."""

    written: list[Written]
    dropped: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    short: dict[str, int] = field(default_factory=dict)
    """Streams that led to fewer rows than asked for: how many are missing."""

    @property
    def stages(self) -> dict[str, dict[str, int]]:
        """Stage -> reason -> how many were dropped."""
        table: dict[str, dict[str, int]] = {}
        for key, count in sorted(self.dropped.items()):
            stage, _, reason = key.partition(": ")
            table.setdefault(stage, {})[reason] = count
        return table


class Pipeline:
    """Writes the splits of a configuration (plain values, composed from conf/synthesize.yaml)."""

    def __init__(self, cfg: Mapping[str, Any], parts: Parts, imported: Mapping[str, Mapping[str, Sequence[Written]]]):
        """`imported`: split -> stream -> examples that come from files instead."""
        self._cfg = cfg
        self._parts = parts
        self._imported = imported
        self._filter = Filter(cfg["dedup"]["threshold"])
        self._cap = Cap(cfg["dedup"]["most_alike"]) if cfg["dedup"]["most_alike"] else None

    def run(self) -> dict[str, Split]:
        """Every split. Raises OSError for a full disk; finished chunks stay and the same configuration goes on."""
        with _pool(self._cfg) as pool:
            try:
                return {name: self._split(name, pool) for name in self._cfg["splits"]}
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _split(self, name: str, pool: Executor) -> Split:
        split = Split([])
        for stream in STREAMS:
            wanted = self._cfg["splits"][name].get(stream, 0)
            kept = list(self._imported.get(name, {}).get(stream, ())) or self._stream(name, stream, wanted, pool, split)
            if len(kept) < wanted:
                split.short[stream] = wanted - len(kept)
            split.written += kept
        if sum(self._cfg["splits"][name].get(stream, 0) > 0 for stream in STREAMS) > 1:
            random.Random(f"{self._cfg['seed']}:{name}:order").shuffle(split.written)
        return split

    def _stream(self, name: str, stream: str, wanted: int, pool: Executor, split: Split) -> list[Written]:
        kept: list[Written] = []
        if not wanted:
            return kept
        with tqdm(total=wanted, desc=f"{name} {stream}", unit="row") as bar:
            for one, lost in self._candidates(name, stream, wanted, kept, pool, split.seconds):
                split.dropped.update(lost)
                started = time.perf_counter()
                new = one is not None and self._new(one, split.dropped)
                split.seconds["near-duplicates"] += time.perf_counter() - started
                if one is not None and new:
                    kept.append(one)
                    bar.update()
                if len(kept) == wanted:
                    break
        return kept

    def _new(self, one: Written, dropped: Counter[str]) -> bool:
        if self._cap is not None and one.example.ground_truth.calls:
            if self._cap.full(sequence(one.example)):
                dropped["near-duplicate: same tools too often"] += 1
                return False
        if not self._filter.admit(elements(one.example)):
            dropped["near-duplicate: too similar"] += 1
            return False
        if self._cap is not None and one.example.ground_truth.calls:
            self._cap.admit(sequence(one.example))
        return True

    def _candidates(
        self, name: str, stream: str, wanted: int, kept: Sequence[Written], pool: Executor, seconds: Counter[str]
    ) -> Iterator[tuple[Written | None, Mapping[str, int]]]:
        """Candidates in order, a few chunks under way at once: never more candidates than rows are still missing."""
        workers, most = self._cfg["workers"], 2 * self._cfg["workers"]
        size = min(self._cfg["chunk"], max(1, wanted // workers))
        if served(self._cfg):  # what an endpoint wrote is saved at once, and it is kept busy
            size, most = 1, self._cfg["teacher"]["endpoint"]["concurrency"]
        ahead: deque[tuple[Future[Chunk], int]] = deque()
        first, last = 0, wanted * SPARE + LEAST
        try:
            while first < last or ahead:
                while first < last and len(ahead) < most and (room := self._room(wanted - len(kept), ahead)):
                    count = min(size, last - first, room)
                    ahead.append((self._start(name, stream, first, count, pool), count))
                    first += count
                yield from self._taken(ahead.popleft()[0], seconds)
        finally:
            for future, _ in ahead:
                future.cancel()

    def _room(self, missing: int, ahead: Sequence[tuple[Future[Chunk], int]]) -> int:
        """How many more candidates may be begun."""
        return max(0, missing - sum(count for _, count in ahead))

    def _taken(
        self, future: Future[Chunk], seconds: Counter[str]
    ) -> Iterator[tuple[Written | None, Mapping[str, int]]]:
        chunk = future.result()
        seconds.update(chunk.seconds)
        yield from zip(chunk.written, chunk.dropped, strict=True)

    def _start(self, name: str, stream: str, first: int, count: int, pool: Executor) -> Future[Chunk]:
        part = f"{name}-{stream}-{first:07d}"
        found = self._parts.load(part, count)
        if found is not None:
            done: Future[Chunk] = Future()
            done.set_result(found)
            return done
        return pool.submit(write_chunk, self._cfg, name, stream, first, count, self._parts, part)


def build_graphs(cfg: Mapping[str, Any]) -> None:
    """Builds the dependency graphs that are not in the cache yet, each in a worker process."""
    names = cfg["servers"]["names"] if cfg["chains"] else []
    with ProcessPoolExecutor(cfg["workers"], initializer=_end_with_parent, initargs=(os.getpid(),)) as pool:
        jobs = [pool.submit(_build_graph, cfg, name) for name in names]
        for job in tqdm(jobs, desc="dependency graphs", unit="server", disable=not jobs):
            job.result()


def _build_graph(cfg: Mapping[str, Any], name: str) -> None:
    live = _live(cfg)
    graphs_of(live, Catalog(live), [name], Path(cfg["graphs"]))


def write_chunk(
    cfg: Mapping[str, Any], split: str, stream: str, first: int, count: int, parts: Parts, part: str
) -> Chunk:
    """One worker's share: writes the candidates first, …, first + count - 1 and saves them."""
    writer = _writer(cfg, split)
    base, sharing = cfg["splits"][split]["first_seed"], cfg["rows_per_world"]
    written, dropped = [], []
    writer.seconds.clear()
    for index in range(first, first + count):
        writer.dropped.clear()
        written.append(writer.write(split, index, base + index // sharing, stream))
        dropped.append(dict(writer.dropped))
    chunk = Chunk(tuple(written), tuple(dropped), dict(writer.seconds))
    parts.save(part, chunk)
    return chunk


def check(cfg: Mapping[str, Any]) -> None:
    """Raises ValueError for what cannot be: shares, weights, worlds of two splits that overlap, servers unknown."""
    settings_of(cfg)
    Filter(cfg["dedup"]["threshold"])
    if cfg["format"] not in ("parquet", "jsonl"):
        raise ValueError(f"format={cfg['format']} is none of parquet, jsonl")
    for key in ("workers", "chunk", "rows_per_world"):
        if not isinstance(cfg[key], int) or cfg[key] < 1:
            raise ValueError(f"{key}={cfg[key]} must be a whole number from 1 on")
    for split, one in cfg["splits"].items():
        for key, count in one.items():
            if key not in ("first_seed", *STREAMS) or not isinstance(count, int) or count < 0:
                raise ValueError(f"splits.{split}.{key}={count} is no number of rows of {', '.join(STREAMS)}")
    _check_servers(cfg)
    strange = sorted(set(cfg["leave_domains_out"]) - set(cfg["servers"]["names"]))
    if strange:
        raise ValueError(f"leave_domains_out has {', '.join(strange)}, not among the servers of this run")
    if cfg["leave_domains_out"] and not servers_of(cfg, "train"):
        raise ValueError("leave_domains_out leaves no server to train on")
    spans = sorted(
        (one["first_seed"], one["first_seed"] + _worlds(one, cfg), name) for name, one in cfg["splits"].items()
    )
    for (_, end, name), (start, _, other) in itertools.pairwise(spans):
        if start < end:
            raise ValueError(f"world seeds of {name} and {other} overlap at {start}")


def _check_servers(cfg: Mapping[str, Any]) -> None:
    names = cfg["servers"]["names"]
    known = {*import_module("servers.host").server_names(), *(cfg["servers"].get("external") or {})}
    if not names:
        raise ValueError("servers.names is empty")
    if strange := [name for name in names if name not in known]:
        raise ValueError(f"no server {strange[0]}; there are {', '.join(sorted(known))}")


def _worlds(split: Mapping[str, Any], cfg: Mapping[str, Any]) -> int:
    """How many worlds the candidates of a split may come to."""
    most = max(split.get(stream, 0) for stream in STREAMS) * SPARE + LEAST
    return -(-most // cfg["rows_per_world"])


def served(cfg: Mapping[str, Any]) -> bool:
    """Whether a model behind an endpoint writes or rewords."""
    return cfg["teacher"]["kind"] != "scripted"


def servers_of(cfg: Mapping[str, Any], split: str) -> list[str]:
    """The servers of a split: held-out rows have all of them, the others all that are not left out."""
    left_out = () if split == "heldout" else cfg["leave_domains_out"]
    return [name for name in cfg["servers"]["names"] if name not in left_out]


_own = threading.local()
_shared: dict[str, LiveServers] = {}
_starting = threading.Lock()


def _writer(cfg: Mapping[str, Any], split: str) -> Writer:
    """This thread's writer for the servers of a split; the live servers are those of the process."""
    names = servers_of(cfg, split)
    writers = _own.__dict__.setdefault("writers", {})
    key = (digest(cfg), tuple(names))
    if key not in writers:
        attempts = cfg["teacher"].get("attempts", cfg["attempts"])
        settings = settings_of({**cfg, "attempts": attempts})
        writers[key] = Writer(_live(cfg), settings, cfg["seed"], names, teacher_of(cfg))
    return writers[key]


def _live(cfg: Mapping[str, Any]) -> LiveServers:
    with _starting:
        if "live" not in _shared:
            _shared["live"] = in_process(cfg["servers"]).__enter__()
            Finalize(None, _close, exitpriority=1)  # a worker process does not run what atexit knows
        return _shared["live"]


def _close() -> None:
    with _starting:
        if live := _shared.pop("live", None):
            live.__exit__()
    _own.__dict__.clear()


@contextmanager
def _pool(cfg: Mapping[str, Any]) -> Iterator[Executor]:
    """Processes for the scripted teacher, which computes; threads for one that waits for an endpoint."""
    if served(cfg):
        with ThreadPoolExecutor(cfg["teacher"]["endpoint"]["concurrency"]) as threads:
            try:
                yield threads
            finally:
                threads.shutdown(cancel_futures=True)
                _close()
    else:
        with ProcessPoolExecutor(cfg["workers"], initializer=_end_with_parent, initargs=(os.getpid(),)) as processes:
            yield processes


def _end_with_parent(parent: int) -> None:
    """A worker whose parent was killed would wait for work for ever. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
