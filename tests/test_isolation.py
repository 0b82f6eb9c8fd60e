"""Sessions never see each other, and a world is a function of its seed and its calls: nothing else."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prove.sessions import ServerPool, Session

SERVERS = ["banking", "calendar", "food_delivery"]
WORDS = ("weekly", "lunch", "2026-03-14", "09:30", "2026-04-01T10:00", "Berlin", "note", "", "XX-1")


class Caller:
    """Invents plausible calls from the schemas, with ids and names that the world itself has shown."""

    def __init__(self, tools: list[dict[str, Any]], rng: random.Random):
        self._tools = tools
        self._rng = rng
        self._seen: dict[str, list[Any]] = {}

    async def script(self, session: Session, length: int) -> list[tuple[str, dict[str, Any]]]:
        """A list of calls, invented while running them on a session."""
        calls = [(tool["name"], {}) for tool in self._tools if not tool["inputSchema"].get("required")][:4]
        for number in range(length):
            if number >= len(calls):
                calls.append(self._invent())
            result = await session.call(*calls[number])
            self._learn(json.loads(result.output))
        return calls[:length]

    def _invent(self) -> tuple[str, dict[str, Any]]:
        tool = self._rng.choice(self._tools)
        schema = tool["inputSchema"]
        required = schema.get("required", ())
        given = {
            name: self._value(name, part, schema)
            for name, part in schema["properties"].items()
            if name in required or self._rng.random() < 0.3
        }
        return tool["name"], given

    def _value(self, name: str, part: dict[str, Any], schema: dict[str, Any]) -> Any:
        if "$ref" in part:
            part = schema["$defs"][part["$ref"].rpartition("/")[2]]
        if "anyOf" in part:
            part = self._rng.choice(part["anyOf"])
        if "enum" in part:
            return self._rng.choice(part["enum"])
        seen = self._seen.get(name) or self._seen.get(name.rpartition("_")[2])
        if part.get("type") == "string":
            suffix = [value for key, values in self._seen.items() if name.endswith(key) for value in values]
            return self._rng.choice(seen or suffix or WORDS)
        return self._of_type(part, schema)

    def _of_type(self, part: dict[str, Any], schema: dict[str, Any]) -> Any:
        kind = part.get("type")
        if kind == "integer":
            return self._rng.randint(part.get("minimum", 0), min(part.get("maximum", 9), 9))
        if kind == "number":
            return round(self._rng.uniform(1, 60), 2)
        if kind == "array":
            return [self._value("item", part.get("items", {}), schema)]
        if kind == "object":
            return {name: self._value(name, inner, schema) for name, inner in part.get("properties", {}).items()}
        return self._rng.choice([None, True, False])

    def _learn(self, output: Any) -> None:
        if isinstance(output, list):
            for item in output:
                self._learn(item)
        elif isinstance(output, dict):
            for key, value in output.items():
                self._learn(value)
                if isinstance(value, str | int | float):
                    self._seen.setdefault(key, []).append(value)


async def scripts(pool: ServerPool, server: str, seeds: list[int], length: int, rng: random.Random):
    """One random script per seed, and what it gives when it runs alone."""
    tools, alone = await pool.tools(server), []
    for seed in seeds:
        explorer = await pool.open([server], seed)
        calls = await Caller(tools, rng).script(explorer, length)
        await explorer.close()
        alone.append((calls, await run(await pool.open([server], seed), calls)))
    return alone


async def run(session: Session, calls) -> tuple[list[tuple[bool, str]], dict[str, str]]:
    outputs = []
    for name, arguments in calls:
        result = await session.call(name, arguments)
        outputs.append((result.ok, result.output))
    return outputs, await session.hash()


async def interleaved(pool: ServerPool, server: str, seeds: list[int], alone, rng: random.Random):
    """All scripts at once on sessions of their own, the next call always of a random one."""
    sessions = [await pool.open([server], seed) for seed in seeds]
    outputs = [[] for _ in seeds]
    turns = [index for index, (calls, _) in enumerate(alone) for _ in calls]
    rng.shuffle(turns)
    for index in turns:
        result = await sessions[index].call(*alone[index][0][len(outputs[index])])
        outputs[index].append((result.ok, result.output))
    return [(outputs[index], await session.hash()) for index, session in enumerate(sessions)]


@pytest.mark.parametrize("server", SERVERS)
@settings(max_examples=15, deadline=None)
@given(seeds=st.lists(st.integers(0, 3), min_size=2, max_size=5), order=st.integers(0, 10**6))
def test_interleaved_sessions_give_what_each_gives_alone(server, seeds, order):
    async def play():
        rng = random.Random(order)
        async with ServerPool([server], transport="inprocess") as pool:
            alone = await scripts(pool, server, seeds, 25, rng)
            assert await interleaved(pool, server, seeds, alone, rng) == [result for _, result in alone]

    asyncio.run(play())


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_concurrent_sessions_on_one_process_give_what_each_gives_alone(transport):
    async def play():
        seeds = [1, 1, 2, 3, 1, 2, 3, 4]
        async with ServerPool(["banking"], transport=transport) as pool:
            alone = await scripts(pool, "banking", seeds, 20, random.Random(5))
            sessions = [await pool.open(["banking"], seed) for seed in seeds]
            together = await asyncio.gather(*(run(s, calls) for s, (calls, _) in zip(sessions, alone, strict=True)))
            assert together == [result for _, result in alone]

    asyncio.run(play())


@pytest.mark.parametrize("server", SERVERS)
def test_every_process_and_every_transport_gives_the_same_bytes(server, monkeypatch):
    async def play(transport, calls=None):
        async with ServerPool([server], transport=transport) as pool:
            session = await pool.open([server], seed=11)
            calls = calls or await Caller(await pool.tools(server), random.Random(3)).script(session, 40)
            fresh = await pool.open([server], seed=11)
            return calls, await run(fresh, calls), await fresh.diff(), await pool.tools(server)

    monkeypatch.setenv("PYTHONHASHSEED", "1")
    first = asyncio.run(play("inprocess"))
    assert sum(ok for ok, _ in first[1][0]) > 10 and first[2][server]
    assert asyncio.run(play("stdio", first[0])) == first
    monkeypatch.setenv("PYTHONHASHSEED", "2")
    assert asyncio.run(play("http", first[0])) == first


@pytest.mark.parametrize("server", SERVERS)
def test_only_a_successful_write_changes_the_hash(server):
    async def play():
        async with ServerPool([server], transport="inprocess") as pool:
            tools = await pool.tools(server)
            writes = {tool["name"] for tool in tools if not tool["annotations"]["readOnlyHint"]}
            explorer = await pool.open([server], seed=5)
            calls = await Caller(tools, random.Random(1)).script(explorer, 150)
            session, kinds = await pool.open([server], seed=5), set()
            for name, arguments in calls:
                before = await session.hash()
                result = await session.call(name, arguments)
                assert (await session.hash() != before) == (result.ok and name in writes), (name, arguments, result)
                kinds.add((result.ok, name in writes))
            assert len(kinds) == 4  # succeeded and failed, reads and writes: all were seen

    asyncio.run(play())


def test_another_seed_is_another_world():
    async def play():
        async with ServerPool(SERVERS, transport="inprocess") as pool:
            hashes = [await (await pool.open(SERVERS, seed)).hash() for seed in range(5)]
            assert all(len({each[server] for each in hashes}) == 5 for server in SERVERS)

    asyncio.run(play())
