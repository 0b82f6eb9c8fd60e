"""What the environment costs: ratios measured in one run, so that a busy machine shifts both sides.

python -m experiments.throughput.bench [--run runs/NAME]
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import gc
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from prove.reward_files import load_weights
from prove.rewards.prove import score
from prove.sessions import ServerPool
from prove.types import ExecutedCall, GroundTruth, Step, ToolCall
from servers.host import Host

HERE = Path(__file__).parent
rows: list[tuple[str, float, str, str]] = []


def report(what: str, value: float, unit: str, note: str = "") -> float:
    rows.append((what, value, unit, note))
    print(f"{what:<58}{value:>12,.2f} {unit:<12}{note}", flush=True)
    return value


def each(work: Callable[[], object], repeats: int, times: int = 5) -> float:
    """Median seconds of one execution."""
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        for _ in range(repeats):
            work()
        spans.append((time.perf_counter() - start) / repeats)
    return statistics.median(spans)


def in_process() -> None:
    host = Host("banking")
    host.open("a", 7)
    state = host.state("a")
    first, second = [account.account_id for account in state.accounts][:2]
    pairs = {
        "get_account": {"account_id": first},
        "find_payee": {"name": next(iter(state.payees)).name},
        "search_transactions": {"account_id": first},
        "transfer_between_accounts": {"from_account_id": first, "to_account_id": second, "amount": 0.01},
    }
    for name, arguments in pairs.items():
        run = host.tools[name].run
        plain = each(lambda run=run, arguments=arguments: run(state, **arguments), 4000)
        whole = each(lambda name=name, arguments=arguments: host.call("a", name, arguments), 4000)
        report(f"{name}: plain function", 1 / plain, "calls/s")
        report(f"{name}: in-process call (strict decode, JSON text)", 1 / whole, "calls/s")
        report(f"{name}: in-process / plain", whole / plain, "x time", "aim <= 4")


def sessions() -> None:
    host = Host("banking")
    host.open("a", 7)
    state = host.state("a")
    first, second = [account.account_id for account in state.accounts][:2]
    arguments = {"from_account_id": first, "to_account_id": second, "amount": 0.01}
    for _ in range(20):
        host.call("a", "transfer_between_accounts", arguments)
    report("open a session", each(lambda: host.open("b", 7), 5000) * 1e6, "us", "aim <= 10")
    report("fork after 20 writes", each(lambda: host.fork("a", "b"), 5000) * 1e6, "us", "aim <= 10")
    report("diff after 20 writes", each(lambda: host.state("a").diff(), 500) * 1e6, "us")
    report("hash after 20 writes", each(lambda: host.hash("a"), 500) * 1e6, "us")
    report("generate a world", each(lambda: host._base.__wrapped__(8), 5) * 1e3, "ms", "aim <= 50")
    gc.collect()
    before = resident()
    for number in range(10_000):
        host.open(f"s{number}", 7)
        for _ in range(20):
            host.call(f"s{number}", "transfer_between_accounts", arguments)
    report("10,000 sessions of 20 writes", (resident() - before) / 2**20, "MB", "aim <= 500")


def resident() -> float:
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


async def pooled(transport: str, concurrency: int, calls: int) -> float:
    """Calls per second through the pool, every session with its own world."""
    async with ServerPool(["banking"], transport=transport) as pool:
        opened = [await pool.open(["banking"], 7) for _ in range(concurrency)]
        account = json.loads((await opened[0].call("list_accounts", {})).output)["accounts"][0]["account_id"]

        async def one(session) -> None:
            for _ in range(calls // concurrency):
                assert (await session.call("get_account", {"account_id": account})).ok

        await asyncio.gather(*(one(session) for session in opened))
        start = time.perf_counter()
        await asyncio.gather(*(one(session) for session in opened))
        return calls // concurrency * concurrency / (time.perf_counter() - start)


async def stock(target: object, concurrency: int, calls: int) -> float:
    """Calls per second through the SDK's client and server."""
    account = next(iter(Host("banking", 7).state(None).accounts)).account_id
    async with Client(target) as client:  # type: ignore[arg-type]

        async def some() -> None:
            for _ in range(calls // concurrency):
                await client.call_tool("get_account", {"account_id": account})

        await some()
        start = time.perf_counter()
        await asyncio.gather(*(some() for _ in range(concurrency)))
        return calls // concurrency * concurrency / (time.perf_counter() - start)


def stock_stdio() -> object:
    command = [sys.executable, ["-m", "experiments.throughput.stock"]]
    return stdio_client(StdioServerParameters(command=command[0], args=command[1], env=dict(os.environ)))


async def stock_http(concurrency: int, calls: int, port: int = 18765) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "experiments.throughput.stock",
        str(port),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _listening(port)
        return await stock(f"http://127.0.0.1:{port}/mcp", concurrency, calls)
    finally:
        process.terminate()
        await process.wait()


async def _listening(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def transports() -> None:
    def run(work: Callable[[], Awaitable[float]]) -> float:
        return asyncio.run(work())  # type: ignore[arg-type]

    for concurrency in (1, 64):
        own = report(
            f"stdio, {concurrency} in flight: ours", run(lambda c=concurrency: pooled("stdio", c, 4000)), "calls/s"
        )
        other = report(
            f"stdio, {concurrency} in flight: stock client and server",
            run(lambda c=concurrency: stock(stock_stdio(), c, 1000)),
            "calls/s",
        )
        report(f"stdio, {concurrency} in flight: ours / stock", own / other, "x speed", "aim >= 3")
        own = report(
            f"http, {concurrency} in flight: ours", run(lambda c=concurrency: pooled("http", c, 2000)), "calls/s"
        )
        other = report(
            f"http, {concurrency} in flight: stock client and server",
            run(lambda c=concurrency: stock_http(c, 800)),
            "calls/s",
        )
        report(f"http, {concurrency} in flight: ours / stock", own / other, "x speed")


def reward() -> None:
    steps = [ToolCall(f"tool{i}", {"a": i, "b": str(i)}) for i in range(4)]
    truth = GroundTruth(tuple(Step((call,)) for call in steps), ((0, 1), (1, 2), (2, 3)), (0,) * 4)
    functions = [
        {"type": "function", "function": {"name": call.name, "parameters": {"type": "object", "required": ["a"]}}}
        for call in steps
    ]
    made = [ExecutedCall(call.name, call.arguments, True) for call in (*steps, steps[0])]
    weights = load_weights("prove")
    report("reward", 1 / each(lambda: score(made, truth, functions, weights), 500), "episodes/s")


def step_of(run: Path) -> None:
    """Where the seconds of a GRPO step went, from a run's metrics."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if "timing_s/step" in line][1:]
    total = statistics.median(line["timing_s/step"] for line in steps)
    report(f"GRPO step ({run.name}, median of {len(steps)})", total, "s")
    for key in sorted({key for line in steps for key in line if key.startswith("timing_s/")}):
        values = [line[key] for line in steps if key in line]
        if key != "timing_s/step" and statistics.median(values) > 0.005 * total:
            report(f"  {key.removeprefix('timing_s/')}", 100 * statistics.median(values) / total, "% of step")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="a run folder: adds where its steps' seconds went")
    parser.add_argument("--out", type=Path, default=HERE / "results.csv")
    options = parser.parse_args()
    for part in (in_process, sessions, reward, transports):
        part()
    if options.run:
        step_of(options.run)
    with options.out.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("what", "value", "unit", "note"))
        writer.writerows((what, f"{value:.4g}", unit, note) for what, value, unit, note in rows)


if __name__ == "__main__":
    main()
