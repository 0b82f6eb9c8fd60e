"""The dependency graphs of some servers, from their cache or built on the live servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prove.synthesis.graph import Graph, load_or_build
from prove.synthesis.live import LiveServers
from prove.synthesis.sampler import Catalog
from prove.synthesis.verify import build


def graphs_of(
    servers: LiveServers,
    catalog: Catalog,
    names: Sequence[str],
    cache: Path,
) -> dict[str, Graph]:
    """Server -> graph."""
    return {
        name: load_or_build(cache, name, servers.tools(name), lambda name=name: build(servers, catalog, name))
        for name in names
    }
