"""What a conversation must stand before it is kept: replay, verified edges, provenance (paper 3.2).

Replay: its ground truth succeeds again, with the same bytes, in a fresh session.
Edges: i before j is verified if a value that only i shows is used in j, or if j fails or answers differently without i.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prove.synthesis.live import LiveServers
from prove.synthesis.talk import Talk
from prove.types import Step, ToolResult

Differs = Callable[[str, ToolResult, ToolResult], bool]
"""Whether two results of a tool say different things."""


@dataclass(frozen=True)
class Replayed:
    """A replay that went well: the results of every step, and what the state differs by in the end, by server."""

    results: tuple[tuple[ToolResult, ...], ...]
    final_state: dict[str, Any]


def error_share(talk: Talk) -> float:
    """Share of failed calls among all calls that were lived through; an empty result is no error."""
    results = [result for wave in talk.all_waves for result in wave.results]
    return sum(not result.ok for result in results) / max(1, len(results))


def replay(servers: LiveServers, talk: Talk) -> Replayed | str:
    """Plays the ground truth on a freshly reset server; a sentence if a call fails or answers something else."""
    live = servers.open(list(talk.servers), talk.seed)
    lived = {_key(call.name, call.arguments): [] for wave in talk.all_waves for call in wave.calls}
    for wave in talk.all_waves:
        for call, result in zip(wave.calls, wave.results, strict=True):
            if result.ok:
                lived[_key(call.name, call.arguments)].append(result.output)
    try:
        results = [tuple(live.call(call.name, call.arguments) for call in step.calls) for step in talk.steps]
        for step, answers in zip(talk.steps, results, strict=True):
            for call, answer in zip(step.calls, answers, strict=True):
                if not answer.ok:
                    return "execution error"
                if answer.output not in lived[_key(call.name, call.arguments)]:
                    return "another result"
        return Replayed(tuple(results), {name: diff for name, diff in live.diff().items() if diff})
    finally:
        live.close()


def verified_edges(
    servers: LiveServers, talk: Talk, replayed: Replayed, reading: frozenset[str], differs: Differs
) -> tuple[tuple[int, int], ...]:
    """The dependencies between steps that data or execution shows."""
    edges = {edge for edge in talk.edges if _hands_over(talk, replayed, *edge)}
    doubtful = set(talk.edges) - edges
    needed: list[tuple[int, int]] = []
    for first, step in enumerate(talk.steps):
        writes = any(call.name not in reading for call in step.calls)
        later = [j for j in range(first + 1, len(talk.steps)) if (first, j) not in edges]
        if later and (writes or any((first, j) in doubtful for j in later)):
            without = _without(servers, talk, first)
            needed += [(first, j) for j in later if _changed(talk.steps[j], without[j], replayed.results[j], differs)]
    for first, second in sorted(needed, key=lambda edge: edge[1] - edge[0]):  # what a path says already is left out
        if not _reached(edges, first, second):
            edges.add((first, second))
    return tuple(sorted(edges))


def _changed(step: Step, before: Sequence[ToolResult], after: Sequence[ToolResult], differs: Differs) -> bool:
    return any(differs(call.name, *pair) for call, *pair in zip(step.calls, before, after, strict=True))


def _hands_over(talk: Talk, replayed: Replayed, first: int, second: int) -> bool:
    """Whether a call of the second step carries a value that the first one showed."""
    shown = " ".join(result.output for result in replayed.results[first])
    return any(text in shown for call in talk.steps[second].calls for text in _texts(call.arguments))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) and value else []


def _without(servers: LiveServers, talk: Talk, left_out: int) -> list[Sequence[ToolResult]]:
    """The results of every step in a fresh session where one step is never done."""
    live = servers.open(list(talk.servers), talk.seed)

    def results(number: int, step: Step) -> Sequence[ToolResult]:
        return () if number == left_out else [live.call(call.name, call.arguments) for call in step.calls]

    try:
        return [results(number, step) for number, step in enumerate(talk.steps)]
    finally:
        live.close()


def _reached(edges: set[tuple[int, int]], first: int, second: int) -> bool:
    """Whether a path of edges leads there already."""
    return any(one == first and (other == second or _reached(edges, other, second)) for one, other in edges)


def _key(name: str, arguments: dict[str, Any]) -> str:
    return name + json.dumps(arguments, sort_keys=True)
