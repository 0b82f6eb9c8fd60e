"""The state machine that writes a conversation with a teacher, on a live session (paper 3.2).

TRANSITIONS is the whole of it; docs/synthesis.md draws it from here.
A teacher decides what is said and called; the machine executes, judges the outcome and bounds every loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from prove.synthesis.talk import Talk, Wave
from prove.types import ToolCall


class State(StrEnum):
    QUERY = "query"
    ACT = "act"
    INVALID = "invalid"
    EXECUTE = "execute"
    SUCCESS = "success"
    PARTIAL_SUCCESS = "partial success"
    FAILURE = "failure"
    RECOVER = "recover"
    CLARIFY = "clarify"
    RESPOND = "respond"
    ANSWER = "answer"
    CONTINUE = "continue"
    KEPT = "kept"
    DROPPED = "dropped"


GROUPS = {
    "query": (State.QUERY,),
    "turn": (State.ACT, State.INVALID),
    "tool execution": (State.EXECUTE, State.SUCCESS, State.PARTIAL_SUCCESS, State.FAILURE, State.RECOVER),
    "response": (State.RESPOND, State.CLARIFY),
    "continuation": (State.CONTINUE, State.ANSWER, State.KEPT, State.DROPPED),
}
TRANSITIONS: dict[State, dict[State, str]] = {
    State.QUERY: {State.ACT: "grounded request", State.DROPPED: "nothing to ask"},
    State.ACT: {
        State.EXECUTE: "calls",
        State.CLARIFY: "question",
        State.RESPOND: "answer",
        State.INVALID: "no valid output",
        State.DROPPED: "no answer at all",
    },
    State.INVALID: {State.ACT: "regenerate", State.DROPPED: "too often"},
    State.EXECUTE: {
        State.SUCCESS: "every call succeeded",
        State.PARTIAL_SUCCESS: "some failed",
        State.FAILURE: "all failed",
    },
    State.SUCCESS: {State.ACT: "results"},
    State.PARTIAL_SUCCESS: {State.RECOVER: "errors"},
    State.FAILURE: {State.RECOVER: "errors"},
    State.RECOVER: {
        State.ACT: "corrected parameters, or another tool",
        State.RESPOND: "give up gracefully",
        State.DROPPED: "give up",
    },
    State.CLARIFY: {State.ANSWER: "asked the user", State.DROPPED: "too often"},
    State.ANSWER: {State.ACT: "the user's answer"},
    State.RESPOND: {State.CONTINUE: "told the user", State.DROPPED: "a rule is broken"},
    State.CONTINUE: {State.QUERY: "follow-up", State.KEPT: "stop"},
}
ENDS = (State.KEPT, State.DROPPED)


@dataclass(frozen=True)
class Calls:
    """Calls to make now, in one assistant message."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True)
class Question:
    """The assistant asks the user for what is missing."""

    text: str


@dataclass(frozen=True)
class Reply:
    """The assistant ends its turn."""

    text: str


@dataclass(frozen=True)
class Invalid:
    """What the teacher wrote cannot be used; it is asked again."""

    reason: str


@dataclass(frozen=True)
class GiveUp:
    """No further attempt. With a text the user is told; without one the conversation is not kept."""

    text: str | None = None


class Teacher(Protocol):
    """Writes both sides of a conversation."""

    name: str

    def query(self, talk: Talk) -> str | None:
        """The user's next request, or None if there is nothing to ask (`talk.dropped` may say why)."""
        ...

    def act(self, talk: Talk) -> Calls | Question | Reply | Invalid | None:
        """The assistant's next message, given the talk so far; None if none can be had."""
        ...

    def answer(self, talk: Talk, question: str) -> str:
        """What the user answers to a question."""
        ...

    def recover(self, talk: Talk) -> GiveUp | None:
        """After failed calls: None to act once more (corrected parameters or another tool), or to give up."""
        ...

    def settle(self, talk: Talk) -> bool:
        """Records the turn's steps and edges just before it is closed; False drops the conversation."""
        ...

    def goes_on(self, talk: Talk) -> bool:
        """Whether the user has another request."""
        ...


@dataclass(frozen=True)
class Bounds:
    """How long the machine insists; numbers come from conf/."""

    regenerations: int = 2
    """Invalid outputs in a row that are asked for again."""
    recoveries: int = 2
    """Recoveries in one turn."""
    waves: int = 8
    """Assistant messages with calls in one turn."""
    questions: int = 3
    """Questions about one request."""

    def __post_init__(self) -> None:
        for name, least in (("regenerations", 0), ("recoveries", 0), ("waves", 1), ("questions", 0)):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < least:
                raise ValueError(f"bounds.{name}={getattr(self, name)} must be a whole number from {least} on")


class Machine:
    """Runs one talk to its end. `path` holds the states it went through."""

    def __init__(self, talk: Talk, teacher: Teacher, bounds: Bounds):
        self.talk = talk
        self.path: list[State] = []
        self._teacher = teacher
        self._bounds = bounds
        self._invalid = 0
        self._recoveries = 0
        self._questions = 0
        self._said = ""
        self._handlers: dict[State, Callable[[], State]] = {
            State.QUERY: self._query,
            State.ACT: self._act,
            State.INVALID: self._regenerate,
            State.EXECUTE: self._execute,
            State.SUCCESS: lambda: State.ACT,
            State.PARTIAL_SUCCESS: lambda: State.RECOVER,
            State.FAILURE: lambda: State.RECOVER,
            State.RECOVER: self._recover,
            State.CLARIFY: self._clarify,
            State.ANSWER: lambda: State.ACT,
            State.RESPOND: self._respond,
            State.CONTINUE: lambda: State.QUERY if self._teacher.goes_on(self.talk) else State.KEPT,
        }
        self._calls: tuple[ToolCall, ...] = ()

    def run(self) -> Talk:
        """The finished talk; `dropped` says why if it is not to be kept."""
        state = State.QUERY
        while state not in ENDS:
            self.path.append(state)
            following = self._handlers[state]()
            if following not in TRANSITIONS[state]:
                raise AssertionError(f"no transition from {state} to {following}")
            state = following
        self.path.append(state)
        return self.talk

    def _drop(self, reason: str) -> State:
        self.talk.dropped = self.talk.dropped or reason
        return State.DROPPED

    def _query(self) -> State:
        text = self._teacher.query(self.talk)
        if text is None:
            return self._drop("nothing to ask")
        self.talk.user = text
        self._invalid = self._recoveries = self._questions = 0
        return State.ACT

    def _act(self) -> State:
        if len(self.talk.waves) >= self._bounds.waves:
            return self._drop("too many calls in a turn")
        match self._teacher.act(self.talk):
            case Calls(calls):
                self._calls, self._invalid = calls, 0
                return State.EXECUTE
            case Question(text):
                self._said = text
                return State.CLARIFY
            case Reply(text):
                self._said = text
                return State.RESPOND
            case Invalid():
                return State.INVALID
        return self._drop("no answer")

    def _regenerate(self) -> State:
        self._invalid += 1
        return State.ACT if self._invalid <= self._bounds.regenerations else self._drop("invalid output")

    def _execute(self) -> State:
        results = tuple(self.talk.live.call(call.name, call.arguments) for call in self._calls)
        self.talk.waves.append(Wave(self._calls, results))
        worked = sum(result.ok for result in results)
        if worked == len(results):
            return State.SUCCESS
        return State.PARTIAL_SUCCESS if worked else State.FAILURE

    def _recover(self) -> State:
        self._recoveries += 1
        if self._recoveries > self._bounds.recoveries:
            return self._drop("not recovered")
        decision = self._teacher.recover(self.talk)
        if decision is None:
            return State.ACT
        if decision.text is None:
            return self._drop("refused")
        self._said = decision.text
        return State.RESPOND

    def _clarify(self) -> State:
        self._questions += 1
        if self._questions > self._bounds.questions:
            return self._drop("too many questions")
        self.talk.close_turn(self._said)
        self.talk.user = self._teacher.answer(self.talk, self._said)
        return State.ANSWER

    def _respond(self) -> State:
        if not self._teacher.settle(self.talk):
            return self._drop("not grounded")
        self.talk.close_turn(self._said)
        return State.CONTINUE


def drawing() -> str:
    """The machine as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> query"]
    for group, states in GROUPS.items():
        name = group.replace(" ", "_")
        lines += [f'    state "{group}" as group_{name} {{', *(f"        {_id(state)}" for state in states), "    }"]
    lines += [
        f"    {_id(state)} --> {_id(following)}: {why}"
        for state, others in TRANSITIONS.items()
        for following, why in others.items()
    ]
    return "\n".join([*lines, *(f"    {_id(end)} --> [*]" for end in ENDS)])


def _id(state: State) -> str:
    return state.value.replace(" ", "_")
