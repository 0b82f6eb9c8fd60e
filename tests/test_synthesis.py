"""Synthesised rows: grounded, replayable, reproducible, and never on shared worlds."""

import asyncio
import json
from collections import Counter

import pyarrow.parquet as pq
import pytest
from omegaconf import OmegaConf

from prove.sessions import ServerPool
from prove.synthesize import synthesize
from prove.types import Example

SERVERS = ["banking", "calendar", "food_delivery"]


def config(out, **changes):
    cfg = OmegaConf.load("conf/synthesis/scripted.yaml")
    cfg.merge_with(
        {
            "out": str(out),
            "seed": 0,
            "workers": 1,
            "servers": {"names": SERVERS, "call_timeout": 10},
            "splits": {"train": {"rows": 60}, "validation": {"rows": 6}, "heldout": {"rows": 12}},
        }
    )
    cfg.merge_with(changes)
    return cfg


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return synthesize(config(tmp_path_factory.mktemp("data")))


def examples(path):
    return [Example.from_json(row["extra_info"]["example"]) for row in pq.read_table(path).to_pylist()]


def test_every_row_is_complete(made):
    rows = pq.read_table(made / "train.parquet").to_pylist()
    assert len(rows) >= 58
    for row in rows:
        example = Example.from_json(row["extra_info"]["example"])
        offered = {function["function"]["name"] for function in json.loads(row["tools"])}
        assert row["agent_name"] == "mcp"
        assert row["prompt"][0] == {"role": "user", "content": example.user_turns[0]}
        assert {call.name for call in example.ground_truth.calls} <= offered
        assert len(example.ground_truth.turns) == len(example.ground_truth.steps)


def test_rows_cover_the_servers_and_kinds(made):
    kinds = Counter(example.kind for example in examples(made / "train.parquet"))
    servers = Counter(name for example in examples(made / "train.parquet") for name in example.servers)
    assert kinds["multi_turn"] > 40 and kinds["abstention"] >= 1
    assert set(servers) == set(SERVERS)


def test_worlds_of_the_splits_are_disjoint(made):
    seeds = {split: {e.world_seed for e in examples(made / f"{split}.parquet")} for split in ("train", "heldout")}
    assert not seeds["train"] & seeds["heldout"]


def test_overlapping_worlds_are_refused(tmp_path):
    with pytest.raises(SystemExit, match="world seeds of train and heldout overlap"):
        synthesize(config(tmp_path, splits={"heldout": {"first_seed": 1_000_010}}))


def test_the_same_seed_makes_the_same_rows_whatever_the_workers(made, tmp_path):
    again = synthesize(config(tmp_path, workers=2))
    assert pq.read_table(again / "train.parquet") == pq.read_table(made / "train.parquet")


def test_edges_point_forward_and_ids_come_from_earlier_results_or_the_user(made):
    for example in examples(made / "train.parquet"):
        assert all(i < j for i, j in example.ground_truth.edges)


def test_ground_truth_replays_on_a_fresh_server(made):
    async def replay():
        async with ServerPool(SERVERS, transport="inprocess") as pool:
            for example in examples(made / "heldout.parquet"):
                session = await pool.open(SERVERS, example.world_seed)
                for call in example.ground_truth.calls:
                    result = await session.call(call.name, call.arguments)
                    assert result.ok, (example.id, call, result)
                await session.close()

    asyncio.run(replay())


def test_values_of_the_ground_truth_are_said_or_shown(made):
    """Nothing has to be guessed: every string argument occurs in a user turn or in an earlier result."""

    async def check():
        async with ServerPool(SERVERS, transport="inprocess") as pool:
            for example in examples(made / "train.parquet"):
                session = await pool.open(SERVERS, example.world_seed)
                seen = " ".join(example.user_turns).casefold()
                for call in example.ground_truth.calls:
                    for value in call.arguments.values():
                        if isinstance(value, str):
                            assert value.replace("_", " ").casefold() in seen.replace("_", " "), (example, value)
                    seen += (await session.call(call.name, call.arguments)).output.casefold()
                await session.close()

    asyncio.run(check())


def test_stats_and_card_describe_what_was_written(made):
    stats = json.loads((made / "stats.json").read_text())
    assert stats["train"]["examples"] == len(examples(made / "train.parquet"))
    assert "| heldout |" in (made / "card.md").read_text()
