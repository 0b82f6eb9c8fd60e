"""Reads the calls out of what a model wrote, Hermes style: <tool_call>{"name": …, "arguments": {…}}</tool_call>.

    text → <think> … </think>      a thought, no call in it counts; without its end it hides the rest
         → … </think>              the same, where the template opened <think> in the prompt
         → <tool_call> JSON </tool_call>
         → anything else           words

Model output is hostile input: it is only ever parsed as JSON. What cannot be read becomes a call with an `error`, so
that the model is told and the reward counts it. Tags inside the JSON of a call are part of its strings.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from prove.types import ToolCall

OPEN, CLOSE = "<tool_call>", "</tool_call>"
THINK, THOUGHT = "<think>", "</think>"
_MARK = re.compile(f"{OPEN}|{THINK}|{THOUGHT}")
_END = re.compile(f"{CLOSE}|{OPEN}|{THINK}|{THOUGHT}")
_BLANK = re.compile(r"\s*")
_CLOSED = re.compile(rf"\s*{CLOSE}")


def parse_calls(text: str) -> list[ToolCall]:
    """The calls of one assistant turn, in order."""
    return _walk(text)[0]


def without_thoughts(text: str) -> str:
    """The text outside thinking; a template that opens <think> in the prompt leaves only its end here."""
    return _walk(text)[1]


def words_and_calls(text: str) -> tuple[str, list[ToolCall]]:
    """The text around the calls of a turn, thoughts included, and the calls.

    A turn with a call that cannot be read stays whole and has no calls: so no order of calls is lost, and vLLM's Hermes
    parser does the same.
    """
    calls, _, places = _walk(text)
    if any(call.error for call in calls):
        return text, []
    edges = [0, *(edge for place in places for edge in place), len(text)]
    return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)), calls


def _walk(text: str) -> tuple[list[ToolCall], str, list[tuple[int, int]]]:
    """Calls, text outside thinking, and where each call stands, read once from left to right."""
    calls: list[ToolCall] = []
    places: list[tuple[int, int]] = []
    kept, place, thought = "", 0, False
    while mark := _MARK.search(text, place):
        kept += text[place : mark.start()]
        place = mark.end()
        if mark[0] == OPEN:
            call, place = _call_at(text, place)
            calls.append(call)
            places.append((mark.start(), place))
            kept += text[mark.start() : place]
            continue
        if mark[0] == THINK:
            place = _after_thought(text, place)
        elif not thought:  # the prompt opened it
            calls, places, kept = [], [], ""
        thought = True
    return calls, kept + text[place:], places


def _after_thought(text: str, start: int) -> int:
    end = text.find(THOUGHT, start)
    return len(text) if end < 0 else end + len(THOUGHT)


def _call_at(text: str, start: int) -> tuple[ToolCall, int]:
    """The call whose JSON begins at `start`, and where the text goes on after it."""
    try:
        value, end = _JSON.raw_decode(text, _BLANK.match(text, start).end())  # type: ignore[union-attr]
    except (ValueError, RecursionError) as error:
        return _garbled(text, start, str(error))
    if closed := _CLOSED.match(text, end):
        return _call_of(value), closed.end()
    return _garbled(text, start, "something follows the object")


def _garbled(text: str, start: int, reason: str) -> tuple[ToolCall, int]:
    """A block without readable JSON ends at the next tag."""
    end = _END.search(text, start)
    if end and end[0] == CLOSE:
        return _unreadable(f"the call is not valid JSON: {reason[:80]}"), end.end()
    return _unreadable(f"the call is not closed with {CLOSE}"), end.start() if end else len(text)


def _call_of(value: Any) -> ToolCall:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return _unreadable('a call is {"name": ..., "arguments": {...}}')
    try:
        arguments = _arguments_of(value)
        _check(value["name"], arguments)
    except (ValueError, RecursionError) as error:
        return _unreadable(str(error)[:120])
    return ToolCall(value["name"], arguments)


def _arguments_of(value: dict[str, Any]) -> dict[str, Any]:
    """**Ours:** a JSON string that holds an object is taken too: the OpenAI API carries arguments that way, and the
    template of Qwen2.5 quotes that string when it renders such a history."""
    arguments = value.get("arguments", {})
    if isinstance(arguments, str):
        try:
            arguments = _JSON.decode(arguments)
        except ValueError:
            arguments = None
    if not isinstance(arguments, dict):
        raise ValueError("arguments must be a JSON object")
    return arguments


def _check(name: str, arguments: dict[str, Any]) -> None:
    """ValueError for what JSON lets through and no log or server can store: 1e999, half a surrogate pair."""
    try:
        json.dumps([name, arguments], ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise ValueError("the call has characters that are no text") from None
    except ValueError:
        raise ValueError("the call has a number that is too large") from None


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_reject)


def _unreadable(reason: str) -> ToolCall:
    return ToolCall("", {}, error=reason)
