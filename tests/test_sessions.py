"""A session survives what happens to its server, and whatever a model sends comes back as a short result."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from functools import wraps

import pytest

from prove.links import ROOT, InprocessLink, Lost, StdioLink
from prove.sessions import TRANSPORTS, ServerPool
from prove.supervisor import Unavailable

EVERY = ["stdio", "http", "inprocess"]
PROCESSES = ["stdio", "http"]


def in_loop(test):
    """Runs an async test in a loop of its own; a test that hangs fails."""

    @wraps(test)
    def run(*args, **kwargs):
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), 60))

    return run


async def transfer(session, amount: float):
    """Moves money between the customer's first two accounts in euro."""
    listed = json.loads((await session.call("list_accounts", {})).output)["accounts"]
    source, target, *_ = [each["account_id"] for each in listed if each["currency"] == "EUR"]
    arguments = {"from_account_id": source, "to_account_id": target, "amount": amount}
    return await session.call("transfer_between_accounts", arguments)


async def undisturbed(amounts: list[float]) -> tuple[list[str], str]:
    """Outputs of these transfers in world 7, and the hash after them, on a server that nobody disturbs."""
    async with ServerPool(["banking"], transport="inprocess") as pool:
        session = await pool.open(["banking"], seed=7)
        outputs = [(await transfer(session, amount)).output for amount in amounts]
        return outputs, (await session.hash())["banking"]


async def pid(pool: ServerPool, server: str = "banking") -> int:
    return (await pool.server(server).up()).pid


def gone(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("transport", EVERY)
@in_loop
async def test_a_bad_call_is_a_short_error_that_changes_nothing(transport):
    deep: list = []
    for _ in range(300):
        deep = [deep]
    bad = [
        ("no_such_tool", {}),
        ("no_such_\ud800", {}),
        ("session.open", {"session": "x", "seed": 1}),
        (None, {}),
        ("get_account", {}),
        ("get_account", {"account_id": 5}),
        ("get_account", {"account_id": "ACC-1", "colour": "red"}),
        ("get_account", {"account_id": "x" * 10_000_000}),
        ("get_account", {"account_id": "\ud800"}),
        ("get_account", {"account_id": deep}),
        ("get_account", ["ACC-1"]),
        ("transfer_between_accounts", {"from_account_id": "a", "to_account_id": "b", "amount": float("nan")}),
        ("transfer_between_accounts", {"from_account_id": "a", "to_account_id": "b", "amount": float("inf")}),
        ("transfer_between_accounts", {"from_account_id": "a", "to_account_id": "b", "amount": 10**400}),
        ("transfer_between_accounts", {"from_account_id": "a", "to_account_id": "b", "amount": "5"}),
    ]
    async with ServerPool(["banking"], transport=transport) as pool:
        session = await pool.open(["banking"], seed=7)
        before = await session.hash()
        for name, arguments in bad:
            result = await session.call(name, arguments)
            assert not result.ok and len(result.output) < 400, (name, result.output)
            assert json.loads(result.output)["error"]
            assert "Traceback" not in result.output
        assert (await session.call("list_accounts", {})).ok
        assert await session.hash() == before


@in_loop
async def test_bad_calls_have_the_same_answer_on_every_transport():
    answers = []
    for transport in EVERY:
        async with ServerPool(["banking"], transport=transport) as pool:
            session = await pool.open(["banking"], seed=7)
            bad = [{}, {"account_id": [1]}, {"x": 1}, {"account_id": "ä" * 30_000}, {"account_id": 10**30}]
            answers.append([(await session.call("get_account", each)).output for each in bad])
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("transport", PROCESSES)
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
@in_loop
async def test_an_episode_goes_on_after_its_server_was_killed_or_hung(transport, blow):
    amounts = [1.5, 2.5, 3.5]
    outputs, final = await undisturbed(amounts)
    async with ServerPool(["banking", "calendar"], transport=transport, call_timeout=2.0) as pool:
        session = await pool.open(["banking", "calendar"], seed=7)
        other = await pool.open(["calendar"], seed=7)
        await other.call("list_day_agenda", {})
        given = [(await transfer(session, amounts[0])).output]
        await session.snapshot("after one")
        given.append((await transfer(session, amounts[1])).output)
        os.kill(await pid(pool), blow)
        twin = await session.fork()
        os.kill(await pid(pool), blow)
        interrupted, elsewhere = await asyncio.gather(transfer(session, amounts[2]), other.call("list_day_agenda", {}))
        assert elsewhere.ok and elsewhere.ms < 1500
        assert [*given, interrupted.output] == outputs
        assert (await session.hash())["banking"] == final
        assert (await transfer(twin, amounts[2])).output == outputs[2]
        await session.restore("after one")
        assert (await transfer(session, amounts[1])).output == outputs[1]


@in_loop
async def test_a_call_whose_answer_was_lost_is_not_executed_twice(monkeypatch):
    outputs, final = await undisturbed([5.0, 6.0])
    ask, lost = StdioLink.ask, []

    async def executed_but_unheard(self, name, arguments, session):
        answer = await ask(self, name, arguments, session)
        if b"6.0" in arguments and not lost:
            lost.append(answer)
            raise Lost("the answer never came")
        return answer

    monkeypatch.setattr(StdioLink, "ask", executed_but_unheard)
    async with ServerPool(["banking"]) as pool:
        session = await pool.open(["banking"], seed=7)
        assert [(await transfer(session, amount)).output for amount in (5.0, 6.0)] == outputs
        assert lost and (await session.hash())["banking"] == final


@in_loop
async def test_a_response_that_says_nothing_is_no_refusal_of_the_call(monkeypatch):
    outputs, final = await undisturbed([5.0])
    request, spoilt = StdioLink._request, []

    async def says_nothing_once(self, method, session=None, **params):
        body = await request(self, method, session, **params)
        if params.get("name") == "transfer_between_accounts" and not spoilt:
            spoilt.append(body)
            return b'{"jsonrpc":"2.0","id":1}'
        return body

    monkeypatch.setattr(StdioLink, "_request", says_nothing_once)
    async with ServerPool(["banking"]) as pool:
        session = await pool.open(["banking"], seed=7)
        assert (await transfer(session, 5.0)).output == outputs[0]
        assert spoilt and (await session.hash())["banking"] == final


@in_loop
async def test_a_call_that_hangs_the_server_fails_alone(monkeypatch):
    ask = StdioLink.ask

    async def hangs_on_note(self, name, arguments, session):
        if b"hang" in arguments:
            os.kill(self.pid, signal.SIGSTOP)
        return await ask(self, name, arguments, session)

    monkeypatch.setattr(StdioLink, "ask", hangs_on_note)
    async with ServerPool(["banking"], call_timeout=1.5) as pool:
        sessions = [await pool.open(["banking"], seed=7) for _ in range(6)]
        guilty = sessions[0].call("find_payee", {"name": "hang"})
        results = await asyncio.gather(guilty, *(transfer(session, 2.0) for session in sessions[1:]))
        assert [result.ok for result in results] == [False, True, True, True, True, True]
        assert "longer than 1.5 s" in results[0].output
        assert (await transfer(sessions[0], 2.0)).ok


@in_loop
async def test_a_server_that_cannot_start_again_gives_short_errors_at_once(monkeypatch):
    starts = []

    async def only_once(name):
        starts.append(name)
        if len(starts) > 1:
            raise Lost("it does not start")
        return await StdioLink.start(name)

    monkeypatch.setitem(TRANSPORTS, "stdio", only_once)
    async with ServerPool(["banking"], max_restarts=1, rest=60) as pool:
        session = await pool.open(["banking"], seed=7)
        assert (await transfer(session, 1.0)).ok
        os.kill(await pid(pool), signal.SIGKILL)
        for _ in range(3):
            result = await session.call("list_accounts", {})
            assert not result.ok and result.output == '{"error":"server banking is not available"}'
            assert result.lost, "the call is not to blame"
        assert await session.hash() == {"banking": ""}
        assert len(starts) == 3  # the first one, and two in vain
        with pytest.raises(Unavailable):
            await pool.server("banking").up()


@in_loop
async def test_a_cancelled_call_leaves_the_session_usable():
    async with ServerPool(["banking"]) as pool:
        session = await pool.open(["banking"], seed=7)
        before = await session.hash()
        os.kill(await pid(pool), signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transfer(session, 1.0), 0.2)
        os.kill(await pid(pool), signal.SIGCONT)
        assert await session.hash() == before
        assert (await transfer(session, 1.0)).ok


@in_loop
async def test_an_unexpected_fault_of_a_tool_is_hidden_and_rolled_back(monkeypatch, caplog):
    async with ServerPool(["banking"], transport="inprocess") as pool:
        session = await pool.open(["banking"], seed=7)
        before = await session.hash()
        state = sys.modules["servers.state"].State
        monkeypatch.setattr(state, "advance", lambda self, minutes: 1 / 0)
        result = await transfer(session, 1.0)
        assert (result.ok, result.output) == (False, '{"error":"internal error"}')
        assert await session.hash() == before
        assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("transport", EVERY)
@in_loop
async def test_fork_snapshot_and_restore_are_independent(transport):
    async with ServerPool(["banking", "calendar"], transport=transport) as pool:
        session = await pool.open(["banking", "calendar"], seed=7)
        await transfer(session, 1.0)
        await session.snapshot("one")
        one = await session.hash()
        twin = await session.fork()
        event = {"title": "Dentist", "start": "2026-03-20T09:30", "minutes": 30}
        await transfer(session, 2.0)
        await session.call("create_event", event)
        assert await twin.hash() == one
        await session.restore("one")
        assert await session.hash() == one
        assert list(await session.diff()) == ["banking", "calendar"] and (await session.diff())["calendar"] == {}
        with pytest.raises(LookupError):
            await session.restore("two")


@pytest.mark.parametrize("transport", EVERY)
@in_loop
async def test_a_closed_session_is_freed_and_refuses_calls(transport):
    async with ServerPool(["banking"], transport=transport) as pool:
        session = await pool.open(["banking"], seed=7, id="mine")
        with pytest.raises(ValueError):
            await pool.open(["banking"], seed=7, id="mine")
        assert (await session.call("list_accounts", {})).ok
        await session.close()
        result = await session.call("list_accounts", {})
        assert (result.ok, result.output) == (False, '{"error":"session is closed"}')
        with pytest.raises(RuntimeError):
            await session.hash()
        link = await pool.server("banking").up()
        assert not (await link.ask("list_accounts", b"{}", "mine")).ok
        assert not pool.sessions


@in_loop
async def test_closing_many_sessions_leaves_none_behind_in_the_host():
    async with ServerPool(["banking"], transport="inprocess") as pool:
        sessions = [await pool.open(["banking"], seed=number % 3) for number in range(200)]
        await asyncio.gather(*(transfer(session, 1.0) for session in sessions))
        link = await pool.server("banking").up()
        assert isinstance(link, InprocessLink) and len(link._host.sessions()) == 200
        await asyncio.gather(*(session.close() for session in sessions))
        assert link._host.sessions() == []


@pytest.mark.parametrize("transport", PROCESSES)
@in_loop
async def test_closing_the_pool_ends_its_processes_even_a_hung_one(transport):
    pool = ServerPool(["banking", "calendar"], transport=transport)
    numbers = [await pid(pool, "banking"), await pid(pool, "calendar")]
    session = await pool.open(["banking", "calendar"], seed=7)
    assert (await transfer(session, 1.0)).ok
    os.kill(numbers[0], signal.SIGSTOP)
    start = time.perf_counter()
    await pool.close()
    assert time.perf_counter() - start < 2
    assert all(gone(number) for number in numbers)


ORPHAN = """
import asyncio, os
from prove.sessions import TRANSPORTS, ServerPool
async def main():
    pool = ServerPool(["banking"], transport={transport!r})
    print((await pool.server("banking").up()).pid, flush=True)
    os._exit(1)
asyncio.run(main())
"""


@pytest.mark.parametrize("transport", PROCESSES)
def test_a_server_ends_when_its_owner_dies(transport):
    script = ORPHAN.format(transport=transport)
    owner = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=30)
    number = int(owner.stdout)
    deadline = time.monotonic() + 5
    while not gone(number) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gone(number)


@in_loop
async def test_servers_that_run_elsewhere_are_reached_by_their_url():
    outputs, final = await undisturbed([1.0, 2.0])
    command = [sys.executable, "-m", "servers", "all", "--control", "--http", "127.0.0.1:0"]
    elsewhere = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        urls = dict((url.split("/")[-2], url) for url in (elsewhere.stdout.readline().strip() for _ in range(2)))
        external = {name: {"url": url, "isolation": "session"} for name, url in urls.items()}
        async with ServerPool(["banking"], external=external) as pool:
            session = await pool.open(["banking"], seed=7)
            given = [(await transfer(session, 1.0)).output]
            closing = json.dumps({"session": session.id}).encode()
            await (await pool.server("banking").up()).ask("session.close", closing, None)  # as if it had restarted
            given.append((await transfer(session, 2.0)).output)
            assert given == outputs and (await session.hash())["banking"] == final
    finally:
        elsewhere.terminate()
        assert elsewhere.wait(5) == 0


@in_loop
async def test_two_servers_with_a_tool_of_one_name_cannot_share_a_session(monkeypatch):
    async def list_files(self):
        return [{"name": "list_files", "annotations": {"readOnlyHint": True}}]

    monkeypatch.setattr(InprocessLink, "tools", list_files)
    async with ServerPool(["banking", "calendar"], transport="inprocess") as pool:
        with pytest.raises(ValueError, match="both in banking and in calendar"):
            await pool.open(["banking", "calendar"], seed=1)
