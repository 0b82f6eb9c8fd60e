"""Abstention rows from files the user has: requests that are answered right by making no tool call (paper section 3.2).

    When2Call         {"question", "tools": [JSON text, …], "correct_answer": "cannot_answer", …}      test, raw train
                      {"messages": [user, assistant], "tools": […]}                                    train, SFT
                      {"messages": [user], "tools": […], "chosen_response": assistant, …}              train, preference
    xLAM-Irrelevance  {"query", "tools": "[{name, description, parameters}]", "answers": "[]"}

Each becomes `Abstention(query, functions, source, id)`. A file is .json or .jsonl (one list of rows, or a row a line)
or .parquet. The paper takes 806 and 316 rows and does not say of which files. When2Call's test files are questions of
BFCL Live: take its train files, or a model is trained on what it may be evaluated on.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.synthesis.foreign_schemas import functions_of
from prove.synthesis.rows import Row, as_json, as_kind, as_text, rows_of

NO_CALL = ("cannot_answer", "request_for_info", "direct")
"""**Ours:** every answer of When2Call without a call. To ask back is one: the call there would guess an argument."""
CALL_MARK = "<TOOLCALL>"
"""How When2Call's train files write a call in an assistant's text."""


@dataclass(frozen=True)
class Abstention:
    """One request for which none of the offered functions should be called.

    `functions`: OpenAI function schemas, at least one. `source`: "when2call" or "xlam_irrelevance", as in an example's
    knobs. `id`: the source and the number of the row in its file, the one by which an error would name it.
    """

    query: str
    functions: tuple[dict[str, Any], ...]
    source: str
    id: str


def load_when2call(path: str | Path, count: int, rng: random.Random) -> tuple[Abstention, ...]:
    """`count` rows of a When2Call file that want no call: drawn without replacement, in the file's order.

    ValueError: a file or a row that cannot be read (named by file and line or row), or fewer rows than `count`.
    """
    return _drawn(Path(path), "when2call", _when2call, count, rng)


def load_xlam_irrelevance(path: str | Path, count: int, rng: random.Random) -> tuple[Abstention, ...]:
    """`count` rows of an xLAM file whose answers are empty; as load_when2call. Rows with answers are passed over."""
    return _drawn(Path(path), "xlam_irrelevance", _xlam, count, rng)


def _drawn(
    path: Path, source: str, read: Callable[[Row], str | None], count: int, rng: random.Random
) -> tuple[Abstention, ...]:
    found = _abstentions(path, source, read)
    if not 0 <= count <= len(found):
        raise ValueError(f"{path} has {len(found)} different rows with tools and without a call; {count} are asked for")
    return tuple(found[place] for place in sorted(rng.sample(range(len(found)), count)))


def _abstentions(path: Path, source: str, read: Callable[[Row], str | None]) -> list[Abstention]:
    """All rows of a file that want no call. `read` gives the request of a row, or None if the row wants one.

    **Ours:** a row without tools is left out: no function is there to abstain from, so every episode scores the same.
    So is a row that repeats an earlier one.
    """
    found: dict[bytes, Abstention] = {}
    for where, number, row in rows_of(path):
        try:
            query = read(as_kind(dict, row, "the row"))
            functions = functions_of(as_json(row.get("tools"), "tools")) if query is not None else ()
            key = json.dumps([query, functions], allow_nan=False, ensure_ascii=False).encode()
        except RecursionError:
            raise ValueError(f"{path} {where}: it is nested too deeply") from None
        except (ValueError, TypeError) as error:  # TypeError: parquet holds dates and bytes, JSON does not
            raise ValueError(f"{path} {where}: {error}") from None
        if query is not None and functions:
            found.setdefault(key, Abstention(query, functions, source, f"{source}-{number}"))
    return list(found.values())


def _when2call(row: Row) -> str | None:
    """The question of a row, or None if the right answer is a call."""
    if row.get("correct_answer") is not None:
        return _labelled(row)
    messages = [as_kind(dict, message, "a message") for message in as_kind(list, row.get("messages"), "messages")]
    answers = [message for message in messages if message.get("role") == "assistant"]
    if row.get("chosen_response") is not None:
        answers.append(as_kind(dict, row["chosen_response"], "chosen_response"))
    if not answers:
        raise ValueError("no correct_answer, no chosen_response and no message of the assistant")
    if any(answer.get("tool_calls") or CALL_MARK in str(answer.get("content")) for answer in answers):
        return None
    questions = [message.get("content") for message in messages if message.get("role") == "user"]
    if len(questions) != 1:
        raise ValueError(f"{len(questions)} messages of the user; there should be one")
    return as_text(questions[0], "the message of the user")


def _labelled(row: Row) -> str | None:
    label = row["correct_answer"]
    if label == "tool_call":
        return None
    if label not in NO_CALL:
        raise ValueError(f"correct_answer {str(label)[:40]!r} is none of tool_call, {', '.join(NO_CALL)}")
    return as_text(row.get("question"), "question")


def _xlam(row: Row) -> str | None:
    """The query of a row, or None if it has answers: those are calls."""
    if as_kind(list, as_json(row.get("answers"), "answers"), "answers"):
        return None
    return as_text(row.get("query"), "query")
