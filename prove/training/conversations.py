"""A stored conversation as the tokens that a rollout of it would have kept, with a mask on what the assistant writes.

    ids  = prompt + turn + (closing + answer + generation prompt) + turn + …
    mask = 0…0      1…1    0…0                                      1…1

The stream is that of prove.rollout.TokenPolicy for a policy that writes these turns: a turn is what the chat template
renders for it while it is the newest, less what the prompt has begun, and its end token; it is encoded apart from its
context; tool results are cut as in an episode. docs/sft.md says more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from prove.episode import _clipped as clipped
from prove.template import InertTokenizer

Message = dict[str, Any]
MARK = "what-the-assistant-wrote"


@dataclass(frozen=True)
class Room:
    """How long a conversation may be, in tokens, and a tool result, in characters: the numbers of conf/rollout/."""

    prompt_tokens: int
    response_tokens: int
    max_result_chars: int


@dataclass(frozen=True)
class Stream:
    """ids and mask of one conversation, int64 [L] each; `prompt` tokens come before the first turn.

    `left` turns at its end did not fit.
    """

    ids: np.ndarray
    mask: np.ndarray
    prompt: int
    left: int


@dataclass(frozen=True)
class Conversations:
    """What is trained on. `cut`: conversations that end earlier than written; `left_out`: those that fit nowhere."""

    streams: tuple[Stream, ...]
    cut: int
    left_out: int

    def counts(self) -> dict[str, int]:
        return {
            "rows": len(self.streams),
            "tokens": sum(len(one.ids) for one in self.streams),
            "learned_tokens": sum(int(one.mask.sum()) for one in self.streams),
            "cut": self.cut,
            "left_out": self.left_out,
        }


class Script:
    """Renders conversations under one tokenizer and the options of its chat template.

    No text but the template's makes a control token, in prompts, answers and turns alike (prove.template).
    """

    def __init__(self, tokenizer: Any, options: Mapping[str, Any]):
        self._tokenizer, self._options = tokenizer, dict(options)
        self._inert = InertTokenizer(tokenizer)
        self._closing = self._render([_user(), _assistant(MARK)], generate=False).partition(MARK)[2]
        self._end = tokenizer.encode(self._closing, add_special_tokens=False)[0]
        self._end_text = tokenizer.decode([self._end])
        called = [_user(), _assistant("?"), {"role": "tool", "name": "?", "content": "?"}]
        self._history = {"user": [_user()], "tool": called}  # stands for what was said before a turn
        self._begun = {role: self._render(history) for role, history in self._history.items()}

    def stream(self, messages: list[Message], functions: list[dict[str, Any]], room: Room) -> Stream | None:
        """All turns that fit; None if not one does. ValueError: this is no conversation."""
        turns = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
        if not turns or turns[0] == 0:
            raise ValueError("messages need a user's message and an assistant's after it")
        ids = self._prompt(messages[: turns[0]], functions)
        prompt, mask, kept = len(ids), [0] * len(ids), 0
        if prompt > room.prompt_tokens:
            return None
        for place, following in zip(turns, [*turns[1:], None], strict=True):
            turn = self._turn(messages[place - 1]["role"], messages[place])
            if len(ids) + len(turn) > prompt + room.response_tokens:
                break
            ids, mask, kept = ids + turn, mask + [1] * len(turn), kept + 1
            if following is not None:
                answer = self._answer(messages[place + 1 : following], room.max_result_chars)
                ids, mask = ids + answer, mask + [0] * len(answer)
        last = len(mask) - mask[::-1].index(1) if kept else 0
        stream = Stream(np.array(ids[:last]), np.array(mask[:last]), prompt, len(turns) - kept)
        return stream if kept else None

    def _prompt(self, opening: list[Message], functions: list[dict[str, Any]]) -> list[int]:
        return self._ids(lambda text: text, opening, functions)

    def _turn(self, after: str, message: Message) -> list[int]:
        """The tokens of an assistant's message with its end; `after` is the role that spoke before."""
        role = "tool" if after == "tool" else "user"
        history, begun = self._history[role], self._begun[role]

        def written(text: str) -> str:
            if not (text.startswith(begun) and text.endswith(self._closing)):
                raise ValueError("the chat template does not render a turn between its prompt and its closing")
            return text[len(begun) : len(text) - len(self._closing)]

        return [*self._ids(written, [*history, message], generate=False), self._end]

    def _answer(self, said: list[Message], limit: int) -> list[int]:
        """What the template puts between two turns, without the first one's end token."""
        said = [{**one, "content": clipped(one["content"], limit)} if one["role"] == "tool" else one for one in said]

        def after_end(text: str) -> str:
            return text.partition(MARK)[2].removeprefix(self._end_text)

        return self._ids(after_end, [_user(), _assistant(MARK), *said])

    def _ids(self, part: Callable[[str], str], messages: list[Message], tools: Any = None, generate: bool = True):
        """The tokens of a part of what the template renders."""
        return self._inert.ids(messages, tools, part, add_generation_prompt=generate, **self._options)

    def _render(self, messages: list[Message], generate: bool = True) -> str:
        return self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=generate, **self._options
        )


def _user() -> Message:
    return {"role": "user", "content": "?"}


def _assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}


def read_conversations(path: Path, script: Script, room: Room) -> Conversations:
    """Those of a parquet file, in its order. ValueError names the file, the row (from 0) and what is wrong with it."""
    columns = pq.read_schema(path).names
    if "messages" not in columns:
        raise ValueError(
            f"{path} has no column messages, so there is nothing to imitate; `python -m prove.synthesize` writes it"
        )
    rows = pq.read_table(path, columns=["messages", "tools"]).to_pylist()
    streams = [_stream_of(row, f"{path} row {number}", script, room) for number, row in enumerate(rows)]
    kept = tuple(one for one in streams if one is not None)
    return Conversations(kept, sum(one.left > 0 for one in kept), len(streams) - len(kept))


def _stream_of(row: Mapping[str, str], where: str, script: Script, room: Room) -> Stream | None:
    try:
        return script.stream(json.loads(row["messages"]), json.loads(row["tools"]), room)
    except KeyError as error:
        raise ValueError(f"{where}: key {error} is missing") from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from None
