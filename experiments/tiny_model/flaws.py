"""Careless demonstrations among the careful ones: a turn that ends before the act, a lookup made twice.

**Ours**: a policy that imitates both knows better and worse ways, and GRPO has something to choose from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from random import Random
from typing import Any

Message = dict[str, Any]
IDENTIFIER = re.compile(r"\b[A-Z]{2,4}-\d+")
UNFINISHED = ("Here is what I found.", "I found it.", "I have looked that up.", "That is what is there.")


@dataclass(frozen=True)
class Flaws:
    """Shares of the turns with lookups: `early` of them end before the act, `repeats` look something up again."""

    early: float
    repeats: float


def careless(conversation: dict[str, Any], shares: Flaws, random: Random) -> dict[str, Any]:
    """The conversation with some of its turns done carelessly."""
    first, *turns = _turns(conversation["messages"])
    for number, turn in enumerate(turns):
        if random.random() < shares.repeats:
            turn = _looked_up_again(turn)
        if random.random() < shares.early and not _needed(turn, turns[number + 1 :]):
            turn = _ended_early(turn, random)
        turns[number] = turn
    return {**conversation, "messages": sum(turns, first)}


def _turns(messages: list[Message]) -> list[list[Message]]:
    """What comes before the first user message, then one list from each user message on."""
    turns: list[list[Message]] = [[]]
    for message in messages:
        if message["role"] == "user":
            turns.append([])
        turns[-1].append(message)
    return turns


def _calls(turn: list[Message]) -> list[int]:
    return [place for place, message in enumerate(turn) if message.get("tool_calls")]


def _looked_up_again(turn: list[Message]) -> list[Message]:
    """The first calls of the turn and their results once more, if others follow them."""
    calls = _calls(turn)
    return turn[: calls[1]] + turn[calls[0] :] if len(calls) > 1 else turn


def _ended_early(turn: list[Message], random: Random) -> list[Message]:
    """The turn without its last calls, if it has others."""
    calls = _calls(turn)
    if len(calls) < 2:
        return turn
    return [*turn[: calls[-1]], {"role": "assistant", "content": random.choice(UNFINISHED)}]


def _needed(turn: list[Message], later: list[list[Message]]) -> bool:
    """Whether a later call uses an id that only the last calls of this turn brought."""
    calls = _calls(turn)
    if not calls:
        return False
    brought = _identifiers(turn[calls[-1] :]) - _identifiers(turn[: calls[-1]])
    return bool(brought & _identifiers([message for one in later for message in one if message.get("tool_calls")]))


def _identifiers(messages: list[Message]) -> set[str]:
    return set(IDENTIFIER.findall(json.dumps(messages)))
