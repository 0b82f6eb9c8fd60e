"""Which tool of a server can come after which: edges, the chains along them, and their cache.

    explicit   find_payee --payees[].payee_id→payee_id--> pay_payee       a value that A's answer shows is an input of B
    implicit   freeze_card ----------------------------> unfreeze_card    A changes whether B works or what it answers

    <cache>/<server>-<hash of the tool schemas>.json

Paper, section 3.2 (1): the graph is cached under a hash of the schemas; chains of 2 to 5 tools are paths in it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import networkx as nx

KINDS = ("explicit", "implicit")
HASHED = ("name", "description", "inputSchema", "outputSchema")
log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class Edge:
    """`before` may come before `after`. `output` and `parameter` say which value goes where; "" if implicit."""

    before: str
    after: str
    kind: str
    output: str = ""
    parameter: str = ""


@dataclass(frozen=True)
class Plan:
    """Tools in an order that respects their edges (i, j): tool i comes before tool j."""

    tools: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]

    @property
    def waves(self) -> tuple[tuple[str, ...], ...]:
        """The tools by when they can run: those of one wave do not need each other."""
        graph = nx.DiGraph(self.edges)
        graph.add_nodes_from(range(len(self.tools)))
        return tuple(tuple(self.tools[i] for i in sorted(wave)) for wave in nx.topological_generations(graph))


@dataclass(frozen=True)
class Graph:
    """The dependency graph of one server, for the schemas with this digest."""

    server: str
    digest: str
    edges: tuple[Edge, ...]
    moving: tuple[tuple[str, str], ...] = ()
    """(tool, path) of the fields that change with any write, such as minutes left: no sign of a dependency."""

    @cached_property
    def _paths(self) -> nx.DiGraph:
        return nx.DiGraph(sorted({(edge.before, edge.after) for edge in self.edges}))

    @property
    def tools(self) -> tuple[str, ...]:
        """Tools that have an edge, by name."""
        return tuple(sorted(self._paths))

    def between(self, before: str, after: str) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if (edge.before, edge.after) == (before, after))

    def kind(self, before: str, after: str) -> str | None:
        """explicit, implicit or None. A pair with edges of both kinds is explicit, as the paper has one label."""
        return min((edge.kind for edge in self.between(before, after)), default=None)

    def successors(self, tool: str) -> tuple[str, ...]:
        return tuple(sorted(self._paths.successors(tool))) if tool in self._paths else ()

    def predecessors(self, tool: str) -> tuple[str, ...]:
        return tuple(sorted(self._paths.predecessors(tool))) if tool in self._paths else ()

    def moving_of(self, tool: str) -> frozenset[str]:
        """Paths of a tool's answer that say nothing about what came before; for `differs`."""
        return frozenset(path for name, path in self.moving if name == tool)

    def chains(self, length: int, rng: random.Random, through: str | None = None) -> tuple[str, ...]:
        """A random path of `length` different tools, with `through` at a random place if given; () if there is none."""
        starts = [through] if through is not None else rng.sample(self.tools, len(self.tools))
        for start in starts:
            befores = rng.sample(range(length), length) if through is not None else [0]
            for before in befores:
                if start in self._paths and (chain := _grown(self, (start,), before, length, rng)):
                    return chain
        return ()

    def extended(self, path: Sequence[str], length: int, rng: random.Random) -> tuple[str, ...]:
        """A random path of `length` different tools that begins with these; () if there is none."""
        return _grown(self, tuple(path), 0, length, rng) if path and path[-1] in self._paths else ()

    def with_fan_in(self, chain: Sequence[str], rng: random.Random, most: int = 1) -> Plan:
        """The chain and up to `most` further tools, each feeding a parameter that nothing in the chain feeds.

        An added tool and the one before its consumer do not depend on each other: they can run in parallel.
        """
        tools, edges = list(chain), [(i, i + 1) for i in range(len(chain) - 1)]
        for producer, place in _shuffled(self._feeders(chain), rng):
            if len(tools) - len(chain) < most and not {producer} & set(tools):
                edges.append((len(tools), place))
                tools.append(producer)
        return _sorted(tools, edges)

    def plan(self, chain: Sequence[str]) -> Plan:
        return Plan(tuple(chain), tuple((i, i + 1) for i in range(len(chain) - 1)))

    def _feeders(self, chain: Sequence[str]) -> Iterator[tuple[str, int]]:
        """(tool, place): tools outside the chain that feed the tool at that place a value which none in it does."""
        for place in range(1, len(chain)):
            inside = [edge for tool in chain[:place] for edge in self.between(tool, chain[place])]
            fed = {edge.parameter for edge in inside}
            for tool in self.predecessors(chain[place]):
                new = {edge.parameter for edge in self.between(tool, chain[place]) if edge.kind == "explicit"} - fed
                if fed - {""} and new and tool not in chain and not self._depend(tool, chain[place - 1]):
                    yield tool, place

    def _depend(self, one: str, other: str) -> bool:
        return self._paths.has_edge(one, other) or self._paths.has_edge(other, one)

    def to_json(self) -> str:
        value = {
            "server": self.server,
            "digest": self.digest,
            "edges": [asdict(edge) for edge in sorted(self.edges)],
            "moving": sorted(self.moving),
        }
        return json.dumps(value, indent=1) + "\n"

    @staticmethod
    def from_json(text: str) -> Graph:
        """Raises ValueError, in one sentence, for a text that is no graph."""
        try:
            value = json.loads(text)
            edges = tuple(sorted(Edge(**edge) for edge in value["edges"]))
            moving = tuple((str(tool), str(path)) for tool, path in value["moving"])
            graph = Graph(str(value["server"]), str(value["digest"]), edges, moving)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"no dependency graph: {type(error).__name__} {error}") from None
        if not all(isinstance(part, str) for edge in edges for part in vars(edge).values()):
            raise ValueError("no dependency graph: an edge has a field that is no text")
        if strange := {edge.kind for edge in edges} - set(KINDS):
            raise ValueError(f"no dependency graph: kind {min(strange)!r} is none of {', '.join(KINDS)}")
        return graph


def _grown(graph: Graph, path: tuple[str, ...], before: int, length: int, rng: random.Random) -> tuple[str, ...]:
    """The path with `before` more tools in front and the rest behind; depth first, so a dead end is left again."""
    if len(path) == length:
        return path
    options = graph.predecessors(path[0]) if before else graph.successors(path[-1])
    for tool in rng.sample(options, len(options)):
        if tool not in path:
            longer = (tool, *path) if before else (*path, tool)
            if found := _grown(graph, longer, max(0, before - 1), length, rng):
                return found
    return ()


def _shuffled(items: Iterator[Any], rng: random.Random) -> list[Any]:
    listed = list(items)
    return rng.sample(listed, len(listed))


def _sorted(tools: Sequence[str], edges: Sequence[tuple[int, int]]) -> Plan:
    """Numbers the tools anew so that every edge points forward."""
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(len(tools)))
    order = list(nx.lexicographical_topological_sort(graph))
    place = {old: new for new, old in enumerate(order)}
    return Plan(tuple(tools[i] for i in order), tuple(sorted((place[i], place[j]) for i, j in edges)))


def schema_hash(tools: Sequence[Mapping[str, Any]]) -> str:
    """16 hex digits over name, description and schemas of MCP tools, in whatever order they are listed."""
    parts = sorted(json.dumps({key: tool.get(key) for key in HASHED}, sort_keys=True) for tool in tools)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def load_or_build(cache: Path, server: str, tools: Sequence[Mapping[str, Any]], build: Callable[[], Graph]) -> Graph:
    """The cached graph of a server, or a new one where its schemas changed or the file cannot be read.

    The hash covers schemas only: after a change of a tool's body, or of the method, another folder is to be used.
    """
    digest = schema_hash(tools)
    file = cache / f"{server}-{digest}.json"
    graph, why = _read(file, server, digest)
    if graph is not None:
        return graph
    if not why and _older(cache, server):
        why = "its schemas changed"
    if why:
        log.warning("dependency graph of %s is built again: %s", server, why)
    graph = build()
    _write(file, graph)
    return graph


def load(cache: Path, server: str, tools: Sequence[Mapping[str, Any]]) -> Graph:
    """The cached graph of a server with these tools. ValueError: there is none, or it cannot be read."""
    digest = schema_hash(tools)
    graph, why = _read(cache / f"{server}-{digest}.json", server, digest)
    if graph is None:
        raise ValueError(f"there is no dependency graph of {server} in {cache}{why and f': {why}'}")
    return graph


def _read(file: Path, server: str, digest: str) -> tuple[Graph | None, str]:
    """The graph in a file, or None and why it cannot be used ("" if there is no file)."""
    if not file.exists():
        return None, ""
    try:
        graph = Graph.from_json(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        return None, f"{file}: {error}"
    fits = (graph.server, graph.digest) == (server, digest)
    return (graph, "") if fits else (None, f"{file}: is that of {graph.server} {graph.digest}")


def _older(cache: Path, server: str) -> bool:
    name = re.compile(re.escape(server) + r"-[0-9a-f]{16}\.json")
    return cache.is_dir() and any(name.fullmatch(file.name) for file in cache.iterdir())


def _write(file: Path, graph: Graph) -> None:
    """In one go: another process reads the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    part.write_text(graph.to_json(), encoding="utf-8")
    part.replace(file)
