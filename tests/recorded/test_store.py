"""A cache file is whole or not there, and one that does not hold together is refused with the reason."""

from __future__ import annotations

import json
import random
import sqlite3
from io import BytesIO
from pathlib import Path

import pytest

from servers.recorded.__main__ import main
from servers.recorded.cache import Cache
from servers.recorded.check import check
from servers.recorded.write import Rules, write
from tests.recorded import made


def lines(calls=made.CALLS, head=made.HEAD) -> list[bytes]:
    return [each.encode() if isinstance(each, str) else json.dumps(each).encode() for each in (head, *calls)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write(tmp_path / "shop.sqlite", lines())
    return tmp_path / "shop.sqlite"


def refused(tmp_path: Path, *calls, head=made.HEAD) -> str:
    """Why these lines are refused; they leave nothing behind."""
    with pytest.raises(ValueError) as error:
        write(tmp_path / "caches" / "shop.sqlite", lines(calls, head))
    assert list((tmp_path / "caches").iterdir()) == []
    return str(error.value)


def changed(file: Path, *statements: str) -> Path:
    with sqlite3.connect(file) as opened:
        for statement in statements:
            opened.execute(statement)
    return file


def test_the_tables_are_those_that_other_programs_read(file):
    with sqlite3.connect(file) as opened:
        about = dict(opened.execute("SELECT key, value FROM about"))
        tools = dict(opened.execute("SELECT name, tool FROM tools"))
        rows = opened.execute("SELECT key, arguments, response, error FROM responses WHERE tool = 'show' ORDER BY key")
        assert about["format"] == "1" and about["name"] == "shop" and len(about["digest"]) == 64
        assert json.loads(tools["show"]) == made.SHOW
        assert opened.execute('SELECT count(*) FROM parameters WHERE key = \'{"id":"T-9"}\'').fetchone() == (0,)
        assert rows.fetchall()[1:] == [
            ('{"id":"T-2","price":3}', '{"id":"T-2","price":3}', '{"id":"T-2"}', 0),
            ('{"id":"T-9"}', '{"id":"T-9"}', '{"error":"things has no entry T-9"}', 1),
        ]
        found = opened.execute(
            "SELECT world, key FROM parameters WHERE tool = 'find' AND parameter = 'query' AND value = ?", ('"Zürich"',)
        )
        assert found.fetchall() == [(0, '{"limit":2,"query":"Zürich"}')]


def test_calls_in_any_order_make_the_same_bytes(tmp_path):
    calls = [*made.CALLS, *({**made.CALLS[0], "world": world} for world in (12, 3))]
    written = []
    for name in "ab":
        random.Random(name).shuffle(calls)
        write(tmp_path / name, lines(calls))
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_arguments_that_mean_the_same_are_one_call(tmp_path):
    again = {"tool": "find", "arguments": {"sort": None, "limit": 2, "query": "Zürich"}, "response": {"rows": []}}
    report = write(tmp_path / "shop.sqlite", lines([*made.CALLS, again]))
    assert (report.responses, report.again, report.errors) == (len(made.CALLS), 1, 1)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_call_with_two_responses_is_refused_by_its_key_or_keeps_the_first(tmp_path):
    other = {"tool": "find", "arguments": {"query": "Paris"}, "response": {"rows": []}}
    sentence = refused(tmp_path, *made.CALLS, other)
    assert 'line 10: find {"query":"Paris"} of world 0 has another response than before' in sentence
    report = write(tmp_path / "shop.sqlite", lines([*made.CALLS, other]), Rules(keep_first=True))
    assert report.dropped == 1
    found = Cache(tmp_path / "shop.sqlite").find("find", 0, '{"query":"Paris"}')
    assert found == ('{"rows":[{"id":"T-1"}],"share":0.1}', False)


@pytest.mark.parametrize(
    "call, reason",
    [
        ("{", "line 2"),
        ('{"tool":"find"}', "missing required field `arguments`"),
        ({**made.CALLS[0], "extra": 1}, "unknown field `extra`"),
        ({**made.CALLS[0], "tool": "fnd"}, "there is no tool fnd; the nearest is find"),
        ({**made.CALLS[0], "arguments": {"query": 1}}, 'find {"query":1}: its schema refuses the recorded arguments'),
        ({**made.CALLS[0], "arguments": {}}, "missing required field `query`"),
        ({**made.CALLS[0], "arguments": {"query": "a", "x": 1}}, "find has no argument x; it takes query, limit"),
        (
            {**made.CALLS[5], "response": {"name": 1}},
            'show {"id":"T-1"}: its output schema refuses the recorded respon',
        ),
        ({**made.CALLS[7], "response": {"a": 1}}, "the response of an error is its text, not dict"),
        ({**made.CALLS[0], "world": 2**63}, "is no 64-bit number"),
        ({**made.CALLS[0], "arguments": {"query": "a", "tags": [["deep"] * 3]}}, "line 2: find"),
    ],
)
def test_a_line_that_cannot_be_kept_is_named(tmp_path, call, reason):
    sentence = refused(tmp_path, call)
    assert reason in sentence and "\n" not in sentence and "line 2" in sentence


@pytest.mark.parametrize(
    "head, reason",
    [
        ("", "line 1: not"),
        ({"tools": [made.FIND]}, "`name`"),
        ({"name": "shop", "tools": []}, "it has no tools"),
        ({"name": "shop", "tools": [made.FIND, made.FIND]}, "tool 1 has the name of another"),
        (
            {"name": "shop", "tools": [{**made.FIND, "inputSchema": 3}]},
            "tool find: is no tool as MCP has it: inputSchema",
        ),
        ({"name": "shop", "tools": [{**made.FIND, "annotations": "r"}]}, "is no tool as MCP has it: annotations"),
        (
            {"name": "shop", "tools": [{**made.FIND, "inputSchema": {"type": "dict"}}]},
            "tool find: its schema is no JSON",
        ),
        (
            {"name": "shop", "tools": [{**made.FIND, "inputSchema": {"$ref": "#/$defs/Gone"}}]},
            "tool find: its schema refers to #/$defs/Gone, which is not in it",
        ),
        (
            {"name": "shop", "tools": [{**made.FIND, "inputSchema": {"$ref": "http://elsewhere/x"}}]},
            "its schema refers to http://elsewhere/x, which is not in it",
        ),
    ],
)
def test_a_server_that_cannot_be_described_is_refused(tmp_path, head, reason):
    assert reason in refused(tmp_path, *made.CALLS, head=head)


def test_calls_that_their_schema_refuses_can_be_left_out(tmp_path):
    unfit = {"tool": "find", "arguments": {"query": 1}, "response": "no", "error": True}
    report = write(tmp_path / "shop.sqlite", lines([*made.CALLS, unfit]), Rules(leave_out_unfit=True))
    assert (report.unfit, report.responses) == (1, len(made.CALLS))


def test_no_calls_make_no_cache(tmp_path):
    assert "there are no calls in it" in refused(tmp_path)


def test_a_cache_that_is_written_anew_is_the_old_one_until_it_is_whole(file):
    before = file.read_bytes()
    with pytest.raises(ValueError):
        write(file, lines([*made.CALLS, {"tool": "none", "arguments": {}, "response": 1}]))
    assert file.read_bytes() == before


def test_the_program_tells_what_it_wrote_and_checks_it(tmp_path, capsys, monkeypatch):
    class Input:
        buffer = BytesIO(b"\n".join(lines()))

    monkeypatch.setattr("sys.stdin", Input)
    target = str(tmp_path / "shop.sqlite")
    assert main(["write", target]) == 0 and main(["check", target]) == 0
    written, checked = capsys.readouterr().out.splitlines()
    assert "shop, 2 tools, 8 responses (1 errors) of 1 world; digest" in written
    assert checked.endswith("8 responses, all as they should be")
    assert main(["check", str(tmp_path / "none.sqlite")]) == 2
    assert "there is no cache" in capsys.readouterr().err


@pytest.mark.parametrize(
    "statement, reason",
    [
        ("DROP TABLE parameters", "it has no table parameters"),
        ("ALTER TABLE responses RENAME COLUMN response TO answer", "its table responses has no column response"),
        ("UPDATE about SET value = '2' WHERE key = 'format'", "has format 2; this version reads 1"),
        ("DELETE FROM about WHERE key = 'digest'", "does not tell its digest"),
        ("DELETE FROM tools WHERE name = 'find'", "holds responses of find, which is none of its tools"),
        ("DELETE FROM tools", "holds no tools"),
        ("DELETE FROM responses", "holds no responses"),
        ("UPDATE tools SET tool = '{' WHERE name = 'find'", "tool find: "),
        (
            """UPDATE tools SET tool = '{"name":"find","inputSchema":{"type":7}}' WHERE name = 'find'""",
            "no JSON schema",
        ),
        ("UPDATE tools SET tool = '{}' WHERE name = 'find'", "is not described under its own name"),
    ],
)
def test_a_cache_that_does_not_hold_together_does_not_open(file, statement, reason):
    with pytest.raises(ValueError, match=".") as error:
        Cache(changed(file, statement))
    assert reason in str(error.value) and str(file) in str(error.value)


@pytest.mark.parametrize("size", [0, 50, 5000])
def test_a_file_that_was_cut_off_does_not_open(file, size):
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(ValueError, match="no SQLite database|is cut off"):
        Cache(file)


def test_a_file_of_noise_does_not_open(tmp_path):
    for head in (b"", b"SQLite format 3\0"):
        (tmp_path / "noise.sqlite").write_bytes(head + random.Random(1).randbytes(9000))
        with pytest.raises(ValueError, match="noise.sqlite"):
            Cache(tmp_path / "noise.sqlite")


@pytest.mark.parametrize(
    "statement, reason",
    [
        ('UPDATE responses SET response = \'{"rows":[]}\' WHERE key = \'{"query":"Paris"}\'', "its digest is"),
        (
            "UPDATE responses SET response = '{' WHERE key = '{\"query\":\"Paris\"}'",
            'find {"query":"Paris"} of world 0',
        ),
        ("UPDATE responses SET key = '{}' WHERE key = '{\"query\":\"Paris\"}'", "its key is not that of its arguments"),
        ("DELETE FROM parameters WHERE value = '\"Paris\"'", "parameters are listed|not listed under query"),
        (
            """UPDATE tools SET tool = replace(tool, '"query":{"type":"string"}', '"query":{"type":"integer"}')""",
            'find {"limit":2,"query":"Zürich"} of world 0: invalid arguments for find: Expected `int`, got `str`',
        ),
    ],
)
def test_the_full_check_finds_what_opening_does_not(file, statement, reason):
    assert check(file) == len(made.CALLS)
    changed(file, statement)
    with pytest.raises(ValueError) as error:
        check(file)
    assert any(part in str(error.value) for part in reason.split("|"))
