"""Verifies files of stored episodes, side by side in processes; each has its own servers and worlds.

files --lines--> jobs --judge, in `jobs` processes--> Found(place, Verdict), in the order of the files
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import TextIO

from tqdm import tqdm

from prove.replay.known import Known
from prove.replay.pools import Pools
from prove.replay.verdict import CANNOT, DIFFERS, VERIFIED, Verdict, judge
from prove.stored import BadLine

CHUNK = 64
"""Lines that a process takes at once."""
CHUNKS_KEPT = 8
"""Chunks of a process before another one takes its place: a world that was made stays, about 1 MB each."""
_knowledge: dict[str, Known] = {}


@dataclass(frozen=True)
class Line:
    file: str
    number: int
    text: bytes

    @property
    def place(self) -> str:
        return f"{self.file}:{self.number}"


@dataclass
class Tally:
    """How the lines came out: how many of each kind, and the reasons why some cannot be verified."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((VERIFIED, DIFFERS, CANNOT), 0))
    reasons: dict[str, list[str]] = field(default_factory=dict)
    """Reason -> places."""
    bad: int = 0

    def add(self, place: str, verdict: Verdict) -> None:
        self.counts[verdict.kind] += 1
        if verdict.kind == CANNOT:
            self.reasons.setdefault(verdict.told[0], []).append(place)

    @property
    def status(self) -> int:
        """The exit status: 2 for what is no episode, 1 for what differs, else 0."""
        return 2 if self.bad else 1 if self.counts[DIFFERS] else 0

    def __str__(self) -> str:
        lines = [f"{count} {kind}" for kind, count in self.counts.items()]
        text = ", ".join([*lines, *([f"{self.bad} no episodes"] if self.bad else [])])
        told = [f"  {len(places)}: {reason} (first: {places[0]})" for reason, places in self.reasons.items()]
        return "\n".join([text, *told])


def verify(lines: Sequence[Line], knowledge: Mapping[str, Known], jobs: int, out: TextIO, err: TextIO) -> Tally:
    """Differences go to `out`, what is no episode and a progress bar to `err`."""
    tally = Tally()
    with tqdm(total=len(lines), unit="episode", file=err, disable=None) as bar:
        for line, verdict in _judged(lines, knowledge, jobs):
            bar.update()
            if isinstance(verdict, str):
                tally.bad += 1
                bar.write(f"{line.place}: {verdict}", file=err)
                continue
            tally.add(line.place, verdict)
            for difference in verdict.told if verdict.kind == DIFFERS else ():
                bar.write(f"{line.place}: {difference}", file=out)
    return tally


def _judged(lines: Sequence[Line], knowledge: Mapping[str, Known], jobs: int) -> Iterator[tuple[Line, Verdict | str]]:
    """A text is what is wrong with a line that is no episode."""
    source = iter(lines)
    chunks = list(iter(lambda: tuple(islice(source, CHUNK)), ()))
    if jobs == 1:
        _begin(knowledge)
        found = map(_judge_all, chunks)
        yield from ((line, verdict) for chunk in found for line, verdict in chunk)
        return
    options = {"mp_context": get_context("spawn"), "max_tasks_per_child": CHUNKS_KEPT}
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(knowledge,), **options) as processes:
        for chunk in processes.map(_judge_all, chunks):
            yield from chunk


def _begin(knowledge: Mapping[str, Known]) -> None:
    _knowledge.clear()
    _knowledge.update(knowledge)


def _judge_all(lines: Sequence[Line]) -> list[tuple[Line, Verdict | str]]:
    return asyncio.run(_judge_each(lines))


async def _judge_each(lines: Sequence[Line]) -> list[tuple[Line, Verdict | str]]:
    async with Pools() as pools:
        return [(line, await _judge(line, _knowledge[line.file], pools)) for line in lines]


async def _judge(line: Line, known: Known, pools: Pools) -> Verdict | str:
    try:
        return await judge(line.text, known, partial(pools.open, known))
    except BadLine as error:
        return str(error)
