"""A local server that speaks chat completions, as scripted by a function: request JSON -> what is sent back.

with StubEndpoint(lambda request: says("hello")) as stub:
    ... stub.url, stub.requests, stub.peak
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Status:
    """An HTTP error, or any body that is not the usual JSON."""

    code: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Slow:
    """An answer that comes late, or never if the stub closes first."""

    seconds: float
    answer: Any


@dataclass(frozen=True)
class Cut:
    """A connection that ends: at once, or amid a body."""

    body: bytes = b""


Script = Callable[[dict[str, Any]], Any]
"""Gives a dict (JSON body), bytes (as they are, with status 200), a Status, a Slow or a Cut."""


def says(
    content: str | None, *calls: tuple[str, str], prompt: int = 10, completion: int = 5, reason: str = "stop"
) -> dict:
    """An answer; a call is (name, arguments as text)."""
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if calls:
        functions = [{"name": name, "arguments": arguments} for name, arguments in calls]
        message["tool_calls"] = [
            {"id": f"x{number}", "type": "function", "function": function} for number, function in enumerate(functions)
        ]
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return {"choices": [choice], "usage": {"prompt_tokens": prompt, "completion_tokens": completion}}


class StubEndpoint:
    """The server, on a free port of this machine; a context manager."""

    def __init__(self, script: Script):
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.peak = 0
        """Most requests that were in flight at once."""
        self._script, self._in_flight, self._lock = script, 0, threading.Lock()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"stub": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> StubEndpoint:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: dict[str, Any], key: str) -> Any:
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            self._in_flight += 1
            self.peak = max(self.peak, self._in_flight)
        try:
            answer = self._script(request)
            if isinstance(answer, Slow):
                self._closing.wait(answer.seconds)
                answer = answer.answer
            return answer
        finally:
            with self._lock:
                self._in_flight -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave together
    stub: StubEndpoint

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.stub.answer(request, self.headers.get("Authorization", ""))
        if self.path != "/v1/chat/completions":
            answer = Status(404, f"no such path: {self.path}")
        self._send(answer)

    def _send(self, answer: Any) -> None:
        if isinstance(answer, Cut):
            self._cut(answer)
        elif isinstance(answer, Status):
            self._write(answer.code, answer.body.encode(), answer.headers)
        elif isinstance(answer, bytes):
            self._write(200, answer, {"Content-Type": "application/json"})
        else:
            self._write(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _write(self, code: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _cut(self, answer: Cut) -> None:
        """Promises one byte more than comes."""
        self.close_connection = True
        if answer.body:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer.body) + 1))
            self.end_headers()
            self.wfile.write(answer.body)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            pass  # the client did not wait

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            pass

    def log_message(self, *_: Any) -> None: ...
