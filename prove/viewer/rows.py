"""What the list knows of an episode: one small row, made when its line is read; the line itself stays on the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.rewards.choice import Reward
from prove.rewards.why import why
from prove.stored import BadLine, StoredEpisode
from prove.types import Ending, ExecutedCall, GroundTruth
from prove.viewer.faults import faults_of
from prove.viewer.growing import Place
from prove.viewer.values import number, text

OPENING = 160
"""Characters of a text that the list may show."""
NO_SERVER = "—"


@dataclass(frozen=True, slots=True)
class Scores:
    """Components and total of one episode under one reward; None: it cannot be scored, or is no finite number."""

    components: Mapping[str, float | None]
    total: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One episode: `opening` is what its user says first, `did` the tools it called."""

    place: Place
    split: str
    step: int
    example: str
    opening: str
    did: str
    server: str
    kind: str
    faults: tuple[str, ...]
    calls: int
    exact: bool
    scores: Scores


def row_of(stored: StoredEpisode, place: Place, split: str, step: int, judge: Reward, maker: Reward) -> Row:
    """`judge`: a reward of the first paper's formula, for the faults. `maker`: for a line without numbers.

    BadLine: its ground truth is broken.
    """
    line = stored.line
    try:
        seen = why(judge, stored.calls, stored.ground_truth, stored.tools, Ending())
    except (ValueError, RecursionError) as error:
        raise BadLine(str(error)) from None
    stats = line.get("stats")
    said = line.get("reward")
    return Row(
        place,
        split,
        step,
        text(line.get("example_id") or line.get("id")) or f"line {place.number}",
        opening_of(line.get("messages")),
        did_of(stored.calls),
        server_of(line.get("hash_before")),
        kind_of(text(line.get("example_id")), stored.ground_truth),
        tuple(faults_of(seen, stored.calls, stored.ground_truth, stats if isinstance(stats, Mapping) else {})),
        len(stored.calls),
        seen.breakdown.exact,
        stored_scores(said) if isinstance(said, Mapping) else scores(stored, maker),
    )


def stored_scores(said: Mapping[str, Any]) -> Scores:
    """What the file says."""
    parts = {text(key): number(value) for key, value in said.items() if key not in ("total", "exact", "reasons")}
    return Scores({key: value for key, value in parts.items() if value is not None}, number(said.get("total")))


def scores(stored: StoredEpisode, reward: Reward) -> Scores:
    """Computed now; no total if this reward cannot score it."""
    try:
        found = stored.score(reward)
    except BadLine:
        return Scores({}, None)
    return Scores({key: number(value) for key, value in found.components().items()}, number(found.total))


def opening_of(messages: Any) -> str:
    """The first user turn."""
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, Mapping) and message.get("role") == "user":
            return " ".join(text(message.get("content")).split())[:OPENING]
    return ""


def did_of(calls: Sequence[ExecutedCall]) -> str:
    """The tools that were called, in order."""
    return " → ".join(call.name or "unreadable" for call in calls)[:OPENING] or "no call"


def server_of(hashes: Any) -> str:
    """The server that the conversation is about: an example names it first."""
    return next(iter(hashes), NO_SERVER) if isinstance(hashes, Mapping) else NO_SERVER


def kind_of(example_id: str, ground_truth: GroundTruth) -> str:
    """The kind of the example. An episode does not store it: no ground truth is abstention, and rows of data=prove say
    clarification in their id; the other datasets have none."""
    if not ground_truth.steps:
        return "abstention"
    return "clarification" if "-clarification-" in example_id else "multi_turn"
