"""How a scripted user talks about a world: what can be asked now, and how a model finds what was named.

Look       a read-only view of one live session, with a generator and what was mentioned before
Reference  one entity as a user names it, and the calls by which a model finds its id
probes.py  one function per tool: `transfer_money(look) -> {argument: value or Reference}`
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class NothingToAsk(Exception):
    """This world has nothing that this probe could ask for; another probe is tried."""


class Lookup(msgspec.Struct, frozen=True):
    """A call by which a model finds what a user named."""

    tool: str
    arguments: dict[str, Any]


class Reference(msgspec.Struct, frozen=True):
    """An entity: its kind ("payee"), its id, the ways a user names it, the calls that find it (in order).

    With no lookups the user says the id itself. `id` is None where the id is made by the last lookup
    (a token): it is then read from that call's result under `field`.
    """

    kind: str
    id: str | None
    says: tuple[str, ...]
    path: tuple[Lookup, ...] = ()
    field: str = ""
    row: dict[str, Any] = {}


class Look:
    """Read-only eyes on a live session.

    `call(tool, arguments) -> result` executes; `seed` is the world's; `known` holds what earlier turns mentioned.
    """

    def __init__(
        self,
        call: Callable[[str, dict[str, Any]], dict[str, Any]],
        rng: random.Random,
        seed: int,
        known: Sequence[Reference] = (),
    ):
        self.rng = rng
        self.seed = seed
        self._call = call
        self._known = list(known)

    def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self._call(tool, arguments)

    def choose(self, options: Iterable[T]) -> T:
        """One of the options; NothingToAsk if there is none."""
        options = list(options)
        if not options:
            raise NothingToAsk
        return self.rng.choice(options)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def recall(self, kind: str) -> Reference | None:
        """The latest entity of this kind that the conversation mentioned, said as "that payee"."""
        for reference in reversed(self._known):
            if reference.kind == kind:
                return reference
        return None

    def amount(self, low: float, high: float) -> float:
        """An amount as people say them: often whole, sometimes with cents."""
        if high < low:
            raise NothingToAsk
        value = self.rng.uniform(low, high)
        return float(round(value)) if value >= low + 1 and self.chance(0.6) else round(value, 2)
