"""What a cache says about a template before anything is sampled: whether its tools and its paths are there.

fault      a tool or a parameter that the server does not have; a path that is in no response of its tool
no answer  a tool of which no response is recorded, or so few that a missing path proves nothing
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prove.synthesis.templates.cache import Cache, Entry, Recorded
from prove.synthesis.templates.paths import find, generalised, inside, leaves
from prove.synthesis.templates.template import Template, faults, nearest

LOOKED_AT = 200
"""Responses of a tool in which a path is looked for."""
EVIDENCE = 5
"""Responses of a tool from which on a path that none has is taken for wrong."""


def judge(cache: Cache, templates: Sequence[Template]) -> tuple[list[str], dict[str, str]]:
    """Faults in sentences; and template id -> why the cache has no answer to it."""
    wrong: list[str] = []
    silent: dict[str, str] = {}
    for template in templates:
        if found := faults(template, cache.tools):
            wrong += found
        elif absent := [step.tool for step in template.steps if not _count(cache, step.tool)]:
            silent[template.id] = f"no response of {absent[0]} is recorded"
        else:
            _paths(cache, template, wrong, silent)
    return wrong, silent


def _paths(cache: Cache, template: Template, wrong: list[str], silent: dict[str, str]) -> None:
    for sentence, seen in dangling(cache, template):
        if seen >= EVIDENCE:
            wrong.append(sentence)
        else:
            silent[template.id] = sentence


def dangling(cache: Cache, template: Template) -> Iterator[tuple[str, int]]:
    """(sentence, responses looked at) of each path that none of them has."""
    for number, step in enumerate(template.steps):
        for source in step.sources:
            tool = template.steps[source.step].tool
            seen = [recorded for _, recorded in first(cache, tool, LOOKED_AT)]
            if not any(find(one.response, source.path, True) for one in seen):
                yield (
                    f"template {template.id}, step {number}: {step.tool}.{source.parameter} is read from "
                    f"{source.path}, which is in none of {len(seen)} responses of {tool}{_near(seen, source.path)}",
                    len(seen),
                )


def _count(cache: Cache, tool: str) -> int:
    return sum(len(cache.keys(tool, world)) for world in cache.worlds)


def first(cache: Cache, tool: str, count: int) -> Iterator[tuple[Entry, Recorded]]:
    """The first entries of a tool that have an answer, world by world: at most about `count`."""
    for world in cache.worlds:
        for key in cache.keys(tool, world)[:count]:
            entry = Entry(tool, world, key)
            recorded = cache.recorded(entry)
            if not recorded.failed:
                yield entry, recorded
                count -= 1
        if count <= 0:
            return


def _near(seen: list[Recorded], path: str) -> str:
    """The path of a field of the same name, or one that is spelt alike."""
    there = sorted({inside(where) for one in seen for where, _ in leaves(one.response)})
    same = [where for where in there if where.rpartition(".")[2] == path.rpartition(".")[2]]
    return f"; the nearest is {same[0]}" if same else nearest(generalised(path), there)
