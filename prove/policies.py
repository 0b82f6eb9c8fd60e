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
from prove.types import Example

_TURN = "what-the-policy-wrote"


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
    """A local model on the laptop engine; keeps the token stream that prove.rollout.TokenPolicy keeps in training.

    ids = prompt + turn + (closing + answer + generation prompt) + turn + …      docs/templates.md says more
    """

    def __init__(self, name: str, engine: Completions, tokenizer: Any, sampling: Any, room: int, turn_tokens: int):
        """`room`: tokens after the first prompt, results included; `turn_tokens`: of one assistant turn."""
        self.name = name
        self._engine, self._tokenizer, self._sampling = engine, tokenizer, sampling
        self._room, self._turn_tokens = room, turn_tokens
        self._ids: list[int] = []
        self._prompt = 0

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None:
        self._ids = self._encode(self._render(messages, functions))
        self._prompt = len(self._ids)

    async def generate(self) -> str | None:
        room = min(self._turn_tokens, self._prompt + self._room - len(self._ids))
        if room <= 0:
            return None
        eos = self._tokenizer.eos_token_id
        future = self._engine.submit(
            self._ids, max_tokens=room, stop=[eos], sampling=self._sampling, request_id=f"{id(self)}"
        )
        tokens = (await asyncio.wrap_future(future)).tokens
        self._ids += tokens
        return self._tokenizer.decode(tokens, skip_special_tokens=False).removesuffix(self._tokenizer.eos_token)

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        """Appends what the template puts after the policy's turn, so nothing is tokenised twice."""
        after = self._after_turn(messages)
        if self._ids[-1] == self._tokenizer.eos_token_id:
            after = after.removeprefix(self._tokenizer.eos_token)
        self._ids += self._encode(after)
        return len(self._ids) < self._prompt + self._room

    def _after_turn(self, answer: list[dict[str, Any]]) -> str:
        """Closing, answer and generation prompt, read off a conversation that stands for this one.

        The history itself cannot be used: Qwen3's template renders a turn otherwise, without its thinking, once a user
        has answered it. Without tools: this part of a template does not depend on them.
        """
        text = self._render([{"role": "user", "content": "?"}, {"role": "assistant", "content": _TURN}, *answer])
        return text.partition(_TURN)[2]  # the first one is ours, whatever the answer says

    def _render(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]] | None = None) -> str:
        return self._tokenizer.apply_chat_template(
            messages, tools=functions, tokenize=False, add_generation_prompt=True
        )

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False)


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
        asked = [call["id"] for call in self._messages[-1].get("tool_calls") or []]
        results = [message for message in messages if message["role"] == "tool"]
        for identifier, message in zip(asked, results, strict=False):
            message["tool_call_id"] = identifier
        self._messages += messages
        return True


def _call_of(function: dict[str, Any]) -> str:
    """An endpoint's call as Hermes text; arguments that are no JSON stay as they are and are read as malformed."""
    name = json.dumps(function["name"])
    return f'{OPEN}{{"name":{name},"arguments":{function["arguments"] or "{}"}}}{CLOSE}'
