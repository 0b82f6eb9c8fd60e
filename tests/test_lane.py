"""The fast lane of HTTP: a plain call is answered as the SDK answers it, and nothing else is answered there."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from experiments.conformance.fixture import fixture
from servers.host import Host
from servers.lane import LARGEST
from servers.shortcut import Shortcut
from servers.web import http_app
from tests.security.test_http import HEADERS
from tests.test_facade import line

ADDRESS = "http://127.0.0.1:8000"
PLAIN = {**HEADERS, "Mcp-Method": "tools/call"}
AROUND = {"X-Of-No-Meaning": "1"}
"""A header that plain calls do not have: it takes a request to the SDK and means nothing there."""


@pytest.fixture(scope="module")
def client():
    app = http_app({"/mcp": Host("banking")}, "127.0.0.1", 8000, control=True)
    with TestClient(app, base_url=ADDRESS) as client:
        yield client


@pytest.fixture
def taken(monkeypatch):
    """The calls that the lane answers."""
    calls, answer = [], Shortcut.answer
    monkeypatch.setattr(Shortcut, "answer", lambda self, call: calls.append(call.params.name) or answer(self, call))
    return calls


def post(client, name="list_accounts", arguments=None, *, named=None, body=None, method="POST", **headers):
    content = body or line(1, "tools/call", name=name, arguments=arguments or {}).encode()
    sent = {**PLAIN, "Mcp-Name": named or name, **{key.replace("_", "-"): value for key, value in headers.items()}}
    return client.request(method, "/mcp", content=content, headers={k: v for k, v in sent.items() if v is not None})


def told(answer):
    return answer.status_code, answer.headers.get("content-type"), answer.text and json.loads(answer.text)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list_accounts", {}),
        ("get_account", {"account_id": "ACC-0"}),
        ("get_account", {"wrong": 1}),
        ("find_payee", {"name": "Łódź\u2028"}),
        ("session.hash", {"session": "of nobody"}),
        ("session.open", {"session": "ä", "seed": 3}),
    ],
)
def test_a_plain_call_is_answered_in_the_lane_as_the_sdk_would(client, taken, name, arguments):
    straight = told(post(client, name, arguments))
    assert taken == [name]
    assert straight == told(post(client, name, arguments, **AROUND)) and taken == [name]
    assert straight[0] == 200


NOT_PLAIN = {
    "a tool there is not": {"name": "no_such_tool"},
    "a header names another tool": {"named": "get_account"},
    "no header names the tool": {"Mcp_Name": None},
    "a header names another method": {"Mcp_Method": "tools/list"},
    "another era": {"MCP_Protocol_Version": "2025-11-25"},
    "an era there is not": {"MCP_Protocol_Version": "1999-01-01"},
    "no era": {"MCP_Protocol_Version": None},
    "another machine's name": {"Host": "attacker.example:8000"},
    "another port": {"Host": "127.0.0.1:9"},
    "a page of another site": {"Origin": "http://attacker.example"},
    "a page of ours": {"Origin": ADDRESS},
    "no JSON": {"Content_Type": "text/plain"},
    "no JSON wanted": {"Accept": "text/html"},
    "a parameter in a header": {"Mcp_Param_Account": "1"},
    "a session of the protocol before": {"Mcp_Session_Id": "1"},
    "broken JSON": {"body": b'{"jsonrpc":'},
    "no UTF-8": {"body": b'"\xff"'},
    "a batch": {"body": f"[{line(1, 'tools/call', name='list_accounts', arguments={})}]".encode()},
    "a listing": {"body": line(1, "tools/list").encode(), "Mcp_Method": "tools/list", "Mcp_Name": None},
    "arguments that are a list": {"body": line(1, "tools/call", name="list_accounts", arguments=[1]).encode()},
    "a long body": {"body": line(1, "tools/call", name="list_accounts", arguments={"a": "x" * LARGEST}).encode()},
    "not a POST": {"method": "PUT"},
}


@pytest.mark.parametrize("why", NOT_PLAIN)
def test_what_is_not_plain_goes_to_the_sdk_as_it_came(client, taken, why):
    given = NOT_PLAIN[why]
    assert told_or_empty(post(client, **given)) == told_or_empty(post(client, **given, **AROUND))
    assert taken == []


def test_a_body_of_unknown_length_is_for_the_sdk(client, taken):
    assert post(client, body=iter([b'{"jsonrpc"', b":1}"])).status_code == 400
    assert taken == []


def told_or_empty(answer):
    return answer.status_code, answer.headers.get("content-type"), answer.text


def test_a_header_that_comes_twice_is_for_the_sdk(client, taken):
    headers = [*PLAIN.items(), ("Mcp-Name", "list_accounts"), ("Mcp-Name", "get_account")]
    body = line(1, "tools/call", name="list_accounts", arguments={}).encode()
    answer = client.post("/mcp", content=body, headers=headers)
    assert answer.status_code == 400 and "more than once" in answer.text and taken == []


def test_each_path_has_its_own_world(taken):
    with TestClient(http_app({"/a/mcp": Host("banking"), "/b/mcp": fixture()}, "127.0.0.1", 8000)) as client:
        client.base_url = ADDRESS
        headers = {**PLAIN, "Mcp-Name": "test_simple_text"}
        body = line(1, "tools/call", name="test_simple_text", arguments={})
        assert client.post("/b/mcp", content=body, headers=headers).json()["result"]["isError"] is False
        assert client.post("/a/mcp", content=body, headers=headers).json()["error"]["code"] == -32602
    assert taken == ["test_simple_text"]
