"""What every server keeps: its probes work, its schemas hold, its worlds are seeded, isolated and repeatable."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Any

import jsonschema
import msgspec
import pytest
import yaml

from servers.host import Host, server_names
from servers.probe import Look, NothingToAsk, Reference
from servers.tool import Outcome

TOOLS = {
    "banking": 17,
    "trading": 13,
    "payments": 10,
    "calendar": 17,
    "email": 17,
    "filesystem": 40,
    "shopping": 23,
    "marketplace": 13,
    "retail_chain": 11,
    "travel_booking": 20,
    "maps": 16,
    "social_media": 15,
    "team_chat": 11,
    "iot_devices": 25,
    "vehicle": 20,
    "crm": 16,
    "issue_tracker": 20,
    "budget": 12,
    "food_delivery": 17,
    "video_meeting": 10,
}
SEEDS = range(20)
BYTES_OF_BASES = """
import hashlib, sys, msgspec
from importlib import import_module
world = import_module(f"servers.{sys.argv[1]}")
for seed in range(4):
    base = world.generate(seed)
    print(hashlib.sha256(msgspec.json.encode([base.now, base.counters, base.tables])).hexdigest())
"""

every_server = pytest.mark.parametrize("server", server_names())


@dataclass(frozen=True)
class Run:
    """One probe carried out: its arguments with ids in place, its outcome, the hashes around it.

    `looked` forks the session as it was just before the call: its lookups may have changed the world (a token).
    """

    tool: str
    arguments: dict[str, Any]
    outcome: Outcome
    before: str
    after: str
    looked: str


@cache
def host(server: str) -> Host:
    return Host(server)


@cache
def utterances(server: str) -> dict[str, Any]:
    file = Path(str(import_module(f"servers.{server}").__file__)).with_name("utterances.yaml")
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@cache
def runs(server: str) -> tuple[Run, ...]:
    """Every probe of a server over the seeds, each in an untouched world."""
    tried = [probed(host(server), tool, seed) for seed in SEEDS for tool in host(server).tools]
    return tuple(run for run in tried if run is not None)


def reader(opened: Host, session: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """What a look calls: the result, or nothing where the server refuses."""

    def call(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert opened.tools[tool].hints.read_only, f"a look may not call {tool}"
        outcome = opened.call(session, tool, arguments)
        return json.loads(outcome.text) if outcome.ok else {}

    return call


def probed(opened: Host, tool: str, seed: int) -> Run | None:
    session = f"{tool}:{seed}"
    opened.open(session, seed)
    probe = getattr(import_module(f"servers.{opened.name}.probes"), tool)
    try:
        asked = probe(Look(reader(opened, session), random.Random(f"{tool}:{seed}"), seed))
    except NothingToAsk:
        return None
    arguments = {name: _resolved(opened, session, value) for name, value in asked.items()}
    before, looked = opened.hash(session), f"{session}:looked"
    opened.fork(session, looked)
    outcome = opened.call(session, tool, arguments)
    return Run(tool, arguments, outcome, before, opened.hash(session), looked)


def _resolved(opened: Host, session: str, value: Any) -> Any:
    """The id a reference stands for, after its lookups have shown it."""
    if not isinstance(value, Reference):
        return value
    text = ""
    for lookup in value.path:
        outcome = opened.call(session, lookup.tool, lookup.arguments)
        assert outcome.ok, f"{lookup.tool} {lookup.arguments}: {outcome.text}"
        text = outcome.text
    identifier = value.id or json.loads(text)[value.field]
    assert not value.path or identifier in text, f"{identifier} is not in {text}"
    return identifier


def test_every_server_is_in_the_table_of_tools():
    assert set(server_names()) <= set(TOOLS)


@every_server
def test_a_server_lists_the_tools_it_promises(server: str):
    assert len(host(server).tools) == TOOLS[server]


def test_tool_names_are_unique_across_servers():
    names = [tool for server in server_names() for tool in host(server).tools]
    assert sorted(names) == sorted(set(names))


def test_ids_tell_their_server():
    """ABC-12345 is of one server: prefixes of generated ids are not shared."""
    owners: dict[str, set[str]] = {}
    for server in server_names():
        for rows in host(server).base(1).tables.values():
            for prefix in {found[1] for key in rows if (found := re.fullmatch(r"([A-Z]{3})-\d+", key))}:
                owners.setdefault(prefix, set()).add(server)
    assert {prefix: names for prefix, names in owners.items() if len(names) > 1} == {}


@every_server
def test_every_tool_and_parameter_is_described(server: str):
    for tool in host(server).tools.values():
        assert len(tool.description) > 20, tool.name
        for name, schema in tool.input_schema["properties"].items():
            assert _says_what_it_is(schema), f"{tool.name}.{name} is not described"


def _says_what_it_is(schema: dict[str, Any]) -> bool:
    """A description on the parameter itself, or on what it is when it is not null."""
    return bool(schema.get("description") or any(part.get("description") for part in schema.get("anyOf", ())))


@every_server
def test_annotations_tell_readers_from_writers(server: str):
    for tool in host(server).tools.values():
        assert not (tool.hints.read_only and tool.hints.destructive), tool.name
    assert {tool.hints.read_only for tool in host(server).tools.values()} == {True, False}


@every_server
def test_probes_succeed_for_every_tool(server: str):
    failed = [f"{run.tool} {run.arguments}: {run.outcome.text}" for run in runs(server) if not run.outcome.ok]
    assert not failed, "\n".join(failed)
    assert {run.tool for run in runs(server)} == set(host(server).tools)


@every_server
def test_reading_changes_nothing_and_writing_something(server: str):
    for run in runs(server):
        unchanged = run.before == run.after
        assert unchanged == host(server).tools[run.tool].hints.read_only, f"{run.tool} {run.arguments}"


@every_server
def test_results_match_their_output_schema(server: str):
    for run in runs(server):
        if run.outcome.ok:
            jsonschema.validate(json.loads(run.outcome.text), host(server).tools[run.tool].output_schema)


@every_server
def test_arguments_of_probes_match_the_input_schema(server: str):
    for run in runs(server):
        jsonschema.validate(run.arguments, host(server).tools[run.tool].input_schema)


@every_server
def test_a_refused_call_changes_nothing(server: str):
    opened = host(server)
    opened.open("refused", 3)
    before = opened.hash("refused")
    for tool in opened.tools.values():
        wrong = {"no_such_argument": 1}, None, [], _nonsense(tool.input_schema)
        for arguments in wrong:
            outcome = opened.call("refused", tool.name, arguments)
            assert outcome.ok or json.loads(outcome.text)["error"]
            assert opened.hash("refused") == before or outcome.ok, f"{tool.name} {arguments}"
            assert not outcome.ok or arguments is wrong[-1], f"{tool.name} took {arguments}"
        opened.open("refused", 3)


def _nonsense(schema: dict[str, Any]) -> dict[str, Any]:
    """Arguments that are well formed but name nothing that exists."""
    fields = schema["properties"]
    return {name: "XXX-00000" for name in schema.get("required", ()) if fields[name].get("type") == "string"}


@every_server
def test_every_seed_is_another_world(server: str):
    generate = import_module(f"servers.{server}").generate
    assert len({_fingerprint(generate(seed)) for seed in range(100)}) == 100


@every_server
def test_a_seed_gives_the_same_bytes_in_every_process(server: str):
    here = [_fingerprint(import_module(f"servers.{server}").generate(seed)) for seed in range(4)]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    command = [sys.executable, "-c", BYTES_OF_BASES, server]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert here == there


def _fingerprint(base: Any) -> str:
    return hashlib.sha256(msgspec.json.encode([base.now, base.counters, base.tables])).hexdigest()


@every_server
def test_a_world_has_hundreds_of_rows(server: str):
    assert 200 <= sum(len(rows) for rows in host(server).base(5).tables.values()) <= 20_000


@every_server
def test_sessions_fork_snapshot_and_restore(server: str):
    opened = host(server)
    run = next(run for run in runs(server) if run.before != run.after)
    opened.fork(run.looked, "first")
    opened.snapshot("first", "start")
    opened.fork("first", "second")
    assert opened.call("first", run.tool, run.arguments) == run.outcome
    assert opened.hash("first") == run.after
    assert opened.hash("second") == run.before
    opened.restore("first", "start")
    assert opened.hash("first") == run.before
    assert opened.call("first", run.tool, run.arguments) == run.outcome


@every_server
def test_the_diff_is_what_was_written(server: str):
    opened = host(server)
    opened.open("first", 4)
    assert opened.diff("first") == {}
    for run in runs(server):
        opened.fork(run.looked, "first")
        before = opened.diff("first")
        opened.call("first", run.tool, run.arguments)
        assert (opened.diff("first") == before) == (run.before == run.after), run.tool


@every_server
def test_the_same_calls_give_the_same_bytes(server: str):
    opened = host(server)
    for tool in opened.tools:
        first, second = probed(opened, tool, 2), probed(opened, tool, 2)
        assert (first and (first.outcome, first.after)) == (second and (second.outcome, second.after)), tool


@every_server
def test_utterances_speak_of_every_tool_and_its_required_arguments(server: str):
    assert set(utterances(server)) == set(host(server).tools)
    for name, tool in host(server).tools.items():
        assert len(utterances(server)[name]["say"]) >= 3, name
        for text in utterances(server)[name]["say"]:
            slots = _slots(text)
            assert slots <= set(tool.input_schema["properties"]), f"{name}: {text}"
            assert set(tool.input_schema.get("required", ())) <= slots, f"{name}: {text}"


@every_server
def test_replies_speak_of_fields_of_the_result(server: str):
    for name, tool in host(server).tools.items():
        for text in utterances(server)[name]["reply"]:
            assert _slots(text) <= set(tool.output_schema["properties"]), f"{name}: {text}"


@every_server
def test_each_utterance_alone_is_enough(server: str):
    """Ground truth holds only the arguments that were said; every phrasing that fits a probe must succeed."""
    for run in runs(server):
        for text in utterances(server)[run.tool]["say"]:
            if _slots(text) <= set(run.arguments):
                host(server).fork(run.looked, "said")
                said = {name: run.arguments[name] for name in _slots(text)}
                outcome = host(server).call("said", run.tool, said)
                assert outcome.ok, f"{run.tool} {said}: {outcome.text}"


@every_server
def test_a_user_may_go_on_and_may_leave_something_out(server: str):
    """follow_up: a complete later turn; vague: a request that lacks something; clarify: the question for it."""
    for name, tool in host(server).tools.items():
        spoken, required = utterances(server)[name], set(tool.input_schema.get("required", ()))
        parameters = set(tool.input_schema["properties"])
        assert spoken["follow_up"], name
        for text in spoken["follow_up"]:
            assert required <= _slots(text) <= parameters, f"{name}: {text}"
        assert set(spoken.get("clarify", {})) == required, name
        assert len(spoken.get("vague", ())) >= (1 if required else 0), name
        for text in spoken.get("vague", ()):
            assert _slots(text) <= parameters and not required <= _slots(text), f"{name}: {text}"


def _slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
