"""Every world alone: readiness of all of them, then rows, seconds of generation, calls per second and memory of each.

python -m experiments.throughput.worlds
"""

from __future__ import annotations

import asyncio
import csv
import json
import random
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
from mcp import Client

from prove.sessions import ServerPool
from servers.host import Host, server_names
from servers.probe import Look, NothingToAsk, Reference

HERE = Path(__file__).parent
SEEDS = range(20)
ROUNDS = 40
MIB = 1024 * 1024


async def ready_as_processes() -> float:
    """Seconds until each world, in a process of its own, has listed its tools and answered from a session."""
    start = time.perf_counter()
    async with ServerPool(server_names()) as pool:
        session = await pool.open(server_names(), seed=1)
        hashes = await session.hash()
        assert all(hashes.values())
        return time.perf_counter() - start


async def ready_in_one_process() -> tuple[float, float]:
    """Seconds until `servers all --http` has listed every tool; its memory in MiB."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "servers", "all", "--http", "127.0.0.1:0", "--until-eof"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        for _ in server_names():
            url = process.stdout.readline().strip()
            async with Client(url) as client:
                assert (await client.list_tools()).tools
        return time.perf_counter() - start, psutil.Process(process.pid).memory_info().rss / MIB
    finally:
        process.kill()
        process.wait()


def memory_of_process(server: str) -> float:
    """MiB of a process that serves this world alone, one session open."""

    async def measure() -> float:
        async with ServerPool([server]) as pool:
            session = await pool.open([server], seed=1)
            await session.hash()
            link = await pool.server(server).up()
            return psutil.Process(link.pid).memory_info().rss / MIB  # type: ignore[attr-defined]

    return asyncio.run(measure())


def calls_of(host: Host, seed: int) -> list[tuple[str, dict[str, Any]]]:
    """One call of every tool, as a user would ask for it in this world."""
    probes = import_module(f"servers.{host.name}.probes")
    calls = []
    for tool in host.tools:
        host.open("probe", seed)
        look = Look(lambda name, given: _read(host, name, given), random.Random(f"{tool}:{seed}"), seed)
        try:
            asked = getattr(probes, tool)(look)
            calls.append((tool, {name: _resolved(host, value) for name, value in asked.items()}))
        except NothingToAsk:
            continue
    return calls


def _read(host: Host, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    outcome = host.call("probe", tool, arguments)
    return json.loads(outcome.text) if outcome.ok else {}


def _resolved(host: Host, value: Any) -> Any:
    if not isinstance(value, Reference):
        return value
    result: dict[str, Any] = {}
    for lookup in value.path:
        result = _read(host, lookup.tool, lookup.arguments)
    return value.id or result.get(value.field)


def calls_per_second(host: Host) -> float:
    """Of a mix of all tools, each in a fresh session, in this process; opening the session is not counted."""
    calls, seconds = calls_of(host, 1) * ROUNDS, 0.0
    for tool, arguments in calls:
        host.open("timed", 1)
        start = time.perf_counter()
        host.call("timed", tool, arguments)
        seconds += time.perf_counter() - start
    return len(calls) / seconds


def generation(server: str) -> tuple[float, float]:
    """Mean rows and milliseconds of a world."""
    generate = import_module(f"servers.{server}").generate
    generate(0)
    start = time.perf_counter()
    bases = [generate(seed) for seed in SEEDS]
    milliseconds = (time.perf_counter() - start) * 1000 / len(SEEDS)
    return sum(len(rows) for base in bases for rows in base.tables.values()) / len(SEEDS), milliseconds


def main() -> None:
    processes = asyncio.run(ready_as_processes())
    together, memory = asyncio.run(ready_in_one_process())
    print(f"{len(server_names())} worlds ready as processes: {processes:.2f} s (aim < 6)")
    print(f"{len(server_names())} worlds ready in one process: {together:.2f} s (aim < 2), {memory:.0f} MiB\n")
    rows = []
    for server in server_names():
        host = Host(server)
        count, milliseconds = generation(server)
        speed = calls_per_second(host)
        rows.append((server, len(host.tools), count, milliseconds, speed, memory_of_process(server)))
    print("| world | tools | rows | generation, ms | calls/s in process | process, MiB |\n|---|---|---|---|---|---|")
    for server, tools, count, milliseconds, speed, mib in rows:
        print(f"| {server} | {tools} | {count:.0f} | {milliseconds:.1f} | {speed:,.0f} | {mib:.0f} |")
    with (HERE / "worlds.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("world", "tools", "rows", "generation_ms", "calls_per_second", "process_mib"))
        writer.writerows((*row[:2], *(round(value, 2) for value in row[2:])) for row in rows)


if __name__ == "__main__":
    main()
