"""`benchmark=complexfuncbench_cache` (**ours**): ComplexFuncBench queries on recorded responses, without a judge.

    trace (query, calls, candidate tools, some responses)  ->  one user turn on the recorded server  ->  counts

    call_accuracy   ground-truth calls that were made (prove.benchmarks.made), of all calls of all items
    success_rate    items all of whose calls were made
    turn_accuracy   calls made before the first that was not, of all: the traces have one call per turn (**ours**)
                    of the steps within reach; with _all_steps, of the others too
    answered, missed, refused                  what the server said to the calls that could be read
    made_unanswered                            calls that were made and got no response: the cache's fault

A step is within reach if the server answers every step before it as the trace has it: then whoever plays has seen all
that the trace's author had seen. A step after one that was not recorded needs an answer that nobody gets; the plain
names leave it out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prove.benchmarks.items import Counts, Task
from prove.benchmarks.made import leading, made
from prove.benchmarks.scores import counts_of
from prove.episode import Environment
from prove.rewards.choice import Reward
from prove.schemas import to_openai
from prove.types import Episode, Example, GroundTruth, Step, ToolCall, ToolResult

OFFERED = ("candidates", "all")
MISS = "nothing was recorded"  # how servers/recorded begins the error of a miss; the two share texts, not Python
LEFT_OUT = ("exact",)
"""What is counted of other episodes and says nothing here: no step without a response can succeed."""


def require(path: Path) -> None:
    """ValueError: the traces are not here."""
    if not path.is_file():
        raise ValueError(f"{path} is missing; `python -m prove.synthesize synthesis=import source=DIR` makes it")


def tasks_of(path: Path, server: str, tools: Iterable[Mapping[str, Any]], offered: str) -> list[Task]:
    """The traces of a file as items of a recorded server. ValueError names the line and what is wrong with it."""
    if offered not in OFFERED:
        raise ValueError(f"benchmark.offered={offered} is none of {', '.join(OFFERED)}")
    require(path)
    functions = {tool["name"]: to_openai(tool) for tool in tools}
    tasks = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                tasks.append(_task(json.loads(line), server, functions, offered))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                reason = f"no {error}" if isinstance(error, KeyError) else error
                raise ValueError(f"{path} line {number} is no trace for server {server}: {reason}") from None
    if len({task.example.id for task in tasks}) < len(tasks) or not tasks:
        raise ValueError(f"{path} has {'two traces of one workflow_id' if tasks else 'no traces'}")
    return tasks


def _task(trace: dict[str, Any], server: str, functions: Mapping[str, dict[str, Any]], offered: str) -> Task:
    steps = trace["steps"]
    truth = _ground_truth(steps)
    wanted = [call.name for call in truth.calls]
    names = dict.fromkeys([*wanted, *(name for step in steps for name in step["candidate_tools"])])
    if strange := next((name for name in names if name not in functions), None):
        raise ValueError(f"the server has no tool {strange}")
    example = Example(
        id=str(trace["workflow_id"]),
        kind="multi_turn",
        servers=(server,),
        world_seed=0,
        user_turns=(str(trace["query"]),),
        ground_truth=truth,
        stats={"responses": [_response(step) for step in steps]},
    )
    listed = functions if offered == "all" else sorted(names)  # sorted: the traces name the needed ones first
    groups = {"domain": example.id.rpartition("-")[0], "calls": str(len(wanted))}
    return Task(example, tuple(functions[name] for name in listed), groups)


def _ground_truth(steps: Sequence[dict[str, Any]]) -> GroundTruth:
    if not steps:
        raise ValueError("it has no steps")
    calls = [ToolCall(step["ground_truth"]["function"], dict(step["ground_truth"]["arguments"])) for step in steps]
    edges = tuple((int(need), place) for place, step in enumerate(steps) for need in step.get("depends_on") or ())
    if wrong := next(((need, place) for need, place in edges if not 0 <= need < place), None):
        raise ValueError(f"step {wrong[1]} depends on step {wrong[0]}, which is none before it")
    return GroundTruth(tuple(Step((call,)) for call in calls), edges, (0,) * len(calls))


def _response(step: Mapping[str, Any]) -> Any:
    """What the trace has as answer; None where nothing was recorded."""
    response = (step.get("execution_result") or {}).get("execution_result")
    return None if response == "" else response


async def with_reach(task: Task, session: Environment) -> Task:
    """The task with the number of its steps within reach, found by asking the server for each."""
    example = task.example
    responses, equal = example.stats["responses"], []
    for call, response in zip(example.ground_truth.calls, responses, strict=True):
        equal.append(response is not None and _same(await session.call(call.name, call.arguments), response))
    reach = min(leading(equal) + 1, len(equal))
    return replace(task, example=replace(example, stats={"reach": reach, "replayed": sum(equal)}))


def _same(result: ToolResult, response: Any) -> bool:
    """Equal as JSON; a text is given as it is."""
    if not result.ok or isinstance(response, str):
        return result.ok and result.output == response
    return json.dumps(json.loads(result.output), sort_keys=True) == json.dumps(response, sort_keys=True)


def score(task: Task, episode: Episode, rewards: Sequence[Reward]) -> Counts:
    """Counts of one episode, of a task whose reach is known."""
    places = made(episode.calls, episode.ground_truth)
    done = [place is not None for place in places]
    counts = counts_of(episode, rewards)
    return {
        **{name: count for name, count in counts.items() if name not in LEFT_OUT},
        **_accuracy(done[: task.example.stats["reach"]], ""),
        **_accuracy(done, "_all_steps"),
        **_answers(episode, [place for place in places if place is not None]),
    }


def _accuracy(done: Sequence[bool], suffix: str) -> Counts:
    return {
        f"call_accuracy{suffix}": (float(sum(done)), float(len(done))),
        f"turn_accuracy{suffix}": (float(leading(done)), float(len(done))),
        f"success_rate{suffix}": (float(all(done)), 1.0),
    }


def _answers(episode: Episode, places: Sequence[int]) -> Counts:
    readable = [call for call in episode.calls if call.error is None]
    answered = sum(call.ok for call in readable)
    missed = sum(not call.ok and MISS in call.output[:80] for call in readable)
    sums = {"answered": answered, "missed": missed, "refused": len(readable) - answered - missed}
    counts = {name: (float(value), float(len(readable))) for name, value in sums.items()}
    unanswered = sum(not episode.calls[place].ok for place in places)
    return {**counts, "made_unanswered": (float(unanswered), float(len(places)))}


def about(tasks: Sequence[Task]) -> str:
    """What can be played of these items."""
    reach = [task.example.stats["reach"] for task in tasks]
    steps = [len(task.example.ground_truth.steps) for task in tasks]
    replayed = sum(task.example.stats["replayed"] for task in tasks)
    whole = sum(near == of for near, of in zip(reach, steps, strict=True))
    return (
        f"of {sum(steps)} ground-truth calls the server answers {replayed} as the traces do; {sum(reach)} are within "
        f"reach and scored under the plain names, all of them in {whole} of {len(tasks)} items"
    )
