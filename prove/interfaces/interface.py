"""What stands between a policy's calls and the tools: what is offered, and what a call of the policy comes to.

    ToolCall of the policy --run--> Ran: tool calls that were made, with their results   (scored)
                                         the text that the policy gets back              (read)

Atomic is the ordinary way: one call of the policy is one tool call. Whatever the interface, each tool call that is made
is recorded alike, so the same scores apply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from prove.schemas import name_of
from prove.types import ToolCall, ToolResult

Function = dict[str, Any]
NAMED = 60


class Tools(Protocol):
    """Where tool calls are executed; they never raise."""

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult: ...


@dataclass(frozen=True)
class Ran:
    """What one call of the policy came to."""

    done: tuple[tuple[ToolCall, ToolResult], ...]
    output: str
    worked: bool
    """Whether it brought the policy on; turns in a row without any that did may end an episode."""

    @staticmethod
    def one(call: ToolCall, result: ToolResult) -> Ran:
        return Ran(((call, result),), result.output, result.ok)


class Interface(Protocol):
    """One episode's."""

    offered: list[Function]
    """What the policy is told of. It may grow; a policy that reads it before each turn sees that."""
    judged: Sequence[Function]
    """Schemas that the scores know: those of the tools that could be called; read when the episode has ended."""

    async def run(self, call: ToolCall, tools: Tools) -> Ran: ...


class Atomic:
    """Every call of the policy is one tool call."""

    def __init__(self, functions: list[Function]):
        self.offered = self.judged = functions
        self._names = {name_of(function) for function in functions}

    async def run(self, call: ToolCall, tools: Tools) -> Ran:
        if call.name not in self._names:
            return refused(call, f"unknown tool {call.name[:NAMED]}")
        return Ran.one(call, await tools.call(call.name, call.arguments))


def refused(call: ToolCall, reason: str) -> Ran:
    """A call that is not executed; it counts as one that failed."""
    return Ran.one(call, ToolResult(False, error(reason)))


def error(reason: str) -> str:
    """A reason as the policy reads it."""
    return json.dumps({"error": reason}, ensure_ascii=False, separators=(",", ":"))
