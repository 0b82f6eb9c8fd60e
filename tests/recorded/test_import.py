"""The public BookingAPI files become a cache that replays them; a source that is not as it should be is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from prove.synthesis.booking_import import import_booking, normal_schema, read_source
from prove.synthesis.replay import replay_booking
from servers.recorded.cache import Cache
from tests.recorded.made import ROOT

TRACES = ["train_traces.jsonl", "eval_traces.jsonl"]
TOOLS = [
    {
        "name": "Search_Place",
        "description": "Finds places.",
        "parameters": {"type": "dict", "properties": {"query": {"type": "string"}}, "required": ["query"]},
        "response": {"type": "dict", "properties": {}},
    },
    {
        "name": "Search_Hotels",
        "description": "Finds hotels.",
        "parameters": {
            "type": "dict",
            "properties": {
                "lat": {"type": "float"},
                "type": {"type": "string"},
                "legs": {"type": "array", "items": {"type": "dict", "properties": {"from": {"type": "string"}}}},
            },
        },
        "response": {"type": "dict", "properties": {}},
    },
]
PARIS = {"status": True, "data": [{"lat": 48.0, "name": "Paris"}]}


def step(tool: str, arguments: dict[str, Any], response: Any) -> dict[str, Any]:
    call = {"function": tool, "arguments": arguments}
    return {"ground_truth": call, "depends_on": [], "execution_result": {**call, "execution_result": response}}


def trace(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"query": "Find me something.", "workflow_pattern": [], "steps": list(steps)}


TRAIN = [
    trace(step("Search_Place", {"query": "Paris"}, PARIS), step("Search_Hotels", {"lat": 48.0}, [{"id": 1}])),
    trace(step("Search_Place", {"query": "Paris"}, PARIS)),
]
EVAL = [
    trace(step("Search_Place", {"query": "Paris"}, {"status": True, "data": []})),
    trace(step("Search_Hotels", {"lat": 48}, ""), step("Search_Place", {"query": "Lyon"}, {"status": False})),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "tools.json").write_text(json.dumps(TOOLS))
    (folder / "workflow_templates.json").write_text(json.dumps({"workflows": [], "metadata": {}}))
    for name, traces in zip(TRACES, (TRAIN, EVAL), strict=True):
        (folder / name).write_text("".join(f"{json.dumps(each)}\n" for each in traces))
    return folder


def imported(source: Path, tmp_path: Path, traces: list[str] = TRACES) -> str:
    return import_booking(str(source), traces, str(tmp_path / "out"), str(tmp_path / "caches"), "travel")


def test_types_become_those_of_json_schema_and_names_stay():
    assert normal_schema(TOOLS[1]["parameters"]) == {
        "type": "object",
        "properties": {
            "lat": {"type": "number"},
            "type": {"type": "string"},
            "legs": {"type": "array", "items": {"type": "object", "properties": {"from": {"type": "string"}}}},
        },
    }
    assert normal_schema({"properties": {"items": {"type": "float"}}}) == {"properties": {"items": {"type": "number"}}}


def test_an_import_replays_by_mcp(source, tmp_path):
    said = imported(source, tmp_path)
    assert "travel, 2 tools, 3 responses (0 errors) of 1 world, 1 came again, 1 other responses left out" in said
    train, held_out = replay_booking(TRACES, str(tmp_path / "out"), str(tmp_path / "caches"), "travel")
    assert str(train) == "2 traces of train_traces.jsonl: 3 calls, 3 equal responses"
    assert (held_out.calls, held_out.equal, held_out.other, held_out.refused) == (2, 1, 1, 0)
    assert 'Search_Place {"query": "Paris"}' in str(held_out)


def test_the_file_that_is_named_first_has_the_say(source, tmp_path):
    imported(source, tmp_path, TRACES[::-1])
    held_out, train = replay_booking(TRACES[::-1], str(tmp_path / "out"), str(tmp_path / "caches"), "travel")
    assert (held_out.equal, held_out.other) == (2, 0) and (train.equal, train.other) == (1, 2)


def test_nothing_depends_on_the_source_afterwards(source, tmp_path):
    imported(source, tmp_path)
    out = tmp_path / "out"
    assert sorted(each.name for each in out.iterdir()) == sorted([*TRACES, "tools.json", "workflow_templates.json"])
    for name in (*TRACES, "workflow_templates.json"):
        assert (out / name).read_bytes() == (source / name).read_bytes()
    listed = json.loads((out / "tools.json").read_text())
    cache = Cache(tmp_path / "caches" / "travel.sqlite")
    assert listed == [tool.listed for tool in cache.tools.values()]
    assert listed[0]["inputSchema"]["type"] == "object" and listed[0]["annotations"]["readOnlyHint"] is True


def test_an_import_twice_makes_the_same_bytes(source, tmp_path):
    imported(source, tmp_path)
    cache = tmp_path / "caches" / "travel.sqlite"
    before = cache.read_bytes()
    imported(source, tmp_path)
    assert cache.read_bytes() == before


def write(file: Path, value: Any) -> None:
    file.write_text(value if isinstance(value, str) else json.dumps(value))


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("tools.json", "{", "tools.json: no JSON"),
        ("tools.json", {}, "tools.json is missing or no list"),
        ("tools.json", [{"name": "a", "description": "b"}], "tool 0 parameters is missing or no object"),
        ("tools.json", [{**TOOLS[0], "name": ""}], "tool 0 name is no text or empty"),
        ("tools.json", TOOLS[:1], "there is no tool Search_Hotels; the nearest is Search_Place"),
        ("tools.json", [{**TOOLS[0], "parameters": {"type": "strnig"}}, TOOLS[1]], "its schema is no JSON schema"),
        ("tools.json", [TOOLS[0], {**TOOLS[1], "parameters": {"type": "dict"}}], "Search_Hotels has no argument lat"),
        ("workflow_templates.json", {"workflow": []}, "workflow_templates.json workflows is missing or no list"),
        ("train_traces.jsonl", "", "train_traces.jsonl has no traces"),
        ("train_traces.jsonl", json.dumps(TRAIN[0]) + "\n{\n", "train_traces.jsonl line 2: no JSON"),
        ("train_traces.jsonl", {"steps": 3}, "line 1 steps is missing or no list"),
        ("train_traces.jsonl", {"steps": [{}]}, "line 1 step 0 ground_truth is missing or no object"),
        ("train_traces.jsonl", {"steps": [{"ground_truth": {"function": "a"}}]}, "step 0 ground_truth.arguments"),
        (
            "train_traces.jsonl",
            trace({**TRAIN[0]["steps"][0], "execution_result": {"function": "Other"}}),
            "line 1 step 0 has the result of another call than its ground truth",
        ),
        (
            "train_traces.jsonl",
            trace(step("Search_Place", {"query": 1}, {})),
            "Expected `str`, got `int` - at `$.query`",
        ),
    ],
)
def test_a_bad_source_is_refused_before_anything_is_written(source, tmp_path, name, content, reason):
    write(source / name, content)
    with pytest.raises(ValueError) as error:
        imported(source, tmp_path)
    assert reason in str(error.value) and "\n" not in str(error.value)
    assert not list(tmp_path.rglob("*.sqlite*")) and not (tmp_path / "out").exists()


def test_a_source_that_lacks_a_file_says_which(source, tmp_path):
    (source / "tools.json").unlink()
    with pytest.raises(ValueError, match="has no tools.json; it needs tools.json, workflow_templates.json, train_tra"):
        read_source(source, TRACES)
    with pytest.raises(ValueError, match="is no folder"):
        read_source(tmp_path / "none", TRACES)


def test_the_command_says_what_is_wrong_in_a_sentence(tmp_path):
    words = [sys.executable, "-m", "prove.synthesize", "synthesis=import", f"source={tmp_path}", f"caches={tmp_path}/c"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"prove.synthesize: {tmp_path} has no tools.json")
