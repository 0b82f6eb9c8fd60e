"""Sampling without the constraint, on the same cache and templates: what the constrained one is compared with.

    values    every argument is drawn from the values that its parameter was recorded with, one by one
    paths     dependent arguments are read from the earlier response, the others drawn one by one
    entries   dependent arguments are read, independent steps are whole recorded calls

A call is then looked up; the first miss ends the attempt. So does a dependent argument that the earlier response does
not show (such a call may be answered, but it is no trace of the template) and a call that was made already, as in the
constrained walk. Which parameters a call gives is that of a recorded call: a miss is never for a missing argument.
"""

from __future__ import annotations

import json
import random
from typing import Any

from prove.synthesis.templates.cache import Cache, Entry, canonical, spellings
from prove.synthesis.templates.template import Pattern, Template

WAYS = ("values", "paths", "entries")


class Unconstrained:
    """Tries traces of a template, one draw per argument."""

    def __init__(self, cache: Cache, way: str):
        if way not in WAYS:
            raise ValueError(f"way {way!r} is none of {', '.join(WAYS)}")
        self.cache = cache
        self._way = way

    def attempt(self, template: Template, world: int, rng: random.Random) -> int:
        """How many calls were answered before the first miss; all of them: a valid trace."""
        entries: list[Entry] = []
        for step in template.steps:
            entry = self._drawn(step, entries, world, rng)
            if entry is None or entry in entries or not self.cache.has(entry) or self.cache.recorded(entry).failed:
                break
            entries.append(entry)
        return len(entries)

    def _drawn(self, step: Pattern, before: list[Entry], world: int, rng: random.Random) -> Entry | None:
        keys = self.cache.keys(step.tool, world)
        if not keys:
            return None
        like = self.cache.recorded(Entry(step.tool, world, rng.choice(keys)))
        if self._way == "entries" and not step.sources:
            return Entry(step.tool, world, canonical(_given(like.arguments)))
        arguments = {name: self._value(step.tool, world, name, rng) for name in _given(like.arguments)}
        if self._way == "values":
            return Entry(step.tool, world, canonical(arguments)) if self._shown(step, before, arguments) else None
        if not self._read(step, before, arguments, rng):
            return None
        return Entry(step.tool, world, canonical(arguments))

    def _value(self, tool: str, world: int, parameter: str, rng: random.Random) -> Any:
        values = self.cache.drawn(tool, world, parameter)
        return json.loads(rng.choice(values)) if values else None

    def _shown(self, step: Pattern, before: list[Entry], arguments: dict[str, Any]) -> bool:
        """Whether every dependent argument is a value that its path leads to."""
        return all(
            canonical(arguments.get(source.parameter))
            in {
                spelling
                for found in self.cache.values(before[source.step], source.path, True)
                for spelling in spellings(found.value, self.cache.schema(step.tool, source.parameter))
            }
            for source in step.sources
        )

    def _read(self, step: Pattern, before: list[Entry], arguments: dict[str, Any], rng: random.Random) -> bool:
        """Fills in the dependent arguments from any item that their path leads to; False if it leads nowhere."""
        for source in step.sources:
            found = self.cache.values(before[source.step], source.path, True)
            if not found:
                return False
            value = rng.choice(found).value
            arguments[source.parameter] = json.loads(
                spellings(value, self.cache.schema(step.tool, source.parameter))[-1]
            )
        return True


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}
