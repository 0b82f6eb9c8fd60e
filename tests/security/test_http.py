"""The HTTP doors: who is let in, by which name, with how much; of the servers, of prove.serve and of its clients."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from omegaconf import OmegaConf
from starlette.testclient import TestClient

from prove.external import Misconfigured, read_external
from prove.serve import serve
from prove.serving.app import LARGEST, Endpoint
from prove.serving.door import guarded, token_for
from prove.sessions import ServerPool
from prove.supervisor import Unavailable
from servers.__main__ import main
from servers.door import check_reach, is_loopback, token_of
from servers.web import MAX_BODY
from tests.test_facade import line

ROOT = Path(__file__).parent.parent.parent
TOKEN = "a-token-of-the-tests-only"
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2026-07-28",
}


@contextmanager
def served(*flags: str):
    """The URL of a banking server of its own, with the token in its environment."""
    command = [sys.executable, "-m", "servers", "banking", "--http", "127.0.0.1:0", *flags]
    environment = {**os.environ, "OUR_TOKEN": TOKEN}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def guarded_url():
    with served("--token-env", "OUR_TOKEN", "--control") as url:
        yield url


@pytest.fixture(scope="module")
def open_url():
    with served() as url:
        yield url


def post(url: str, name: str = "list_accounts", arguments: object = None, content: bytes | None = None, **headers: str):
    body = content or line(1, "tools/call", name=name, arguments=arguments or {}).encode()
    sent = {**HEADERS, "Mcp-Method": "tools/call", "Mcp-Name": name, **headers}
    return httpx.post(url, content=body, headers=sent, timeout=60)


def accounts(answer: httpx.Response) -> list[dict]:
    return answer.json()["result"]["structuredContent"]["accounts"]


def test_only_who_bears_the_token_is_let_in(guarded_url):
    for shown in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {TOKEN}x"}):
        refused = post(guarded_url, **shown)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert accounts(post(guarded_url, Authorization=f"Bearer {TOKEN}"))


def test_the_token_is_asked_for_before_a_byte_of_the_body_and_at_every_path(guarded_url):
    """The client promises a body and sends none: the refusal does not wait for it."""
    where = httpx.URL(guarded_url)
    with socket.create_connection((where.host, where.port), timeout=60) as wire:
        wire.sendall(f"POST /mcp HTTP/1.1\r\nHost: {where.netloc.decode()}\r\nContent-Length: 9000000\r\n\r\n".encode())
        assert b" 401 " in wire.recv(4096)
    assert httpx.get(where.copy_with(path="/anything"), timeout=60).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "attacker.example"}, 421),
        ({"Host": "attacker.example:80"}, 421),
        ({"Host": "127.0.0.1.attacker.example:80"}, 421),
        ({"Host": "localhost.attacker.example:80"}, 421),
        ({"Origin": "http://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://127.0.0.1.attacker.example"}, 403),
        ({"Content-Type": "text/plain"}, 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 400),
    ],
)
def test_a_page_of_another_site_cannot_speak_to_a_server_of_this_machine(open_url, headers, status):
    assert post(open_url, **headers).status_code == status


def test_control_tools_are_unknown_unless_asked_for(open_url, guarded_url):
    opening = {"session": "a", "seed": 1}
    assert post(open_url, "session.open", opening).json()["error"]["message"] == "unknown tool session.open"
    opened = post(guarded_url, "session.open", opening, Authorization=f"Bearer {TOKEN}")
    assert opened.json()["result"]["isError"] is False


def test_a_body_over_the_limit_is_refused_and_the_server_lives_on(open_url):
    whole = post(open_url, content=b"x" * (MAX_BODY + 1))
    pieces = httpx.post(open_url, content=iter([b"x" * 2**20] * 17), headers=HEADERS, timeout=60)
    assert (whole.status_code, pieces.status_code) == (413, 413)
    assert accounts(post(open_url))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b"\xff\xfe\x00",
        b"",
        b'{"jsonrpc":"2.0","id":1e999,"method":"tools/call"}',
        b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"tools/list"}',
        line(1, "tools/call", name="get_account", arguments={"account_id": "\ud800"}).encode(),
        line(1, "tools/call", name="get_account", arguments={"account_id": float("inf")}).encode(),
        line(1, "tools/call", name="get_account", arguments={"account_id": 10**400}).encode(),
        line(1, "tools/call", name="a\r\nX-Owned: 1", arguments={}).encode(),
        line(1, "tools/call", session="\ud800", name="list_accounts", arguments={}).encode(),
        line(1, "tools/call", session={"a": 1}, name="list_accounts", arguments={}).encode(),
    ],
    ids=["lists", "objects", "no UTF-8", "empty", "id 1e999", "long id", "surrogate", "infinity", "huge", "CRLF"]
    + ["session of half a pair", "session that is an object"],
)
def test_a_message_that_is_broken_gets_a_short_answer_and_the_server_lives_on(open_url, content):
    answer = post(open_url, "get_account", content=content or b" ")
    assert answer.status_code in (200, 400, 404) and len(answer.content) < 2_000
    assert "Traceback" not in answer.text and "site-packages" not in answer.text
    assert "x-owned" not in answer.headers
    assert accounts(post(open_url))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "192.168.1.5", "gpu-box", "127.0.0.1.attacker.example"])
def test_an_address_that_others_reach_wants_a_token_or_the_owners_word(host):
    with pytest.raises(ValueError, match="can be reached from other machines"):
        check_reach(host, None, without_token=False)
    check_reach(host, TOKEN, without_token=False)
    check_reach(host, None, without_token=True)
    with pytest.raises(ValueError, match="can be reached from other machines"):
        token_for(host, None, False, {})
    assert token_for(host, "X", False, {"X": TOKEN}) == TOKEN and token_for(host, None, True, {}) is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_none(host):
    assert is_loopback(host)
    check_reach(host, None, without_token=False)
    assert token_for(host, None, False, {}) is None


@pytest.mark.parametrize(
    "value", [None, "", "short", "with a blank in the middle", "with\na line break in it", "ä" * 20]
)
def test_what_is_no_token_is_refused_before_anything_listens(value):
    environment = {} if value is None else {"X": value}
    with pytest.raises(ValueError, match="X holds no token"):
        token_of("X", environment)
    with pytest.raises(ValueError, match="holds no key"):
        token_for("127.0.0.1", "X", False, environment)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--http", "0.0.0.0:0"], "0.0.0.0 can be reached from other machines"),
        (["--http", "127.0.0.1:0", "--token-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE holds no token"),
        (["--token-env", "OUR_TOKEN"], "--token-env is for --http"),
    ],
)
def test_the_command_says_what_it_lacks(flags, words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["banking", *flags])
    assert ended.value.code == 2 and words in capsys.readouterr().err


# Our own client


def external(url: str, **options) -> dict:
    return {"banking": {"isolation": "session", "url": url, **options}}


def test_a_pool_shows_the_token_of_its_environment(guarded_url, monkeypatch):
    monkeypatch.setenv("OUR_TOKEN", TOKEN)

    async def play():
        async with ServerPool(["banking"], external=external(guarded_url, token_env="OUR_TOKEN")) as pool:
            session = await pool.open(["banking"], seed=7)
            return await session.call("list_accounts", {})

    assert asyncio.run(play()).ok


@pytest.mark.parametrize("token", ["", "another-token-than-the-servers"])
def test_a_pool_without_the_token_says_so_at_once(guarded_url, monkeypatch, token):
    monkeypatch.setenv("OUR_TOKEN", token)

    async def play():
        async with ServerPool(["banking"], external=external(guarded_url, token_env="OUR_TOKEN")) as pool:
            await pool.open(["banking"], seed=7)

    with pytest.raises(Unavailable, match="server banking wants the bearer token"):
        asyncio.run(play())


def test_a_token_is_for_a_url_of_our_contract_and_never_stands_in_a_configuration():
    for options in ({"command": ["a"]}, {"url": "http://x", "isolation": "shared"}):
        with pytest.raises(Misconfigured, match="token_env is for a url with isolation session"):
            read_external("a", {"isolation": "session", "token_env": "X", **options})
    remote = OmegaConf.load(ROOT / "conf/servers/remote.yaml").servers.external
    assert {each.token_env for each in remote.values()} == {"PROVE_TOKEN"}


def test_arguments_too_large_for_any_door_are_refused_before_they_are_sent():
    async def play():
        async with ServerPool(["banking"], transport="inprocess") as pool:
            session = await pool.open(["banking"], seed=7)
            return await session.call("get_account", {"account_id": "x" * 5_000_000})

    result = asyncio.run(play())
    assert not result.ok
    assert json.loads(result.output)["error"].startswith("invalid arguments for get_account: they have 5000")


# prove.serve


class Silent:
    """A chat that is never reached."""

    names = ("tiny",)


def client(token: str | None = None, host: str = "127.0.0.1") -> TestClient:
    app = Endpoint(Silent(), 4, lambda: 0.0).app()
    return TestClient(guarded(app, host, token), base_url=f"http://{host}:8000", raise_server_exceptions=False)


@pytest.mark.parametrize("name", ["attacker.example", "attacker.example:8000", "127.0.0.1.attacker.example", "", "a b"])
def test_the_endpoint_answers_only_to_its_own_address(name):
    assert client().get("/v1/models", headers={"Host": name}).status_code == 400
    assert client().get("/v1/models").status_code == 200


@pytest.mark.parametrize("host", ["localhost", "10.1.2.3", "gpu-box", "[::1]"])
def test_the_endpoint_answers_to_the_address_it_was_given(host):
    assert client(TOKEN, host).get("/v1/models", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_the_endpoint_wants_its_key_in_the_words_of_openai():
    for shown in ({}, {"Authorization": "Bearer none"}, {"Authorization": TOKEN}):
        refused = client(TOKEN).get("/v1/models", headers=shown)
        assert refused.status_code == 401 and refused.json()["error"]["code"] == "invalid_api_key"


def test_a_request_larger_than_any_conversation_is_refused():
    answer = client().post("/v1/chat/completions", content=iter([b"x" * 2**20] * (LARGEST // 2**20 + 1)))
    assert answer.status_code == 413 and f"more than {LARGEST} bytes" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/v1/../../etc/passwd", "/v1//models"]
)
def test_no_path_of_the_endpoint_names_a_file(path):
    assert client().get(path).status_code == 404


def test_serve_refuses_an_open_address_before_a_model_is_loaded():
    given = OmegaConf.load(ROOT / "conf/serve.yaml")
    model = {"name": "tiny", "path": str(ROOT / "experiments/tiny_model/model")}
    with pytest.raises(ValueError, match="0.0.0.0 can be reached from other machines"):
        serve(OmegaConf.merge(given, {"model": model, "host": "0.0.0.0"}))
