"""One session of a world, used the way a model uses it: through its tools."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from servers.host import Host

SESSION = "test"


class Live:
    """Calls that must succeed (`world("get_account", …)`), calls that must be refused, and time that passes."""

    def __init__(self, server: str, seed: int):
        self.host = _host(server)
        self.host.open(SESSION, seed)
        self.state: Any = self.host.state(SESSION)

    def __call__(self, tool: str, **arguments: Any) -> dict[str, Any]:
        outcome = self.host.call(SESSION, tool, arguments)
        assert outcome.ok, f"{tool} {arguments}: {outcome.text}"
        return json.loads(outcome.text)

    def refused(self, tool: str, **arguments: Any) -> str:
        """The reason of a refusal, which must leave the world as it was."""
        before = self.host.hash(SESSION)
        outcome = self.host.call(SESSION, tool, arguments)
        assert not outcome.ok, f"{tool} {arguments} was not refused: {outcome.text}"
        assert self.host.hash(SESSION) == before, f"{tool} {arguments} was refused and changed the world"
        return json.loads(outcome.text)["error"]

    def wait(self, minutes: int) -> None:
        self.state.advance(minutes)


@cache
def _host(server: str) -> Host:
    return Host(server)
