"""The façade of every server, around the two tools the suite wants to call: one that answers and one that refuses.

The suite calls tools by fixed names that no real server has. This serves them, so that tools/call is really tested.
"""

from __future__ import annotations

from msgspec import Struct

from servers.host import Host
from servers.state import Base, State, ToolError
from servers.tool import as_tool, invoke, reads
from servers.web import serve_http


class Said(Struct):
    text: str


@reads
def test_simple_text(state: State) -> Said:
    """Says one sentence."""
    return Said("This is a simple text response for testing.")


@reads
def test_error_handling(state: State) -> Said:
    """Always refuses."""
    raise ToolError("This tool intentionally returns an error for testing")


class Fixture(Host):
    """A Host without a folder."""

    def __init__(self) -> None:
        self.name, self.about, self.version = "fixture", "Fixtures of the conformance suite.", "1.0.0"
        self.tools = {tool.name: tool for tool in map(as_tool, (test_simple_text, test_error_handling))}
        self._open, self._invoke = (lambda seed: State(Base(seed, "2026-03-14T09:30", {}))), invoke
        self._sessions, self._snapshots, self._seed = {}, {}, 0


if __name__ == "__main__":
    serve_http({"/mcp": Fixture()}, "127.0.0.1", 0)
