"""What a teacher may rely on when it asks a model: an answer to read or one clear error, and a run that repeats."""

from __future__ import annotations

import json
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from prove.synthesis.endpoint import Endpoint, EndpointError, Usage
from prove.synthesis.recording import NotRecorded, Recording
from prove.types import ToolCall
from tests.synthesis.stub_endpoint import Cut, Slow, Status, StubEndpoint, says

CONF = Path(__file__).resolve().parents[2] / "conf"
HELLO = [{"role": "system", "content": "You book."}, {"role": "user", "content": "Say hello."}]
TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": {"type": "object", "properties": {}}}}]
SETTINGS: dict[str, Any] = {
    "api_key": "secret-of-mine",
    "timeout": 5.0,
    "retries": 4,
    "first_wait": 1.0,
    "longest_wait": 60.0,
    "concurrency": 4,
    "temperature": 0.5,
    "top_p": 0.9,
    "max_tokens": 64,
    "price": {"prompt": 2.0, "completion": 10.0},
    "seed": 7,
}


def endpoint(url: str, waits: list[float] | None = None, **settings: Any) -> Endpoint:
    """An endpoint that notes its waits instead of waiting."""
    sleep = (waits if waits is not None else []).append
    return Endpoint("a-model", url, **{**SETTINGS, "rng": random.Random(0), "sleep": sleep, **settings})


def in_turn(*answers: Any):
    """A script: the answers one after the other, the last for ever."""
    left = list(answers)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def answered(*answers: Any, **settings: Any):
    with StubEndpoint(in_turn(*answers)) as stub:
        return endpoint(stub.url, **settings).complete(HELLO, TOOLS)


def failure(*answers: Any, **settings: Any) -> tuple[EndpointError, int]:
    """The error, and how many requests it took."""
    with StubEndpoint(in_turn(*answers)) as stub:
        with pytest.raises(EndpointError) as raised:
            endpoint(stub.url, **settings).complete(HELLO)
        assert str(raised.value).startswith(stub.url)
        return raised.value, len(stub.requests)


def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def test_an_answer_comes_with_its_tokens_and_the_reason_it_ended() -> None:
    completion = answered(says("Hello.", prompt=12, completion=3, reason="length"))
    assert (completion.text, completion.tool_calls) == ("Hello.", ())
    assert (completion.prompt_tokens, completion.completion_tokens, completion.finish_reason) == (12, 3, "length")


def test_a_request_says_what_was_set_and_what_was_overridden() -> None:
    with StubEndpoint(in_turn(says("Hello."))) as stub:
        settings = {"extra_body": {"top_k": 20}, "top_p": None}
        endpoint(stub.url, **settings).complete(HELLO, TOOLS, temperature=0.0, max_tokens=8)
    [request] = stub.requests
    assert request.pop("seed") >= 0
    assert request == {
        "model": "a-model",
        "messages": HELLO,
        "tools": TOOLS,
        "temperature": 0.0,
        "max_tokens": 8,
        "top_k": 20,
    }
    assert stub.keys == ["Bearer secret-of-mine"]


def test_a_server_that_wants_no_key_is_asked_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for another server")
    with StubEndpoint(in_turn(says("Hello."))) as stub:
        assert endpoint(stub.url, api_key="").complete(HELLO).text == "Hello."
    assert stub.keys == ["Bearer none"]


def test_messages_of_a_dataset_row_are_sent_with_ids_and_arguments_as_text() -> None:
    call = {"type": "function", "function": {"name": "pay", "arguments": {"amount": 3}}}
    results = [
        {"role": "tool", "name": "pay", "content": "paid"},
        {"role": "tool", "name": "pay", "content": "refused"},
    ]
    talk = [*HELLO, {"role": "assistant", "content": "", "tool_calls": [call, call]}, *results]
    with StubEndpoint(in_turn(says("Hello."))) as stub:
        endpoint(stub.url).complete(talk)
    calls = stub.requests[0]["messages"][2]["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == ['{"amount": 3}'] * 2
    identifiers = [call["id"] for call in calls]
    assert len(set(identifiers)) == 2
    assert [message["tool_call_id"] for message in stub.requests[0]["messages"][3:]] == identifiers
    assert call["function"]["arguments"] == {"amount": 3}, "the caller's messages stay as they are"


def test_tool_calls_are_read_in_order() -> None:
    completion = answered(says(None, ("pay", '{"amount": 3}'), ("list", "")))
    assert completion.tool_calls == (ToolCall("pay", {"amount": 3}), ToolCall("list", {}))
    assert completion.text == ""


@pytest.mark.parametrize(
    "arguments",
    ["{amount: 3}", "[3]", '{"amount": NaN}', "__import__('os')", "[" * 100_000, '{"amount": 3'],
    ids=range(6),
)
def test_arguments_that_are_no_json_object_are_a_call_with_an_error(arguments: str) -> None:
    [call] = answered(says("", ("pay", arguments))).tool_calls
    assert (call.name, call.arguments) == ("pay", {})
    assert call.error and len(call.error) < 150


def test_a_call_that_no_file_could_hold_is_a_call_with_an_error() -> None:
    half = says('<tool_call>{"name": "pay", "arguments": {"to": "\\ud800"}}</tool_call>')
    for answer in (half, says("", ("pay", '{"to": "\\ud800"}'))):
        assert answered(answer).tool_calls[0].error == "the call has characters that are no text"


def test_a_call_without_a_name_is_a_call_with_an_error() -> None:
    answer = says("")
    answer["choices"][0]["message"]["tool_calls"] = [{"function": {"arguments": "{}"}}, "pay", None]
    assert [call.error for call in answered(answer).tool_calls] == ["the call has no name"] * 3


def test_hermes_text_is_a_call_where_the_server_did_not_parse_it() -> None:
    text = 'Paying.<tool_call>{"name": "pay", "arguments": {"amount": 3}}</tool_call> <tool_call>{"name": 1'
    completion = answered(says(text))
    assert completion.tool_calls[0] == ToolCall("pay", {"amount": 3})
    assert completion.tool_calls[1].error == "the call is not closed with </tool_call>"
    assert completion.text == "Paying."


def test_thoughts_are_neither_text_nor_calls() -> None:
    thought = '<think>I could <tool_call>{"name": "pay", "arguments": {}}</tool_call></think>'
    assert (answered(says(f"{thought}\nWhich account?")).text) == "Which account?"
    assert answered(says(f"{thought}\nWhich account?")).tool_calls == ()
    assert answered(says("<think>cut while thinking <tool_call>", reason="length")).text == ""


@pytest.mark.parametrize(
    "broken",
    [
        Status(500, "out of memory"),
        Status(503, "<html><h1>Bad gateway</h1></html>"),
        Cut(),
        Cut(b'{"choices": ['),
        b"\xff\xfe garbage",
        b"<html>A proxy's page</html>",
        b"",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": 3}}]}',
        b'{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": "many"}}',
        b"[" * 100_000,
    ],
    ids=range(12),
)
def test_what_passes_is_tried_again(broken: Any) -> None:
    waits: list[float] = []
    with StubEndpoint(in_turn(broken, broken, says("Hello."))) as stub:
        asked = endpoint(stub.url, waits)
        assert asked.complete(HELLO).text == "Hello."
    assert (asked.usage.requests, asked.usage.retries, len(waits)) == (1, 2, 2)


def test_waits_double_up_to_the_longest_and_are_spread() -> None:
    waits: list[float] = []
    failure(Status(500), waits=waits, longest_wait=5.0, retries=4)
    assert [0.5 * most <= wait < most for wait, most in zip(waits, (1, 2, 4, 5), strict=True)] == [True] * 4
    again: list[float] = []
    failure(Status(500), waits=again, longest_wait=5.0, retries=4, rng=random.Random(1))
    assert waits != again


@pytest.mark.parametrize("header, wait", [("7", 7.0), ("2.5", 2.5), ("3600", 60.0)])
def test_a_busy_server_says_how_long_to_wait(header: str, wait: float) -> None:
    waits: list[float] = []
    answered(Status(429, "slow down", {"Retry-After": header}), says("Hello."), waits=waits)
    assert waits == [wait]


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "inf", "soon"])
def test_a_wait_that_is_no_number_of_seconds_is_the_usual_one(header: str) -> None:
    waits: list[float] = []
    answered(Status(429, "", {"Retry-After": header}), says("Hello."), waits=waits)
    assert 0.5 <= waits[0] < 1


def test_an_answer_that_is_too_slow_is_asked_again() -> None:
    late, _ = failure(Slow(30, says("Hello.")), timeout=0.1, retries=1)
    assert str(late).endswith(": no answer after 2 tries: no answer within 0.1 s")


def test_a_server_that_is_not_there_is_one_line() -> None:
    url = closed_port()
    with pytest.raises(EndpointError) as raised:
        endpoint(url).complete(HELLO)
    assert str(raised.value) == f"{url}: no answer after 5 tries: connection refused"


def test_the_last_failure_is_told_when_tries_run_out() -> None:
    body = json.dumps({"error": {"message": "the model is loading"}})
    error, requests = failure(Status(500), Status(503, body), retries=2)
    assert str(error).endswith("no answer after 3 tries: 503: the model is loading")
    assert (error.status, requests) == (None, 3)
    page, _ = failure(b"<html>" + b"x" * 5000, retries=0)
    assert "no answer after 1 try: the answer is no chat completion: <html>xxx" in str(page)
    assert len(str(page)) < 400


@pytest.mark.parametrize(
    "status, body, words",
    [
        (400, '{"error": {"message": "32769 tokens do not fit"}}', "400: 32769 tokens do not fit"),
        (401, '{"error": "who are you"}', '401: {"error": "who are you"}'),
        (404, "<html><body>Not  found</body></html>", "404: Not found"),
        (422, "", "422: no reason given"),
    ],
)
def test_a_request_that_is_refused_is_not_sent_again(status: int, body: str, words: str) -> None:
    error, requests = failure(Status(status, body))
    assert str(error).endswith(f"/v1: {words}")
    assert (error.status, requests) == (status, 1)
    assert "secret-of-mine" not in str(error)


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    together = threading.Barrier(
        3, timeout=20
    )  # each answer waits for three to be there, so three must be sent at once

    def script(request: dict[str, Any]) -> dict[str, Any]:
        together.wait()
        return Slow(0.15, says(request["messages"][-1]["content"]))

    with StubEndpoint(script) as stub, ThreadPoolExecutor(12) as threads:
        asked = endpoint(stub.url, concurrency=3)
        questions = [f"Question {number}" for number in range(12)]
        texts = list(threads.map(lambda words: asked.complete([{"role": "user", "content": words}]).text, questions))
    assert texts == questions, "each thread has its own answer"
    assert stub.peak == 3
    assert asked.usage.requests == 12


def test_usage_adds_up_tokens_retries_and_cost() -> None:
    with StubEndpoint(in_turn(says("a", prompt=1000, completion=200), Status(500), says("b", prompt=500))) as stub:
        asked = endpoint(stub.url)
        asked.complete(HELLO)
        asked.complete(HELLO)
    usage = asked.usage
    assert (usage.requests, usage.retries, usage.prompt_tokens, usage.completion_tokens) == (2, 1, 1500, 205)
    assert usage.cost == pytest.approx((1500 * 2 + 205 * 10) / 1e6)
    assert usage.seconds > 0
    assert (usage + usage).prompt_tokens == sum([usage, usage], Usage()).prompt_tokens == 3000


def test_usage_is_told_per_thousand_examples() -> None:
    usage = Usage(requests=30, prompt_tokens=6000, completion_tokens=900, cost=0.12)
    assert usage.per(1000, 4) == usage.row(4)["per_1000_examples"]
    assert (usage.per(1000, 4)["prompt_tokens"], usage.per(1000, 4)["cost"]) == (1_500_000, 30.0)
    assert set(usage.per(1000, 0).values()) == {None}
    assert json.loads(json.dumps(usage.row(4))) == usage.row(4)


def question(number: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"Question {number % 5}"}]  # some ask the same thing


def conversations(asked: Endpoint, threads: int, order: list[int]) -> dict[int, list[Any]]:
    """What twelve conversations hear that each ask twice, by so many threads in that order."""

    def conversation(number: int) -> tuple[int, list[Any]]:
        return number, [asked.complete(question(number), TOOLS, lane=f"conversation {number}") for _ in range(2)]

    with ThreadPoolExecutor(threads) as pool:
        return dict(pool.map(conversation, order))


def test_a_recorded_run_repeats_without_the_server_whatever_the_order_of_threads(tmp_path: Path) -> None:
    tape, numbers = tmp_path / "new" / "tape.jsonl", threading.Lock()
    drawn = iter(range(1000))

    def script(request: dict[str, Any]) -> dict[str, Any]:
        with numbers:  # no two answers are alike
            return says(f"Answer {next(drawn)} <think>hm</think>", ("pay", '{"to": "Zoë"}'))

    with StubEndpoint(script) as stub:
        lived = conversations(endpoint(stub.url, record=tape), 6, list(range(12)))
        url = stub.url
    kept = tape.read_bytes()
    asked = endpoint(url, replay=tape)
    assert conversations(asked, 3, list(reversed(range(12)))) == lived
    assert len({answer.text for heard in lived.values() for answer in heard}) == 24
    assert tape.read_bytes() == kept
    assert (asked.usage.requests, asked.usage.replayed, asked.usage.seconds) == (24, 24, 0.0)
    assert b"secret-of-mine" not in kept


def test_a_recording_of_the_same_answers_is_the_same_bytes(tmp_path: Path) -> None:
    def record(name: str) -> bytes:
        passing = {"id": f"answer of {name}", "created": len(name)}
        with StubEndpoint(lambda request: {**says(f"seed {request['seed']}"), **passing}) as stub:
            conversations(endpoint(stub.url, record=tmp_path / name), 1, list(range(12)))
        return (tmp_path / name).read_bytes()

    assert record("first") == record("the other")


def test_a_question_asked_again_has_another_seed_and_one_run_the_same_seeds_as_the_next() -> None:
    def seeds(**settings: Any) -> list[int]:
        with StubEndpoint(in_turn(says("Hello."))) as stub:
            asked = endpoint(stub.url, **settings)
            for lane in ("a", "a", "b"):
                asked.complete(HELLO, lane=lane)
        return [request.get("seed") for request in stub.requests]

    assert len(set(seeds())) == 3
    assert seeds() == seeds() != seeds(seed=8)
    assert seeds(seed=None) == [None] * 3


def test_a_request_that_was_not_recorded_is_named(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with StubEndpoint(in_turn(says("Hello."))) as stub:
        endpoint(stub.url, record=tape).complete(HELLO)
    missing = f'{tape}: no answer is recorded for "Say hello."'
    for changed in ({"lane": "b"}, {"temperature": 0.1}, {"tools": TOOLS}):
        with pytest.raises(NotRecorded) as raised:
            endpoint(closed_port(), replay=tape).complete(HELLO, **changed)
        assert str(raised.value) == missing
    asked = endpoint(closed_port(), replay=tape)
    assert asked.complete(HELLO).text == "Hello."
    with pytest.raises(NotRecorded):
        asked.complete(HELLO)


def test_a_run_that_was_cut_goes_on_where_it_was(tmp_path: Path) -> None:
    tape = tmp_path / "tape.jsonl"
    with StubEndpoint(in_turn(says("first"), Status(400), says("second"))) as stub:
        cut = endpoint(stub.url, record=tape, replay=tape)
        cut.complete(HELLO, lane="a")
        with pytest.raises(EndpointError):
            cut.complete(HELLO, lane="b")
        resumed = endpoint(stub.url, record=tape, replay=tape)
        assert [resumed.complete(HELLO, lane=lane).text for lane in "ab"] == ["first", "second"]
    assert len(stub.requests) == 3
    assert resumed.usage.replayed == 1
    assert len(tape.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "text, words",
    [
        (b'{"key": "a"', "line 2: not valid JSON"),
        (b"\xff\xfe", "line 2: not valid JSON"),
        (b"[" * 100_000, "line 2: not valid JSON"),
        (b'{"key": 3, "answer": {}}', 'line 2: a line is {"key": ..., "answer": {...}}'),
        (b'{"key": "a", "answer": {"text": "hello"}}', "line 2: an answer is {choices: [{message: {...}}]}"),
        (b'{"key": "a", "answer": {"choices": [{"message": {"content": []}}]}}', "line 2: a field of the answer"),
    ],
    ids=range(6),
)
def test_a_recording_that_is_broken_is_told_by_file_and_line(tmp_path: Path, text: bytes, words: str) -> None:
    tape = tmp_path / "tape.jsonl"
    tape.write_bytes(json.dumps({"key": "b", "answer": says("Hello.")}).encode() + b"\n" + text + b"\n")
    with pytest.raises(ValueError) as raised:
        endpoint(closed_port(), replay=tape)
    assert str(raised.value).startswith(f"{tape}, {words}")


def test_a_recording_that_is_not_there_or_was_cut_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere.jsonl: No such file or directory"):
        endpoint(closed_port(), replay=tmp_path / "nowhere.jsonl")
    cut = tmp_path / "cut.jsonl"
    cut.write_text('{"key": "a", "ans')
    with pytest.raises(ValueError, match="the last line was cut"):
        endpoint(closed_port(), record=cut)
    assert cut.read_text() == '{"key": "a", "ans'


def test_recorders_of_one_file_may_come_while_others_write(tmp_path: Path) -> None:
    tape, long = tmp_path / "tape.jsonl", says("x" * 100_000)

    def write(number: int) -> None:
        for line in range(30):
            Recording(tape, None).keep(f"{number}-{line}", "", HELLO, long)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    keys = [json.loads(line)["key"] for line in tape.read_bytes().splitlines()]
    assert sorted(keys) == sorted(f"{number}-{line}" for number in range(4) for line in range(30))


@pytest.mark.parametrize("wrong", [{"concurrency": 0}, {"retries": -1}])
def test_settings_that_could_never_answer_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be at least"):
        endpoint(closed_port(), **wrong)


def choice(name: str) -> dict[str, Any]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return OmegaConf.to_container(compose("synthesize", [f"teacher={name}"]).teacher, resolve=True)


@pytest.mark.parametrize("name", ["gemma-4-31b", "qwen3-32b"])
def test_every_llm_teacher_is_an_endpoint_of_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert choice(name)["endpoint"]["base_url"] == "http://127.0.0.1:8000/v1"
    with StubEndpoint(in_turn(says("Hello."))) as stub:
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("OPENAI_API_KEY", "of the environment")
        teacher = choice(name)
        asked = Endpoint(**teacher["endpoint"], rng=random.Random(0), seed=1)
        assert asked.complete(HELLO).text == "Hello."
    assert (teacher["name"], teacher["kind"]) == (name, "llm")
    assert stub.requests[0]["chat_template_kwargs"] == {"enable_thinking": False}
    assert stub.keys == ["Bearer of the environment"]


def test_the_scripted_teacher_needs_no_endpoint() -> None:
    assert choice("scripted") == {"name": "scripted", "kind": "scripted"}
