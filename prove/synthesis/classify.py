"""A language model says which edges there are, as in the paper: one question per tool, about all the others.

    tools --prompt--> complete(messages) --strict parse--> edges into this tool
                          ^                    |
                          '--- what is wrong --'   a few times; then the pairs of this tool are `none`, and counted

Paper, section 3.2 (1). **Ours**: pairs are asked in batches of one consumer, so n questions label n(n - 1) pairs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.synthesis.graph import KINDS, Edge, Graph, schema_hash

PROMPT = Path(__file__).with_name("prompts") / "classify_edges.md"
FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n?```", re.DOTALL)
KEYS = {"before", "kind", "output", "parameter"}
LONGEST = 200_000
"""Characters of an answer that are read at all."""

Complete = Callable[[list[dict[str, str]]], str]


@dataclass(frozen=True)
class Classified:
    """The graph, how many answers could not be read, and how many pairs are `none` for want of one that could."""

    graph: Graph
    invalid_answers: int
    unlabelled_pairs: int


def classify(server: str, tools: Sequence[Mapping[str, Any]], complete: Complete, tries: int = 3) -> Classified:
    """Asks about each tool in turn, by name. `complete` takes chat messages and gives the text of the answer."""
    ordered = sorted(tools, key=lambda tool: tool["name"])
    edges: list[Edge] = []
    invalid = unlabelled = 0
    for consumer in ordered:
        found, failures = _ask(ordered, consumer, complete, tries)
        invalid += failures
        unlabelled += len(ordered) - 1 if found is None else 0
        edges += found or ()
    return Classified(Graph(server, schema_hash(tools), tuple(sorted(edges))), invalid, unlabelled)


def _ask(
    tools: Sequence[Mapping[str, Any]], consumer: Mapping[str, Any], complete: Complete, tries: int
) -> tuple[tuple[Edge, ...] | None, int]:
    """The edges into a tool and the number of invalid answers; None for the edges after too many."""
    messages = question(tools, consumer)
    for failures in range(tries):
        answer = complete(messages)
        try:
            return read(answer, tools, consumer), failures
        except ValueError as error:
            again = f"That answer cannot be used: {error}. Answer again with the JSON object alone."
            messages = [*question(tools, consumer), _message("assistant", answer), _message("user", again)]
    return None, tries


def question(tools: Sequence[Mapping[str, Any]], consumer: Mapping[str, Any]) -> list[dict[str, str]]:
    """The messages that ask for the edges into one tool."""
    others = [_described(tool, "outputSchema") for tool in tools if tool["name"] != consumer["name"]]
    text = f"CONSUMER\n{_described(consumer, 'inputSchema')}\n\nOTHER TOOLS\n" + "\n".join(others)
    return [_message("system", PROMPT.read_text(encoding="utf-8")), _message("user", text)]


def read(answer: str, tools: Sequence[Mapping[str, Any]], consumer: Mapping[str, Any]) -> tuple[Edge, ...]:
    """The edges that an answer names. Raises ValueError, saying what is wrong, if any part of it cannot be used."""
    edges = [_edge(row, tools, consumer) for row in _rows(answer)]
    befores = [edge.before for edge in edges]
    if twice := {before for before in befores if befores.count(before) > 1}:
        raise ValueError(f"{min(twice)} is named twice")
    return tuple(sorted(edges))


def _rows(answer: str) -> list[Any]:
    if not isinstance(answer, str) or len(answer) > LONGEST:
        raise ValueError(f"no text of at most {LONGEST} characters")
    fenced = FENCE.fullmatch(answer.strip())
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        raise ValueError("it is not one JSON object") from None
    if not isinstance(value, dict) or set(value) != {"edges"} or not isinstance(value["edges"], list):
        raise ValueError('the object must have one key, "edges", with a list')
    return value["edges"]


def _edge(row: Any, tools: Sequence[Mapping[str, Any]], consumer: Mapping[str, Any]) -> Edge:
    if not isinstance(row, dict) or set(row) != KEYS or not all(isinstance(part, str) for part in row.values()):
        raise ValueError(f"an edge has the keys {', '.join(sorted(KEYS))}, each with a text")
    if row["before"] not in {tool["name"] for tool in tools} - {consumer["name"]}:
        raise ValueError(f"{row['before'][:60]!r} is none of the other tools")
    if row["kind"] not in KINDS:
        raise ValueError(f"kind {row['kind'][:60]!r} is none of {', '.join(KINDS)}")
    if row["kind"] == "implicit":
        return Edge(row["before"], consumer["name"], "implicit")
    if row["parameter"] not in ((consumer.get("inputSchema") or {}).get("properties") or {}):
        raise ValueError(f"{row['parameter'][:60]!r} is no parameter of {consumer['name']}")
    return Edge(row["before"], consumer["name"], "explicit", row["output"], row["parameter"])


def _described(tool: Mapping[str, Any], schema: str) -> str:
    told = {"name": tool["name"], "description": tool.get("description") or "", schema: tool.get(schema) or {}}
    return json.dumps(told, ensure_ascii=False)


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
