"""The client of the LLM teacher: chat completions of an OpenAI-compatible endpoint, or of a recording of one.

    messages, tools → key → recorded? → a free slot → POST → answer → Completion
                                  ↑ wait ←─ 429, 5xx, timeout, no connection, garbage

A wait doubles with each try and is spread by a random factor in [0.5, 1); Retry-After makes it longer. Any other 4xx is
the caller's mistake and is not sent again.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import openai

from prove.synthesis.recording import Completion, Recording, completion_of, reduced

Message = Mapping[str, Any]
MILLION = 1_000_000
SHOWN = 200  # characters of a server's error in ours


class EndpointError(RuntimeError):
    """No usable answer. `status`: of the HTTP answer that was final, None where there was none or retries ran out."""

    def __init__(self, text: str, status: int | None = None):
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Usage:
    """What answers cost. Sums with `+`, so that the usage of several processes is one."""

    requests: int = 0
    """Answers, from the server or the recording."""
    replayed: int = 0
    """Those of the recording; their tokens and cost count as if they had been asked, their seconds do not."""
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    """Waiting for the server, summed over requests: those in parallel count each."""
    cost: float = 0.0
    """In the currency of the price."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def per(self, number: int, examples: int) -> dict[str, float | None]:
        """The same figures for so many examples, of the examples made; None each where none were made."""
        scale = number / examples if examples else None
        return {name: None if scale is None else round(value * scale, 6) for name, value in asdict(self).items()}

    def row(self, examples: int) -> dict[str, Any]:
        """The figures for stats.json."""
        totals = {name: round(value, 6) for name, value in asdict(self).items()}
        return {**totals, "per_1000_examples": self.per(1000, examples)}


@dataclass(frozen=True)
class _Failure:
    words: str
    status: int | None = None
    again: bool = True
    wait: float = 0.0


class Endpoint:
    """A model behind an endpoint. Safe for threads; one per process."""

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str,
        *,
        timeout: float,
        retries: int,
        first_wait: float,
        longest_wait: float,
        concurrency: int,
        temperature: float | None,
        top_p: float | None,
        max_tokens: int | None,
        price: Mapping[str, float],
        rng: random.Random,
        seed: int | None = None,
        extra_body: Mapping[str, Any] | None = None,
        record: str | Path | None = None,
        replay: str | Path | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ):
        """Times in seconds; `price` {prompt, completion} per million tokens; `rng` spreads the waits.

        `extra_body`: what the endpoint takes beyond OpenAI's parameters, such as top_k. A bad value or recording: a
        ValueError.
        """
        if concurrency < 1 or retries < 0:
            raise ValueError(f"concurrency {concurrency} must be at least 1 and retries {retries} at least 0")
        self.model, self.base_url = model, base_url
        self._sampling: dict[str, Any] = {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens}
        self._sampling |= {"seed": seed, "extra_body": dict(extra_body or {}) or None}
        self._timeout, self._tries = timeout, retries + 1
        self._first_wait, self._longest_wait, self._rng, self._sleep = first_wait, longest_wait, rng, sleep
        self._price = {kind: float(price[kind]) for kind in ("prompt", "completion")}
        self._slots = threading.BoundedSemaphore(concurrency)
        self._counting = threading.Lock()
        self._usage = Usage()
        self._recording = Recording(record, replay)
        # An empty key is one that the library looks for elsewhere; a self-hosted server takes any. Retries are ours:
        # the library's have a fixed cap, no count and their own randomness.
        self._client = openai.OpenAI(api_key=api_key or "none", base_url=base_url, timeout=timeout, max_retries=0)

    @property
    def usage(self) -> Usage:
        return self._usage

    def complete(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] | None = None,
        *,
        lane: str = "",
        **overrides: Any,
    ) -> Completion:
        """The model's next message. Raises EndpointError, or NotRecorded in a replay.

        `lane`: who asks, such as a conversation's id; equal requests of two lanes are kept apart, which makes a
        recording the same whatever the order of threads. `overrides`: sampling parameters of this request alone.
        """
        said = {"model": self.model, "messages": wired(messages), "tools": list(tools or ()) or None}
        request = {name: value for name, value in (said | self._sampling | overrides).items() if value is not None}
        key = self._recording.key(request, lane)
        body = self._recording.find(key, messages)
        replayed = body is not None
        if body is None:
            body = self._ask(_seeded(request, key))
            self._recording.keep(key, lane, messages, body)
        completion = completion_of(body)
        self._count(completion, replayed)
        return completion

    def close(self) -> None:
        self._client.close()

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The body of the first good answer, reduced to what is read."""
        failure = _Failure("")
        for attempt in range(self._tries):
            if attempt:
                self._spend(Usage(retries=1))
                self._sleep(self._wait(attempt, failure))
            outcome = self._try(request)
            if not isinstance(outcome, _Failure):
                return outcome
            failure = outcome
            if not failure.again:
                raise EndpointError(f"{self.base_url}: {failure.words}", failure.status)
        tries = f"{self._tries} tries" if self._tries > 1 else "1 try"
        raise EndpointError(f"{self.base_url}: no answer after {tries}: {failure.words}")

    def _wait(self, attempt: int, failure: _Failure) -> float:
        doubled = min(self._longest_wait, self._first_wait * 2 ** (attempt - 1))
        return max(doubled * self._rng.uniform(0.5, 1), min(failure.wait, self._longest_wait))

    def _try(self, request: Mapping[str, Any]) -> dict[str, Any] | _Failure:
        try:
            text = self._post(request)
        except openai.APITimeoutError:
            return _Failure(f"no answer within {self._timeout:g} s")
        except openai.APIConnectionError as error:
            return _Failure(_words(str(error.__cause__ or error)))
        except openai.APIStatusError as error:
            return _refused(error.status_code, error.response.text, error.response.headers)
        try:
            body = reduced(json.loads(text))
            completion_of(body)
        except (ValueError, RecursionError):
            return _Failure(f"the answer is no chat completion: {_words(text) or 'it is empty'}")
        return body

    def _post(self, request: Mapping[str, Any]) -> str:
        with self._slots:
            started = time.monotonic()
            try:
                return self._client.chat.completions.with_raw_response.create(**request).text
            finally:
                self._spend(Usage(seconds=time.monotonic() - started))

    def _count(self, completion: Completion, replayed: bool) -> None:
        prompt, written = completion.prompt_tokens, completion.completion_tokens
        cost = (prompt * self._price["prompt"] + written * self._price["completion"]) / MILLION
        self._spend(Usage(1, int(replayed), 0, prompt, written, 0.0, cost))

    def _spend(self, spent: Usage) -> None:
        with self._counting:
            self._usage += spent


def wired(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Messages as the API takes them: arguments as JSON text, ids on calls, and on results in the order of the calls.

    Ids that are there stay. Ours have nine letters and digits, which is what the strictest chat templates ask for.
    """
    numbers, waiting, sent = count(), deque[str](), []
    for message in messages:
        message = dict(message)
        if message.get("tool_calls"):
            message["tool_calls"] = [_wired_call(call, f"call{next(numbers):05d}") for call in message["tool_calls"]]
            waiting = deque(call["id"] for call in message["tool_calls"])
        elif message.get("role") == "tool":
            asked = waiting.popleft() if waiting else f"call{next(numbers):05d}"
            message.setdefault("tool_call_id", asked)
        sent.append(message)
    return sent


def _wired_call(call: Mapping[str, Any], identifier: str) -> dict[str, Any]:
    arguments = call["function"]["arguments"]
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    function = {"name": call["function"]["name"], "arguments": text}
    return {"id": call.get("id") or identifier, "type": "function", "function": function}


def _seeded(request: Mapping[str, Any], key: str) -> dict[str, Any]:
    """**Ours:** every request has a seed of its own, drawn from the run's: else one asked again is answered alike."""
    return {**request, "seed": int(key[:8], 16) >> 1} if "seed" in request else dict(request)


def _refused(status: int, text: str, headers: Mapping[str, str]) -> _Failure:
    """What an error status means. **Ours:** Retry-After as a date is ignored, as reading it takes a wall clock."""
    again = status == 429 or status >= 500
    wait = re.fullmatch(r"[0-9]+(\.[0-9]+)?", headers.get("retry-after", "").strip())
    return _Failure(f"{status}: {_reason(text)}", status, again, float(wait[0]) if wait else 0.0)


def _reason(text: str) -> str:
    """The message in an error body, else how the body begins; a web page without its tags."""
    try:
        message = json.loads(text)["error"]["message"]
    except (ValueError, RecursionError, LookupError, TypeError):
        message = re.sub(r"<[^>]*>", " ", text)
    return _words(str(message)) or "no reason given"


def _words(text: str) -> str:
    """One short line of a server's or the system's text."""
    line = " ".join(re.sub(r"^\[Errno -?\d+\] ", "", text).split())
    line = line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
    return line[:1].lower() + line[1:] if text.startswith("[Errno") else line
