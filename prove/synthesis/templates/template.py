"""A workflow template: tools in order, and for each argument that an earlier step gives, the field it is read from.

    {"id": "w1", "steps": [
        {"tool": "find_place", "arguments": {}},
        {"tool": "find_route", "arguments": {"to_place_id": {"from_step": 0, "path": "places[0].place_id"}}}]}

Steps are numbered from 0. Arguments that are not listed are independent: the user says them. Steps may be written in
any order that has no cycle; they are sorted, so that every step comes after those that it depends on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import networkx

from prove.synthesis.templates.paths import parts_of
from prove.synthesis.whole import write_whole


@dataclass(frozen=True)
class Source:
    """Where a dependent argument comes from."""

    parameter: str
    step: int
    path: str


@dataclass(frozen=True)
class Pattern:
    """One step of a template."""

    tool: str
    sources: tuple[Source, ...] = ()

    @property
    def needs(self) -> tuple[int, ...]:
        return tuple(sorted({source.step for source in self.sources}))


@dataclass(frozen=True)
class Template:
    """Steps in an order in which each comes after those that it reads from."""

    id: str
    steps: tuple[Pattern, ...]

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        return tuple((before, after) for after, step in enumerate(self.steps) for before in step.needs)

    @property
    def shape(self) -> dict[str, int]:
        """length: steps; depth: longest path of dependent steps; fan_out: most steps that read from one."""
        graph = networkx.DiGraph(self.edges)
        graph.add_nodes_from(range(len(self.steps)))
        return {
            "length": len(self.steps),
            "depth": networkx.dag_longest_path_length(graph) + 1,
            "fan_out": max(out for _, out in graph.out_degree()),
        }

    def to_dict(self) -> dict[str, Any]:
        steps = [
            {
                "tool": step.tool,
                "arguments": {one.parameter: {"from_step": one.step, "path": one.path} for one in step.sources},
            }
            for step in self.steps
        ]
        return {"id": self.id, "steps": steps}


def template_of(value: Any, where: str) -> Template:
    """Reads one template of our format. ValueError names the template, the step and what is wrong."""
    if not isinstance(value, Mapping) or not isinstance(value.get("steps"), list) or not value["steps"]:
        raise ValueError(f'{where}: a template is {{"id": ..., "steps": [{{"tool": ..., "arguments": {{...}}}}]}}')
    name = str(value.get("id", where))
    steps = [_step(step, f"template {name}, step {number}") for number, step in enumerate(value["steps"])]
    return sorted_template(name, steps)


def _step(step: Any, where: str) -> Pattern:
    if not isinstance(step, Mapping) or not isinstance(step.get("tool"), str):
        raise ValueError(f"{where}: it names no tool")
    arguments = step.get("arguments", {})
    if not isinstance(arguments, Mapping):
        raise ValueError(f"{where}: arguments is no object of parameter: {{from_step, path}}")
    return Pattern(step["tool"], tuple(_source(name, one, where) for name, one in arguments.items()))


def _source(parameter: str, value: Any, where: str) -> Source:
    if not isinstance(value, Mapping) or not {"from_step", "path"} <= set(value):
        raise ValueError(f"{where}: {parameter} is no {{from_step, path}}")
    return source_of(parameter, value["from_step"], value["path"], where)


def source_of(parameter: str, step: Any, path: Any, where: str) -> Source:
    """A source whose step is a whole number and whose path is one."""
    if not isinstance(step, int) or isinstance(step, bool):
        raise ValueError(f"{where}: {parameter} comes from step {step!r}, which is no whole number")
    try:
        parts_of(str(path))
    except ValueError as error:
        raise ValueError(f"{where}: {parameter}: {error}") from None
    return Source(parameter, step, str(path))


def sorted_template(name: str, steps: Sequence[Pattern]) -> Template:
    """The template with every step after those it reads from. ValueError: a step that is not there, or a cycle."""
    for number, step in enumerate(steps):
        for source in step.sources:
            if not 0 <= source.step < len(steps):
                raise ValueError(
                    f"template {name}, step {number} ({step.tool}): {source.parameter} comes from step {source.step}, "
                    f"there are steps 0 to {len(steps) - 1}"
                )
    graph = networkx.DiGraph((source.step, after) for after, step in enumerate(steps) for source in step.sources)
    graph.add_nodes_from(range(len(steps)))
    try:
        order = list(networkx.lexicographical_topological_sort(graph))
    except networkx.NetworkXUnfeasible:
        cycle = [before for before, _ in networkx.find_cycle(graph)]
        cycle = cycle[cycle.index(min(cycle)) :] + cycle[: cycle.index(min(cycle))]
        shown = " -> ".join(f"{number} ({steps[number].tool})" for number in [*cycle, cycle[0]])
        raise ValueError(f"template {name} has a cycle: {shown}") from None
    place = {old: new for new, old in enumerate(order)}
    return Template(name, tuple(_renumbered(steps[old], place) for old in order))


def with_prefixes(templates: Sequence[Template]) -> list[Template]:
    """The templates and their first 2, 3, … steps, each pattern once. **Ours:** short tasks for small policies.

    Steps come after what they read from, so the first steps of a template are a template.
    """
    found: dict[tuple[Pattern, ...], Template] = {}
    for template in templates:
        found.setdefault(template.steps, template)
    for template in templates:
        for count in range(2, len(template.steps)):
            steps = template.steps[:count]
            found.setdefault(steps, Template(f"{template.id}/{count}", steps))
    return list(found.values())


def _renumbered(step: Pattern, place: Mapping[int, int]) -> Pattern:
    return Pattern(step.tool, tuple(Source(one.parameter, place[one.step], one.path) for one in step.sources))


def faults(template: Template, tools: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Tools and parameters of a template that a server does not have, each with the nearest that it has."""
    found = []
    for number, step in enumerate(template.steps):
        where = f"template {template.id}, step {number}"
        if step.tool not in tools:
            found.append(f"{where}: there is no tool {step.tool}{nearest(step.tool, tools)}")
            continue
        known = (tools[step.tool].get("inputSchema") or {}).get("properties") or {}
        found += [
            f"{where}: {step.tool} has no parameter {source.parameter}{nearest(source.parameter, known)}"
            for source in step.sources
            if source.parameter not in known
        ]
    return found


def nearest(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    """ "; the nearest is …", or "" where nothing is near."""
    near = get_close_matches(word, list(known), 1, 0.5)
    return f"; the nearest is {near[0]}" if near else ""


def save_templates(path: Path, templates: Sequence[Template]) -> None:
    """Writes our format, in one go."""
    lines = ",\n".join(json.dumps(template.to_dict(), ensure_ascii=False) for template in templates)
    write_whole(path, f'{{"templates": [\n{lines}\n]}}\n')
