"""Who answers the harness: a chat for each play, of messages and tools.

endpoint   a served model, any OpenAI-compatible endpoint, in function-calling mode
default    a local model on the laptop engine, as `prove.serve` serves it
gold       the ground truth, a turn's calls all at once: the oracle row
nothing    never calls: the do-nothing row
"""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import aiohttp

from prove.benchmarks.bfcl.harness import Chat, Item, Message, TooLong
from prove.benchmarks.served import Client, Endpoint
from prove.benchmarks.served import TooLong as Refused

Player = Callable[[Item, int], Chat]
"""Of an item and a sampling seed."""


@contextlib.asynccontextmanager
async def players(cfg: Mapping[str, Any]) -> AsyncIterator[Player]:
    """The engine or the client behind them is closed at the end."""
    match cfg["policy"]:
        case "gold":
            yield lambda item, seed: oracle(item.truth)
        case "nothing":
            yield lambda item, seed: silent
        case "endpoint":
            async with aiohttp.ClientSession() as session:
                yield served(cfg, Client(session, Endpoint(**cfg["endpoint"])))
        case _:
            async with _local(cfg) as player:
                yield player


def options_of(cfg: Mapping[str, Any], seed: int) -> Message:
    """**Ours** is the seed: the official handler sends none, and then nothing can be repeated."""
    options = {"model": cfg["model"]["path"], "temperature": cfg["temperature"], "seed": seed}
    most = cfg["benchmark"]["max_tokens"]
    return options if most is None else {**options, "max_tokens": most}


def served(cfg: Mapping[str, Any], client: Client) -> Player:
    def player(item: Item, seed: int) -> Chat:
        async def chat(messages: Sequence[Message], tools: Sequence[Message]) -> Message:
            try:
                return await client.message(options_of(cfg, seed), messages, tools)
            except Refused as error:
                raise TooLong(str(error)) from None

        return chat

    return player


@contextlib.asynccontextmanager
async def _local(cfg: Mapping[str, Any]) -> AsyncIterator[Player]:
    """Imports torch only when a local model is wanted."""
    from prove.serving.model import open_chat
    from prove.serving.request import Refused as NotServed
    from prove.serving.request import read

    model = cfg["model"]
    local, engine = open_chat(model["name"], model["path"], None, cfg["concurrency"], 1, seed=0)

    def player(item: Item, seed: int) -> Chat:
        async def chat(messages: Sequence[Message], tools: Sequence[Message]) -> Message:
            body = {**options_of(cfg, seed), "messages": list(messages), "tools": list(tools)}
            asked = read(json.dumps(body).encode())
            try:
                return local.message(asked, await local.answer(asked))
            except NotServed as error:
                raise TooLong(str(error)) from None

        return chat

    try:
        yield player
    finally:
        engine.close()


async def silent(messages: Sequence[Message], tools: Sequence[Message]) -> Message:
    return {"role": "assistant", "content": "I cannot help with that."}


def oracle(truth: Sequence[Sequence[str]]) -> Chat:
    """Answers a user with that turn's calls, in parallel: some turns have more of them than the cap has steps.

    Only with functions that it was offered, as a model can at best; the ground truth of miss_func_49 wants another one.
    """

    async def chat(messages: Sequence[Message], tools: Sequence[Message]) -> Message:
        turn = sum(message["role"] == "user" for message in messages) - 1
        calls = [_parsed(text) for text in truth[turn]] if messages[-1]["role"] == "user" else []
        offered = {tool["function"]["name"]: tool["function"] for tool in tools}
        asked = [
            _written(f"call{turn:02d}{number:03d}", name, call, offered[name])
            for number, (name, call) in enumerate(calls)
            if name in offered
        ]
        if not asked:
            return {"role": "assistant", "content": "Done."}
        return {"role": "assistant", "content": None, "tool_calls": asked}

    return chat


def _parsed(text: str) -> tuple[str, ast.Call]:
    """The function's name and the call of `cd(folder='document')`, which is the ground truth's, not a model's."""
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    return call.func.id, call


def _written(identifier: str, name: str, call: ast.Call, schema: Message) -> Message:
    """As an OpenAI call; arguments without a name take those of the schema, in order."""
    names = schema["parameters"]["properties"]
    arguments = {key: ast.literal_eval(value) for key, value in zip(names, call.args, strict=False)}
    arguments |= {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": identifier, "type": "function", "function": function}
