"""What a benchmark is made of: items, tries of them, and what came out.

Task (an example, the functions offered, its groups)  x  seed  x  trial   ->   Try   --played-->   Line of items.jsonl
counts: metric -> (sum, of how many)      1 of 1 for a share, 0.7 of 1 for a mean, 3 of 4 calls for a pooled share
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from prove.types import Example

Counts = Mapping[str, tuple[float, float]]

SHARES = frozenset(
    {
        "exact",
        "state",
        "success_rate",
        "success_rate_all_steps",
        "harness_success_rate",
        "accuracy",
        "inference_error",
        "force_terminated",
        "empty_turn_model_response",
        "instance_state_mismatch",
        "execution_response_mismatch",
        "harness_errors",
        "unreadable",
        "silent",
        "out_of_tokens",
        "turn_cap",
        "agent_faults",
        "user_faults",
        "db",
        "retrieve",
        "review",
    }
)
"""Metrics that are 0 or 1 for one try, whatever group they are of."""

POOLED = ("call_accuracy", "turn_accuracy", "answered", "missed", "refused", "made_unanswered")
"""Shares of calls or turns, pooled over tries."""


class Item(Protocol):
    """What can be drawn and tried: a Task, or a question of a benchmark that needs no server."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Item)


@dataclass(frozen=True)
class Task:
    """One item. `groups` are those that it is counted in apart, e.g. {"calls": "3"}; `caps` of conf/rollout/ are at
    least so large for it."""

    example: Example
    functions: tuple[dict[str, Any], ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    caps: Mapping[str, int] = field(default_factory=dict)

    def cap(self, name: str, otherwise: int) -> int:
        """A cap of conf/rollout/ for this item."""
        return max(otherwise, self.caps.get(name, 0))

    @property
    def id(self) -> str:
        return self.example.id


@dataclass(frozen=True)
class Try(Generic[T]):
    """One episode that is to be played."""

    task: T
    seed: int
    trial: int

    @property
    def key(self) -> tuple[str, int, int]:
        return self.task.id, self.seed, self.trial

    @property
    def sampling_seed(self) -> int:
        return sampling_seed(self.seed, self.task.id, self.trial)


@dataclass(frozen=True)
class Line:
    """One finished try. `world`: the hash of the worlds it began in, so that other worlds are never paired."""

    id: str
    seed: int
    trial: int
    counts: Counts
    groups: Mapping[str, str]
    world: str = ""
    commit: str = ""
    cluster: str = ""
    """What the bootstrap draws whole, where that is more than the item: items that vary one task. Empty: the item."""

    @property
    def drawn_with(self) -> str:
        return self.cluster or self.id

    @property
    def key(self) -> tuple[str, int, int]:
        return self.id, self.seed, self.trial


def sampling_seed(seed: int, identifier: str, trial: int) -> int:
    """The seed that training's evaluation gives the same row in a run of this seed (prove.rollout)."""
    return zlib.crc32(f"{seed}:{identifier}:{trial}:0".encode())


def is_share(metric: str) -> bool:
    """Whether one try is right or wrong by it."""
    return metric.partition("@")[0] in SHARES


def is_pooled(metric: str) -> bool:
    return metric.startswith(POOLED)


def is_passed(metric: str) -> bool:
    """Whether it is a pass^k: a mean over items of shares."""
    return metric.startswith("pass^")


def sample(tasks: Iterable[T], limit: int | None) -> list[T]:
    """In an order that has nothing to do with the items, the same for every limit: each is a sample of all."""
    return sorted(tasks, key=lambda task: drawn(task.id))[:limit]


def drawn(identifier: str) -> bytes:
    """Where an item stands in that order."""
    return hashlib.sha256(identifier.encode()).digest()


def tries_of(tasks: Sequence[T], seeds: Iterable[int], trials: int) -> list[Try[T]]:
    return [Try(task, seed, trial) for seed in seeds for trial in range(trials) for task in tasks]
