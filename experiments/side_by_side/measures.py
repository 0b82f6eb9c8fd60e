"""The figures of one competitor: repeats of each, as numbers; what they mean is in the unit.

start      seconds from nothing to the first answer          calls     per second, and their p50 and p99
episodes   per second: gold calls, every answer checked      open      ms from a new session to its first answer
fork       ms from a copy after some writes to its answer    memory    KiB that a session with some writes holds
sessions   with 1, 10, … of them open: calls per second, MiB in all
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import cycle
from time import perf_counter
from typing import Any

import psutil

from experiments.side_by_side.contest import Arena, NoFork, Session

WORLD = "banking"
MIB, KIB = 2**20, 2**10
Start = Callable[..., AbstractAsyncContextManager[Arena]]


@dataclass(frozen=True)
class Sample:
    """The repeats of one figure. `size` is what varies: calls in flight, sessions, rows, calls of an episode."""

    what: str
    size: int
    unit: str
    values: tuple[float, ...]
    note: str = ""


class Contest:
    """One competitor under one set of settings."""

    def __init__(self, start: Start, settings: dict[str, Any], episodes: Sequence[dict[str, Any]]):
        self.start, self.settings, self.episodes = start, settings, episodes

    async def measured(self, measure: str) -> list[Sample]:
        gc.collect()
        return [sample async for sample in MEASURES[measure](self)]

    def arena(self, worlds: Sequence[str] = (WORLD,)) -> AbstractAsyncContextManager[Arena]:
        return self.start(worlds, self.settings)

    async def open(self, arena: Arena) -> Session:
        return await arena.open(WORLD, self.settings["seed"])


async def started(contest: Contest) -> AsyncIterator[Sample]:
    seconds = []
    for number in range(contest.settings["repeats"]):
        begin = perf_counter()
        async with contest.arena() as arena:
            session = await arena.open(WORLD, contest.settings["seed"] + 1 + number)  # a world nobody has made yet
            await session.call("list_accounts", {})
            seconds.append(perf_counter() - begin)
            await session.close()
    yield Sample("start", 1, "s", tuple(seconds))


async def calls(contest: Contest) -> AsyncIterator[Sample]:
    async with contest.arena() as arena:
        for wanted in contest.settings["in_flight"]:
            width = min(wanted, arena.most or wanted)
            sessions = [await contest.open(arena) for _ in range(width)]
            call = await reading(sessions[0])
            await timed_calls(sessions, call, contest.settings["seconds"] / 5)
            runs = [await timed_calls(sessions, call, contest.settings["seconds"]) for _ in repeats(contest)]
            note = "" if width == wanted else f"{width} in flight"
            yield Sample("calls", wanted, "calls/s", tuple(len(times) / seconds for times, seconds in runs), note)
            for percent in (50, 99):
                values = tuple(percentile(times, percent) * 1000 for times, _ in runs)
                yield Sample(f"p{percent}", wanted, "ms", values, note)
            await asyncio.gather(*(session.close() for session in sessions))


async def timed_calls(sessions: Sequence[Session], call: tuple[str, dict[str, Any]], span: float) -> Any:
    """Seconds of each call, and of all, each session calling as soon as it is answered."""
    times: list[float] = []

    async def keep_on(session: Session) -> None:
        while (before := perf_counter()) < end:
            assert (await session.call(*call))[0]
            times.append(perf_counter() - before)
            await breath(len(times))

    begin = perf_counter()
    end = begin + span
    await asyncio.gather(*(keep_on(session) for session in sessions))
    return times, perf_counter() - begin


async def breath(count: int) -> None:
    """Lets the others begin, now and then: where no call waits they never would."""
    if count % 64 == 0:
        await asyncio.sleep(0)


async def episodes(contest: Contest) -> AsyncIterator[Sample]:
    async with contest.arena(contest.settings["worlds"]) as arena:
        width = min(max(contest.settings["in_flight"]), arena.most or 10**9)
        await play(arena, contest.episodes, width)
        values = []
        for _ in repeats(contest):
            begin = perf_counter()
            await play(arena, contest.episodes, width)
            values.append(len(contest.episodes) / (perf_counter() - begin))
    yield Sample("episodes", width, "episodes/s", tuple(values), f"{len(contest.episodes)} episodes")


async def play(arena: Arena, episodes: Sequence[dict[str, Any]], width: int) -> None:
    """Every episode in a session of its own, `width` side by side."""
    slots = asyncio.Semaphore(width)

    async def one(episode: dict[str, Any]) -> None:
        async with slots:
            session = await arena.open(episode["world"], episode["seed"])
            for call in episode["calls"]:
                check(episode, call, *await session.call(call["name"], call["arguments"]))
            await session.close()

    await asyncio.gather(*map(one, episodes))


def check(episode: dict[str, Any], call: dict[str, Any], ok: bool, text: str) -> None:
    """ValueError: the answer is not the recorded one, so that a competitor does not do the same work."""
    if ok != call["ok"] or ok and json.loads(text) != call["result"]:
        raise ValueError(f"{call['name']} of {episode['id']} is answered {text[:200]}, not {call['result']}"[:400])


async def opened(contest: Contest) -> AsyncIterator[Sample]:
    async with contest.arena() as arena:
        count = arena.most or contest.settings["opens"]

        async def one() -> float:
            begin = perf_counter()
            session = await contest.open(arena)
            await session.call("list_accounts", {})
            spent = perf_counter() - begin
            await session.close()
            return spent

        await one()
        values = [1000 * statistics.median([await one() for _ in range(count)]) for _ in repeats(contest)]
    yield Sample("open", 1, "ms", tuple(values))


async def forked(contest: Contest) -> AsyncIterator[Sample]:
    async with contest.arena() as arena:
        session = await written(contest, arena)
        try:
            values = [1000 * statistics.median(await forks(contest, session)) for _ in repeats(contest)]
            yield Sample("fork", contest.settings["writes"], "ms", tuple(values))
        except NoFork:
            yield Sample("fork", contest.settings["writes"], "ms", (), "has none")
        await session.close()


async def forks(contest: Contest, session: Session) -> list[float]:
    times = []
    for _ in range(contest.settings["opens"]):
        begin = perf_counter()
        twin = await session.fork()
        await twin.call("list_accounts", {})
        times.append(perf_counter() - begin)
        await twin.close()
    return times


async def memory(contest: Contest) -> AsyncIterator[Sample]:
    async with contest.arena() as arena:
        first = await written(contest, arena)
        count, values, held = arena.most or contest.settings["held"], [], [first]
        for _ in range(contest.settings["repeats"] if arena.most is None else 1):
            before = memory_of_all()
            held += [await written(contest, arena) for _ in range(count)]
            values.append((memory_of_all() - before) / count / KIB)
        await asyncio.gather(*(session.close() for session in held))
    yield Sample("memory", contest.settings["writes"], "KiB", tuple(values), f"mean of {count} sessions")


async def sessions(contest: Contest) -> AsyncIterator[Sample]:
    """Stops before a step that would need more memory or time than is allowed."""
    async with contest.arena() as arena:
        first = await contest.open(arena)
        crowd = Crowd(contest, arena, await reading(first), [first])
        for size in contest.settings["session_counts"]:
            if reason := crowd.too_much(size):
                yield Sample("sessions", size, "calls/s", (), reason)
                continue
            fresh = size - len(crowd.held)
            await crowd.grow(fresh)
            yield Sample("sessions", size, "calls/s", tuple([await crowd.calls_per_second() for _ in repeats(contest)]))
            if fresh:
                yield Sample("opening", size, "sessions/s", (1 / crowd.seconds,))
                yield Sample("held", size, "KiB a session", (crowd.bytes / KIB,))
        await asyncio.gather(*(session.close() for session in crowd.held))


@dataclass
class Crowd:
    """More and more open sessions, each of which has been called once."""

    contest: Contest
    arena: Arena
    call: tuple[str, dict[str, Any]]
    held: list[Session]
    seconds: float = 0.0
    bytes: float = 0.0
    """Of one session, in the step before."""

    async def grow(self, count: int) -> None:
        if not count:
            return
        before, begin = memory_of_all(), perf_counter()
        for _ in range(count):
            self.held.append(await self.contest.open(self.arena))
            await self.held[-1].call(*self.call)
        self.seconds = (perf_counter() - begin) / count
        self.bytes = (memory_of_all() - before) / count

    def too_much(self, size: int) -> str:
        """Why so many sessions are not opened, or nothing."""
        settings, fresh = self.contest.settings, size - len(self.held)
        if self.arena.most is not None and size > self.arena.most:
            return f"not run: at most {self.arena.most} side by side"
        if size * self.bytes > settings["most_mib"] * MIB:
            return f"not run: {size * self.bytes / MIB:,.0f} MiB expected"
        if fresh * self.seconds > settings["step_seconds"]:
            return f"not run: {fresh * self.seconds:,.0f} s of opening expected"
        return ""

    async def calls_per_second(self) -> float:
        """Each call goes to the next session; as many in flight as there are sessions, at most the widest."""
        lanes = min(len(self.held), max(self.contest.settings["in_flight"]))
        begin = perf_counter()
        counts = await asyncio.gather(*(self._lane(number, lanes, begin) for number in range(lanes)))
        return sum(counts) / (perf_counter() - begin)

    async def _lane(self, first: int, lanes: int, begin: float) -> int:
        count, end = 0, begin + self.contest.settings["seconds"] / 2
        for session in cycle(self.held[first::lanes]):
            if perf_counter() > end:
                break
            assert (await session.call(*self.call))[0]
            count += 1
            await breath(count)
        return count


async def written(contest: Contest, arena: Arena) -> Session:
    """A session after so many transfers."""
    session = await contest.open(arena)
    first, second = [account["account_id"] for account in await accounts(session)][:2]
    for _ in range(contest.settings["writes"]):
        arguments = {"from_account_id": first, "to_account_id": second, "amount": 0.01}
        assert (await session.call("transfer_between_accounts", arguments))[0]
    return session


async def reading(session: Session) -> tuple[str, dict[str, Any]]:
    """The call that is timed: one row by its id."""
    return "get_account", {"account_id": (await accounts(session))[0]["account_id"]}


async def accounts(session: Session) -> list[dict[str, Any]]:
    return json.loads((await session.call("list_accounts", {}))[1])["accounts"]


def memory_of_all() -> int:
    """Bytes that this process and its children have for themselves alone."""
    gc.collect()
    me = psutil.Process()
    return sum(process.memory_full_info().uss for process in (me, *me.children(recursive=True)))


def percentile(times: Sequence[float], percent: int) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def repeats(contest: Contest) -> range:
    return range(contest.settings["repeats"])


MEASURES: dict[str, Callable[[Contest], AsyncIterator[Sample]]] = {
    "start": started,
    "calls": calls,
    "episodes": episodes,
    "open": opened,
    "fork": forked,
    "memory": memory,
    "sessions": sessions,
}
