"""Policies for episodes outside training: the ground truth, the laptop engine, an OpenAI-compatible endpoint.

All of them speak Hermes text, so that one parser reads every policy.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Protocol

import aiohttp

from prove.parsing import CLOSE, OPEN
from prove.template import Template
from prove.types import Example


def hermes(calls: list[dict[str, Any]]) -> str:
    """Calls as the text a model would write."""
    return "".join(f"{OPEN}{json.dumps(call, ensure_ascii=False, separators=(',', ':'))}{CLOSE}" for call in calls)


class GoldPolicy:
    """Makes the ground truth's calls, step by step: what the reward should be at best."""

    name = "gold"

    def __init__(self, example: Example):
        self._turns = self._script(example)

    @staticmethod
    def _script(example: Example) -> Iterator[str]:
        truth = example.ground_truth
        for turn in range(len(example.user_turns)):
            for step, when in zip(truth.steps, truth.turns, strict=True):
                if when == turn:
                    yield hermes([{"name": call.name, "arguments": call.arguments} for call in step.calls])
            yield "Done."

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None: ...

    async def generate(self) -> str | None:
        return next(self._turns, "Done.")

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        return True


class Completions(Protocol):
    """The laptop engine: token ids in, a future of (tokens, log_probs, reason) out."""

    def submit(self, ids: list[int], **options: Any) -> Any: ...


class EnginePolicy:
    """A local model on the laptop engine; keeps the token stream that prove.rollout.TokenPolicy keeps in training."""

    def __init__(self, name: str, engine: Completions, tokenizer: Any, sampling: Any, room: int, turn_tokens: int):
        """`room`: tokens after the first prompt, results included; `turn_tokens`: of one assistant turn."""
        self.name = name
        self._engine, self._template, self._sampling = engine, Template(tokenizer), sampling
        self._room, self._turn_tokens = room, turn_tokens
        self._ids: list[int] = []
        self._turn: list[int] = []
        self._prompt = 0

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None:
        self._ids = self._template.prompt(messages, functions)
        self._prompt = len(self._ids)

    async def generate(self) -> str | None:
        room = min(self._turn_tokens, self._prompt + self._room - len(self._ids))
        if room <= 0:
            return None
        future = self._engine.submit(
            self._ids, max_tokens=room, stop=[self._template.end], sampling=self._sampling, request_id=f"{id(self)}"
        )
        self._turn = (await asyncio.wrap_future(future)).tokens
        self._ids += self._turn
        return self._template.text(self._turn)

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        """Appends what the template puts after the policy's turn, so nothing is tokenised twice."""
        self._ids += self._template.after(messages, self._turn)
        return len(self._ids) < self._prompt + self._room


class EndpointPolicy:
    """Any OpenAI-compatible endpoint, e.g. `vllm serve`; its tool calls are rendered as Hermes text."""

    def __init__(self, model: str, base_url: str, api_key: str, temperature: float, timeout: float, turn_tokens: int):
        self.name = model
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._options = {"model": model, "temperature": temperature, "max_tokens": turn_tokens}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._messages: list[dict[str, Any]] = []
        self._functions: list[dict[str, Any]] = []

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None:
        self._messages, self._functions = list(messages), functions

    async def generate(self) -> str | None:
        body = {**self._options, "messages": self._messages, "tools": self._functions}
        async with aiohttp.ClientSession(timeout=self._timeout, headers=self._headers) as client:
            async with client.post(self._url, json=body) as response:
                response.raise_for_status()
                message = (await response.json())["choices"][0]["message"]
        self._messages.append(message)
        calls = [_call_of(call["function"]) for call in message.get("tool_calls") or []]
        return (message.get("content") or "") + "".join(calls)

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        asked = iter([call["id"] for call in self._messages[-1].get("tool_calls") or []])
        self._messages += [_answering(message, asked) for message in messages]
        return True


def _answering(message: dict[str, Any], asked: Iterator[str]) -> dict[str, Any]:
    """A tool result names the call that it answers; the episode's own message stays as it is."""
    identifier = next(asked, None) if message["role"] == "tool" else None
    return message if identifier is None else {**message, "tool_call_id": identifier}


def _call_of(function: dict[str, Any]) -> str:
    """An endpoint's call as Hermes text; arguments that are no JSON stay as they are and are read as malformed."""
    name = json.dumps(function["name"])
    return f'{OPEN}{{"name":{name},"arguments":{function["arguments"] or "{}"}}}{CLOSE}'
