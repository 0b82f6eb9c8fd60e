"""Answers of an endpoint: how they are read, and the JSONL file of them that stands in for the server.

    {"key": sha256(request, lane, occurrence), "lane": …, "prompt": first words, "answer": {choices, usage}}

Nothing of the moment is in a line (no date, no id of the server, no secret), so the same answers make the same lines;
their order is that in which they came. `record` alone appends; `replay` alone answers from the file only; both,
usually on one file, resume a run that was cut: what is in the file is not asked again. What a model wrote and what a
file says is hostile input: it is only ever parsed as JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from os import SEEK_END
from pathlib import Path
from typing import Any, NoReturn

from prove.parsing import parse_calls, without_thoughts
from prove.types import ToolCall

SHOWN = 60  # characters of a prompt in an error
_CALL = re.compile(r"<tool_call>.*?(</tool_call>|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Completion:
    """One answer. `text` is what the user would read: no thoughts, no calls. A call that can't be read has an error."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str = ""


class NotRecorded(ValueError):
    """A request that the file does not hold, in a run that may not ask."""


class Recording:
    """Keeps and finds answers by key. Safe for threads; a record file may be shared by processes."""

    def __init__(self, record: str | Path | None, replay: str | Path | None):
        """A bad file is a ValueError with file, line and what is wrong."""
        self._record = Path(record) if record else None
        self._replay = Path(replay) if replay else None
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()
        self._answers: dict[str, Any] = {}
        if self._replay and (self._replay.exists() or not self._record):
            self._answers = _load(self._replay)
        if self._record:
            _prepare(self._record)

    @property
    def _asks(self) -> bool:
        """Whether a request that is not in the file goes to the server."""
        return self._record is not None or self._replay is None

    def key(self, request: Mapping[str, Any], lane: str) -> str:
        """The key of the next such request: asked again, the same request of the same lane is another occurrence.

        Threads that ask the same thing in the same lane share its occurrences in the order they come, so a lane must
        be of one thread for a replay to be the same whatever the order of the threads.
        """
        base = _digest([request, lane])
        with self._lock:
            occurrence = self._seen[base]
            self._seen[base] += 1
        return _digest([base, occurrence])

    def find(self, key: str, messages: Sequence[Mapping[str, Any]]) -> Any | None:
        """The recorded answer; None if there is none and the server may be asked, else NotRecorded."""
        if key in self._answers or self._asks:
            return self._answers.get(key)
        raise NotRecorded(f'{self._replay}: no answer is recorded for "{first_words(messages)}"')

    def keep(self, key: str, lane: str, messages: Sequence[Mapping[str, Any]], answer: Any) -> None:
        """Appends an answer, alone in the file: lines of other threads and processes never mix with it."""
        if self._record is None:
            return
        line = json.dumps({"key": key, "lane": lane, "prompt": first_words(messages), "answer": answer})
        with open(self._record, "ab") as file:
            flock(file, LOCK_EX)  # until it is closed
            file.write(f"{line}\n".encode())


def completion_of(body: Any) -> Completion:
    """Reads an answer of the chat completions API; a ValueError if it is none."""
    message, reason, usage = _parts(body)
    content = _legible(message.get("content") or "")
    structured = tuple(_call_of(call) for call in message.get("tool_calls") or ())
    text = without_thoughts(content)
    if not structured:
        text = _CALL.sub("", text)
    calls = tuple(_writable(call) for call in structured or parse_calls(content))
    tokens = [usage.get(name) or 0 for name in ("prompt_tokens", "completion_tokens")]
    return Completion(text.strip(), calls, *tokens, reason)


def reduced(body: Any) -> dict[str, Any]:
    """An answer without what is not read: ids and dates, which differ from run to run."""
    message, reason, usage = _parts(body)
    calls = [call.get("function") if isinstance(call, dict) else None for call in message.get("tool_calls") or ()]
    kept: dict[str, Any] = {"content": message.get("content")}
    if calls:
        kept["tool_calls"] = [{"function": function} for function in calls]
    tokens = {name: usage.get(name) or 0 for name in ("prompt_tokens", "completion_tokens")}
    return {"choices": [{"message": kept, "finish_reason": reason}], "usage": tokens}


def first_words(messages: Sequence[Mapping[str, Any]]) -> str:
    """How a prompt begins: its last user message, as the system message is the same in all of them."""
    spoken = [message for message in messages if message.get("role") == "user"] or list(messages)
    text = " ".join(str(spoken[-1].get("content") or "").split()) if spoken else ""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _prepare(path: Path) -> None:
    """Makes the folder. A file whose last line was cut is refused: the next line would be glued to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab+") as file:
        flock(file, LOCK_EX)  # a line that another process is writing now is not cut
        file.seek(max(file.seek(0, SEEK_END) - 1, 0))
        if file.read() not in (b"", b"\n"):
            raise ValueError(f"{path}: the last line was cut; delete it to go on")


def _load(path: Path) -> dict[str, Any]:
    """Key -> answer; of a key that was recorded twice, the later answer."""
    answers = {}
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        try:
            key, answer = _entry(line)
            completion_of(answer)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        answers[key] = answer
    return answers


def _entry(line: bytes) -> tuple[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not valid JSON: {error}") from None
    if not isinstance(value, dict) or not isinstance(value.get("key"), str) or "answer" not in value:
        raise ValueError('a line is {"key": ..., "answer": {...}}')
    return value["key"], value["answer"]


def _parts(body: Any) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Message, finish reason and usage of an answer whose fields have the right types; else a ValueError."""
    try:
        choice, usage = body["choices"][0], body.get("usage") or {}
        message, reason = choice["message"], choice.get("finish_reason") or ""
        fields = [(message.get("content"), str), (message.get("tool_calls"), list), (reason, str)]
        fields += [(usage.get(name), int) for name in ("prompt_tokens", "completion_tokens")]
    except (LookupError, TypeError, AttributeError):
        raise ValueError("an answer is {choices: [{message: {...}}]}") from None
    if not all(value is None or isinstance(value, kind) for value, kind in fields):
        raise ValueError("a field of the answer has the wrong type")
    return message, reason, usage


def _call_of(call: Any) -> ToolCall:
    """A structured call. Its arguments are text that the model wrote, and may be anything."""
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return ToolCall("", {}, error="the call has no name")
    name, arguments = function["name"], function.get("arguments") or "{}"
    try:
        value = json.loads(arguments, parse_constant=_reject) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError) as error:
        return ToolCall(name, {}, error=f"the arguments are not valid JSON: {str(error)[:80]}")
    if not isinstance(value, dict):
        return ToolCall(name, {}, error="arguments must be a JSON object")
    return ToolCall(name, value)


def _writable(call: ToolCall) -> ToolCall:
    """The call, or an unreadable one if it holds half a surrogate pair: text that no file can hold."""
    try:
        json.dumps([call.name, call.arguments, call.error], ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return ToolCall("", {}, error="the call has characters that are no text")
    return call


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _legible(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
