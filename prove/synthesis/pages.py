"""Conversations to read: a random few with their calls and results, as Markdown and as a page that stands alone.

What a conversation says is hostile text: it is escaped, and the page loads nothing from anywhere.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from prove.synthesis.whole import write_whole
from prove.types import Example

LONGEST = 300
"""Characters of a result in the Markdown file; the page has all of it."""
LABELS = (
    "cross_server",
    "level",
    "persona",
    "stumble",
    "missing_function",
    "irrelevance",
    "distractors",
    "enum_stripped",
)

Row = Mapping[str, Any]


def write_pages(rows: Sequence[Row], out: Path, count: int, seed: int) -> None:
    """Writes conversations.md and conversations.html with `count` random rows, in the order of their servers."""
    chosen = random.Random(f"{seed}:pages").sample(list(rows), min(count, len(rows)))
    chosen.sort(key=lambda row: (_server(_example(row)), _example(row).id))
    write_whole(out / "conversations.md", markdown(chosen))
    write_whole(out / "conversations.html", page(chosen))


def markdown(rows: Sequence[Row]) -> str:
    """The conversations as a Markdown document."""
    return (
        "\n".join(["# Conversations", "", f"{len(rows)} random ones of the training split.", *map(_section, rows)])
        + "\n"
    )


def page(rows: Sequence[Row]) -> str:
    """The conversations as one HTML file: light and dark, filters, keys, results to open."""
    examples = [_example(row) for row in rows]
    return Template(Path(__file__).with_suffix(".html").read_text(encoding="utf-8")).substitute(
        servers=_options(_server(example) for example in examples),
        kinds=_options(example.kind for example in examples),
        articles="\n".join(map(_article, rows)),
    )


def _section(row: Row) -> str:
    example = _example(row)
    lines = ["", f"## {example.id} · {_server(example)} · {example.kind}", "", f"*{'; '.join(_labels(example))}*", ""]
    for message in json.loads(row["messages"]):
        lines += _lines(message)
    return "\n".join(lines)


def _lines(message: Row) -> list[str]:
    """A message as Markdown; a fence longer than any run of backticks keeps code apart."""
    if message.get("tool_calls"):
        return [f"- {_code(_call(call))}" for call in message["tool_calls"]]
    if message["role"] == "tool":
        return [f"  - {_code(_clipped(message['content']))}"]
    text = " ".join(message["content"].split())
    for sign in "\\`*_<>[]#|":
        text = text.replace(sign, "\\" + sign)
    return ["", f"**{message['role']}** {text}", ""]


def _code(text: str) -> str:
    text = " ".join(text.split())
    fence = "`"
    while fence in text:
        fence += "`"
    return f"{fence} {text} {fence}" if len(fence) > 1 else f"`{text}`"


def _article(row: Row) -> str:
    example, messages = _example(row), json.loads(row["messages"])
    labels = "".join(f'<span class="label">{escape(label)}</span>' for label in _labels(example))
    tools = ", ".join(function["function"]["name"] for function in json.loads(row["tools"]))
    body, results = [], [message for message in messages if message["role"] == "tool"]
    for message in messages:
        if message.get("tool_calls"):
            body += [_opened(call, results.pop(0)["content"]) for call in message["tool_calls"]]
        elif message["role"] != "tool":
            body.append(f'<div class="{escape(message["role"])}">{escape(message["content"])}</div>')
    return (
        f'<article data-server="{escape(_server(example))}" data-kind="{escape(example.kind)}">'
        f"<h2>{escape(example.id)} · {escape(_server(example))} · {escape(example.kind)}</h2>{labels}"
        f'<details class="offered"><summary>tools offered</summary><pre>{escape(tools)}</pre></details>'
        f"{''.join(body)}</article>"
    )


def _opened(call: Row, result: str) -> str:
    """A call; its result is one click away."""
    refused = ' class="refused"' if result.startswith('{"error"') else ""
    return f"<details><summary{refused}>{escape(_call(call))}</summary><pre>{escape(result)}</pre></details>"


def _call(call: Row) -> str:
    arguments = json.dumps(call["function"]["arguments"], ensure_ascii=False)
    return f"{call['function']['name']}({arguments})"


def _labels(example: Example) -> list[str]:
    """The knobs that are not at rest."""
    said = [f"{name.replace('_', ' ')}: {_plain(example.knobs[name])}" for name in LABELS if example.knobs.get(name)]
    chain = example.knobs.get("chain")
    return [*said, *([f"chain: {' → '.join(chain)}"] if chain else [])]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "yes" if value is True else str(value)


def _options(names: Iterable[str]) -> str:
    return "".join(f"<option>{escape(name)}</option>" for name in sorted(set(names)))


def _server(example: Example) -> str:
    return example.servers[0] if example.servers else example.knobs.get("source", "no server")


def _example(row: Row) -> Example:
    return Example.from_json(row["extra_info"]["example"])


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
