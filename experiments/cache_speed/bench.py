"""Look-ups, memory and opening of a cache, beside JSON that is loaded into a dict.

nice -n 19 python -m experiments.cache_speed.bench [--sizes 100000 1000000] [--folder data/cache_speed]

Every measurement is a process of its own. Times are CPU seconds, so that other work on the machine does not count; over
stdio those of client and server together.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from experiments.cache_speed.made import call, lines, missed

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HITS, MISSES, CALLS = 20_000, 1_000, 4_000
SPARE = 2.0
"""A dict is loaded only where so many times its expected memory is free: other work must not be pushed out."""
PER_BYTE = {"dict of text": 2.0, "dict of objects": 7.0}
"""Memory expected per byte of the JSON file."""
Row = tuple[int, str, str, float, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, default=Path("data/cache_speed"))
    parser.add_argument("--one", nargs=3, metavar=("WHAT", "FILE", "SIZE"), help="one measurement, in this process")
    options = parser.parse_args()
    if options.one:
        what, file, size = options.one
        print(json.dumps(ONE[what](Path(file), int(size))))
        return
    rows: list[Row] = []
    options.folder.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        _size(options.folder, size, rows)
        with (HERE / "results.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("responses", "store", "measure", "value", "unit"), *rows])


def _size(folder: Path, size: int, rows: list[Row]) -> None:
    cache, text = folder / f"speed{size}.sqlite", folder / f"speed{size}.json"
    seconds = _written(cache, size)
    if not text.exists():
        _as_json(text, cache)
    _report(rows, size, "cache", "file", cache.stat().st_size / 1e6, "MB")
    _report(rows, size, "JSON", "file", text.stat().st_size / 1e6, "MB")
    _report(rows, size, "cache", "write, with every check", seconds, "CPU s")
    for what, file in (("cache", cache), ("stdio", cache), ("dict of text", text), ("dict of objects", text)):
        if what in PER_BYTE and SPARE * PER_BYTE[what] * file.stat().st_size > _free():
            print(f"{size:>9} {what:<16} not run: less than {SPARE:g} times its expected memory is free", flush=True)
            continue
        for measure, value, unit in _apart(what, file, size):
            _report(rows, size, what, measure, value, unit)


def _report(rows: list[Row], size: int, store: str, measure: str, value: float, unit: str) -> None:
    rows.append((size, store, measure, float(f"{value:.4g}"), unit))
    print(f"{size:>9} {store:<16} {measure:<44} {value:>12,.1f} {unit}", flush=True)


def _written(file: Path, size: int) -> float:
    """CPU seconds of the program that writes caches, kept beside the file for another run."""
    spent = file.with_suffix(".seconds")
    if file.exists():
        return float(spent.read_text())
    before, part = os.times(), file.with_suffix(".part")
    command = [sys.executable, "-m", "servers.recorded", "write", part]
    writer = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    assert writer.stdin is not None
    for line in lines(size):
        writer.stdin.write(line + b"\n")
    writer.stdin.close()
    if writer.wait():
        sys.exit("no cache was written")
    after = os.times()
    spent.write_text(str(after.children_user + after.children_system - before.children_user - before.children_system))
    part.replace(file)  # not before: the writer takes it for the end of the calls if this process is killed
    return float(spent.read_text())


def _as_json(file: Path, cache: Path) -> None:
    """The same responses as one JSON object, a line each: `"key": response`."""
    part = file.with_suffix(".json.part")
    opened = sqlite3.connect(cache)
    with part.open("w", encoding="utf-8") as out:
        for number, (tool, key, response) in enumerate(opened.execute("SELECT tool, key, response FROM responses")):
            out.write(f"{',' if number else '{'}\n{json.dumps(tool + key)}: {response}")
        out.write("\n}\n")
    opened.close()
    part.replace(file)


def _key(tool: str, arguments: dict[str, Any]) -> str:
    return tool + json.dumps(arguments, sort_keys=True, separators=(",", ":"))


def _apart(what: str, file: Path, size: int) -> list[tuple[str, float, str]]:
    """A measurement in a fresh process."""
    words = [sys.executable, "-m", "experiments.cache_speed.bench", "--one", what, str(file), str(size)]
    return json.loads(subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def of_cache(file: Path, size: int) -> list[tuple[str, float, str]]:
    from servers.recorded.world import RecordedServer

    bare, opening = _memory(), process_time()
    server = RecordedServer(file)
    opened = process_time() - opening
    world, rng, tools = server.open(0), random.Random(size), server.tools
    key = [json.dumps(call(rng.randrange(size))[1], sort_keys=True, separators=(",", ":")) for _ in range(HITS)]
    names = ["hotel_details" if "hotel_id" in each else "search_hotels" for each in key]
    found = _each(lambda n: server.cache.find(names[n], 0, key[n]), HITS)
    hits = [call(rng.randrange(size)) for _ in range(HITS)]
    answered = _each(lambda n: server.call(tools[hits[n][0]], world, hits[n][1]).ok, HITS)
    misses = [missed(rng.randrange(size)) for _ in range(MISSES)]
    refused = _each(lambda n: not server.call(tools[misses[n][0]], world, misses[n][1]).ok, MISSES)
    after = _memory()
    return [
        ("open", opened * 1000, "CPU ms"),
        ("look-up by key", 1 / found, "/CPU s"),
        ("call, arguments checked: hit", 1 / answered, "/CPU s"),
        ("call, arguments checked: miss, three nearest", 1 / refused, "/CPU s"),
        ("own memory, more than before", (after["Anonymous"] - bare["Anonymous"]) / 1e6, "MB"),
        ("pages of the file in memory, shared", (after["Rss"] - after["Anonymous"]) / 1e6, "MB"),
    ]


def of_text(file: Path, size: int) -> list[tuple[str, float, str]]:
    """key -> response as text: what could be sent as it is."""
    return _of_dict(file, size, _text_by_key)


def of_objects(file: Path, size: int) -> list[tuple[str, float, str]]:
    """key -> response as Python objects: json.load."""
    return _of_dict(file, size, lambda file: json.loads(file.read_bytes()))


def _text_by_key(file: Path) -> dict[str, str]:
    found = {}
    with file.open(encoding="utf-8") as opened:
        for line in opened:
            if line.startswith('"'):
                key, end = json.decoder.scanstring(line, 1)
                found[key] = line[end + 2 :].rstrip(",\n")
    return found


def _of_dict(file: Path, size: int, load: Callable[[Path], dict[str, Any]]) -> list[tuple[str, float, str]]:
    bare, opening = _memory(), process_time()
    loaded = load(file)
    opened = process_time() - opening
    after = _memory()
    assert len(loaded) == size
    rng = random.Random(size)
    keys = [_key(*call(rng.randrange(size))) for _ in range(HITS)]
    found = _each(lambda n: loaded[keys[n]] is not None, HITS)
    return [
        ("open", opened * 1000, "CPU ms"),
        ("look-up by key", 1 / found, "/CPU s"),
        ("own memory, more than before", (after["Anonymous"] - bare["Anonymous"]) / 1e6, "MB"),
    ]


def over_stdio(file: Path, size: int) -> list[tuple[str, float, str]]:
    return asyncio.run(_over_stdio(file, size))


async def _over_stdio(file: Path, size: int) -> list[tuple[str, float, str]]:
    from prove.sessions import ServerPool

    words = ["{python}", "-m", "servers", file.stem, "--recorded", "--control", "--caches", str(file.parent)]
    rng = random.Random(size + 1)
    options = {"isolation": "session", "command": words}
    async with ServerPool([file.stem], external={file.stem: options}, start_timeout=120, call_timeout=60) as pool:
        sessions = [await pool.open([file.stem], seed=0) for _ in range(64)]
        server = (await pool.server(file.stem).up()).pid
        ready = _spent(server)
        await asyncio.gather(*(session.call(*call(0)) for session in sessions))
        alone = await _calls(server, sessions[:1], [call(rng.randrange(size)) for _ in range(CALLS // 4)])
        hits = await _calls(server, sessions, [call(rng.randrange(size)) for _ in range(CALLS)])
        misses = await _calls(server, sessions, [missed(rng.randrange(size)) for _ in range(CALLS // 8)], ok=False)
    return [
        ("start of the server process", ready * 1000, "CPU ms"),
        ("hit, 1 session", 1 / alone, "/CPU s"),
        ("hit, 64 sessions", 1 / hits, "/CPU s"),
        ("miss, 64 sessions", 1 / misses, "/CPU s"),
    ]


async def _calls(server: int, sessions: list[Any], calls: list[tuple[str, dict[str, Any]]], ok: bool = True) -> float:
    """CPU seconds a call, of client and server together, the sessions working side by side."""

    async def play(number: int) -> bool:
        return all([(await sessions[number].call(*each)).ok is ok for each in calls[number :: len(sessions)]])

    start = process_time() + _spent(server)
    right = await asyncio.gather(*(play(number) for number in range(len(sessions))))
    assert all(right)
    return (process_time() + _spent(server) - start) / len(calls)


def _spent(process: int) -> float:
    """CPU seconds of another process so far, to a hundredth."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _each(work: Callable[[int], Any], times: int) -> float:
    """CPU seconds of one execution, once through to warm up; every execution must give something true."""
    for number in range(times // 10):
        work(number)
    start = process_time()
    right = [bool(work(number)) for number in range(times)]
    spent = (process_time() - start) / times
    assert all(right)
    return spent


def _memory() -> dict[str, int]:
    """Bytes of this process: Rss with shared pages, Anonymous its own."""
    fields = (line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return {name.rstrip(":"): int(size) * 1024 for name, size, *_ in fields}


def _free() -> int:
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable"))
    return int(line.split()[1]) * 1024


ONE: dict[str, Callable[[Path, int], list[tuple[str, float, str]]]] = {
    "cache": of_cache,
    "stdio": over_stdio,
    "dict of text": of_text,
    "dict of objects": of_objects,
}

if __name__ == "__main__":
    main()
