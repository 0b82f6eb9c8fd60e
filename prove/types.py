"""The dictionary of the house: the values that cross module lines. Frozen, standard library only.

Example (one training row) --rollout--> Episode (what the policy did) --reward--> Breakdown
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

KINDS = ("multi_turn", "clarification", "abstention")


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it. `error` says why the text could not be read as one (name is then "")."""

    name: str
    arguments: dict[str, Any]
    error: str | None = None


@dataclass(frozen=True)
class ToolResult:
    """What the server answered: `ok` is False for a refused or failed call; `ms` is wall time.

    `lost`: no server answered, and that is not the call's fault.
    """

    ok: bool
    output: str
    ms: float = 0.0
    lost: bool = False


@dataclass(frozen=True)
class ExecutedCall:
    """A call of an episode with its result; `turn` counts the user turns before it, from 0."""

    name: str
    arguments: dict[str, Any]
    ok: bool
    output: str = ""
    error: str | None = None
    turn: int = 0
    ms: float = 0.0


@dataclass(frozen=True)
class Step:
    """One ground-truth step: calls that may run in parallel."""

    calls: tuple[ToolCall, ...]


@dataclass(frozen=True)
class GroundTruth:
    """Steps in order, dependency edges (i, j) = step i must come before step j, and the turn of each step."""

    steps: tuple[Step, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()
    turns: tuple[int, ...] = ()

    @cached_property
    def calls(self) -> tuple[ToolCall, ...]:
        return tuple(call for step in self.steps for call in step.calls)

    @staticmethod
    def from_dict(value: dict[str, Any]) -> GroundTruth:
        steps = tuple(
            Step(tuple(ToolCall(call["name"], call["arguments"]) for call in step)) for step in value["steps"]
        )
        edges = tuple((int(i), int(j)) for i, j in value.get("edges", ()))
        return GroundTruth(steps, edges, tuple(value.get("turns") or (0,) * len(steps)))

    def to_dict(self) -> dict[str, Any]:
        steps = [[{"name": call.name, "arguments": call.arguments} for call in step.calls] for step in self.steps]
        return {"steps": steps, "edges": [list(edge) for edge in self.edges], "turns": list(self.turns)}


@dataclass(frozen=True)
class Example:
    """One training row: a world, what its user will say, and the calls that serve it.

    `servers` are those whose tools are offered, first the one that the conversation is about; none for a row that comes
    from elsewhere.
    """

    id: str
    kind: str
    servers: tuple[str, ...]
    world_seed: int
    user_turns: tuple[str, ...]
    ground_truth: GroundTruth
    knobs: dict[str, Any] = field(default_factory=dict)
    stats: dict[str, Any] = field(default_factory=dict)
    system: str = ""
    """System message, if any: the date in that world."""
    final_state: dict[str, Any] | None = field(default_factory=dict)
    """**Ours:** what the ground truth changes in its world, by server: other calls may lead to the same end. None: not
    known, as in rows written before there was this field."""

    @staticmethod
    def from_json(text: str) -> Example:
        value = json.loads(text)
        if value["kind"] not in KINDS:
            raise ValueError(f"kind {value['kind']!r} is none of {', '.join(KINDS)}")
        return Example(
            id=value["id"],
            kind=value["kind"],
            servers=tuple(value["servers"]),
            world_seed=int(value["world_seed"]),
            user_turns=tuple(value["user_turns"]),
            ground_truth=GroundTruth.from_dict(value["ground_truth"]),
            knobs=value.get("knobs", {}),
            stats=value.get("stats", {}),
            system=value.get("system", ""),
            final_state=value.get("final_state"),
        )

    def to_json(self) -> str:
        value = {**vars(self), "ground_truth": self.ground_truth.to_dict()}
        return json.dumps(value, ensure_ascii=False)

    @property
    def opening(self) -> list[dict[str, str]]:
        """The first messages: the system message, if there is one, and what the user says first."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.user_turns[0]}]


@dataclass(frozen=True)
class Ending:
    """**Ours:** how the worlds of an episode ended: what it changed and what its ground truth changes, by server.

    As `session.diff` gives it, without the servers where nothing changed. None: not known.
    """

    reached: dict[str, Any] | None = None
    wanted: dict[str, Any] | None = None


@dataclass(frozen=True)
class Conditions:
    """**Ours:** what an episode needs beside its own words to be played again (prove.replay)."""

    world_seed: int
    interface: str
    limits: dict[str, int]
    """The caps of the rollout."""
    reward: dict[str, Any] | None
    """The node of conf/reward/; None where the score was a function without one."""
    versions: dict[str, str]
    """What each server called its version."""


class Breakdown:
    """What every reward says of an episode: its components, then these four.

    `exact`: the calls that succeeded serve the whole ground truth; it means the same under every reward. `reasons` has
    one short line per call.
    """

    total: float
    exact: bool
    reasons: tuple[str, ...]
    extra: dict[str, float]
    """Empty for the reward of a paper; a preset that looks at more has its numbers there."""

    def components(self) -> dict[str, float]:
        """What the total is made of, in the order of the equation, then `extra`."""
        kept = {key: value for key, value in vars(self).items() if key not in Breakdown.__annotations__}
        return {**kept, **self.extra}

    def numbers(self) -> dict[str, float]:
        """Components, total and exact match as floats: a fixed set of keys for each choice of a reward, for logs."""
        kept = self.to_dict()
        kept.pop("reasons")
        return {key: float(value) for key, value in kept.items()}

    def to_dict(self) -> dict[str, Any]:
        """All fields, those of `extra` beside the others."""
        kept = dict(vars(self))
        extra = kept.pop("extra")
        return {**kept, **extra}


@dataclass(frozen=True)
class RewardBreakdown(Breakdown):
    """The five components of the first paper and their weighted total."""

    validity: float
    coverage: float
    efficiency: float
    name: float
    arg: float
    total: float
    exact: bool = False
    reasons: tuple[str, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class GraduatedBreakdown(Breakdown):
    """The two components of the second paper (prove.rewards.graduated) and their weighted total."""

    atomic: float
    orchestration: float
    total: float
    exact: bool = False
    reasons: tuple[str, ...] = ()
    extra: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Episode:
    """One run of the policy on one example, as it is written to JSONL."""

    example_id: str
    policy: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    calls: tuple[ExecutedCall, ...]
    reward: Breakdown
    ground_truth: GroundTruth
    hash_before: dict[str, str]
    hash_after: dict[str, str]
    stats: dict[str, Any] = field(default_factory=dict)
    ending: Ending = Ending()
    conditions: Conditions | None = None

    def to_json(self) -> str:
        value = {
            **vars(self),
            "calls": [asdict(call) for call in self.calls],
            "reward": self.reward.to_dict(),
            "ground_truth": self.ground_truth.to_dict(),
            "ending": asdict(self.ending),
            "conditions": self.conditions and asdict(self.conditions),
        }
        return json.dumps(value, ensure_ascii=False)
