"""What could be asked of the live servers now: probes propose a tool and grounded arguments.

Our worlds bring their probes and utterances; for a server that is not ours generic ones are made (generic.py).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from prove.synthesis.generic import Stranger
from prove.synthesis.live import LiveServers, LiveSession


@dataclass(frozen=True)
class Ask:
    """A tool and arguments that will work now; an argument may be a reference (kind, id, says, path)."""

    server: str
    tool: str
    arguments: dict[str, Any]
    words: Mapping[str, str] = field(default_factory=dict)
    """How the user gives an argument, where that is not the value itself."""


class Catalog:
    """Probes and utterances of some servers, loaded by folder name or made up."""

    def __init__(self, live: LiveServers):
        self._probe = import_module("servers.probe")
        self._strangers = {name: self._stranger(live, name) for name in live.servers if _is_strange(live, name)}
        own = [name for name in live.servers if name not in self._strangers]
        self._probes = {name: import_module(f"servers.{name}.probes") for name in own}
        self.utterances: dict[str, dict[str, Any]] = {}
        self.server_of: dict[str, str] = {}
        for name in live.servers:
            spoken = self._strangers[name].utterances if name in self._strangers else self._written(name)
            self.utterances |= spoken
            self.server_of |= dict.fromkeys(spoken, name)

    def tools(self, server: str) -> list[str]:
        return [tool for tool, owner in self.server_of.items() if owner == server]

    def ask(self, live: LiveSession, rng: random.Random, seed: int, tool: str, known: Sequence[Any] = ()) -> Ask | None:
        """Grounded arguments for one tool, or None where this world has nothing to ask for."""
        server = self.server_of[tool]
        if server in self._strangers:
            proposal = self._strangers[server].propose(live, rng, tool, known)
            return proposal and Ask(server, tool, proposal.arguments, proposal.words)
        look = self._probe.Look(live.read, rng, seed, known)
        try:
            arguments = getattr(self._probes[server], tool)(look)
        except (self._probe.NothingToAsk, KeyError):
            # KeyError: a refused read gives {}, and a remembered entity may lack a column the probe filters by.
            return None
        return Ask(server, tool, {name: plain(value) for name, value in arguments.items()})

    def reference(self, kind: str, identifier: str, names: tuple[str, ...], row: dict[str, Any]) -> Any:
        """An entity the conversation has mentioned, by the names that later turns give it."""
        return self._probe.Reference(kind, identifier, names, (), f"{kind}_id", row)

    def today(self, server: str, seed: int) -> str:
        """The clock of a world, "2026-03-14T09:30"; empty for a server that is not ours."""
        if server in self._strangers:
            return ""
        return import_module("servers.host").worlds_of(server)(seed).now

    def _written(self, server: str) -> dict[str, dict[str, Any]]:
        file = Path(str(self._probes[server].__file__)).with_name("utterances.yaml")
        return yaml.safe_load(file.read_text(encoding="utf-8"))

    def _stranger(self, live: LiveServers, name: str) -> Stranger:
        return Stranger(live.tools(name), live.external[name].values, self._probe.Reference, self._probe.Lookup)


def _is_strange(live: LiveServers, name: str) -> bool:
    """Whether nobody wrote probes for it. One of our worlds that runs elsewhere is no stranger."""
    external = live.external.get(name)
    return external is not None and (external.isolation != "session" or find_spec(f"servers.{name}") is None)


def plain(value: Any) -> Any:
    """Whole amounts as people write them: 200, not 200.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_reference(value: Any) -> bool:
    return hasattr(value, "says")
