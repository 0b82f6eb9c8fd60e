"""A stored episode as the rewards read it: a line of JSON -> calls, ground truth, offered tools, how the worlds ended.

A line needs `tools`, `ground_truth` and `calls` (prove.score shows the least one); what else it holds is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from prove.rewards.choice import Reward
from prove.types import Breakdown, Ending, ExecutedCall, GroundTruth

CALL_FIELDS = {field.name for field in fields(ExecutedCall)}
KINDS = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}


class BadLine(ValueError):
    """A line of the input that is no episode; the text says what is wrong with it."""


@dataclass(frozen=True)
class StoredEpisode:
    """What a reward looks at, and under `line` all that the line says."""

    calls: tuple[ExecutedCall, ...]
    ground_truth: GroundTruth
    tools: list[dict[str, Any]]
    line: Mapping[str, Any]

    def score(self, reward: Reward) -> Breakdown:
        """BadLine if this reward cannot score it."""
        try:
            return reward(self.calls, self.ground_truth, self.tools, ending_of(self.line, reward))
        except ValueError as error:
            raise BadLine(str(error)) from None
        except RecursionError:
            raise BadLine("values are nested too deeply") from None


def read_line(text: str | bytes) -> StoredEpisode:
    """BadLine if it is no episode."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"no JSON: {error}") from None
    if not isinstance(line, dict):
        raise BadLine("no JSON object")
    return read_value(line)


def read_value(line: Mapping[str, Any]) -> StoredEpisode:
    """BadLine if it is no episode."""
    tools, calls = _get(line, "tools", list, "line"), _get(line, "calls", list, "line")
    ground_truth = _ground_truth(_get(line, "ground_truth", dict, "line"))
    for number, tool in enumerate(tools):
        _check_tool(tool, f"tool {number}")
    executed = tuple(_executed(call, f"call {number}") for number, call in enumerate(calls))
    return StoredEpisode(executed, ground_truth, tools, line)


def score_line(text: str | bytes, reward: Reward) -> Breakdown:
    """The reward of one line of JSON. BadLine if it is no episode."""
    return read_line(text).score(reward)


def _ground_truth(value: dict[str, Any]) -> GroundTruth:
    for number, step in enumerate(_get(value, "steps", list, "ground_truth")):
        if not isinstance(step, list):
            raise BadLine(f"ground-truth step {number} is no list of calls")
        for call in step:
            _check_call(call, f"ground-truth step {number}")
    try:
        return GroundTruth.from_dict(value)
    except (TypeError, ValueError):
        raise BadLine("ground_truth needs edges, a list of pairs of step numbers") from None


def ending_of(line: Mapping[str, Any], reward: Reward) -> Ending:
    """How the worlds ended. BadLine if the reward looks at it and the line does not tell."""
    if not reward.looks_at_the_end:
        return Ending()
    if not isinstance(line.get("ending"), dict):
        raise BadLine(f"no ending, so {reward.name} cannot say where this episode led; a new run writes it")
    return Ending(*(_diffs(line["ending"], side) for side in ("reached", "wanted")))


def _diffs(ending: dict[str, Any], side: str) -> dict[str, Any] | None:
    """Server -> its diff; None if not known."""
    if ending.get(side) is None:
        return None
    diffs = _get(ending, side, dict, "ending")
    return {server: _get(diffs, server, dict, f"ending.{side}") for server in diffs}


def _executed(value: Any, where: str) -> ExecutedCall:
    _check_call(value, where)
    _get(value, "ok", bool, where)
    known = {key: value[key] for key in CALL_FIELDS & value.keys()}
    if not isinstance(known.get("output", ""), str):
        known["output"] = json.dumps(known["output"])
    return ExecutedCall(**known)


def _check_call(value: Any, where: str) -> None:
    _get(value, "name", str, where)
    _get(value, "arguments", dict, where)


def _check_tool(value: Any, where: str) -> None:
    function = _get(value, "function", dict, where)
    _get(function, "name", str, where)
    if function.get("parameters") is not None:
        parameters = _get(function, "parameters", dict, where)
        for key, kind in (("properties", dict), ("required", list), ("$defs", dict)):
            if key in parameters:
                _get(parameters, key, kind, where)


def _get(value: Any, key: str, kind: type, where: str) -> Any:
    """value[key], which must be there and of this kind."""
    if not isinstance(value, dict) or not isinstance(value.get(key), kind):
        raise BadLine(f"{where} needs {key}, {KINDS[kind]}")
    return value[key]
