"""What a model wrote, as T-Eval reads it: cut, then parsed, never executed.

    answer --cut--> text --value_in--> the list or object in it, or Unreadable
                         --fields_by--> what stands between the template's words

Behaviour of test.py (split_special_tokens), teval/utils/format_load.py and teval/utils/template.py. **Ours**: a thought
is taken off first (the original's models had none), and a longer text than `longest` is cut, so that nobody's answer
keeps a parser busy.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import deque
from collections.abc import Mapping
from typing import Any

from prove.parsing import without_thoughts

ENDS = ("<eoa>", "<TOKENS_UNUSED_1>", "<|im_end|>", "\nuser", "\nassistant", "\nUSER", "[INST]", "<|user|>")
"""What a model writes that goes on after its answer; the first of them ends it."""
FENCE = "```json"


class Unreadable(Exception):
    """The text holds no value."""


def cut(text: str, longest: int) -> str:
    """The answer itself, without thought, further turns and code fence."""
    text = without_thoughts(text[:longest])
    for end in ENDS:
        text = text.split(end)[0]
    return text.strip().removeprefix(FENCE).strip("`").strip()


def value_in(text: Any, opening: str = "", closing: str = "") -> Any:
    """The Python or JSON value in a text, from the first `opening` to the last `closing`; Unreadable if there is none.

    Where nothing opens, the last character is what is left, and where nothing closes, nothing: as in the original. What
    is no text is returned as it is.
    """
    if not isinstance(text, str):
        return text
    if FENCE in text:
        text = text[text.find(FENCE) + len(FENCE) :].strip("`")
    if opening:
        text = text[text.find(opening) :]
    if closing:
        text = text[: text.rfind(closing) + len(closing)]
    for read in (_literal, json.loads, lambda one: json.loads(one.replace("'", '"'))):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    raise Unreadable


def _literal(text: str) -> Any:
    """A Python literal; only literals are read, nothing is called."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of a strange escape
        return ast.literal_eval(text)


def fields_by(template: Mapping[str, str], text: str) -> dict[str, str] | None:
    """thought, action and args between the template's words; None if it does not fit.

    The original asks one regular expression, first(.*)between(.*)between(.*)last, with the words as they stand. Its
    greedy fields end at the last place where the rest still fits, so the words are looked for from the end, one by one:
    the same answer in a time that grows with the text and not with its cube.
    """
    start, thought_end, action_start = (template[name] for name in ("thought_start", "thought_end", "action_start"))
    between = (thought_end + action_start, template["action_end"] + template["args_start"], template["args_end"])
    try:
        first, edges, place = re.search(start, text), [], len(text)
        for word in reversed(between):
            match = _last(word, text[:place])
            if first is None or match is None or match.start() < first.end():
                return None
            edges.append(match)
            place = match.start()
    except re.error:
        return None
    last, second, one = edges
    return {
        "thought": text[first.end() : one.start()],
        "action": text[one.end() : second.start()],
        "args": text[second.end() : last.start()],
    }


def _last(word: str, text: str) -> re.Match[str] | None:
    return next(iter(deque(re.finditer(word, text), maxlen=1)), None)
