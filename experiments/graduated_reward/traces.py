"""The public traces as episodes: the ground truth as it is, and what a policy may make of it.

    gold            the ground truth               first_only      its first call, nothing else
    doubled         all of it twice                reversed        all of it backwards
    unparsable      before each call one that      wrong_answered  every value another one, answered all the same
                    cannot be read                 wrong_refused   the same, refused
    one_each        of each tool the first call    respelt         every text without `-` and in the other case, refused
    all_but_last    without the last call          names_only      the right tools without arguments, refused
                                                   empty           no call

A trace is one line of train_traces.jsonl: steps with one ground-truth call each, the steps it depends on, and the
recorded response. A call that nothing was recorded for is refused, as a cache does it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prove.types import ExecutedCall, GroundTruth, Step, ToolCall

MISS = '{"error":"nothing was recorded for these arguments"}'
UNPARSABLE = ExecutedCall("", {}, False, error="the call is not valid JSON")
JSON_TYPES = {"dict": "object", "float": "number", "any": None}
Calls = tuple[ExecutedCall, ...]


@dataclass(frozen=True)
class Trace:
    """Its ground truth, and the same calls with the recorded responses."""

    ground_truth: GroundTruth
    calls: Calls


def read_traces(folder: Path) -> list[Trace]:
    """All of train_traces.jsonl. ValueError: a line is no trace. OSError: there is no such file."""
    traces = []
    for number, line in enumerate((folder / "train_traces.jsonl").read_text(encoding="utf-8").splitlines(), 1):
        try:
            traces.append(trace_of(json.loads(line)["steps"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{folder / 'train_traces.jsonl'}:{number} is no trace: {error!r}") from None
    return traces


def trace_of(steps: Sequence[dict[str, Any]]) -> Trace:
    wanted = [ToolCall(step["ground_truth"]["function"], step["ground_truth"]["arguments"]) for step in steps]
    edges = tuple((int(before), after) for after, step in enumerate(steps) for before in step["depends_on"])
    responses = [json.dumps(step["execution_result"]["execution_result"]) for step in steps]
    calls = (ExecutedCall(one.name, one.arguments, True, out) for one, out in zip(wanted, responses, strict=True))
    return Trace(GroundTruth(tuple(Step((one,)) for one in wanted), edges), tuple(calls))


def read_tools(folder: Path) -> list[dict[str, Any]]:
    """tools.json as OpenAI function schemas."""
    tools = json.loads((folder / "tools.json").read_text(encoding="utf-8"))
    return [{"type": "function", "function": {"name": tool["name"], **_in_json_types(tool)}} for tool in tools]


def _in_json_types(tool: dict[str, Any]) -> dict[str, Any]:
    return {"description": tool["description"], "parameters": _schema(tool["parameters"])}


def _schema(value: Any) -> Any:
    """Types as JSON Schema names them."""
    if isinstance(value, list):
        return [_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    named = {"type": JSON_TYPES.get(kind, kind)} if isinstance(kind, str) else {}
    return {key: _schema(one) for key, one in {**value, **named}.items()}


def one_each(calls: Calls) -> Calls:
    """Of each tool the first call only."""
    return tuple({call.name: call for call in reversed(calls)}[name] for name in dict.fromkeys(c.name for c in calls))


def wrong(calls: Calls) -> Calls:
    """Every value another one of its type."""
    return tuple(replace(call, arguments={k: other(v) for k, v in call.arguments.items()}) for call in calls)


def other(value: Any) -> Any:
    """A value of the same type that no comparison takes for this one."""
    if isinstance(value, str):
        return value + "X"
    if isinstance(value, bool):
        return not value
    return [other(one) for one in value] if isinstance(value, list) else _other(value)


def _other(value: Any) -> Any:
    return {key: other(one) for key, one in value.items()} if isinstance(value, dict) else value + 1


def respelt(calls: Calls) -> Calls:
    """Every text in a spelling that BFCL takes for the same and a cache does not."""
    return tuple(replace(call, arguments={k: _respelt(v) for k, v in call.arguments.items()}) for call in calls)


def _respelt(value: Any) -> Any:
    return value.replace("-", "").swapcase() if isinstance(value, str) else value


def refused(calls: Calls) -> Calls:
    return tuple(replace(call, ok=False, output=MISS) for call in calls)


def unparsable(calls: Calls) -> Iterator[ExecutedCall]:
    """Before each call a try that cannot be read."""
    for call in calls:
        yield from (UNPARSABLE, call)


CASES: dict[str, Callable[[Calls], Calls]] = {
    "gold": lambda calls: calls,
    "doubled": lambda calls: calls + calls,
    "unparsable": lambda calls: tuple(unparsable(calls)),
    "one_each": one_each,
    "all_but_last": lambda calls: calls[:-1],
    "first_only": lambda calls: calls[:1],
    "reversed": lambda calls: calls[::-1],
    "wrong_answered": wrong,
    "wrong_refused": lambda calls: refused(wrong(calls)),
    "respelt": lambda calls: refused(respelt(calls)),
    "names_only": lambda calls: refused(tuple(replace(call, arguments={}) for call in calls)),
    "empty": lambda calls: (),
}
