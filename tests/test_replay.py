"""`python -m prove.score FILE.jsonl --replay`: what was stored comes out again, and what was changed is named."""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from prove.episode import Limits, ServerLost, run_episode
from prove.policies import hermes
from prove.reward_files import load_reward
from prove.score import main
from prove.sessions import ServerPool
from prove.supervisor import Unavailable
from prove.types import Example, GroundTruth, Step, ToolCall

LIMITS = Limits(
    max_user_turns=5, max_assistant_turns=10, max_calls_per_turn=3, max_result_chars=300, max_failed_turns=3
)
FUNCTIONS = [
    {"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}
    for name in ("list_accounts", "find_payee", "transfer_between_accounts")
]
MOVE = ToolCall("transfer_between_accounts", {"from_account_id": "", "to_account_id": "", "amount": 1.5})


class Says:
    """Says these lines."""

    name = "says"

    def __init__(self, lines: list[str]):
        self.lines = list(lines)

    async def start(self, messages, functions): ...

    async def generate(self):
        return self.lines.pop(0)

    async def append(self, messages):
        return True


async def accounts(pool: ServerPool) -> list[str]:
    session = await pool.open(["banking"], 11)
    listed = json.loads((await session.call("list_accounts", {})).output)["accounts"]
    return [each["account_id"] for each in listed if each["currency"] == "EUR"][:2]


async def episode(servers=("banking",)) -> dict:
    """Looks, moves money, fails, writes what is no call, makes one call too many; then answers."""
    async with ServerPool(servers, transport="inprocess") as pool:
        source, target = await accounts(pool)
        move = {"from_account_id": source, "to_account_id": target, "amount": 1.5}
        truth = GroundTruth((Step((ToolCall(MOVE.name, move),)),), (), (0,))
        looks = {"name": "list_accounts", "arguments": {}}
        moves = {"name": MOVE.name, "arguments": move}
        nobody = {"name": "find_payee", "arguments": {"name": "nobody"}}
        unknown = {"name": "no_such_tool", "arguments": {}}
        lines = [hermes([looks, moves, nobody, unknown]), "Moved.", "<tool_call>{oops</tool_call>", "Done."]
        example = Example("heldout-1", "multi_turn", servers, 11, ("Move 1.50.", "Thanks."), truth, system="It is May.")
        session = await pool.open(servers, 11)
        played = await run_episode(example, FUNCTIONS, session, Says(lines), LIMITS, load_reward("prove_state"))
        return json.loads(played.to_json())


@pytest.fixture(scope="module")
def stored() -> dict:
    return asyncio.run(episode())


@pytest.fixture
def replay(tmp_path, capsys):
    """Replays values as lines; the status, what was printed and what was said on standard error."""

    def run(*lines, name: str = "episodes.jsonl", words: tuple[str, ...] = ()) -> tuple[int, str, str]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        status = main([str(path), "--replay", *words])
        said = capsys.readouterr()
        return status, said.out.replace(f"{tmp_path}/", ""), said.err.replace(f"{tmp_path}/", "")

    return run


def test_an_episode_is_verified_with_its_refusals_and_unreadable_calls(stored, replay):
    assert [call["ok"] for call in stored["calls"]] == [True, True, True, False, False]
    assert any("characters)" in message["content"] for message in stored["messages"]), "one result was cut"
    status, out, err = replay(stored, stored)
    assert (status, out) == (0, "") and "2 verified, 0 differs, 0 cannot be verified" in err


def result_text(line):
    line["calls"][1]["output"] = line["calls"][1]["output"].replace("1.5", "9.5")


def argument(line):
    line["calls"][1]["arguments"]["amount"] = 1.6


def ok_flag(line):
    line["calls"][3]["ok"] = True


def order(line):
    line["calls"][0], line["calls"][1] = line["calls"][1], line["calls"][0]


def hash_after(line):
    line["hash_after"]["banking"] = line["hash_before"]["banking"]


def hash_before(line):
    line["hash_before"]["banking"] = "0" * 32


def component(line):
    line["reward"]["coverage"] += 0.25


def inserted(line):
    line["calls"].insert(1, copy.deepcopy(line["calls"][2]))


def removed(line):
    del line["calls"][2]


def said_to_the_policy(line):
    line["messages"][3]["content"] = "[]"


def ending(line):
    line["ending"]["reached"] = {}


def turn(line):
    line["calls"][4]["turn"] = 0


def world(line):
    line["conditions"]["world_seed"] += 1


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (result_text, "call 2 transfer_between_accounts: output: stored "),
        (argument, "call 2 transfer_between_accounts: arguments.amount: stored 1.6, replayed 1.5"),
        (ok_flag, "call 4 no_such_tool: ok: stored true, replayed false"),
        (order, "calls 1, 2: stored in another order than the conversation makes them"),
        (hash_after, "hash_after.banking: stored "),
        (hash_before, 'hash_before.banking: stored "00000000000000000000000000000000", replayed '),
        (component, "reward.coverage: stored 1.25, replayed 1.0"),
        (inserted, "call 2 find_payee("),
        (removed, 'call 3 find_payee({"name": "nobody"}): made in the conversation, but not stored'),
        (said_to_the_policy, "message 4: stored "),
        (ending, "ending.reached.banking: stored nothing, replayed "),
        (turn, "call 5 : turn: stored 0, replayed 1"),
        (world, "hash_before.banking: stored "),
    ],
)
def test_what_was_changed_is_named_with_its_line(tamper, named, stored, replay):
    changed = copy.deepcopy(stored)
    tamper(changed)
    status, out, err = replay(stored, changed)
    assert status == 1 and "1 verified, 1 differs, 0 cannot be verified" in err
    assert out.splitlines()[0].startswith(f"episodes.jsonl:2: {named}"), out


def test_a_change_of_another_version_of_a_server_is_not_blamed_on_the_line(stored, replay):
    other = copy.deepcopy(stored)
    other["conditions"]["versions"]["banking"] = "1.0.0+0123456789abcdef"
    assert replay(other)[0] == 0, "the same came out all the same"
    result_text(other)
    status, out, err = replay(other)
    assert (status, out) == (0, "") and "it was stored by banking 1.0.0+0123456789abcdef, here is 1.0.0+" in err


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"conditions": None}, "there is no config.yaml of its run"),
        ({"messages": None}, "it has no messages"),
        ({"hash_after": {"banking": ""}}, "server banking was not available when it ended"),
        ({"hash_before": {"no_such": "x"}, "hash_after": {"no_such": "x"}}, "no server no_such"),
    ],
)
def test_what_cannot_be_verified_says_why(change, reason, stored, replay):
    status, out, err = replay({**stored, **change})
    assert (status, out) == (0, "") and "1 cannot be verified" in err
    assert reason in err and "(first: episodes.jsonl:1)" in err


def old(line: dict) -> dict:
    """As it was written before lines had conditions."""
    return {key: value for key, value in line.items() if key != "conditions"}


def test_an_old_episode_takes_the_seed_of_its_world_from_its_row(stored, replay, tmp_path):
    row = {"id": "heldout-1", "world_seed": 11, "ground_truth": stored["ground_truth"]}
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist([{"extra_info": {"example": json.dumps(row)}}]), path)
    run = tmp_path / "run"
    run.mkdir()
    settings = {"rollout": dict(vars(LIMITS)), "reward": load_reward("prove_state").node(), "data": {}}
    (run / "config.yaml").write_text(yaml.safe_dump(settings))
    name = "run/episodes/heldout/00000.jsonl"
    assert "its row is not here (--rows FILE.parquet)" in replay(old(stored), name=name)[2]
    rows = ("--rows", str(path))
    assert replay(old(stored), name=name, words=rows)[0] == 0
    changed = copy.deepcopy(stored)
    ok_flag(changed)
    assert replay(old(changed), name=name, words=rows)[0] == 1
    truthless = {**old(stored), "ground_truth": {"steps": [], "edges": [], "turns": []}}
    assert "the row of its name has another ground truth" in replay(truthless, name=name, words=rows)[2]


def test_processes_say_the_same_as_one(stored, replay):
    changed = copy.deepcopy(stored)
    argument(changed)
    assert replay(stored, changed, words=("--jobs", "2")) == replay(stored, changed)


def test_a_line_that_is_no_episode_is_named_and_the_others_are_verified(stored, replay):
    status, _, err = replay(stored, "{oops", stored)
    assert status == 2
    assert "episodes.jsonl:2: no JSON" in err and "2 verified, 0 differs, 0 cannot be verified, 1 no episodes" in err


def test_files_and_rows_that_are_not_there_are_said_in_one_line(stored, replay, tmp_path, capsys):
    assert main([str(tmp_path / "nowhere.jsonl"), "--replay"]) == 2
    assert "nowhere.jsonl" in capsys.readouterr().err
    status, _, err = replay(stored, words=("--rows", "nowhere.parquet"))
    assert status == 2 and "nowhere.parquet has no rows that can be read" in err


@pytest.mark.parametrize("when", ["call", "end"])
def test_an_episode_whose_server_is_lost_for_good_is_none(when, monkeypatch):
    """Its refusals would teach the policy, and its ending would be no ending."""

    async def gone(self, *_):
        raise Unavailable("server banking is not available")

    async def run() -> None:
        copy_of = "prove.journal.Copy"
        monkeypatch.setattr(f"{copy_of}.call" if when == "call" else f"{copy_of}.diff", gone)
        async with ServerPool(["banking"], transport="inprocess") as pool:
            session = await pool.open(["banking"], 11)
            lines = [hermes([{"name": "list_accounts", "arguments": {}}]), "Done."]
            example = Example("e", "multi_turn", ("banking",), 11, ("Which accounts?",), GroundTruth())
            await run_episode(example, FUNCTIONS, session, Says(lines), LIMITS, load_reward("prove"))

    with pytest.raises(ServerLost, match="server banking (is|was) not available"):
        asyncio.run(run())


def test_recorded_responses_are_replayed_by_the_name_of_their_cache(replay, tmp_path, monkeypatch):
    from tests.recorded.made import write

    monkeypatch.setenv("PROVE_CACHES", str(tmp_path))
    assert write(Path(tmp_path / "shop.sqlite")).returncode == 0

    async def made() -> dict:
        functions = [{"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}]
        lines = [hermes([{"name": "find", "arguments": {"query": each}} for each in ("Paris", "Rome")]), "Done."]
        async with ServerPool(["shop"], transport="inprocess") as pool:
            session = await pool.open(["shop"], 0)
            example = Example("e", "multi_turn", ("shop",), 0, ("Find Paris.",), GroundTruth())
            played = await run_episode(example, functions, session, Says(lines), LIMITS, load_reward("graduated"))
            return json.loads(played.to_json())

    line = asyncio.run(made())
    assert [call["ok"] for call in line["calls"]] == [True, False]
    assert replay(line)[0] == 0
    line["calls"][0]["output"] = "{}"
    assert replay(line)[0] == 1
