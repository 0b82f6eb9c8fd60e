"""The endpoint: GET /v1/models, POST /v1/chat/completions (whole, or server-sent events), GET /health.

status 400 or 404   {"error": {"message", "type", "param", "code"}}, a sentence that says what is wrong
data: {chunk}\\n\\n … data: [DONE]\\n\\n     with stream=true: words as they come, calls when they are whole
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from prove.serving.chat import Answer, Chat
from prove.serving.reply import settled
from prove.serving.request import ChatRequest, Refused, read
from prove.serving.stream import calls_before

OWNER = "prove"
LARGEST = 16 * 1024 * 1024
"""Bytes of a request: more than any conversation that fits a model's positions."""


class Endpoint:
    """`clock`: seconds since 1970, for the field `created` that clients expect."""

    def __init__(self, chat: Chat, piece: int, clock: Callable[[], float]):
        self._chat, self._piece, self._clock = chat, piece, clock
        self._numbers = count()

    def app(self) -> Starlette:
        routes = [
            Route("/v1/models", self.models),
            Route("/v1/chat/completions", self.complete, methods=["POST"]),
            Route("/health", lambda request: Response()),
        ]
        return Starlette(routes=routes, exception_handlers={Refused: _refused, 404: _lost, 500: _broken})

    async def models(self, request: Request) -> Response:
        created = int(self._clock())
        known = [{"id": one, "object": "model", "created": created, "owned_by": OWNER} for one in self._chat.names]
        return JSONResponse({"object": "list", "data": known})

    async def complete(self, request: Request) -> Response:
        asked = read(await _body(request))
        frame = {"id": f"chatcmpl-{next(self._numbers)}", "created": int(self._clock()), "model": asked.model}
        if not asked.stream:
            return JSONResponse(self._whole(asked, await self._chat.answer(asked), frame))
        pieces = self._chat.pieces(asked, self._piece)
        first = await anext(pieces)  # a refusal is a status, not an event
        return StreamingResponse(self._events(asked, first, pieces, frame), media_type="text/event-stream")

    def _whole(self, asked: ChatRequest, answer: Answer, frame: dict[str, Any]) -> dict[str, Any]:
        finish = self._chat.reply(asked, answer).finish(answer.reason or "stop")
        choice = {"index": 0, "message": self._chat.message(asked, answer), "logprobs": None, "finish_reason": finish}
        return {**frame, "object": "chat.completion", "choices": [choice], "usage": answer.usage}

    async def _events(
        self, asked: ChatRequest, first: Answer, rest: AsyncIterator[Answer], frame: dict[str, Any]
    ) -> AsyncIterator[str]:
        """Words that are sure to be content, then what is left of it, the calls and the reason."""

        def event(delta: dict[str, Any], finish: str | None = None) -> str:
            return _event({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        yield event({"role": "assistant", "content": ""})
        sent, answer = "", first
        while answer.reason is None:
            sure = settled(answer.text, bool(asked.offered), asked.stops)
            if len(sure) > len(sent):
                yield event({"content": sure[len(sent) :]})
                sent = sure
            answer = await anext(rest)
        reply = self._chat.reply(asked, answer)
        if left := (reply.content or "")[len(sent) :]:
            yield event({"content": left})
        for index, call in enumerate(reply.tool_calls(calls_before(asked.messages))):
            yield event({"tool_calls": [{"index": index, **call}]})
        yield event({}, reply.finish(answer.reason))
        if asked.stream_options and asked.stream_options.include_usage:
            yield _event({**frame, "choices": [], "usage": answer.usage})
        yield "data: [DONE]\n\n"


async def _body(request: Request) -> bytes:
    """Refused: it is larger than anything that can be answered; the rest of it is not kept."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            raise Refused(f"the request has more than {LARGEST} bytes", 413)
    return bytes(body)


def _event(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps({**chunk, 'object': 'chat.completion.chunk'}, ensure_ascii=False)}\n\n"


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return _error(str(error), error.status, "invalid_request_error", error.code)


async def _lost(request: Request, error: Exception) -> Response:
    return _error(f"there is no {request.url.path} here: POST /v1/chat/completions, GET /v1/models", 404, "not_found")


async def _broken(request: Request, error: Exception) -> Response:
    return _error(f"the engine failed: {error}", 500, "server_error")


def _error(sentence: str, status: int, kind: str, code: str | None = None) -> Response:
    return JSONResponse({"error": {"message": sentence, "type": kind, "param": None, "code": code}}, status)
