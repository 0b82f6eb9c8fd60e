"""A live server is recorded as it answers in untouched worlds, the same every time, and goes on after a kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from prove.synthesis import record as recording
from prove.synthesis.graph import Edge, Graph, schema_hash
from prove.synthesis.live import in_process
from prove.synthesis.record import plans_of, record, worlds_of
from prove.types import Example, GroundTruth, Step, ToolCall
from servers.control import describe
from servers.host import Host
from servers.recorded.cache import Cache
from servers.recorded.check import check
from tests.recorded.made import ROOT

EDGES = (
    Edge("list_accounts", "get_account", "explicit", "accounts[].account_id", "account_id"),
    Edge("list_accounts", "list_transactions", "explicit", "accounts[].account_id", "account_id"),
)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory) -> Path:
    """A graph of two edges in place of the one that live execution makes: that takes a minute."""
    folder = tmp_path_factory.mktemp("graphs")
    digest = schema_hash([describe(tool) for tool in Host("banking").tools.values()])
    graph = Graph("banking", digest, EDGES)
    (folder / f"banking-{digest}.json").write_text(graph.to_json())
    return folder


def options(tmp_path: Path, graphs: Path, *overrides: str) -> dict[str, Any]:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        words = ["synthesis=record", "servers=banking", f"graphs={graphs}", f"caches={tmp_path}", "asks=1", *overrides]
        return OmegaConf.to_container(compose("synthesize", words), resolve=True)  # type: ignore[return-value]


def calls(cache: Cache) -> list[tuple[Any, ...]]:
    return list(cache.rows("SELECT tool, world, arguments, response, error FROM responses ORDER BY tool, world, key"))


def example(*steps: ToolCall, world: int) -> Example:
    truth = GroundTruth(tuple(Step((call,)) for call in steps))
    return Example("a", "multi_turn", ("banking", "calendar"), world, ("Do it.",), truth)


def dataset(tmp_path: Path, *examples: Example) -> Path:
    rows = [{"extra_info": {"example": each.to_json()}} for each in examples]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


@pytest.fixture(scope="module")
def banking(graphs, tmp_path_factory) -> Cache:
    folder = tmp_path_factory.mktemp("recorded")
    written, summary = record(options(folder, graphs, "worlds=3-4", "calls=60"))
    assert "banking, 17 tools" in written and "of 2 worlds" in written
    assert summary.startswith("banking: ") and "of 17 tools answered without error" in summary
    assert sorted(each.suffix for each in folder.iterdir()) == [".done", ".sqlite"]
    return Cache(folder / "banking.sqlite")


def test_every_response_is_that_of_the_untouched_world(banking):
    live = Host("banking")
    for tool, world, arguments, response, error in calls(banking):
        live.open("a", world)
        outcome = live.call("a", tool, json.loads(arguments))
        assert (outcome.text, outcome.ok) == (response, not error), (tool, arguments)


def test_the_tools_are_listed_as_the_live_server_lists_them(banking):
    assert [tool.listed for tool in banking.tools.values()] == [
        describe(tool) for tool in Host("banking").tools.values()
    ]
    assert check(banking.file) == len(calls(banking))


def test_reads_and_writes_are_recorded_in_every_world(banking):
    reading = {name for name, tool in Host("banking").tools.items() if tool.hints.read_only}
    for world in (3, 4):
        answered = {tool for tool, each, _, _, error in calls(banking) if each == world and not error}
        assert reading <= answered and answered - reading, "reads and writes"


def test_the_graph_leads_from_one_answer_to_the_next_call(banking):
    for world in (3, 4):
        (listed,) = banking.find("list_accounts", world, "{}")[:1]
        for account in json.loads(listed)["accounts"][:4]:
            assert banking.find(
                "get_account", world, json.dumps({"account_id": account["account_id"]}, separators=",:")
            )


def test_the_budget_bounds_the_calls_of_a_world(graphs, tmp_path):
    record(options(tmp_path, graphs, "worlds=3", "calls=1"))
    few = len(calls(Cache(tmp_path / "banking.sqlite")))
    record(options(tmp_path, graphs, "worlds=3", "calls=30"))
    assert 0 < few < len(calls(Cache(tmp_path / "banking.sqlite"))) <= few + 29


def test_a_recording_that_was_killed_goes_on_and_comes_to_the_same_bytes(banking, graphs, tmp_path, monkeypatch):
    explored = recording._world

    def killed(subject, plan, world):
        if world == 4:
            raise KeyboardInterrupt
        return explored(subject, plan, world)

    cfg = options(tmp_path, graphs, "worlds=3-4", "calls=60")
    monkeypatch.setattr(recording, "_world", killed)
    with pytest.raises(KeyboardInterrupt):
        record(cfg)
    (journal,) = tmp_path.iterdir()
    with journal.open("a") as file:
        file.write('{"world": 4, "counts": {}, "calls": 9}\n{"tool": "list_acc')
    worlds = []
    monkeypatch.setattr(recording, "_world", lambda *given: worlds.append(given[2]) or explored(*given))
    record(cfg)
    assert worlds == [4]
    assert (tmp_path / "banking.sqlite").read_bytes() == banking.file.read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == [journal.with_suffix(".done").name, "banking.sqlite"]


def test_what_is_recorded_is_not_recorded_again_unless_something_else_is_asked_or_it_is_gone(graphs, tmp_path):
    file, cfg = tmp_path / "banking.sqlite", options(tmp_path, graphs, "worlds=3", "calls=1")
    said = record(cfg)
    first = file.stat().st_mtime_ns
    assert record(cfg) == said and file.stat().st_mtime_ns == first
    record(options(tmp_path, graphs, "worlds=3", "calls=2"))
    assert file.stat().st_mtime_ns != first, "another plan"
    file.unlink()
    assert record(cfg) == said and file.is_file(), "the first plan again"


def token_and_card(world: int) -> tuple[ToolCall, ...]:
    """A call, and the same after another that changes what it answers."""
    live = Host("banking")
    live.open("a", world)
    accounts = json.loads(live.call("a", "list_accounts", {}).text)["accounts"]
    source, target, *_ = [each["account_id"] for each in accounts if each["currency"] == "EUR"]
    moved = {"from_account_id": source, "to_account_id": target, "amount": 1}
    look = ToolCall("get_account", {"account_id": source})
    return look, ToolCall("transfer_between_accounts", moved), look


def test_rows_of_a_dataset_are_answered_in_their_worlds(graphs, tmp_path):
    rows = dataset(tmp_path, example(*token_and_card(9), ToolCall("list_events", {}), world=9))
    _, summary = record(options(tmp_path / "caches", graphs, "worlds=null", f"rows=[{rows}]", "calls=0"))
    assert "1 rows, 3 calls: 0 work only in the order of the row, 1 are answered otherwise than live" in summary
    cache = Cache(tmp_path / "caches" / "banking.sqlite")
    assert cache.worlds == (9,)
    live = Host("banking")
    live.open("a", 9)
    look = token_and_card(9)[0]
    found = cache.find("get_account", 9, json.dumps(look.arguments, separators=(",", ":")))
    assert found == (live.call("a", "get_account", look.arguments).text, False)


def test_a_call_that_only_works_after_another_is_kept_as_it_worked(graphs, tmp_path):
    live = Host("banking")
    live.open("a", 9)
    made = live.call("a", "add_payee", {"name": "Corner Kiosk", "iban": "DE89370400440532013000"})
    assert made.ok, made.text
    payee = {"payee_id": json.loads(made.text)["payee_id"]}
    steps = (
        ToolCall("add_payee", {"name": "Corner Kiosk", "iban": "DE89370400440532013000"}),
        ToolCall("remove_payee", payee),
    )
    rows = dataset(tmp_path, example(*steps, world=9))
    _, summary = record(options(tmp_path / "caches", graphs, "worlds=null", f"rows=[{rows}]", "calls=0"))
    assert "2 calls: 1 work only in the order of the row, 0 are answered otherwise than live" in summary
    found = Cache(tmp_path / "caches" / "banking.sqlite").find(
        "remove_payee", 9, json.dumps(payee, separators=(",", ":"))
    )
    assert found is not None and found[1] is False


def test_a_recorded_server_answers_in_the_place_of_the_live_one(banking):
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = OmegaConf.to_container(compose("synthesize", ["servers=recorded"]).servers, resolve=True)
    words = cfg["external"]["banking"]["command"]
    words[-1] = str(banking.file.parent)
    with in_process({**cfg, "names": ["banking"]}) as live:
        session = live.open(["banking"], 3)
        assert session.call("list_accounts", {}).output == banking.find("list_accounts", 3, "{}")[0]
        assert "nothing was recorded of world 5" in live.open(["banking"], 5).call("list_accounts", {}).output


def test_a_server_of_somebody_else_is_recorded_as_it_spoke(tmp_path, monkeypatch):
    command = ["{python}", "tests/note_server.py", "{seed}"]
    notes = {"isolation": "process", "command": command, "warm": 1}
    servers = {"names": ["notes"], "external": {"notes": notes}, "call_timeout": 30}
    with in_process(servers) as live:
        digest = schema_hash(live.tools("notes"))
    edge = Edge("list_notes", "get_note", "explicit", "notes[].note_id", "note_id")
    (tmp_path / f"notes-{digest}.json").write_text(Graph("notes", digest, (edge,)).to_json())
    record({**options(tmp_path, tmp_path, "worlds=1-2", "calls=12"), "servers": servers})
    cache = Cache(tmp_path / "notes.sqlite")
    assert cache.worlds == (1, 2) and not any("outputSchema" in tool.listed for tool in cache.tools.values())
    listed = json.loads(cache.find("list_notes", 1, "{}")[0])["notes"]
    assert listed and listed != json.loads(cache.find("list_notes", 2, "{}")[0])["notes"]
    note = json.dumps({"note_id": listed[0]["note_id"]}, separators=(",", ":"))
    assert json.loads(cache.find("get_note", 1, note)[0])["title"] == listed[0]["title"]
    monkeypatch.setenv("PROVE_CACHES", str(tmp_path))
    text = Host("notes").call(None, "archive_note", json.loads(note)).text
    assert text == f"archived {listed[0]['note_id']}: {listed[0]['title']}"


@pytest.mark.parametrize("word, worlds", [("{seed}", (1, 2, 3)), ("7", (0,))])
def test_one_world_stands_for_all_of_a_server_that_takes_no_seed(tmp_path, word, worlds):
    command = ["{python}", "tests/note_server.py", word]
    servers = {"names": ["notes"], "external": {"notes": {"isolation": "process", "command": command}}}
    cfg = {**options(tmp_path, tmp_path, "worlds=1-3"), "servers": servers}
    with in_process(servers) as live:
        (plan,) = plans_of(cfg, live.external)
    assert plan.worlds == worlds


@pytest.mark.parametrize(
    "said, worlds", [(7, [7]), ("0-2", [0, 1, 2]), (["4", 6, "8-9"], [4, 6, 8, 9]), (None, []), ([], [])]
)
def test_worlds_are_numbers_and_spans(said, worlds):
    assert worlds_of(said) == worlds


@pytest.mark.parametrize(
    "words, reason",
    [
        (["worlds=a-b"], "worlds=a-b is neither a number nor a span such as 0-9"),
        (["worlds=null"], "no world of banking to record"),
        (["servers=booking"], "there is no live server booking to record"),
        (["calls=-1"], "calls=-1 must be a whole number from 0 on"),
        (["rows=[none.parquet]"], "none.parquet is missing or no file"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_is_written(graphs, tmp_path, words, reason):
    with pytest.raises(ValueError, match=reason):
        record(options(tmp_path / "caches", graphs, *words))
    assert not (tmp_path / "caches").exists()


def test_a_dataset_that_is_none_is_refused_with_its_row(graphs, tmp_path):
    pq.write_table(pa.Table.from_pylist([{"extra_info": {"example": "{}"}}]), tmp_path / "rows.parquet")
    with pytest.raises(ValueError, match="rows.parquet row 0 is no row of a dataset: KeyError"):
        record(options(tmp_path, graphs, f"rows=[{tmp_path}/rows.parquet]"))
