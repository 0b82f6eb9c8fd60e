"""A stored conversation in pieces: what was said, thought, called and answered, calls and results joined.

assistant text  ->  thought · words · call 0 · call 1 · words        (prove.parsing reads the calls, as in the rollout)
tool message    ->  the result of the next call without one

The n-th call that parsing finds is the n-th executed call. Where a file has other numbers of them, or no messages at
all, calls that no message has stand at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from prove.parsing import CLOSE, OPEN, parse_calls, without_thoughts
from prove.types import ExecutedCall
from prove.viewer.values import text

Piece = dict[str, Any]


def pieces(messages: Sequence[Any], calls: Sequence[ExecutedCall]) -> list[Piece]:
    """In order: {"role", "text"} for words, {"role": "thought", "text"}, {"role": "call", "call": index}."""
    found: list[Piece] = []
    done = 0
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        role, said = text(message.get("role")), text(message.get("content"))
        if role == "assistant":
            count = min(_calls_in(message, said), len(calls) - done)
            found += _assistant(said, range(done, done + count))
            done += count
        elif role != "tool":
            found.append({"role": role or "message", "text": said})
    return found + [{"role": "call", "call": number} for number in range(done, len(calls))]


def _calls_in(message: Mapping[str, Any], said: str) -> int:
    """Calls written in the text, or beside it as an OpenAI message has them."""
    beside = message.get("tool_calls")
    return len(beside) if isinstance(beside, list) and beside else len(parse_calls(said))


def _assistant(said: str, numbers: range) -> list[Piece]:
    """Thought, words before the first call, the calls, words after the last one."""
    spoken = without_thoughts(said)
    thought = said.removesuffix(spoken).strip()
    before, after = _words(spoken) if numbers else (spoken, "")
    around = [{"role": "assistant", "text": words.strip()} for words in (before, after)]
    found = [{"role": "thought", "text": thought}] if thought else []
    found += around[:1] if around[0]["text"] or not (numbers or thought) else []
    found += [{"role": "call", "call": number} for number in numbers]
    return found + (around[1:] if around[1]["text"] else [])


def _words(spoken: str) -> tuple[str, str]:
    """The words before the first call and after the last one that is closed."""
    before, _, rest = spoken.partition(OPEN)
    return before, rest.rpartition(CLOSE)[2] if CLOSE in rest else ""


def searchable(line: Mapping[str, Any], calls: Sequence[ExecutedCall]) -> str:
    """All that was said, called and answered, in small letters."""
    messages = line.get("messages")
    said = [text(each.get("content")) for each in messages or () if isinstance(each, Mapping)]
    if not said:
        said = [f"{call.name} {text(call.arguments)} {call.output}" for call in calls]
    return "\n".join([text(line.get("example_id")), *said]).lower()
