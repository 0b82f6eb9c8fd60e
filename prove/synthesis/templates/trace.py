"""A sampled trace: the calls of a template with what the cache answers, and where every argument came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prove.synthesis.templates.cache import Entry, Recorded
from prove.synthesis.templates.template import Template


@dataclass(frozen=True)
class Reading:
    """A dependent argument: the step and path it is read from, and which items of which lists lead to its value."""

    parameter: str
    step: int
    path: str
    value: Any
    items: tuple[tuple[str, int], ...] = ()
    part: bool = False
    """Whether the value is but a part of the argument, such as one airport of several legs."""


@dataclass(frozen=True)
class Taken:
    """One step of a trace."""

    entry: Entry
    recorded: Recorded
    readings: tuple[Reading, ...] = ()

    @property
    def said(self) -> dict[str, Any]:
        """The independent arguments: those the user says."""
        read = {reading.parameter for reading in self.readings}
        return {
            name: value for name, value in self.recorded.arguments.items() if name not in read and value is not None
        }


@dataclass(frozen=True)
class Trace:
    """A walk along a template that the cache answers from the first call to the last."""

    template: Template
    world: int
    steps: tuple[Taken, ...]

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(i, j): step j carries a value that step i showed."""
        return tuple(
            sorted({(reading.step, number) for number, step in enumerate(self.steps) for reading in step.readings})
        )

    @property
    def calls(self) -> tuple[tuple[str, str], ...]:
        """Names and keys of the calls: two traces with the same are one."""
        return tuple((step.entry.tool, step.entry.key) for step in self.steps)

    def owned(self) -> Iterator[Entry]:
        """The entries that no other split may use. A call without arguments tells nothing apart: it is everybody's."""
        return (step.entry for step in self.steps if step.recorded.arguments)
