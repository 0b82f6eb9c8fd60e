"""A conversation being written: what was drawn for it, what was said and called so far, what will be scored.

Talk = Draw (the knobs) + Turns (user, waves of calls with results, reply) + ground truth (steps, edges)
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from prove.synthesis.live import LiveSession
from prove.types import GroundTruth, Step, ToolCall, ToolResult

LEVELS = ("complete", "missing_required", "minimal")
"""How much the opening request says: everything required; all but one thing; only what is wanted (paper 3.2)."""


@dataclass(frozen=True)
class Draw:
    """The knobs of one conversation, drawn before it is written and recorded with it."""

    requests: int
    """How many things the user asks for, the ones that cannot be served not counted."""
    level: str = "complete"
    persona: str = "plain"
    chain: tuple[str, ...] = ()
    """Tools of the dependency graph that the conversation must go along; empty: any way (**ours**, a quick mode)."""
    irrelevant: int | None = None
    """Before which request the user asks for something that no tool serves; `requests` for after the last one."""
    missing: int | None = None
    """Before which request the user asks for something whose tool is hidden."""
    stumble: str | None = None
    """A mistake the assistant makes in its first act, and corrects: another tool, or a wrong argument."""


@dataclass(frozen=True)
class Wave:
    """Calls made in one assistant message, with what came back."""

    calls: tuple[ToolCall, ...]
    results: tuple[ToolResult, ...]

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)


@dataclass(frozen=True)
class Turn:
    """A user message, the calls it led to, and the message the assistant ended with (an answer or a question)."""

    user: str
    waves: tuple[Wave, ...]
    reply: str


@dataclass
class Talk:
    """One conversation on one live session. A teacher reads it, the state machine writes it."""

    live: LiveSession
    servers: tuple[str, ...]
    seed: int
    draw: Draw
    rng: random.Random
    today: str = ""
    """The world's clock, "2026-03-14T09:30"; empty where it is not known."""
    turns: list[Turn] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    step_turns: list[int] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)
    unproven: list[int] = field(default_factory=list)
    """Steps that must turn out to depend on an earlier one, as nothing that was said ties them to it."""
    hidden: set[str] = field(default_factory=set)
    """Tools that were asked for and must not be offered."""
    user: str = ""
    """The user's message of the turn being written; its waves follow."""
    waves: list[Wave] = field(default_factory=list)
    irrelevant_turn: int | None = None
    """Which user turn no tool serves."""
    served: int = 0
    """Requests that are done."""
    dropped: str | None = None
    """Why the conversation is not kept."""

    @property
    def ground_truth(self) -> GroundTruth:
        return GroundTruth(tuple(self.steps), tuple(sorted(set(self.edges))), tuple(self.step_turns))

    @property
    def tools(self) -> set[str]:
        """Tools of the ground truth."""
        return {call.name for step in self.steps for call in step.calls}

    @property
    def all_waves(self) -> list[Wave]:
        return [wave for turn in self.turns for wave in turn.waves]

    def add_step(self, calls: list[ToolCall]) -> int:
        """Records a ground-truth step of the turn being written; returns its number."""
        self.steps.append(Step(tuple(calls)))
        self.step_turns.append(len(self.turns))
        return len(self.steps) - 1

    def close_turn(self, reply: str) -> None:
        self.turns.append(Turn(self.user, tuple(self.waves), reply))
        self.user, self.waves = "", []

    def messages(self) -> list[dict[str, Any]]:
        """What was said so far as chat messages, the open turn included, without a system message."""
        turns = [*self.turns, Turn(self.user, tuple(self.waves), "")] if self.user else self.turns
        return [message for turn in turns for message in _messages(turn)]


def _messages(turn: Turn) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"role": "user", "content": turn.user}]
    for wave in turn.waves:
        calls = [
            {"type": "function", "function": {"name": call.name, "arguments": call.arguments}} for call in wave.calls
        ]
        said.append({"role": "assistant", "content": "", "tool_calls": calls})
        said += [
            {"role": "tool", "name": call.name, "content": result.output}
            for call, result in zip(wave.calls, wave.results, strict=True)
        ]
    return [*said, {"role": "assistant", "content": turn.reply}] if turn.reply else said
