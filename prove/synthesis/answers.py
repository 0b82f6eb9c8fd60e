"""What a model wrote, read and checked: a user's message, an assistant's calls or reply, or why it cannot be used.

    text        ->  message          JSON of the asked form, short, no names of tools, no ids from nowhere
    completion  ->  Calls | Reply    known tools, required and declared parameters, JSON types
    calls       ->  invented values  sensitive or id-like ones that nobody said or showed

It is hostile input: only ever parsed as JSON, and every reason is one short sentence that the model reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.schemas import compatible, definitions_of, parameters_of, properties_of, required_of
from prove.synthesis.dataset import system
from prove.synthesis.harvest import words_of
from prove.synthesis.orchestrator import Calls, Invalid, Reply
from prove.synthesis.propose import is_identifier
from prove.synthesis.provenance import untraced
from prove.synthesis.recording import Completion
from prove.synthesis.talk import Talk, Wave
from prove.types import ToolCall, ToolResult

FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)
IDENTIFIER = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?:[A-Za-z]+-[\w-]*\d[\w-]*|(?=\w*[A-Za-z]{2})\w*\d\w{7,})(?![\w-])")
"""ACC-30417, DE02120300000000202051; not 2026-03-14, 7pm or A4."""
LEAKED = re.compile(r"</?(?:tool_call|think|tool_response)\b|^\s*[{\[].*[}\]]\s*$", re.DOTALL)


@dataclass(frozen=True)
class Limits:
    """How much a model may write; numbers come from conf/teacher/."""

    message: int
    """Characters of a user's message."""
    reply: int
    """Characters of an assistant's reply."""
    calls: int
    """Calls in one message."""


def object_of(completion: Completion) -> dict[str, Any] | Invalid:
    """The JSON object that is the whole answer; a code fence around it is let pass."""
    text = completion.text.strip()
    fenced = FENCED.fullmatch(text)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return Invalid("it is not JSON alone")
    return value if isinstance(value, dict) else Invalid("it is not a JSON object")


def message_of(value: Mapping[str, Any], tools: Sequence[str], known: str, limits: Limits) -> str | Invalid:
    """The user's message. `tools`: names that no user says; `known`: texts whose ids may be said."""
    message = value.get("message")
    if not isinstance(message, str) or not message.strip():
        return Invalid('"message" is missing or empty')
    message = " ".join(message.split())
    if len(message) > limits.message:
        return Invalid(f"the message has more than {limits.message} characters")
    if not _is_text(message):
        return Invalid("the message has characters that are no text")
    for tool in tools:
        if ("_" in tool or "-" in tool) and re.search(rf"(?<!\w){re.escape(tool)}(?!\w)", message):
            return Invalid(f"the message names the tool {tool}")
    for identifier in IDENTIFIER.findall(message):
        if identifier not in known:
            return Invalid(f"{identifier} is not among the facts")
    return Invalid("the message holds markup") if LEAKED.search(message) else message


def fault_of_tools(value: Mapping[str, Any], tools: Sequence[str], goal: str) -> str | None:
    """What is wrong with the names of the tools that the assistant will need; None if nothing is."""
    named = value.get("tools")
    if not isinstance(named, list) or not named:
        return '"tools" is missing or empty'
    for name in named:
        if name not in tools:
            return f"there is no tool {str(name)[:60]!r}"
    return None if not goal or goal in named else f"the request does not need {goal}"


def step_of(
    completion: Completion, functions: Mapping[str, Mapping[str, Any]], limits: Limits
) -> Calls | Reply | Invalid:
    """The assistant's message. `functions`: what is offered, by name."""
    if completion.finish_reason == "length":
        return Invalid("it was too long and was cut")
    if completion.tool_calls:
        return _calls_of(completion.tool_calls, functions, limits)
    text = completion.text.strip()
    if not text or len(text) > limits.reply:
        return Invalid(f"it has no call and its text is not between 1 and {limits.reply} characters long")
    return Invalid("it holds markup or JSON instead of words") if LEAKED.search(text) else Reply(text)


def invented(talk: Talk, calls: Calls, sensitive: Sequence[str]) -> str | None:
    """The first sensitive or id-like value of calls to be made that nobody said or showed; None if there is none."""
    waiting = Wave(calls.calls, tuple(ToolResult(False, "") for _ in calls.calls))
    turns = [(turn.user, turn.waves) for turn in talk.turns] + [(talk.user, (*talk.waves, waiting))]
    made = sum(len(wave.calls) for _, waves in turns for wave in waves) - len(calls.calls)
    for problem in untraced(turns, sensitive, talk.today, system(talk.today)):
        if problem.call >= made and (problem.sensitive or _is_identifying(problem.parameter, problem.value)):
            return f"{problem.tool}: nobody said or showed {problem.parameter} {str(problem.value)[:60]!r}"
    return None


def _is_identifying(parameter: str, value: Any) -> bool:
    named = is_identifier(words_of(parameter.rpartition(".")[2]))
    return named or (isinstance(value, str) and IDENTIFIER.fullmatch(value) is not None)


def _calls_of(calls: Sequence[ToolCall], functions: Mapping[str, Mapping[str, Any]], limits: Limits) -> Calls | Invalid:
    """The calls, each once."""
    if len(calls) > limits.calls:
        return Invalid(f"it has more than {limits.calls} calls")
    for call in calls:
        if fault := _fault(call, functions):
            return Invalid(fault)
    different = {call.name + json.dumps(call.arguments, sort_keys=True): call for call in calls}
    return Calls(tuple(different.values()))


def _fault(call: ToolCall, functions: Mapping[str, Mapping[str, Any]]) -> str | None:
    if call.error:
        return f"a call cannot be read: {call.error}"
    function = functions.get(call.name)
    if function is None:
        return f"there is no tool {call.name[:60]!r}"
    if missing := [name for name in required_of(function) if name not in call.arguments]:
        return f"{call.name}: {', '.join(missing)} is missing"
    return next(
        filter(None, (_misfit(name, value, function, call.name) for name, value in call.arguments.items())), None
    )


def _misfit(name: str, value: Any, function: Mapping[str, Any], tool: str) -> str | None:
    declared = properties_of(function)
    if name not in declared:
        return None if parameters_of(function).get("additionalProperties") else f"{tool} has no parameter {name[:60]!r}"
    fits = compatible(value, declared[name], definitions_of(function))
    return None if fits else f"{tool}: {name} has the wrong type"


def _is_text(text: str) -> bool:
    """Whether a file can hold it: half a surrogate pair is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
