"""Plays recorded traces on the cache that was made of them, as a rollout would: by MCP, a session per trace.

101 traces of train_traces.jsonl: 442 calls, 442 equal responses
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.synthesis.booking_import import TraceStep, read_traces
from prove.synthesis.live import LiveServers
from prove.synthesis.store import answering, cache_file


@dataclass(frozen=True)
class Replayed:
    """How the calls of a file came out: `other` answered otherwise, `refused` with an error."""

    file: str
    traces: int
    calls: int
    equal: int
    other: int
    refused: int
    first: str = ""
    """The first call that was not answered equally."""

    def __str__(self) -> str:
        text = f"{self.traces} traces of {self.file}: {self.calls} calls, {self.equal} equal responses"
        text += f", {self.other} other" if self.other else ""
        text += f", {self.refused} refused" if self.refused else ""
        return f"{text}; the first: {self.first}" if self.first else text


def replay_booking(traces: Sequence[str], out: str, caches: str, name: str) -> list[Replayed]:
    """Replays every trace of these imported files. Raises ValueError if there is nothing to replay, or no cache."""
    files = [Path(out) / file for file in traces]
    if missing := [file for file in files if not file.is_file()]:
        raise ValueError(f"there is no {missing[0]}; synthesis=import makes it")
    if not cache_file(caches, name).is_file():
        raise ValueError(f"there is no cache {cache_file(caches, name)}; synthesis=import makes it")
    read = [read_traces(file) for file in files]
    with LiveServers([name], **answering(caches, name)) as live:
        return [replay(live, name, file.name, each) for file, each in zip(files, read, strict=True)]


def replay(live: LiveServers, server: str, file: str, traces: Sequence[Sequence[TraceStep]]) -> Replayed:
    """Plays the steps that have a response, in the order of each trace."""
    outcomes = [outcome for trace in traces for outcome in _played(live, server, trace)]
    bad = [call for how, call in outcomes if how != "equal"]
    counted = {how: sum(each == how for each, _ in outcomes) for how in ("equal", "other", "refused")}
    return Replayed(file, len(traces), len(outcomes), **counted, first=bad[0] if bad else "")


def _played(live: LiveServers, server: str, trace: Sequence[TraceStep]) -> list[tuple[str, str]]:
    session = live.open([server], 0)
    try:
        return [_compared(session, step) for step in trace if step.response is not None]
    finally:
        session.close()


def _compared(session: Any, step: TraceStep) -> tuple[str, str]:
    """equal, other or refused; and the call."""
    result = session.call(step.tool, step.arguments)
    equal = result.ok and _same(result.output, step.response)
    how = "equal" if equal else "other" if result.ok else "refused"
    return how, f"{step.tool} {json.dumps(step.arguments, ensure_ascii=False)[:200]}"


def _same(output: str, response: Any) -> bool:
    """Equal as JSON: 1 is not true, and the order of keys does not matter."""
    if isinstance(response, str):
        return output == response
    return json.dumps(json.loads(output), sort_keys=True) == json.dumps(response, sort_keys=True)
