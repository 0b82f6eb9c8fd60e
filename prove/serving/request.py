"""A chat request, checked: what an OpenAI client sends, and the sentence that answers one that cannot be served.

    {model, messages, tools?, tool_choice?, temperature?, top_p?, max_tokens?, seed?, stop?, stream?} -> ChatRequest

Fields that ask for something else (store, user, …) are ignored; those that would change the answer and are not
supported (n above 1, logprobs, a response format, forcing a call) are refused, so that nobody relies on them.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec

STOPS = 4  # strings in `stop`, as OpenAI allows


class Refused(ValueError):
    """An answer with a status: 400, 404. `code` is what OpenAI's clients look at."""

    def __init__(self, sentence: str, status: int = 400, code: str | None = None):
        super().__init__(sentence)
        self.status, self.code = status, code


class Function(msgspec.Struct):
    name: str
    arguments: str = "{}"


class Call(msgspec.Struct):
    function: Function
    id: str = ""


class Part(msgspec.Struct):
    type: Literal["text"]
    text: str


class Message(msgspec.Struct):
    """`token_ids`: of an answer of ours, which the client sends back as it got it (prove.serving.stream)."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[Call] | None = None
    name: str | None = None
    token_ids: list[int] | None = None

    @property
    def text(self) -> str:
        return self.content if isinstance(self.content, str) else "".join(part.text for part in self.content or ())


class StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class ChatRequest(msgspec.Struct, forbid_unknown_fields=False):
    """The fields that are read; a missing or null one has OpenAI's default."""

    model: str
    messages: Annotated[list[Message], msgspec.Meta(min_length=1)]
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None

    @property
    def offered(self) -> list[dict[str, Any]]:
        """The tools the model sees."""
        return [] if self.tool_choice == "none" else self.tools or []

    @property
    def stops(self) -> list[str]:
        return [self.stop] if isinstance(self.stop, str) else self.stop or []

    @property
    def limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens


def read(body: bytes) -> ChatRequest:
    """Refused: it is no JSON, no chat request, or asks for what is not supported."""
    try:
        asked = msgspec.json.decode(body, type=ChatRequest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"the request is no chat completion: {error}") from None
    if wrong := _unsupported(asked) or _wrong_tools(asked.tools or []):
        raise Refused(wrong)
    return asked


def _unsupported(asked: ChatRequest) -> str | None:
    if asked.n not in (None, 1):
        return f"n={asked.n} is not supported: ask again with another seed"
    if asked.tool_choice not in (None, "auto", "none"):
        return f"tool_choice={json.dumps(asked.tool_choice)} is not supported: auto or none"
    if asked.logprobs:
        return "logprobs are not supported"
    if asked.response_format and asked.response_format.get("type") != "text":
        return "response_format is not supported, only text"
    if len(asked.stops) > STOPS or "" in asked.stops:
        return f"stop is at most {STOPS} strings that are not empty"
    return None


def _wrong_tools(tools: list[dict[str, Any]]) -> str | None:
    for number, tool in enumerate(tools):
        function = tool.get("function")
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            return f"tools[{number}] is no {{type: function, function: {{name, description, parameters}}}}"
    return None
