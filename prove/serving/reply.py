"""What the model wrote as the message that an OpenAI client reads.

text --prove.parsing--> content: the words around the calls, null if there are none
                        tool_calls: the calls, if every one can be read; else the whole text stays in content
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prove.parsing import OPEN, words_and_calls


@dataclass(frozen=True)
class Written:
    """A call; `arguments` as JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    content: str | None
    calls: tuple[Written, ...]

    def finish(self, reason: str) -> str:
        return "tool_calls" if self.calls else reason

    def tool_calls(self, first: int) -> list[dict[str, Any]]:
        """With ids that number the calls of a conversation: nine letters and digits, which every template takes."""
        return [
            {
                "id": f"call{number:05d}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for number, call in enumerate(self.calls, first)
        ]

    def message(self, first: int, token_ids: Sequence[int] | None) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": self.content}
        if self.calls:
            message["tool_calls"] = self.tool_calls(first)
        if token_ids is not None:
            message["token_ids"] = list(token_ids)
        return message


def reply_of(text: str, tools: bool) -> Reply:
    """`tools`: whether any were offered; without them nothing is a call."""
    if not tools:
        return Reply(text, ())
    words, calls = words_and_calls(text)
    written = tuple(Written(call.name, _compact(call.arguments)) for call in calls)
    return Reply(words if words.strip() or not written else None, written)


def _compact(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))


def settled(text: str, tools: bool, stops: Sequence[str]) -> str:
    """The part of a growing text that will be content whatever follows: before a call, a stop, half a character."""
    marks = (*stops, *([OPEN] if tools else []))
    found = [place for mark in marks if (place := text.find(mark)) >= 0]
    text = text[: min(found)] if found else text.rstrip("\ufffd")
    overlap = max((_overlap(text, mark) for mark in marks), default=0)
    return text[: len(text) - overlap]


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end may be the beginning of a mark."""
    return next((size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0)


def cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """The text before the first stop, and whether there was one."""
    found = [place for stop in stops if (place := text.find(stop)) >= 0]
    return (text[: min(found)], True) if found else (text, False)
