"""A server that nobody here wrote: its episodes stay apart, survive it, and give training rows."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial, wraps
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from prove.episode import Limits, run_episode
from prove.external import Misconfigured, read_external, read_externals
from prove.links import ROOT
from prove.policies import GoldPolicy
from prove.reward_files import load_weights
from prove.rewards.prove import score
from prove.sessions import ServerPool
from prove.synthesis.harvest import shown, words_of
from prove.synthesis.live import unusable
from prove.synthesis.phrases import imperative, told
from prove.synthesize import synthesize
from prove.types import Example

NOTE = {"title": "Bread", "text": "rye"}


def notes(*flags: str, seed: str = "7", **options) -> dict:
    command = ["{python}", "tests/note_server.py", seed, *flags]
    return {"notes": {"isolation": "process", "command": command, "warm": 1, **options}}


def pool_of(external: dict, **options) -> ServerPool:
    return ServerPool(list(external), external=external, call_timeout=options.pop("call_timeout", 20), **options)


def in_loop(test):
    """Runs an async test in a loop of its own; a test that hangs fails."""

    @wraps(test)
    def run(*args, **kwargs):
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), 60))

    return run


async def titles(session) -> list[str]:
    return [note["title"] for note in json.loads((await session.call("list_notes", {})).output)["notes"]]


async def pid(session) -> int:
    return int((await session.call("whoami", {})).output)


def ended(number: int) -> bool:
    """A killed process may stay a zombie where nobody waits for orphans."""
    try:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True).stdout.strip()
    except OSError:
        return False
    return not state or state.startswith("Z")


def wait_until_ended(*numbers: int) -> bool:
    deadline = time.monotonic() + 10
    while not all(map(ended, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return all(map(ended, numbers))


@in_loop
async def test_two_sessions_have_a_process_each_and_do_not_see_each_other():
    async with pool_of(notes("--trouble")) as pool:
        one, other = [await pool.open(["notes"], seed=1) for _ in range(2)]
        before = await titles(other)
        assert (await one.call("add_note", NOTE)).ok
        assert await titles(one) == [*before, "Bread"] and await titles(other) == before
        assert await pid(one) != await pid(other)
        assert await one.hash() != await other.hash() and await other.diff() == {"notes": {}}


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
@in_loop
async def test_an_episode_goes_on_after_its_process_was_killed_or_hung(blow):
    async with pool_of(notes("--trouble"), call_timeout=3) as pool:
        session = await pool.open(["notes"], seed=1)
        added = json.loads((await session.call("add_note", NOTE)).output)
        assert (await session.call("archive_note", {"note_id": added["note_id"]})).ok  # no annotations: it may write
        before = await session.hash()
        first = await pid(session)
        os.kill(first, blow)
        read = json.loads((await session.call("get_note", {"note_id": added["note_id"]})).output)
        assert read["text"] == "rye (archived)"
        assert await session.hash() == before and await pid(session) != first and ended(first)


@in_loop
async def test_fork_snapshot_and_restore_are_independent():
    async with pool_of(notes()) as pool:
        session = await pool.open(["notes"], seed=1)
        untouched = await titles(session)
        await session.snapshot("empty")
        await session.call("add_note", NOTE)
        twin = await session.fork()
        await twin.call("add_note", {**NOTE, "title": "Salt"})
        assert await titles(session) == [*untouched, "Bread"] and await titles(twin) == [*untouched, "Bread", "Salt"]
        await session.restore("empty")
        assert await titles(session) == untouched and (await session.diff())["notes"] == {}
        assert (await twin.diff())["notes"]["calls"][1] == {"name": "add_note", "arguments": {**NOTE, "title": "Salt"}}


@in_loop
async def test_a_tool_that_dies_or_hangs_is_a_short_error_and_nothing_more():
    async with pool_of(notes("--trouble"), call_timeout=1) as pool:
        session = await pool.open(["notes"], seed=1)
        await session.call("add_note", NOTE)
        died, hung = await session.call("die", {}), await session.call("hang", {})
        assert (died.ok, died.output) == (False, '{"error":"the server has stopped"}')
        assert (hung.ok, hung.output) == (False, '{"error":"hang took longer than 1 s"}')
        assert "Bread" in await titles(session)


@in_loop
async def test_results_reach_the_model_as_text(capfd):
    async with pool_of(notes("--trouble")) as pool:
        session = await pool.open(["notes"], seed=1)
        assert (await session.call("show_picture", {})).output == "look\n[image, 1200 bytes]"
        wrong = await session.call("get_note", {"note_id": "N-99"})
        assert (wrong.ok, wrong.output) == (False, "Error: no note N-99")
        assert (await session.call("no_such_tool", {})).output == '{"error":"unknown tool no_such_tool"}'
    assert capfd.readouterr() == ("", "")  # a banner on stdout, a greeting on stderr


@in_loop
async def test_a_closed_session_ends_its_process_and_the_pool_ends_what_is_left():
    pool = pool_of(notes("--trouble"))
    session, other = [await pool.open(["notes"], seed=1) for _ in range(2)]
    numbers = [await pid(session), int((await session.call("keep_child", {})).output)]
    await session.close()
    assert wait_until_ended(*numbers)
    left = [await pid(other), *(await asyncio.gather(*(start for start in pool.server("notes")._ready)))]
    await pool.close()
    assert wait_until_ended(left[0], *(link.pid for link in left[1:]))


OWNER = """
import asyncio, json, os, sys
from prove.sessions import ServerPool
async def main():
    async with ServerPool(["notes"], external=json.loads(sys.argv[1])) as pool:
        session = await pool.open(["notes"], seed=1)
        print((await session.call("whoami", {})).output, (await session.call("keep_child", {})).output, flush=True)
        print(session._copies["notes"]._process._link._child._folder, flush=True)
        os.kill(os.getpid(), 9)
asyncio.run(main())
"""


def test_neither_process_nor_folder_outlives_an_owner_that_was_killed():
    """The server of the test ignores the end of its input, and so does its child."""
    words = [sys.executable, "-c", OWNER, json.dumps(notes("--trouble"))]
    owner = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=30)
    assert owner.returncode == -signal.SIGKILL
    server, child, folder = owner.stdout.split()
    assert wait_until_ended(int(server), int(child))
    deadline = time.monotonic() + 5
    while os.path.exists(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(folder)


@in_loop
async def test_every_process_has_a_folder_of_its_own_and_no_secrets_of_ours(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "secret")
    talk = """
import json, os, sys
for line in sys.stdin:
    request = json.loads(line)
    about = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}
    told = json.dumps([os.environ["HERE"], sys.argv[1], os.listdir(os.environ["HERE"]), "WANDB_API_KEY" in os.environ])
    answers = {
        "initialize": {"result": about},
        "tools/list": {"result": {"tools": [{"name": "tell", "inputSchema": {"type": "object"}}]}},
        "tools/call": {"result": {"content": [{"type": "text", "text": told}]}},
    }
    if "id" in request:
        reply = answers.get(request["method"], {"error": {"code": -32601, "message": "Method not found"}})
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}), flush=True)
"""
    each = {"isolation": "process", "command": ["{python}", "-c", talk, "{seed}"], "env": {"HERE": "{folder}"}}
    async with pool_of({"x": each}) as pool:
        sessions = [await pool.open(["x"], seed=seed) for seed in (3, 4)]
        told = [json.loads((await session.call("tell", {})).output) for session in sessions]
    assert [one[1:] for one in told] == [["3", [], False], ["4", [], False]]
    assert told[0][0] != told[1][0] and not any(os.path.exists(one[0]) for one in told)


@in_loop
async def test_a_shared_server_offers_what_it_marks_as_read_only_and_nothing_else():
    async with pool_of(notes("--trouble", isolation="shared", without=["show_picture"])) as pool:
        assert [tool["name"] for tool in await pool.tools("notes")] == ["list_notes", "get_note", "whoami"]
        one, other = [await pool.open(["notes"], seed=seed) for seed in (1, 2)]
        first = await pid(one)
        assert first == await pid(other) and await one.hash() == await other.hash()
        for name in ("add_note", "archive_note", "show_picture"):
            assert (await one.call(name, NOTE)).output == f'{{"error":"unknown tool {name}"}}'
        os.kill(first, signal.SIGKILL)
        assert await pid(one) == await pid(other) != first and await one.diff() == {"notes": {}}
        await one.close()
        assert len(await titles(await other.fork())) == 3


@in_loop
async def test_a_command_that_speaks_our_contract_keeps_its_sessions_apart_itself():
    command = ["{python}", "-m", "servers", "banking", "--control"]
    async with pool_of({"banking": {"isolation": "session", "command": command}}) as pool:
        one, other = [await pool.open(["banking"], seed=7) for _ in range(2)]
        before = await one.hash()
        assert (await one.call("list_accounts", {})).ok and await other.hash() == before
        os.kill((await pool.server("banking").up()).pid, signal.SIGKILL)
        assert (await one.call("list_accounts", {})).ok and await one.hash() == before


@in_loop
async def test_a_server_on_the_sdk_is_reached_by_pipe_and_by_url():
    serve = [sys.executable, "-m", "servers", "banking", "--http", "127.0.0.1:0"]
    elsewhere = subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        address = {"banking": {"isolation": "shared", "url": elsewhere.stdout.readline().strip()}}
        async with pool_of({**notes("--sdk", warm=0), **address}) as pool:
            session = await pool.open(["notes", "banking"], seed=1)
            assert json.loads((await session.call("list_accounts", {})).output)["accounts"]
            assert not (await session.call("transfer_between_accounts", {})).ok
            assert (await session.call("add_note", NOTE)).ok and "Bread" in await titles(session)
    finally:
        elsewhere.terminate()
        assert elsewhere.wait(10) == 0


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"isolation": "proces", "command": ["x"]}, "isolation 'proces' is none of session, process, shared"),
        ({"command": ["x"]}, "isolation '' is none of"),
        ({"isolation": "process"}, "it needs a command or a url"),
        ({"isolation": "shared", "command": ["x"], "url": "http://x"}, "both a command and a url"),
        ({"isolation": "process", "url": "http://x"}, "isolation process needs a command"),
        ({"isolation": "shared", "command": "npx x"}, "as a list of words, not as 'npx x'"),
        ({"isolation": "shared", "command": ["x", "{seed}"]}, "{seed} differs from episode to episode"),
        ({"isolation": "shared", "command": ["x"], "env": {"F": "{folder}/x"}}, "{folder} differs from episode"),
        ({"isolation": "shared", "url": "http://x", "env": {"A": "b"}}, "env is for a command"),
        ({"isolation": "process", "command": ["x"], "warm": -1}, "warm is a number of processes, not -1"),
        (
            {"isolation": "process", "command": ["x"], "values": {"name": "Ann"}},
            "values maps a parameter name to a list",
        ),
        ({"isolation": "session", "command": ["x"], "without": ["a"]}, "without is for isolation process and shared"),
        ({"isolation": "process", "comand": ["x"]}, "has no option comand; did you mean command?"),
        ("npx x", "needs isolation and a command or url; it is 'npx x'"),
    ],
)
def test_a_wrong_configuration_is_one_sentence_that_names_the_server(options, sentence):
    with pytest.raises(Misconfigured) as raised:
        read_external("mine", options)
    assert str(raised.value).startswith("external server mine") and sentence in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"command": ["no-such-command"]}, "server notes is not available: [Errno 2] No such file or directory"),
        ({"command": ["{python}", "-c", "raise SystemExit('no key given')"]}, "it did not start: no key given"),
        ({"isolation": "shared", "without": ["list_notes", "get_note"]}, "lists no tool annotated as read-only"),
        ({"without": ["send_note"]}, "it has no tool send_note to do without"),
    ],
)
def test_a_server_that_cannot_be_used_is_one_sentence(options, sentence):
    choice = {"names": ["notes"], "call_timeout": 5, "max_restarts": 1, "external": notes(**options)}
    assert sentence in (unusable(choice) or "")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with initialize_config_dir(str(Path("conf").absolute()), version_base="1.3"):
        cfg = compose("synthesize", ["synthesis=tiny"])
    servers = {"names": ["notes"], "call_timeout": 20, "external": notes(seed="{seed}")}
    rows = {"train": {"multi_turn": 10}, "validation": {"multi_turn": 0}, "heldout": {"multi_turn": 0}}
    more = {"seed": 0, "workers": 1, "servers": servers, "splits": rows, "out": str(tmp_path_factory.mktemp("data"))}
    return synthesize(OmegaConf.merge(OmegaConf.to_container(cfg), more))


def rows_of(made) -> list[tuple[Example, list[dict]]]:
    table = pq.read_table(made / "train.parquet").to_pylist()
    return [(Example.from_json(row["extra_info"]["example"]), json.loads(row["tools"])) for row in table]


def test_rows_ask_for_what_the_server_shows_and_look_up_what_they_name(made):
    examples = [example for example, _ in rows_of(made)]
    used = Counter(call.name for example in examples for call in example.ground_truth.calls)
    assert len(examples) == 10 and len({user for example in examples for user in example.user_turns}) >= 10
    assert {"list_notes", "get_note"} <= set(used) and used["add_note"] + used["archive_note"]
    assert any(example.ground_truth.edges for example in examples)


def test_the_ground_truth_earns_the_full_reward_and_says_nothing_nobody_said(made):
    limits = Limits(
        max_user_turns=5, max_assistant_turns=20, max_calls_per_turn=8, max_result_chars=4000, max_failed_turns=3
    )

    async def play():
        weights = load_weights("prove")
        async with pool_of(notes(seed="{seed}")) as pool:
            for example, functions in rows_of(made):
                session = await pool.open(["notes"], example.world_seed)
                policy = GoldPolicy(example)
                episode = await run_episode(
                    example, functions, session, policy, limits, partial(score, weights=weights)
                )
                await session.close()
                assert all(call.ok for call in episode.calls)
                if example.kind == "multi_turn":
                    assert episode.reward.exact and episode.reward.total == pytest.approx(1.3)
                heard = " ".join([*example.user_turns, *(call.output for call in episode.calls)]).casefold()
                values = [value for call in episode.calls for value in call.arguments.values()]
                assert all(str(value).casefold() in heard for value in values)

    asyncio.run(play())


def test_names_are_compared_by_their_words_in_the_singular():
    assert words_of("entityNames") == words_of("entity_name") == ("entity", "name")
    assert words_of("HTTPStatus") == ("http", "status") and words_of("addresses-2") == ("address", "2")


def test_values_are_read_off_json_and_off_lines_of_text():
    listed = '{"entities": [{"name": "Ann", "observations": ["tall"]}], "next": null}'
    assert {(one.words, one.value) for one in shown("read_graph", {}, listed)} == {
        (("entity", "name"), "Ann"),
        (("entity", "observation"), "tall"),
    }
    seen = list(shown("get_user", {}, "User found\n- Id: U-7\n- full name = Ann Holt\n"))
    assert [(one.words, one.value) for one in seen] == [(("user", "id"), "U-7"), (("user", "full", "name"), "Ann Holt")]


@pytest.mark.parametrize(
    "description, order",
    [
        ("Adds a note. It is kept.", "add a note"),
        ("Echoes back the input string", "echo back the input string"),
        ("Searches nodes\nwith care", "search nodes"),
        ("This tool adds a note.", ""),
        ("", ""),
    ],
)
def test_a_description_becomes_an_order(description, order):
    assert imperative(description) == order


def test_values_are_told_letter_by_letter():
    told_all = told([{"name": "Ann Holt", "kinds": ["works_at", "x"]}, {"name": "N-1", "open": True}])
    assert told_all == 'name "Ann Holt" and kinds works_at and x; name N-1 and open true'


def test_every_external_server_in_conf_can_be_meant_and_is_pinned():
    chosen = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "conf/servers").glob("*.yaml"))]
    external = {name: each for one in chosen for name, each in (one.get("external") or {}).items()}
    assert {"memory", "everything"} <= set(external)
    for name, each in read_externals(external).items():
        package = next(word for word in each.command if word.startswith("@modelcontextprotocol/"))
        assert package.count("@") == 2, name
