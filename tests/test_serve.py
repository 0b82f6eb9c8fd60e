"""`python -m prove.serve`: what an OpenAI client may rely on, with the embedded policy behind it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import openai
import pytest
from hydra import compose, initialize_config_dir

from prove.serve import CONF, serve
from prove.serving.reply import reply_of, settled
from tests.benchmarks.made import evaluated, items, rows
from tests.served import MODEL, served

TOOL = {
    "type": "function",
    "function": {
        "name": "list_accounts",
        "description": "Lists the accounts.",
        "parameters": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": []},
    },
}
ASKED = {"model": "tiny", "messages": [{"role": "user", "content": "Show my savings accounts."}], "tools": [TOOL]}


@pytest.fixture(scope="module")
def url():
    with served() as where:
        yield where


@pytest.fixture(scope="module")
def client(url):
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield client


def ask(client, **options):
    return client.chat.completions.create(**{**ASKED, "seed": 3, "max_tokens": 60, **options})


def said(answer):
    """The choice without ids of requests."""
    message = answer.choices[0].message
    calls = [(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or []]
    return message.content, calls, answer.choices[0].finish_reason, answer.usage.completion_tokens


def test_it_lists_the_model_by_name_and_by_path(client):
    assert [model.id for model in client.models.list()] == ["tiny", MODEL]


def test_a_call_that_can_be_read_is_a_tool_call(client):
    answer = ask(client, temperature=0)
    content, calls, finish, _ = said(answer)
    assert content is None and finish == "tool_calls" and calls[0][:2] == ("call00000", "list_accounts")
    assert isinstance(json.loads(calls[0][2]), dict) and answer.usage.prompt_tokens > 10


def test_a_tool_result_continues_the_very_tokens_that_the_model_wrote(client):
    first = ask(client, temperature=0)
    message = first.choices[0].message
    result = {"role": "tool", "tool_call_id": "call00000", "content": '{"accounts":[]}'}
    history = [*ASKED["messages"], message, result]
    second = ask(client, messages=history, temperature=0)
    assert second.usage.prompt_tokens > first.usage.total_tokens
    by_hand = {"role": "assistant", "content": None, "tool_calls": message.model_dump()["tool_calls"]}
    rendered = ask(client, messages=[ASKED["messages"][0], by_hand, result], temperature=0)
    assert said(rendered) == said(second), "this template renders its own history unchanged"
    told_otherwise = {**message.model_dump(), "content": "Done.", "tool_calls": None}
    other = ask(client, messages=[ASKED["messages"][0], told_otherwise, result], temperature=0)
    assert other.usage.prompt_tokens < second.usage.prompt_tokens, "tokens that do not spell the message are not used"


def test_what_a_tool_says_makes_no_control_token(client):
    call = {"id": "call00000", "type": "function", "function": {"name": "list_accounts", "arguments": "{}"}}
    asked = [*ASKED["messages"], {"role": "assistant", "content": None, "tool_calls": [call]}]

    def tokens(text):
        result = {"role": "tool", "tool_call_id": "call00000", "content": text}
        return ask(client, messages=[*asked, result], temperature=0, max_tokens=1).usage.prompt_tokens

    assert tokens("a<|im_end|>") > tokens("a") + 1, "as a control token it would be one"


def test_the_same_seed_gives_the_same_answer_whatever_runs_beside_it(client):
    alone = said(ask(client, temperature=1.0))
    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(ask, client, seed=seed, temperature=1.0) for seed in range(10, 17)]
        beside = pool.submit(ask, client, temperature=1.0)
        assert said(beside.result()) == alone
        assert len({json.dumps(said(one.result())[:2]) for one in others}) > 1


def streamed(client, **options):
    """The answer put together from its events, and how many had words."""
    content, calls, finish, words = "", [], None, 0
    for chunk in ask(client, stream=True, stream_options={"include_usage": True}, **options):
        for choice in chunk.choices:
            words += bool(choice.delta.content)
            content += choice.delta.content or ""
            calls += [(one.id, one.function.name, one.function.arguments) for one in choice.delta.tool_calls or []]
            finish = choice.finish_reason or finish
    return (content or None, calls, finish, chunk.usage.completion_tokens), words


@pytest.mark.parametrize("options", [{"temperature": 0}, {"tools": None, "temperature": 1.0}])
def test_a_stream_says_what_the_whole_answer_says(client, options):
    (content, *rest), events = streamed(client, **options)
    whole = said(ask(client, **options))
    assert (content or "", *rest) == (whole[0] or "", *whole[1:])
    assert events != 1 or len(content) < 20, "long words come in several events"


def test_a_stop_string_ends_the_answer_before_it(client):
    whole = ask(client, tools=None, temperature=0).choices[0].message.content
    stop = whole[4:7]
    answer = ask(client, tools=None, temperature=0, stop=[stop])
    assert answer.choices[0].message.content == whole[: whole.index(stop)]
    assert answer.choices[0].finish_reason == "stop"
    (content, *_), _ = streamed(client, tools=None, temperature=0, stop=[stop])
    assert (content or "") == whole[: whole.index(stop)]


def test_max_tokens_cuts_and_says_so(client):
    answer = ask(client, max_tokens=2, temperature=0)
    assert answer.usage.completion_tokens == 2 and answer.choices[0].finish_reason == "length"
    assert not answer.choices[0].message.tool_calls, "half a call is no call"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"n": 2}, "n=2 is not supported: ask again with another seed"),
        ({"tool_choice": "required"}, 'tool_choice="required" is not supported: auto or none'),
        ({"temperature": -1}, "Expected `float` >= 0"),
        ({"messages": []}, "Expected `array` of length >= 1"),
        ({"messages": [{"role": "robot", "content": ""}]}, "Invalid enum value 'robot'"),
        ({"tools": [{"type": "function"}]}, "tools[0] is no {type: function"),
        ({"stop": ["a"] * 5}, "stop is at most 4 strings"),
        ({"logprobs": True}, "logprobs are not supported"),
        ({"response_format": {"type": "json_object"}}, "response_format is not supported"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(client, options, reason):
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, **options)
    assert reason in error.value.body["message"]


def test_a_conversation_that_no_longer_fits_is_refused_in_words_that_clients_know(client):
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, messages=[{"role": "user", "content": "word " * 3000}])
    assert error.value.code == "context_length_exceeded"
    assert "maximum context length is 2048 tokens" in error.value.body["message"]


def test_an_unknown_model_or_path_is_not_found(client, url):
    with pytest.raises(openai.NotFoundError, match="there is no model gpt here, only tiny"):
        ask(client, model="gpt")
    with pytest.raises(openai.NotFoundError, match="POST /v1/chat/completions"):
        client.embeddings.create(model="tiny", input="x")


def test_what_is_no_json_is_refused(url):
    async def post():
        async with aiohttp.ClientSession() as session, session.post(f"{url}/chat/completions", data=b"{") as answer:
            return answer.status, await answer.json()

    status, body = asyncio.run(post())
    assert status == 400 and "the request is no chat completion" in body["error"]["message"]


def test_episodes_through_the_endpoint_are_those_of_the_engine(url, tmp_path):
    data = rows(tmp_path / "heldout.parquet", 2)
    said = []
    for policy in (["policy=default"], ["policy=endpoint", f"endpoint.base_url={url}"]):
        folder = tmp_path / str(len(said))
        evaluated("servers=banking", f"data.heldout={data}", "trials=2", f"out={folder}", *policy)
        said.append({(one["item"]["id"], one["item"]["trial"]): one["messages"] for one in items(folder)})
    assert said[0] == said[1] and len(said[0]) == 4


@pytest.mark.parametrize(
    ("text", "content", "names"),
    [
        ("Hello.", "Hello.", []),
        ('Look: <tool_call>{"name":"a","arguments":{}}</tool_call>', "Look: ", ["a"]),
        ('<tool_call>{"name":"a"}</tool_call>\n<tool_call>{"name":"b"}</tool_call>', None, ["a", "b"]),
        ("<tool_call>{name}</tool_call>", "<tool_call>{name}</tool_call>", []),
        ('<tool_call>{"name":"a"}</tool_call><tool_call>', '<tool_call>{"name":"a"}</tool_call><tool_call>', []),
        ('<think><tool_call>{"name":"a"}</tool_call></think>No.', None, []),
    ],
)
def test_malformed_calls_and_thoughts_stay_in_the_content(text, content, names):
    reply = reply_of(text, tools=True)
    assert [call.name for call in reply.calls] == names
    assert reply.content == (text if content is None and not names else content)


def test_what_was_streamed_is_never_taken_back():
    text = 'Look. <tool <tool_call>{"name":"a","arguments":{}}</tool_call> over'
    grown = [settled(text[:size], True, ["over"]) for size in range(len(text) + 1)]
    assert all(later.startswith(earlier) for earlier, later in zip(grown, grown[1:], strict=False))
    assert grown[-1] == "Look. <tool "


def test_a_word_that_is_wrong_ends_the_command_in_one_sentence():
    done = subprocess.run([sys.executable, "-m", "prove.serve", "prot=1"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "prove.serve: there is no key prot; did you mean port?\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("model.path=conf", "model.path=conf has no config.json"),
        ("concurrency=0", "concurrency=0 is no whole number of at least 1"),
        ("host=no.such.host.invalid without_token=true", "cannot listen at no.such.host.invalid:8000"),
    ],
)
def test_what_cannot_be_opened_is_said(words, reason):
    with initialize_config_dir(str(CONF), version_base="1.3"), pytest.raises(ValueError, match=reason):
        serve(compose("serve", words.split()))
