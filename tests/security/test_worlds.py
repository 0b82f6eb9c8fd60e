"""Whatever a model writes into a call, nothing leaves the world: no file, socket or process; no hang, no broken state.

The attacks run in a process of their own (tests.security.siege), so that its audit hook sees all and only them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from servers import host, state, tool
from servers.control import handle
from servers.host import Host, server_names
from tests.outside import watched
from tests.test_server_contract import probed

ROOT = Path(__file__).parent.parent.parent
LONGEST_S = 600  # of the whole siege, 8 s of one quiet core; a tool that hangs names itself after a minute


@cache
def siege() -> dict[str, dict]:
    command = [sys.executable, "-m", "tests.security.siege"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=LONGEST_S)
    assert done.returncode == 0, done.stderr[-3000:]
    return {found["server"]: found for found in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("server", server_names())
def test_no_hostile_argument_gets_out_of_a_world_hangs_it_or_breaks_it(server: str):
    found = siege()[server]
    assert found["faults"] == 0, "\n".join(found["wrong"])
    assert found["calls"] > 100 * len(Host(server).tools), "hardly anything was tried"
    assert found["accepted"] > len(Host(server).tools), "hardly any attack got past the first check"


def test_the_watch_of_the_siege_sees_files_sockets_processes_code_and_imports():
    import socket

    with watched() as touched:
        Path(__file__).read_text()
        socket.socket().close()
        subprocess.run([sys.executable, "-c", ""], check=True)
        eval("1")
        sys.modules.pop("this", None)
        with pytest.raises(ImportError):
            __import__("no_such_module_anywhere")
    seen = {event.split(" ")[0] for event in touched}
    assert {"open", "socket.__new__", "subprocess.Popen", "compile", "exec", "import"} <= seen


@pytest.mark.parametrize(
    ("server", "name", "argument", "value"),
    [
        ("filesystem", "set_path_permissions", "permissions", "644\n"),
        ("email", "create_email_draft", "to", "rosa@alder.example\n"),
        ("crm", "create_lead", "email", "rosa@alder.example\n"),
        ("banking", "issue_payment_token", "pin", "0000\n"),
    ],
)
def test_a_line_break_behind_what_fits_a_pattern_does_not_fit_it(server, name, argument, value):
    """Python's `$` matches before it: an address with one would begin another line of a mail's head."""
    opened = Host(server)
    run = next(filter(None, (probed(opened, name, seed) for seed in range(20))))
    outcome = opened.call(run.looked, name, {**run.arguments, argument: value})
    assert not outcome.ok and f"{argument} ends in a line break" in outcome.text
    assert opened.hash(run.looked) == run.before


def test_the_root_is_the_way_out_that_leads_nowhere():
    disk = Host("filesystem")
    disk.open("a", 3)
    for up in ("../" * 60, "/../..", "/home/../../.."):
        assert json.loads(disk.call("a", "get_path_details", {"path": up}).text)["path"] == "/"
    assert "no such path: /etc" in disk.call("a", "read_file_text", {"path": "/../../etc/passwd"}).text


def test_links_in_a_circle_end_in_a_sentence():
    disk = Host("filesystem")
    disk.open("a", 3)
    home = json.loads(disk.call("a", "get_current_directory", {}).text)["home"]
    for name, target in (("one", "two"), ("two", "one")):
        link = {"directory": home, "name": name, "target": f"{home}/{target}"}
        made = disk.call("a", "create_symbolic_link", link)
    outcome = made if not made.ok else disk.call("a", "list_directory", {"path": f"{home}/one"})
    assert not outcome.ok and len(json.loads(outcome.text)["error"]) < 200


def test_a_session_may_add_rows_but_not_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(state, "MOST_ADDED", 30)
    mailbox = Host("email")
    mailbox.open("a", 3)
    most = 30 + len(mailbox.base(3).tables["drafts"])
    draft = {"to": "rosa@alder.example", "subject": "Again", "body": "And again."}
    for _ in range(most):
        assert mailbox.call("a", "create_email_draft", draft).ok
    before = mailbox.hash("a")
    refused = mailbox.call("a", "create_email_draft", draft)
    assert json.loads(refused.text)["error"] == f"this session has written {most} rows of drafts; no more fit"
    assert mailbox.hash("a") == before
    mailbox.open("a", 3)
    assert mailbox.call("a", "create_email_draft", draft).ok, "a reset makes room"


def test_a_result_that_would_be_too_long_is_refused_and_its_write_taken_back(monkeypatch: pytest.MonkeyPatch):
    mailbox = Host("email")
    mailbox.open("a", 3)
    before = mailbox.hash("a")
    monkeypatch.setattr(tool, "MAX_RESULT_CHARS", 40)
    refused = mailbox.call("a", "create_email_draft", {"to": "rosa@alder.example", "subject": "Hi", "body": "x" * 99})
    assert not refused.ok and "the result is too long" in refused.text
    assert mailbox.hash("a") == before


def test_sessions_snapshots_and_their_names_have_a_limit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(host, "MOST_SESSIONS", 2)
    monkeypatch.setattr(host, "MOST_SNAPSHOTS", 1)
    bank = Host("banking")

    def told(operation: str, **given) -> str:
        return handle(bank, None, operation, given, control=True).text

    assert all(told("session.open", session=name, seed=1) == '{"ok":true}' for name in ("a", "b", "a"))
    assert "2 sessions are open, and no more fit" in told("session.open", session="c", seed=1)
    assert "2 sessions are open, and no more fit" in told("session.fork", session="a", into="c")
    assert told("session.snapshot", session="a", name="s") == told("session.snapshot", session="a", name="s")
    assert "1 snapshots are open" in told("session.snapshot", session="a", name="t")
    assert "at most 200 characters" in told("session.fork", session="a", into="x" * 201)
    assert handle(bank, None, "list_accounts", {}).ok, "a plain client has its default session all the same"
    assert told("session.close", session="b") == told("session.close", session="a") == '{"ok":true}'
    assert told("session.open", session="c", seed=1) == '{"ok":true}'


@pytest.mark.parametrize("seed", [10**40, -(2**63) - 1, 2**63, 1.5, "7", None, True])
def test_a_seed_that_no_hash_can_hold_opens_nothing(seed):
    bank = Host("banking")
    assert not handle(bank, None, "session.open", {"session": "a", "seed": seed}, control=True).ok
    assert bank.sessions() == []


@pytest.mark.parametrize("name", ["session.open", "session.hash", "session.diff", "__init__", "handle", "call", ""])
def test_without_control_no_name_reaches_beyond_the_listed_tools(name: str):
    bank = Host("banking")
    assert "unknown tool" in handle(bank, None, name, {"session": "a", "seed": 1}).text
    assert bank.sessions() == []
