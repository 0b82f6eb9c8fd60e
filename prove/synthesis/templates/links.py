"""Which response values occur as arguments of other tools: the links from which templates are mined.

    search_places --places[].place_id--> find_route.to_place_id        in so many different values

Found in the cache itself, by equal values, or taken from a dependency graph (its explicit edges). Equal by chance are
small numbers, words of few letters, and what the call had brought along itself; so a link needs several different
values, and a share of all that the consumer was recorded with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from prove.synthesis.graph import Graph
from prove.synthesis.templates.answerable import first
from prove.synthesis.templates.cache import Cache, canonical, spellings
from prove.synthesis.templates.paths import inside, leaves
from prove.synthesis.templates.speech import unsaid

SHORT = 4
SMALL = 100


@dataclass(frozen=True, order=True)
class Link:
    """A parameter of a tool can be read at a path of another's response; `values`: how many different ones were."""

    before: str
    path: str
    after: str
    parameter: str
    values: int = 0


@dataclass(frozen=True)
class Mining:
    """When a link is believed; numbers come from conf."""

    looked_at: int
    """Responses of each tool."""
    values: int
    """Different values that must agree …"""
    share: float
    """… and the share of the parameter's recorded values that they must be."""


def links_of_graph(graph: Graph, cache: Cache) -> tuple[Link, ...]:
    """The explicit edges between tools of the cache."""
    return tuple(
        Link(edge.before, edge.output, edge.after, edge.parameter)
        for edge in sorted(graph.edges)
        if edge.kind == "explicit" and edge.output and {edge.before, edge.after} <= set(cache.tools)
    )


def links_of_cache(cache: Cache, mining: Mining) -> tuple[Link, ...]:
    """Links by equal values; of several paths from one tool to one parameter, the one with the most values."""
    wanted = _wanted(cache, mining)
    agreed: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for before in cache.tools:
        for entry, recorded in first(cache, before, mining.looked_at):
            brought = {canonical(value) for value in recorded.arguments.values()}
            for path, value in leaves(recorded.response):
                if _by_chance(value) or canonical(value) in brought:
                    continue
                for spelt in spellings(value, EITHER):
                    for after, parameter in wanted.get((entry.world, spelt), ()):
                        agreed[before, inside(path), after, parameter].add(f"{entry.world} {spelt}")
    return _believed(agreed, cache, mining)


EITHER = {"type": ["string", "number"]}
"""Of a text that is a number and of a number: both spellings."""


def _wanted(cache: Cache, mining: Mining) -> dict[tuple[int, str], list[tuple[str, str]]]:
    """(world, value) -> (tool, parameter) that were recorded with it. Only ids: what a user can say needs no link."""
    wanted: dict[tuple[int, str], set[tuple[str, str]]] = defaultdict(set)
    for after in cache.tools:
        for entry, recorded in first(cache, after, mining.looked_at):
            for parameter, value in unsaid(recorded.arguments):
                if recorded.arguments[parameter] is value or recorded.arguments[parameter] == value:
                    wanted[entry.world, canonical(value)].add((after, parameter))
    return {key: sorted(places) for key, places in wanted.items()}


def _believed(agreed: dict[tuple[str, str, str, str], set[str]], cache: Cache, mining: Mining) -> tuple[Link, ...]:
    best: dict[tuple[str, str, str], Link] = {}
    for (before, path, after, parameter), values in sorted(agreed.items()):
        link = Link(before, path, after, parameter, len(values))
        recorded = sum(len(cache.drawn(after, world, parameter)) for world in cache.worlds)
        key = (before, after, parameter)
        if len(values) >= mining.values and len(values) >= mining.share * recorded:
            if key not in best or link.values > best[key].values:
                best[key] = link
    return tuple(sorted(best.values()))


def _by_chance(value: object) -> bool:
    if isinstance(value, str):
        return len(value) < SHORT
    return isinstance(value, int | float) and float(value).is_integer() and abs(value) < SMALL


def by_consumer(links: Sequence[Link]) -> dict[tuple[str, str], list[Link]]:
    """(tool, parameter) -> the links that can give it."""
    table: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in sorted(links):
        table[link.after, link.parameter].append(link)
    return dict(table)
