"""The calls of one life on a host where nothing else happens: no pool, no other session, no fork, no snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from experiments.isolation.history import Step
from servers.control import handle
from servers.host import Host


@dataclass(frozen=True)
class End:
    """Where a session stands."""

    hash: str
    diff: str
    """As JSON."""


@cache
def untouched(server: str) -> Host:
    """A host on which this process calls nothing: its children start from it."""
    return Host(server)


def alone(server: str, seed: int, calls: Sequence[Step]) -> tuple[list[tuple[bool, str]], End]:
    """What each call comes to, and the end; to be run in a child, for it changes the host."""
    host = untouched(server)
    host.open("alone", seed)
    outcomes = [handle(host, "alone", call.name, call.arguments) for call in calls]
    return [(each.ok, each.text) for each in outcomes], End(host.hash("alone"), as_json(host.diff("alone")))


def as_json(diff: dict[str, Any]) -> str:
    return msgspec.json.encode(diff).decode()
