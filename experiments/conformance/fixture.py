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


class Fixtures:
    """Two tools without a folder, in a world without rows."""

    about, digest, first_seed = "Fixtures of the conformance suite.", "none", 0
    tools = {tool.name: tool for tool in map(as_tool, (test_simple_text, test_error_handling))}
    call = staticmethod(invoke)

    def open(self, seed: int) -> State:
        return State(Base(seed, "2026-03-14T09:30", {}))


def fixture() -> Host:
    return Host("fixture", source=Fixtures())


if __name__ == "__main__":
    serve_http({"/mcp": fixture()}, "127.0.0.1", 0)
