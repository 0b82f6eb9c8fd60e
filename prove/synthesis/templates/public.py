"""Templates of a file: our own format, or the public one of the paper, with its gaps closed.

    ours     {"templates": [{"id", "steps": [{"tool", "arguments": {parameter: {"from_step", "path"}}}]}]}
    public   {"workflows": [{"id", "dependencies": {"0": {"function", "arguments", "dependency_args":
                 {parameter: {"from_step", "from_field", "value"}}}}}]}

The public file found its dependencies by comparing values of one trace each, which misses some and invents others.
**Ours** (`repair`):
  missing    where another template reads the same parameter from the same tool, so does this one: a destination id
             that is a text in the answer and a number in the schema was never seen to be equal. Ids only: a city
             may be said or read
  invented   a whole number below 100 that happens to be equal (`adults` from a histogram) is no dependency
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.synthesis.templates.speech import is_unsaid
from prove.synthesis.templates.template import Pattern, Source, Template, sorted_template, source_of, template_of

SMALL = 100
"""Whole numbers below are equal by chance."""

Known = Mapping[tuple[str, str], Sequence[tuple[str, str]]]
"""(tool, parameter) -> (tool that gives it, path), the commonest first."""


@dataclass(frozen=True)
class Read:
    """The templates of a file, and why others were left out."""

    templates: tuple[Template, ...]
    faults: tuple[str, ...] = ()


def read_templates(path: Path, repair: bool) -> Read:
    """Every template of a file that is one, and a sentence for each that is not. ValueError: the file is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path} is no file of templates: {reason}") from None
    listed = value.get("templates", value.get("workflows")) if isinstance(value, Mapping) else None
    if not isinstance(listed, list) or not listed:
        raise ValueError(f'{path} is no file of templates: it has neither "templates" nor "workflows"')
    return _read(listed, "workflows" in value and "templates" not in value, repair, path)


def _read(listed: Sequence[Any], public: bool, repair: bool, path: Path) -> Read:
    raw, faults = [], []
    for number, one in enumerate(listed):
        try:
            raw.append(_public(one, f"{path}, workflow {number}") if public else (one, None))
        except ValueError as error:
            faults.append(str(error))
    known = _known(steps for _, steps in raw) if public and repair else {}
    templates = []
    for number, (one, steps) in enumerate(raw):
        try:
            where = f"{path}, template {number}"
            templates.append(_finished(one, steps, known, repair) if steps else template_of(one, where))
        except ValueError as error:
            faults.append(str(error))
    return Read(tuple(templates), tuple(faults))


@dataclass(frozen=True)
class _Raw:
    """A step of the public file: its example arguments tell which dependencies are coincidence."""

    tool: str
    arguments: Mapping[str, Any]
    sources: tuple[Source, ...]


def _public(value: Any, where: str) -> tuple[str, tuple[_Raw, ...]]:
    try:
        name, steps = str(value["id"]), value["dependencies"]
        numbered = sorted((int(number), step) for number, step in steps.items())
        if [number for number, _ in numbered] != list(range(len(numbered))) or not numbered:
            raise ValueError(f"{where}: its steps are not numbered 0, 1, 2, …")
        return name, tuple(_raw(step, f"template {name}, step {number}") for number, step in numbered)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{where}: no workflow of the public format: {type(error).__name__} {error}") from None


def _raw(step: Mapping[str, Any], where: str) -> _Raw:
    sources = tuple(
        source_of(parameter, one["from_step"], one["from_field"], where)
        for parameter, one in step["dependency_args"].items()
    )
    return _Raw(str(step["function"]), dict(step["arguments"]), sources)


def _finished(name: str, steps: Sequence[_Raw], known: Known, repair: bool) -> Template:
    if not repair:
        return sorted_template(name, [Pattern(step.tool, step.sources) for step in steps])
    return sorted_template(name, [_repaired(steps, number, known) for number in range(len(steps))])


def _repaired(steps: Sequence[_Raw], number: int, known: Known) -> Pattern:
    step = steps[number]
    kept = tuple(one for one in step.sources if not _by_chance(step, one))
    given = {one.parameter for one in kept}
    return Pattern(step.tool, (*kept, *_missing(steps, number, given, known)))


def _by_chance(step: _Raw, source: Source) -> bool:
    value = step.arguments.get(source.parameter)
    return isinstance(value, int | float) and float(value).is_integer() and abs(value) < SMALL


def _missing(steps: Sequence[_Raw], number: int, given: set[str], known: Known) -> Iterator[Source]:
    """What other templates read from a tool that is an earlier step here too; the nearest such step."""
    step = steps[number]
    used = {(one.step, one.path) for one in step.sources}
    for parameter, value in step.arguments.items():
        if parameter in given or not is_unsaid(parameter, value):
            continue
        for tool, path in known.get((step.tool, parameter), ()):
            before = [place for place in reversed(range(number)) if steps[place].tool == tool]
            fresh = [place for place in before if (place, path) not in used] or before
            if fresh:
                used.add((fresh[0], path))
                yield Source(parameter, fresh[0], path)
                break


def _known(templates: Iterator[Sequence[_Raw]]) -> Known:
    """Where the arguments of each tool come from in all templates, without what is equal by chance."""
    counts: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for steps in templates:
        for step in steps:
            for source in step.sources:
                if 0 <= source.step < len(steps) and not _by_chance(step, source):
                    counter = counts.setdefault((step.tool, source.parameter), Counter())
                    counter[steps[source.step].tool, source.path] += 1
    return {key: [place for place, _ in counter.most_common()] for key, counter in counts.items()}
