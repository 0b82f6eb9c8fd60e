"""What a client sees of recorded responses: hits as they were live, misses that say what was recorded."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from prove.sessions import ServerPool
from servers.facade import mcp_server
from servers.host import Host
from servers.recorded.world import HINT_CHARS
from servers.recorded.write import write
from tests.recorded import made
from tests.recorded.test_store import lines
from tests.test_facade import served

WORLDS = [{**call, "world": world} for call in made.CALLS for world in (10, 11)]
LONG = "x" * 3000


@pytest.fixture(scope="module")
def caches(tmp_path_factory) -> Path:
    """shop: one world; fleet: worlds 10 and 11; banking: the name of a live server; broken: no cache."""
    folder = tmp_path_factory.mktemp("caches")
    write(folder / "shop.sqlite", lines())
    write(folder / "fleet.sqlite", lines(WORLDS[:-1]))
    write(folder / "banking.sqlite", lines())
    (folder / "broken.sqlite").write_text("no database")
    return folder


@pytest.fixture
def shop(caches, monkeypatch) -> Host:
    monkeypatch.setenv("PROVE_CACHES", str(caches))
    return Host("shop")


def error(host: Host, tool: str, arguments) -> dict:
    outcome = host.call(None, tool, arguments)
    assert not outcome.ok
    return json.loads(outcome.text)


async def use(target, mode: str = "auto") -> None:
    async with Client(target, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["show", "find"] and tools["show"].annotations.read_only_hint
        assert tools["find"].input_schema == made.FIND["inputSchema"]
        hit = await client.call_tool("find", {"query": "Paris"})
        assert not hit.is_error and hit.content[0].text == '{"rows":[{"id":"T-1"}],"share":0.1}'
        assert hit.structured_content == {"rows": [{"id": "T-1"}], "share": 0.1}
        failed = await client.call_tool("show", {"id": "T-9"})
        assert failed.is_error and failed.content[0].text == '{"error":"things has no entry T-9"}'
        for query, text in (("list", "[1,2.5]"), ("note", "plain text"), ("quote", '{"not": "json')):
            plain = await client.call_tool("find", {"query": query})
            assert not plain.is_error and plain.content[0].text == text and plain.structured_content is None
        missed = await client.call_tool("find", {"query": "paris"})
        assert missed.is_error and missed.structured_content is None
        assert json.loads(missed.content[0].text)["nearest"][0] == {"query": "Paris"}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_plain_client_uses_a_cache_like_a_server(shop, mode):
    asyncio.run(use(mcp_server(shop), mode))


def test_a_cache_is_served_over_stdio_and_http(caches):
    command = ["-m", "servers", "shop", "--caches", str(caches)]
    asyncio.run(use(StdioServerParameters(command=sys.executable, args=command, cwd=str(made.ROOT))))
    with served("shop", "--caches", str(caches)) as (url,):
        asyncio.run(use(url))


@pytest.mark.parametrize("transport", ["stdio", "inprocess"])
def test_the_pool_holds_sessions_on_a_cache(caches, monkeypatch, transport):
    monkeypatch.setenv("PROVE_CACHES", str(caches))

    async def play():
        async with ServerPool(["shop"], transport=transport) as pool:
            first, other = await pool.open(["shop"], seed=1), await pool.open(["shop"], seed=2)
            found = await first.call("find", {"query": "Paris"})
            assert found.ok and json.loads(found.output)["share"] == 0.1
            twin = await first.fork()
            await first.snapshot("a")
            await first.restore("a")
            assert await first.diff() == {"shop": {}}
            hashes = [await each.hash() for each in (first, twin, other)]
            assert hashes[0] == hashes[1] == hashes[2] and len(hashes[0]["shop"]) == 32
            assert not (await other.call("find", {"query": "nothing"})).ok
            await first.close()

    asyncio.run(play())


def test_normalised_arguments_find_the_recorded_call(shop):
    for arguments in (
        {"query": "Zürich", "limit": 2},
        {"limit": 2.0, "query": "Zürich", "sort": None},
        {"tags": None, "query": "Zürich", "limit": 2},
    ):
        assert shop.call(None, "find", arguments).ok
    assert shop.call(None, "show", {"id": "T-2", "price": 3.0}).ok
    assert not shop.call(None, "find", {"query": "Zürich", "limit": 3}).ok


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ({}, "invalid arguments for find: Object missing required field `query`"),
        ({"query": None}, "invalid arguments for find: Object missing required field `query`"),
        ({"query": 1}, "invalid arguments for find: Expected `str`, got `int` - at `$.query`"),
        ({"query": "a", "limit": True}, "invalid arguments for find: Expected `int`, got `bool` - at `$.limit`"),
        ({"query": "a", "limit": 1.5}, "invalid arguments for find: Expected `int`, got `float` - at `$.limit`"),
        ({"query": "a", "tags": ["b", 1]}, "invalid arguments for find: Expected `str`, got `int` - at `$.tags[1]`"),
        ({"query": "a", "sort": "x"}, "invalid arguments for find: 'x' is not one of ['name', 'price'] - at `$.sort`"),
        ({"query": "a", "qeury": 1}, "find has no argument qeury; it takes query, limit, sort, tags"),
        ({"query": float("nan")}, "invalid arguments for find: Expected `str`, got `float` - at `$.query`"),
        ({"query": "\ud800"}, "arguments hold half a surrogate pair, which is not Unicode text"),
        ({"query": "a" * 20_001}, "arguments are too long: 20013 characters, at most 20000"),
        ([], "arguments of find must be an object"),
        ("x", "arguments of find must be an object"),
    ],
)
def test_arguments_are_checked_as_strictly_as_elsewhere(shop, arguments, sentence):
    assert error(shop, "find", arguments) == {"error": sentence}


def test_what_is_nested_too_deeply_is_refused(shop):
    deep: list = []
    for _ in range(500):
        deep = [deep]
    assert "nested too deeply" in error(shop, "find", {"query": "a", "tags": deep})["error"]


def test_numbers_that_are_none_are_refused(shop):
    for value in (float("inf"), float("nan")):
        assert "not finite" in error(shop, "show", {"id": "T-1", "price": value})["error"]


def test_a_miss_names_the_changes_that_lead_to_what_was_recorded(shop):
    assert error(shop, "show", {"id": "T-2"}) == {
        "error": "nothing was recorded for these arguments of show; it was with these changes, null to leave out",
        "nearest": [{"price": 3}, {"id": "T-1"}],
    }
    assert error(shop, "show", {"id": "T-1", "price": 8})["nearest"][0] == {"price": None}
    assert error(shop, "find", {"query": "zurich", "limit": 2})["nearest"][0] == {"query": "Zürich"}


def test_a_miss_never_names_a_call_that_failed(shop):
    assert all(change.get("id") != "T-9" for change in error(shop, "show", {"id": "T-8"})["nearest"])


def test_a_number_beyond_all_others_is_a_miss(tmp_path, monkeypatch):
    calls = [{"tool": "show", "arguments": {"id": "T-1", "price": 0.5}, "response": {"id": "T-1"}}]
    write(tmp_path / "dear.sqlite", lines(calls))
    monkeypatch.setenv("PROVE_CACHES", str(tmp_path))
    for price in (10**400, -(10**400), 1e308, 0):
        assert error(Host("dear"), "show", {"id": "T-1", "price": price})["nearest"] == [{"price": 0.5}]


def test_following_the_nearest_call_is_a_hit(shop):
    given = {"query": "pariss", "sort": "name"}
    for change in error(shop, "find", given)["nearest"]:
        merged = {name: value for name, value in {**given, **change}.items() if value is not None}
        assert shop.call(None, "find", merged).ok


def test_a_hint_stays_short(tmp_path, monkeypatch):
    calls = [{"tool": "find", "arguments": {"query": LONG + str(n)}, "response": {}} for n in range(5)]
    write(tmp_path / "long.sqlite", lines(calls))
    monkeypatch.setenv("PROVE_CACHES", str(tmp_path))
    said = error(Host("long"), "find", {"query": "x"})
    assert 1 <= len(said["nearest"]) <= 3 and len(json.dumps(said)) < HINT_CHARS + 300


def test_each_world_answers_with_its_own_responses(caches, monkeypatch):
    monkeypatch.setenv("PROVE_CACHES", str(caches))
    fleet = Host("fleet")
    for world in (10, 11, 12, 10**30):
        fleet.open(str(world), world)
    assert fleet.call("10", "show", {"id": "T-9"}).text == made.CALLS[-1]["response"]
    assert "nothing was recorded for these arguments" in fleet.call("11", "show", {"id": "T-9"}).text
    said = json.loads(fleet.call("12", "show", {"id": "T-1"}).text)["error"]
    assert said == "nothing was recorded of world 12; there are 2 worlds from 10 to 11"
    assert "nothing was recorded of world 1000" in fleet.call(str(10**30), "show", {"id": "T-1"}).text
    assert len({fleet.hash(world) for world in ("10", "11", "12")}) == 3
    assert fleet.call(None, "show", {"id": "T-1"}).ok, "the default session is in the first recorded world"


def test_a_cache_of_one_world_answers_for_every_seed(shop):
    for seed in (0, 7, 10**12):
        shop.open(str(seed), seed)
        assert shop.call(str(seed), "find", {"query": "Paris"}).ok


def test_sessions_are_those_of_every_server(shop):
    assert shop.call("never opened", "find", {"query": "Paris"}).text == '{"error":"unknown session never opened"}'
    assert shop.call(None, "no_such_tool", {}).text == '{"error":"unknown tool no_such_tool"}'
    shop.open("a", 0)
    shop.fork("a", "b")
    shop.snapshot("b", "s")
    shop.restore("b", "s")
    assert shop.diff("b") == {} and shop.hash("a") == shop.hash("b")
    shop.close("a")
    assert not shop.call("a", "find", {"query": "Paris"}).ok and shop.call("b", "find", {"query": "Paris"}).ok


def test_a_live_server_comes_before_its_recorded_twin(caches, monkeypatch):
    monkeypatch.setenv("PROVE_CACHES", str(caches))
    assert "transfer_between_accounts" in Host("banking").tools
    assert list(Host("banking", recorded=True).tools) == ["show", "find"]


def command(*words: str) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, "-m", "servers", *words)
    return subprocess.run(words, cwd=made.ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_caches_are_listed_after_the_servers(caches):
    *_, total, banking, broken, fleet, shop = command("--list", "--caches", str(caches)).stdout.splitlines()
    assert total == "20 servers, 343 tools in total"
    assert banking.split()[:2] == ["banking", "2"] and shop.split()[:2] == ["shop", "2"]
    assert shop.endswith("Recorded responses of shop: 1 world. Source: made by hand.")
    assert "2 worlds from 10 to 11" in fleet and "no SQLite database" in broken


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["shpo"], "shpo.sqlite; the nearest name is shop"),
        (["broken"], "broken.sqlite is no cache: it is no SQLite database"),
        (["calendar", "--recorded"], "there is no server calendar and no cache "),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(caches, words, sentence):
    done = command(*words, "--caches", str(caches))
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr


def test_threads_share_a_cache(shop):
    from concurrent.futures import ThreadPoolExecutor

    shop.open("a", 0)
    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda _: shop.call("a", "find", {"query": "Paris"}).text, range(200)))
    assert texts == {'{"rows":[{"id":"T-1"}],"share":0.1}'}
