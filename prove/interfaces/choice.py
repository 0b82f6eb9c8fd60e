"""The chosen interface of an evaluation, and one of it for each episode.

interface: atomic | code | search        interfaces: {code: {…}, search: {…}}, of conf/evaluate.yaml
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.episode import Policy
from prove.interfaces.code import Code
from prove.interfaces.gold import GoldCode, GoldSearch
from prove.interfaces.interface import Atomic, Function, Interface
from prove.interfaces.language import Bounds
from prove.interfaces.search import Search, Searching
from prove.policies import GoldPolicy
from prove.schemas import name_of
from prove.types import Example

INTERFACES = ("atomic", "code", "search")


@dataclass(frozen=True)
class Choice:
    """Which interface, its numbers, and for search all tools of the servers of the run."""

    name: str = "atomic"
    bounds: Bounds | None = None
    searching: Searching | None = None
    more_turns: int = 0
    """Assistant turns that an episode may have beside its cap, for the searches."""
    catalogue: tuple[Function, ...] = ()

    @staticmethod
    def of(name: Any, options: Mapping[str, Any], catalogue: Sequence[Function]) -> Choice:
        """ValueError: there is no such interface, or a number makes no sense."""
        check(name, options)
        if name == "code":
            return Choice(name, bounds=Bounds(**options["code"]))
        if name == "search":
            numbers = dict(options["search"])
            more = numbers.pop("more_turns")
            return Choice(name, searching=Searching(**numbers), more_turns=more, catalogue=tuple(catalogue))
        return Choice()

    def opened(self, example: Example, functions: Sequence[Function]) -> Interface:
        """For one episode of an item that is offered these functions."""
        if self.bounds:
            return Code(functions, self.bounds)
        if self.searching:
            return Search(list(self._findable(example, functions).values()), self.searching)
        return Atomic(list(functions))

    def gold(self, example: Example, functions: Sequence[Function]) -> Policy:
        if self.bounds:
            return GoldCode(example)
        if self.searching:
            return GoldSearch(example, self._findable(example, functions))
        return GoldPolicy(example)

    def _findable(self, example: Example, functions: Sequence[Function]) -> dict[str, Function]:
        """All tools by name, as the item offers them where it does, without those that it withholds."""
        hidden = {*(example.knobs.get("withheld") or ()), *(example.knobs.get("missing_function") or ())}
        everything = {name_of(one): one for one in (*self.catalogue, *functions)}
        return {name: one for name, one in everything.items() if name not in hidden}


def check(name: Any, options: Mapping[str, Any]) -> None:
    """ValueError: there is no such interface, or a number of it makes no sense."""
    if name not in INTERFACES:
        near = difflib.get_close_matches(str(name), INTERFACES, n=1)
        raise ValueError(f"interface={name} is none of {', '.join(INTERFACES)}" + (f"; {near[0]}?" if near else ""))
    for key, value in options.get(name, {}).items():
        least = 0 if key in ("b", "more_turns") else 1 if isinstance(value, int) else 0.0
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            raise ValueError(f"interfaces.{name}.{key}={value} is no number of at least {least:g}")
