"""What any MCP client sees: tools, results and errors, over stdio and HTTP, in both eras of the protocol."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from servers.control import OPERATIONS
from servers.facade import mcp_server
from servers.host import Host, server_names
from servers.shortcut import Shortcut
from tests.test_server_contract import TOOLS

ROOT = Path(__file__).parent.parent
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


def command(*flags: str) -> list[str]:
    return [sys.executable, "-m", "servers", *flags]


def line(id: int, method: str, session: str | None = None, **params) -> str:
    meta = META if session is None else {**META, "prove/session": session}
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": {**params, "_meta": meta}})


def talk(lines: list[str], *flags: str) -> list[dict]:
    """The answers of a stdio server to these lines, until both sides have closed."""
    done = subprocess.run(
        command("banking", *flags), input="\n".join(lines) + "\n", capture_output=True, text=True, cwd=ROOT, timeout=30
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return [json.loads(answer) for answer in done.stdout.splitlines()]


@contextmanager
def served(*flags: str, lines: int = 1):
    """URLs of a server process on a free port."""
    process = subprocess.Popen(
        command(*flags, "--http", "127.0.0.1:0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield [process.stdout.readline().strip() for _ in range(lines)]
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0 and "Traceback" not in errors, errors


async def use(target, mode: str) -> None:
    """What a client that knows nothing of sessions does: list, read, write, err."""
    async with Client(target, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert len(tools) == len(Host("banking").tools) and not set(tools) & set(OPERATIONS)
        transfer = tools["transfer_between_accounts"]
        assert transfer.input_schema["additionalProperties"] is False and transfer.output_schema["type"] == "object"
        assert tools["list_accounts"].annotations.read_only_hint and not transfer.annotations.read_only_hint
        assert transfer.annotations.open_world_hint is False
        listed = await client.call_tool("list_accounts", {})
        assert not listed.is_error and json.loads(listed.content[0].text) == listed.structured_content
        refused = await client.call_tool("get_account", {"account_id": "ACC-0"})
        assert refused.is_error and refused.structured_content is None and len(refused.content[0].text) < 100
        with pytest.raises(MCPError, match="unknown tool no_such_tool"):
            await client.call_tool("no_such_tool", {})
        with pytest.raises(MCPError, match="unknown tool session.open"):
            await client.call_tool("session.open", {"session": "a", "seed": 1})
        lost = await client.call_tool("list_accounts", {}, meta={"prove/session": "never opened"})
        assert lost.is_error and "unknown session" in lost.content[0].text


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
def test_a_plain_client_uses_a_server_over_stdio(mode):
    python, *arguments = command("banking")
    asyncio.run(use(StdioServerParameters(command=python, args=arguments, cwd=str(ROOT)), mode))


def test_a_plain_client_uses_a_server_over_http_in_both_eras():
    with served("banking") as (url,):
        for mode in ("auto", "legacy", "2026-07-28"):
            asyncio.run(use(url, mode))


@pytest.mark.parametrize("name", server_names())
def test_every_listed_schema_is_an_object_and_every_tool_says_what_it_does(name):
    async def listed():
        async with Client(mcp_server(Host(name))) as client:
            return (await client.list_tools()).tools

    tools = asyncio.run(listed())
    assert tools
    for tool in tools:
        assert tool.input_schema["type"] == tool.output_schema["type"] == "object", tool.name
        assert tool.description and tool.annotations.open_world_hint is False


def test_the_default_session_lives_in_the_world_of_the_seed():
    def accounts(*flags):
        return talk([line(1, "tools/call", name="list_accounts", arguments={})], *flags)[0]["result"]["content"]

    assert accounts("--seed", "4") == accounts("--seed", "4") != accounts("--seed", "5")


def test_sessions_are_opened_by_id_and_apart_from_each_other():
    def call(number, within, tool, **arguments):
        return line(number, "tools/call", within, name=tool, arguments=arguments)

    answers = talk(
        [
            call(1, None, "session.open", session="a", seed=7),
            call(2, None, "session.fork", session="a", into="b"),
            call(3, "a", "list_accounts"),
            call(4, "b", "list_accounts"),
            call(5, None, "session.close", session="a"),
            call(6, "a", "list_accounts"),
            call(7, "b", "list_accounts"),
            call(8, None, "session.hash", session="a"),
            call(9, None, "session.open", session="a", seed="7"),
            call(10, None, "session.restore", session="b", name="never taken"),
        ],
        "--control",
    )
    assert [answer["id"] for answer in answers] == list(range(1, 11))
    results = [answer["result"] for answer in answers]
    assert [result["isError"] for result in results] == [False] * 5 + [True, False, True, True, True]
    assert results[2]["content"] == results[3]["content"] == results[6]["content"]


def test_what_is_no_message_gets_a_protocol_error_and_the_server_lives_on():
    whole = line(1, "tools/call", name="list_accounts", arguments={})
    answers = talk(
        [
            whole,
            "{broken",
            "[]",
            '{"jsonrpc":"2.0"}',
            '{"jsonrpc":"2.0","id":3}',
            "[" * 5000,
            "",
            line(4, "tools/call", name="get_account", arguments={"account_id": "x" * 10_000_000}),
            line(5, "tools/call", name="get_account", arguments=[1]),
            line(6, "tools/call", name=5, arguments={}),
            line(7, "no/such/method"),
            line(8, "tools/call", name="get_account", arguments={"account_id": float("nan")}),
            line(9, "tools/call", name="list_accounts", arguments={}),
        ]
    )
    nameless = [answer["error"]["code"] for answer in answers if answer.get("id") is None]
    assert nameless == [-32700, -32600, -32600, -32700]
    named = {answer["id"]: answer for answer in answers if answer.get("id")}
    assert all(len(json.dumps(answer)) < 700 for number, answer in named.items() if number not in (1, 9))
    assert named[4]["result"]["isError"] and "too long" in named[4]["result"]["content"][0]["text"]
    assert [named[number]["error"]["code"] for number in (3, 5, 6, 7)] == [-32600, -32602, -32602, -32601]
    assert named[8]["result"]["isError"]
    assert named[9]["result"] == named[1]["result"]


def test_a_huge_argument_over_http_is_a_short_error():
    with served("banking") as (url,):
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2026-07-28"}
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": "get_account", "Content-Type": "application/json"}
        body = line(1, "tools/call", name="get_account", arguments={"account_id": "x" * 10_000_000})
        answer = httpx.post(url, content=body, headers=headers, timeout=30)
        assert answer.status_code == 200 and "too long" in answer.text and len(answer.text) < 700
        rebound = httpx.post(url, content=body, headers={**headers, "Host": "evil.example"}, timeout=30)
        assert rebound.status_code == 421


def test_the_shortcut_answers_with_the_bytes_of_the_sdk():
    """On stdio; calls go around the SDK only when they are plain: a `progressToken` makes one that is not."""
    calls = [
        ("list_accounts", {}),
        ("get_account", {"account_id": "ACC-0"}),
        ("get_account", {"wrong": 1}),
        ("find_payee", {"name": "a"}),
        ("no_such_tool", {}),
        ("session.open", {"session": "ä", "seed": 3}),
        ("session.hash", {"session": "ä"}),
        ("session.hash", {"session": "unknown"}),
    ]
    plain = [line(number, "tools/call", name=name, arguments=given) for number, (name, given) in enumerate(calls, 2)]
    through_sdk = [each.replace('"_meta": {', '"_meta": {"progressToken": 1, ') for each in plain]
    opening, shortcut = line(1, "server/discover"), Shortcut(Host("banking"), True)
    assert all(shortcut.read(each.encode()) for each in plain)
    assert not any(shortcut.read(each.encode()) for each in through_sdk)

    def raw(lines):
        text = "\n".join([opening, *lines]) + "\n"
        run = subprocess.run(command("banking", "--control"), input=text, capture_output=True, text=True, cwd=ROOT)
        return run.stdout.splitlines()

    assert raw(plain) == raw(through_sdk) and len(raw(plain)) == len(calls) + 1


def test_a_fault_in_a_tool_is_an_internal_error_without_a_traceback(monkeypatch):
    monkeypatch.setattr("servers.state.Table.get", lambda self, key: 1 / 0)

    async def call():
        async with Client(mcp_server(Host("banking"))) as client:
            return await client.call_tool("get_account", {"account_id": "ACC-1"})

    result = asyncio.run(call())
    assert result.is_error and result.content[0].text == '{"error":"internal error"}'


def test_list_prints_every_server_its_number_of_tools_and_what_it_is(tmp_path):
    nothing_recorded = {**os.environ, "PROVE_CACHES": str(tmp_path)}
    printed = subprocess.run(command("--list"), capture_output=True, text=True, cwd=ROOT, env=nothing_recorded).stdout
    *rows, total = printed.splitlines()
    assert {row.split()[0]: int(row.split()[1]) for row in rows} == TOOLS
    assert all(len(row.split(maxsplit=2)[2]) > 20 for row in rows)
    assert total == "20 servers, 343 tools in total"


def test_an_unknown_server_is_answered_with_the_nearest_name():
    done = subprocess.run(command("bankign"), capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2 and "no server bankign" in done.stderr and "banking" in done.stderr


def test_a_client_counts_twenty_servers_and_343_tools_in_one_process():
    async def count(url):
        async with Client(url) as client:
            return len((await client.list_tools()).tools)

    with served("all", lines=len(TOOLS)) as urls:
        counted = {url.split("/")[-2]: asyncio.run(count(url)) for url in urls}
    assert counted == TOOLS
    assert (len(counted), sum(counted.values())) == (20, 343)


@pytest.mark.parametrize("how", ["end of input", signal.SIGTERM, signal.SIGINT])
def test_a_stdio_server_ends_cleanly(how):
    process = subprocess.Popen(
        command("banking"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    process.stdin.write(line(1, "tools/list") + "\n")
    process.stdin.flush()
    assert select.select([process.stdout], [], [], 20)[0] and process.stdout.readline()
    start = time.monotonic()
    if how == "end of input":
        process.stdin.close()
    else:
        process.send_signal(how)
    assert process.wait(10) == 0 and time.monotonic() - start < 3
    assert process.stderr.read() == ""


def test_ctrl_c_ends_an_http_server_cleanly():
    process = subprocess.Popen(
        command("banking", "--http", "127.0.0.1:0"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0 and "Traceback" not in process.stderr.read()
