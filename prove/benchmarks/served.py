"""A model behind an OpenAI-compatible endpoint, for evaluation: seeded, and its failures say what happened.

no answer, 429, 5xx         asked again, `attempts` times in all; then EndpointFailed, which ends the evaluation
400 about the length        the conversation no longer fits: the episode is over, as for a local model
any other refusal           EndpointFailed: the next item would be refused too
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from prove.parsing import CLOSE, OPEN
from prove.policies import EndpointPolicy

BUSY = 429
TOO_LONG = re.compile(r"context|too long|too large|length|max_model_len|maximum", re.IGNORECASE)
SHOWN = 200


class EndpointFailed(RuntimeError):
    """The endpoint gives no answers; what is finished stays finished."""


class TooLong(Exception):
    """The conversation no longer fits the model."""


@dataclass(frozen=True)
class Endpoint:
    """Node `endpoint` of conf/evaluate.yaml."""

    base_url: str
    api_key: str
    timeout: float
    attempts: int
    pause: float


class Client:
    """Asks the endpoint for one message at a time."""

    def __init__(self, session: aiohttp.ClientSession, endpoint: Endpoint):
        self._session, self._endpoint = session, endpoint
        self._url = f"{endpoint.base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
        self._timeout = aiohttp.ClientTimeout(total=endpoint.timeout)

    async def message(
        self, options: Mapping[str, Any], messages: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """The answer, asked for again where that may help. TooLong, EndpointFailed."""
        body = {**options, "messages": list(messages)}
        if functions:  # an empty list is refused by some servers
            body["tools"] = list(functions)
        for attempt in range(self._endpoint.attempts):
            try:
                return await self._ask(body)
            except (aiohttp.ClientError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
            if attempt + 1 < self._endpoint.attempts:
                await asyncio.sleep(self._endpoint.pause * 2**attempt)
        raise EndpointFailed(f"{self._url} gave no answer in {self._endpoint.attempts} attempts: {reason}")

    async def _ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._session.post(self._url, json=body, headers=self._headers, timeout=self._timeout) as response:
            text = await response.text()
            if response.status == BUSY or response.status >= 500:
                raise aiohttp.ClientError(f"status {response.status}: {text[:SHOWN]}")
            if response.status >= 400 and TOO_LONG.search(text):
                raise TooLong(text[:SHOWN])
            if response.status >= 400:
                raise EndpointFailed(f"{self._url} refused: status {response.status}: {text[:SHOWN]}")
        try:
            return dict(json.loads(text)["choices"][0]["message"])
        except (ValueError, KeyError, IndexError, TypeError):
            raise EndpointFailed(f"{self._url} does not answer as a chat endpoint: {text[:SHOWN]}") from None


class ServedPolicy(EndpointPolicy):
    """One episode with a served model; all episodes share one client."""

    def __init__(self, client: Client, model: str, endpoint: Endpoint, temperature: float, turn_tokens: int, seed: int):
        super().__init__(model, endpoint.base_url, endpoint.api_key, temperature, endpoint.timeout, turn_tokens)
        self._client = client
        self._options = {**self._options, "seed": seed}

    async def generate(self) -> str | None:
        try:
            message = await self._client.message(self._options, self._messages, self._functions)
        except TooLong:
            return None
        self._messages.append(message)
        return (message.get("content") or "") + "".join(_call(call) for call in message.get("tool_calls") or [])


def _call(call: Mapping[str, Any]) -> str:
    """As Hermes text; arguments that are no JSON stay as they are and are read as malformed."""
    function = call["function"]
    return f'{OPEN}{{"name":{json.dumps(function["name"])},"arguments":{function.get("arguments") or "{}"}}}{CLOSE}'
