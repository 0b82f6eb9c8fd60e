"""Reads the calls out of what a model wrote, Hermes style: <tool_call>{"name": …, "arguments": {…}}</tool_call>.

Model output is hostile input: it is only ever parsed as JSON. Text inside <think> is no call. What cannot be read
becomes a call with an `error`, so that the model is told and the reward counts it.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from prove.types import ToolCall

OPEN, CLOSE = "<tool_call>", "</tool_call>"
_THOUGHT = re.compile(r"<think>.*?(</think>|\Z)", re.DOTALL)


def parse_calls(text: str) -> list[ToolCall]:
    """The calls of one assistant turn, in order."""
    _, *blocks = without_thoughts(text).split(OPEN)
    return [_parse_block(block) for block in blocks]


def without_thoughts(text: str) -> str:
    """The text outside thinking; a template that opens <think> in the prompt leaves only its end here."""
    if "</think>" in text and "<think>" not in text.split("</think>", 1)[0]:
        text = text.split("</think>", 1)[1]
    return _THOUGHT.sub("", text)


def _parse_block(block: str) -> ToolCall:
    body, closed, _ = block.partition(CLOSE)
    if not closed:
        return _unreadable("the call is not closed with </tool_call>")
    try:
        value = json.loads(body, parse_constant=_reject)
    except (ValueError, RecursionError) as error:
        return _unreadable(f"the call is not valid JSON: {str(error)[:80]}")
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return _unreadable('a call is {"name": ..., "arguments": {...}}')
    arguments: Any = value.get("arguments", {})
    if not isinstance(arguments, dict):
        return _unreadable("arguments must be a JSON object")
    return ToolCall(value["name"], arguments)


def _reject(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _unreadable(reason: str) -> ToolCall:
    return ToolCall("", {}, error=reason)
