"""One episode: a policy talks to a scripted user and to live servers until it or a cap ends it.

    user turn → generate → calls? execute each, append results, generate again
                         → no call? next scripted user turn, or the end (**ours**, implied by the paper)

What a call of the policy comes to is up to the interface (prove.interfaces); ordinarily it is one tool call.
The policy is anything that can continue a conversation: verl's rollout server, the laptop engine, an endpoint,
the ground truth itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from prove.interfaces.interface import Atomic, Interface, refused
from prove.parsing import parse_calls
from prove.rewards.choice import Reward
from prove.types import Breakdown, Conditions, Ending, Episode, Example, ExecutedCall, GroundTruth, ToolCall, ToolResult

Score = Reward | Callable[[Sequence[ExecutedCall], GroundTruth, Sequence[dict[str, Any]]], Breakdown]


class Environment(Protocol):
    """A session: calls never raise; refused ones come back with ok=False."""

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult: ...
    async def hash(self) -> dict[str, str]: ...
    async def diff(self) -> dict[str, Any]: ...
    def versions(self) -> dict[str, str]: ...


class ServerLost(RuntimeError):
    """A server did not answer though the call was not to blame: what the episode would earn says nothing."""


class Policy(Protocol):
    """Continues a conversation. `name` labels its episodes."""

    name: str

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None: ...

    async def generate(self) -> str | None:
        """The next assistant turn as text, or None when the token budget is spent."""
        ...

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        """Adds tool results or a user turn; False when they no longer fit."""
        ...


@dataclass(frozen=True)
class Limits:
    """Caps of an episode; numbers come from conf/rollout/."""

    max_user_turns: int
    max_assistant_turns: int
    max_calls_per_turn: int
    max_result_chars: int
    max_failed_turns: int
    """**Ours:** assistant turns in a row whose calls all failed; a policy that is stuck need not be watched longer."""

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> Limits:
        """Those of a choice of conf/rollout/, which has other numbers too. KeyError: one is missing."""
        return cls(**{name: node[name] for name in cls.__dataclass_fields__})


@dataclass
class Transcript:
    """What has happened so far."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[ExecutedCall] = field(default_factory=list)
    user_turns: int = 0
    assistant_turns: int = 0
    failed_turns: int = 0
    end: str = "running"


async def run_episode(
    example: Example,
    functions: list[dict[str, Any]],
    environment: Environment,
    policy: Policy,
    limits: Limits,
    score: Score,
    on_message: Callable[[dict[str, Any]], None] = lambda message: None,
    interface: Interface | None = None,
) -> Episode:
    """Plays one example to its end and scores it. `on_message` sees every message as it is said.

    Raises ServerLost where a server was lost for good: neither its refusals nor its silence are the policy's doing.

    `interface`: how the policy gets at the functions; None: each of its calls is one tool call.
    """
    before = await environment.hash()
    transcript, interface = Transcript(), interface or Atomic(functions)
    await _converse(example, interface, environment, policy, limits, transcript, on_message)
    judged = list(interface.judged)
    diffs, after = await environment.diff(), await environment.hash()
    _all_there(before, diffs, after)
    ending = Ending({server: diff for server, diff in diffs.items() if diff}, example.final_state)
    return Episode(
        example_id=example.id,
        policy=policy.name,
        messages=transcript.messages,
        tools=judged,
        calls=tuple(transcript.calls),
        reward=_scored(score, transcript.calls, example.ground_truth, judged, ending),
        ground_truth=example.ground_truth,
        hash_before=before,
        hash_after=after,
        stats=statistics(transcript),
        ending=ending,
        conditions=Conditions(
            world_seed=example.world_seed,
            interface=type(interface).__name__.lower(),
            limits=dict(vars(limits)),
            reward=score.node() if isinstance(score, Reward) else None,
            versions=environment.versions(),
        ),
    )


def _all_there(before: dict[str, str], diffs: dict[str, Any], after: dict[str, str]) -> None:
    """Raises ServerLost if a server could not tell its state: how its world ended is not known."""
    for server, text in after.items():
        if not (before.get(server, text) and text) or isinstance(diffs[server].get("error"), str):
            raise ServerLost(f"server {server} was not available")


def _scored(
    score: Score,
    calls: list[ExecutedCall],
    ground_truth: GroundTruth,
    functions: list[dict[str, Any]],
    ending: Ending,
) -> Breakdown:
    """A chosen reward also sees how the worlds ended; a plain function, such as the paper's, sees the calls."""
    if isinstance(score, Reward):
        return score(calls, ground_truth, functions, ending)
    return score(calls, ground_truth, functions)


async def _converse(
    example: Example,
    interface: Interface,
    environment: Environment,
    policy: Policy,
    limits: Limits,
    transcript: Transcript,
    on_message: Callable[[dict[str, Any]], None],
) -> None:
    def say(message: dict[str, Any]) -> dict[str, Any]:
        transcript.messages.append(message)
        on_message(message)
        return message

    transcript.user_turns = 1
    await policy.start([say(message) for message in example.opening], interface.offered)
    while transcript.end == "running":
        text = await policy.generate()
        if text is None:
            transcript.end = "out_of_tokens"
            return
        say({"role": "assistant", "content": text})
        transcript.assistant_turns += 1
        calls = parse_calls(text)
        if calls:
            outputs = await _execute(calls, interface, environment, limits, transcript)
            answer = [say({"role": "tool", "name": call.name, "content": out}) for call, out in outputs]
        elif transcript.user_turns < min(len(example.user_turns), limits.max_user_turns):
            answer = [say(_user(example, transcript))]
        else:
            transcript.end = "done"
            return
        if (
            transcript.assistant_turns >= limits.max_assistant_turns
            or transcript.failed_turns >= limits.max_failed_turns
        ):
            transcript.end = "turn_cap"
        elif not await policy.append(answer):
            transcript.end = "out_of_tokens"


def _user(example: Example, transcript: Transcript) -> dict[str, Any]:
    transcript.user_turns += 1
    return {"role": "user", "content": example.user_turns[transcript.user_turns - 1]}


async def _execute(
    calls: list[ToolCall], interface: Interface, environment: Environment, limits: Limits, transcript: Transcript
) -> list[tuple[ToolCall, str]]:
    """Runs the calls of one turn in the order they were written; each gets an answer the model can read."""
    outputs, worked = [], False
    for number, call in enumerate(calls):
        reason = call.error or _over(number, limits)
        ran = refused(call, reason) if reason else await interface.run(call, environment)
        if lost := next((result for _, result in ran.done if result.lost), None):
            raise ServerLost(f"{call.name} was not answered: {lost.output}")
        transcript.calls += [_executed(one, result, transcript.user_turns - 1) for one, result in ran.done]
        outputs.append((call, _clipped(ran.output, limits.max_result_chars)))
        worked = worked or ran.worked
    transcript.failed_turns = 0 if worked else transcript.failed_turns + 1
    return outputs


def _executed(call: ToolCall, result: ToolResult, turn: int) -> ExecutedCall:
    return ExecutedCall(
        name=call.name,
        arguments=call.arguments,
        ok=result.ok,
        output=result.output,
        error=call.error,
        turn=turn,
        ms=result.ms,
    )


def _over(number: int, limits: Limits) -> str | None:
    """Why a readable call is not executed."""
    return f"at most {limits.max_calls_per_turn} calls in one turn" if number >= limits.max_calls_per_turn else None


def _clipped(output: str, limit: int) -> str:
    return output if len(output) <= limit else f"{output[:limit]}... ({len(output)} characters)"


def statistics(transcript: Transcript) -> dict[str, float]:
    """Numbers of an episode for logs: always the same keys."""
    calls = transcript.calls
    return {
        "user_turns": float(transcript.user_turns),
        "assistant_turns": float(transcript.assistant_turns),
        "calls": float(len(calls)),
        "failed_calls": float(sum(not call.ok for call in calls)),
        "malformed_calls": float(sum(call.error is not None for call in calls)),
        "tool_seconds": sum(call.ms for call in calls) / 1000,
        "out_of_tokens": float(transcript.end == "out_of_tokens"),
        "turn_cap": float(transcript.end == "turn_cap"),
        "crashed": 0.0,
    }
