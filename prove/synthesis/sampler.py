"""What could be asked of the live servers now: probes propose a tool and grounded arguments."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from prove.synthesis.live import LiveSession


@dataclass(frozen=True)
class Ask:
    """A tool and arguments that will work now; an argument may be a reference (kind, id, says, path)."""

    server: str
    tool: str
    arguments: dict[str, Any]


class Catalog:
    """Probes and utterances of some servers, loaded by folder name."""

    def __init__(self, servers: Sequence[str]):
        self.servers = list(servers)
        self._probes = {name: import_module(f"servers.{name}.probes") for name in servers}
        self._probe = import_module("servers.probe")
        self.utterances: dict[str, dict[str, Any]] = {}
        self.server_of: dict[str, str] = {}
        for name in servers:
            file = Path(str(self._probes[name].__file__)).with_name("utterances.yaml")
            spoken = yaml.safe_load(file.read_text(encoding="utf-8"))
            self.utterances |= spoken
            self.server_of |= dict.fromkeys(spoken, name)

    def tools(self, server: str) -> list[str]:
        return [tool for tool, owner in self.server_of.items() if owner == server]

    def ask(self, live: LiveSession, rng: random.Random, seed: int, tool: str, known: Sequence[Any] = ()) -> Ask | None:
        """Grounded arguments for one tool, or None where this world has nothing to ask for."""
        server = self.server_of[tool]
        look = self._probe.Look(live.read, rng, seed, known)
        try:
            arguments = getattr(self._probes[server], tool)(look)
        except (self._probe.NothingToAsk, KeyError):
            # KeyError: a refused read gives {}, and a remembered entity may lack a column the probe filters by.
            return None
        return Ask(server, tool, {name: plain(value) for name, value in arguments.items()})

    def remembered(self, kind: str, identifier: str, row: dict[str, Any]) -> Any:
        """An entity the conversation has mentioned, as later turns refer to it."""
        noun = kind.replace("_", " ")
        return self._probe.Reference(kind, identifier, (f"that {noun}", f"the same {noun}"), (), f"{kind}_id", row)


def plain(value: Any) -> Any:
    """Whole amounts as people write them: 200, not 200.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_reference(value: Any) -> bool:
    return hasattr(value, "says")
