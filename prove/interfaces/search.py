"""`interface=search`: first only `search_tools` is offered; what it finds is offered from then on.

    search_tools(query) --BM25 over names, descriptions and parameters of all servers' tools--> the nearest, as lines

A search is no tool call: it costs a turn and is not scored. A tool that was not found yet cannot be called. What an
item withholds is not among the tools. A policy whose prompt is written once (the laptop engine's) has the found tools
in the answer; an endpoint gets their schemas with its next request too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prove.interfaces.bm25 import Index
from prove.interfaces.interface import NAMED, Function, Ran, Tools, refused
from prove.interfaces.signatures import signature
from prove.schemas import name_of, properties_of
from prove.types import ToolCall

SEARCH = "search_tools"
NOTHING = "no tool fits; try other words"


@dataclass(frozen=True)
class Searching:
    """Node `interfaces.search` of conf/evaluate.yaml: tools per search, and BM25's numbers."""

    results: int
    k1: float
    b: float


class Search:
    """Offers `search_tools`, then what was found."""

    def __init__(self, functions: Sequence[Function], settings: Searching):
        """`functions`: all that can be found."""
        self.offered: list[Function] = [FUNCTION]
        self.judged: list[Function] = []
        self._functions = functions
        self._settings = settings
        self._index = Index([described(function) for function in functions], settings.k1, settings.b)
        self._found: set[str] = set()

    async def run(self, call: ToolCall, tools: Tools) -> Ran:
        if call.name == SEARCH:
            return self._search(call)
        if call.name in self._found:
            return Ran.one(call, await tools.call(call.name, call.arguments))
        return refused(call, f"unknown tool {call.name[:NAMED]}; {SEARCH} finds tools")

    def _search(self, call: ToolCall) -> Ran:
        query = call.arguments.get("query")
        if not isinstance(query, str) or len(call.arguments) != 1:
            return refused(call, f'{SEARCH} takes one argument: {{"query": "..."}}')
        found = [self._functions[place] for place in self._index.best(query, self._settings.results)]
        new = [function for function in found if name_of(function) not in self._found]
        self.offered += new
        self.judged += new
        self._found |= {name_of(function) for function in new}
        return Ran((), "\n".join(map(signature, found)) or NOTHING, bool(new))


def described(function: Function) -> str:
    """What a tool is found by: its name, its description and the names of its parameters."""
    return " ".join([name_of(function), str(function["function"].get("description") or ""), *properties_of(function)])


_QUERY: dict[str, Any] = {"query": {"type": "string", "description": "What the tool should do, in words."}}
FUNCTION: Function = {
    "type": "function",
    "function": {
        "name": SEARCH,
        "description": "Finds tools by what they do. The tools it names can be called from then on.",
        "parameters": {
            "type": "object",
            "properties": _QUERY,
            "required": ["query"],
            "additionalProperties": False,
        },
    },
}
