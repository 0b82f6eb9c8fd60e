"""Plays the ground truth while servers fail, and compares every episode with an undisturbed one.

    python -m experiments.chaos.run                                 every fault; conf: settings.yaml
    python -m experiments.chaos.run faults=[killed] episodes=200

results.csv: fault, transport, episodes, identical, crashed, wrong, recoveries, seconds, processes and handles left.
`seconds` less those of `none` is the time lost. The exit status is 1 if an episode was wrong or something was left.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import psutil
from omegaconf import OmegaConf

from experiments.chaos.faults import DROPPED, OF, spoilt, torment
from experiments.chaos.gold import play, rows_of
from experiments.chaos.proxy import dropping
from prove.benchmarks.items import Task
from prove.sessions import ServerPool

HERE = Path(__file__).parent
POOL = ("call_timeout", "start_timeout", "max_restarts", "rest")
SETTLE_S = 1.0  # that a killed process and a closed connection take to be gone


@dataclass(frozen=True)
class Found:
    fault: str
    transport: str
    episodes: int
    identical: int
    crashed: int
    wrong: int
    recoveries: int
    seconds: float
    processes_left: int
    handles_left: int


def settings() -> dict[str, Any]:
    """settings.yaml with the words of the command line; a word that it does not have is an error."""
    known = OmegaConf.load(HERE / "settings.yaml")
    OmegaConf.set_struct(known, True)
    return OmegaConf.to_container(OmegaConf.merge(known, OmegaConf.from_cli()))  # type: ignore[return-value]


@contextlib.asynccontextmanager
async def pool_of(cfg: dict[str, Any], fault: str, transport: str) -> AsyncIterator[ServerPool]:
    """A pool on servers that this fault can happen to."""
    names, options = cfg["servers"], {key: cfg[key] for key in POOL}
    async with contextlib.AsyncExitStack() as stack:
        external = spoilt(names, fault, cfg["faulty"])
        if fault == DROPPED:
            for name in names:
                url = await stack.enter_async_context(dropping(name, cfg["faulty"], random.Random(cfg["seed"])))
                external[name] = {"isolation": "session", "url": url}
        yield await stack.enter_async_context(ServerPool(names, transport, external=external, **options))


async def played(cfg: dict[str, Any], rows: Sequence[Task], pool: ServerPool, think: float) -> list[str | None]:
    """`episodes` of them, so many at once; outcomes in their order."""
    gate, rng = asyncio.Semaphore(cfg["concurrency"]), random.Random(cfg["seed"])

    async def one(number: int) -> str | None:
        async with gate:
            return await play(rows[number % len(rows)], pool, think, rng)

    return await asyncio.gather(*(one(number) for number in range(cfg["episodes"])))


async def undisturbed(cfg: dict[str, Any], rows: Sequence[Task]) -> list[str | None]:
    async with ServerPool(cfg["servers"], transport="inprocess") as pool:
        return await played(cfg, rows, pool, 0.0)


async def disturbed(
    cfg: dict[str, Any], rows: Sequence[Task], wanted: Sequence[str | None], fault: str, transport: str
) -> Found:
    me = psutil.Process()
    before, start = (len(me.children(recursive=True)), me.num_fds()), time.perf_counter()
    async with pool_of(cfg, fault, transport) as pool:
        await asyncio.gather(*(pool.tools(name) for name in cfg["servers"]))
        start = time.perf_counter()
        rng = random.Random(f"{cfg['seed']}:{fault}:{transport}")
        tormentor = asyncio.ensure_future(torment(pool, cfg["servers"], fault, cfg["every"], rng))
        outcomes = await played(cfg, rows, pool, cfg["think"])
        seconds = time.perf_counter() - start
        tormentor.cancel()
        recoveries = sum(pool.server(name).generation - 1 for name in cfg["servers"])
    await asyncio.sleep(SETTLE_S)
    left = (len(me.children(recursive=True)) - before[0], me.num_fds() - before[1])
    identical = sum(one == other for one, other in zip(outcomes, wanted, strict=True))
    crashed = outcomes.count(None)
    wrong = len(outcomes) - identical - crashed
    return Found(fault, transport, len(outcomes), identical, crashed, wrong, recoveries, round(seconds, 1), *left)


async def main() -> int:
    cfg = settings()
    rows = rows_of(Path(cfg["rows"]), cfg["servers"])
    wanted = await undisturbed(cfg, rows)
    found = []
    with Path(cfg["out"]).open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Found)])
        table.writeheader()
        for transport in cfg["transports"]:
            for fault in (name for name in OF[transport] if name in (cfg["faults"] or OF[transport])):
                found.append(await disturbed(cfg, rows, wanted, fault, transport))
                table.writerow(asdict(found[-1]))
                file.flush()
                print(" ".join(f"{key}={value}" for key, value in asdict(found[-1]).items()), flush=True)
    return int(any(one.wrong or one.processes_left > 0 or one.handles_left > 0 for one in found))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
