"""Lengths of rows in a model's own tokens, under its own chat template, against the longest prompt of training.

prompt        = template(system, first user message; offered tools) + the opening of the assistant's message
conversation  = template(all messages; offered tools)

A row's text is mostly its tools, and those recur: the text is cut before each line and every distinct line is counted
once. That is the count of the whole text wherever no token spans a line's start, as in Qwen's pre-tokenizer. The first
rows are counted both ways; where they differ, every text is counted whole: slower, and exact for any tokenizer.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

LINE_START = re.compile(r"(?<=\n)(?=\S)")
CHECKED = 20
BATCH = 500
BARS = 24
PERCENTILES = {"median": 50, "p95": 95}


def measure(rows: Iterable[Mapping[str, Any]], tokenizer: str, limit: int) -> dict[str, Any]:
    """Token statistics of parquet rows: per part min, median, p95, max, rows over the limit and a histogram.

    `tokenizer`: a folder or a name on the hub. One that cannot be loaded gives {"not measured": reason}.
    """
    loaded = _load(tokenizer)
    if isinstance(loaded, str):
        return {"not measured": loaded}
    texts = (_texts(loaded, row) for row in rows)
    first = list(islice(texts, CHECKED))
    counter = _fitting(loaded, [text for pair in first for text in pair])
    lengths = list(counter.count(chain(first, texts)))
    if not lengths:
        return {"not measured": "no rows"}
    width = _width(limit)
    parts = dict(zip(("prompt", "conversation"), zip(*lengths, strict=True), strict=True))
    return {
        "tokenizer": tokenizer,
        "limit": limit,
        "counted": "in lines" if counter.lines else "whole",
        "checked": len(first),
        "width": width,
        **{name: spread(values, limit, width) for name, values in parts.items()},
    }


def spread(values: Sequence[int], limit: int, width: int) -> dict[str, Any]:
    """Order statistics (nearest rank), how many values exceed the limit, and counts in bars of `width`."""
    ranked = sorted(values)
    over = sum(value > limit for value in ranked)
    bars = [value // width for value in ranked]
    return {
        "n": len(ranked),
        "min": ranked[0],
        **{name: ranked[math.ceil(len(ranked) * share / 100) - 1] for name, share in PERCENTILES.items()},
        "max": ranked[-1],
        "over": over,
        "over_share": over / len(ranked),
        "histogram": {bar * width: bars.count(bar) for bar in sorted(set(bars))},
    }


class Counter:
    """Counts tokens of texts; remembers every piece it has counted. `lines`: cut texts before each line."""

    def __init__(self, tokenizer: Any, lines: bool):
        self.lines = lines
        self._tokenizer = tokenizer
        self._known: dict[str, int] = {}

    def count(self, pairs: Iterable[tuple[str, ...]]) -> Iterator[tuple[int, ...]]:
        """For each group of texts the numbers of their tokens."""
        pairs = iter(pairs)
        while batch := list(islice(pairs, BATCH)):
            cut = [[self._pieces(text) for text in pair] for pair in batch]
            self._learn(dict.fromkeys(piece for pair in cut for pieces in pair for piece in pieces))
            for pair in cut:
                yield tuple(sum(self._known[piece] for piece in pieces) for pieces in pair)
            if not self.lines:
                self._known.clear()  # whole texts seldom recur

    def _pieces(self, text: str) -> list[str]:
        return LINE_START.split(text) if self.lines else [text]

    def _learn(self, pieces: Iterable[str]) -> None:
        new = [piece for piece in pieces if piece not in self._known]
        if new:
            ids = self._tokenizer(new, add_special_tokens=False, return_attention_mask=False)["input_ids"]
            self._known.update(zip(new, map(len, ids), strict=True))


def _fitting(tokenizer: Any, texts: list[str]) -> Counter:
    """A counter by lines if that is exact for these texts, else one by whole texts."""
    lines, whole = Counter(tokenizer, True), Counter(tokenizer, False)
    same = list(lines.count([(text,) for text in texts])) == list(whole.count([(text,) for text in texts]))
    return lines if same else whole


def _texts(tokenizer: Any, row: Mapping[str, Any]) -> tuple[str, str]:
    """What the policy reads first, and the whole conversation, as text."""
    tools, said = json.loads(row["tools"]), [dict(message) for message in row["prompt"]]
    prompt = tokenizer.apply_chat_template(said, tools=tools, tokenize=False, add_generation_prompt=True)
    whole = tokenizer.apply_chat_template(json.loads(row["messages"]), tools=tools, tokenize=False)
    return prompt, whole


def _load(name: str) -> Any:
    """The tokenizer, tried on a small conversation; one sentence where it is absent or has no chat template for us."""
    try:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=True)  # no machine waits for a hub here
        _texts(tokenizer, TRIAL)
    except Exception as error:  # foreign code and a user's choice: any failure means that nothing can be measured
        return f"{name}: {str(error).strip().partition(chr(10))[0] or type(error).__name__}"
    return tokenizer


def _width(limit: int) -> int:
    """Width of a bar: 1, 2 or 5 times a power of ten, about `BARS` bars below the limit."""
    power = 10 ** max(0, int(math.log10(max(1, limit / BARS))))
    return min((power, 2 * power, 5 * power, 10 * power), key=lambda width: abs(width - limit / BARS))


_CALL = {"type": "function", "function": {"name": "look", "arguments": {"at": "it"}}}
_LOOK = {"name": "look", "description": "Look.", "parameters": {"type": "object", "properties": {}}}
_ASKED = [{"role": "system", "content": "Today is Monday."}, {"role": "user", "content": "Look at it."}]
_DONE = [
    {"role": "assistant", "content": "", "tool_calls": [_CALL]},
    {"role": "tool", "name": "look", "content": "{}"},
    {"role": "assistant", "content": "Done."},
]
TRIAL = {
    "prompt": _ASKED,
    "tools": json.dumps([{"type": "function", "function": _LOOK}]),
    "messages": json.dumps(_ASKED + _DONE),
}
