"""Rows in order, made ahead of their use; looks like a table with len() and [index].

issued   next, next + 1, … next + prefetch·batch - 1: being made, each at the level it was issued with
[next]   one more row is issued at the present level; the oldest is waited for and given out

So the rows of step s are issued during step s - prefetch and know the success of steps before that one alone. A state
holds the levels of what is issued: a continued run gets the very same rows, and issues the same after them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from time import perf_counter
from typing import Any, Protocol

from prove.synthesis.curriculum import Curriculum, GroupScore, Standing


class Source(Protocol):
    """Makes rows in the background, such as `Producers`."""

    def ask(self, index: int, level: int) -> Future[dict[str, Any]]: ...


class Stream:
    """An endless table. `patience`: seconds after which a row that does not come is an error."""

    def __init__(
        self, source: Source, curriculum: Curriculum, rows: int, batch: int, prefetch: int, patience: float
    ) -> None:
        self.curriculum = curriculum
        self._source = source
        self._rows, self._batch, self._ahead, self._patience = rows, batch, batch * prefetch, patience
        self._standing = curriculum.start
        self._next = 0
        self._issued: deque[tuple[int, Future[dict[str, Any]]]] = deque()
        self._given: list[int] = []
        self._waited = 0.0
        self._fill([])

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The next row. ValueError: another one is asked for; RuntimeError: it cannot be made or does not come."""
        if index != self._next:
            raise ValueError(f"row {index} is asked for and {self._next} is next; they come in order only")
        level, future = self._issued.popleft()
        self._next += 1
        self._fill([])
        started = perf_counter()
        row = self._wait(index, future)
        self._waited += perf_counter() - started
        self._given.append(level)
        return row

    def learn(self, groups: Iterable[GroupScore]) -> None:
        """How finished groups did."""
        self._standing = self.curriculum.after(self._standing, groups)

    def numbers(self) -> dict[str, float]:
        """Since the last time: mean level of the rows given out, and how long the trainer waited for them."""
        numbers = {"data/wait_ms": 1000 * self._waited}
        if self._given:
            numbers["data/level"] = sum(self._given) / len(self._given)
        self._given, self._waited = [], 0.0
        return numbers

    def state_dict(self) -> dict[str, Any]:
        return {
            "next": self._next,
            "levels": [level for level, _ in self._issued],
            "standing": [self._standing.level, list(self._standing.recent)],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for _, future in self._issued:
            future.cancel()
        self._issued.clear()
        self._next = state["next"]
        level, recent = state["standing"]
        self._standing = Standing(level, tuple(recent))
        self._fill(state["levels"])

    def _fill(self, levels: list[int]) -> None:
        """Issues rows until enough are under way, the first of them at the given levels."""
        for index in range(self._next + len(self._issued), min(self._rows, self._next + self._ahead)):
            place = index - self._next
            level = levels[place] if place < len(levels) else self._level(index)
            self._issued.append((level, self._source.ask(index, level)))

    def _level(self, index: int) -> int:
        return self.curriculum.level(index // self._batch + 1, self._standing)

    def _wait(self, index: int, future: Future[dict[str, Any]]) -> dict[str, Any]:
        try:
            return future.result(self._patience)
        except NotYet:
            raise RuntimeError(f"training row {index} was not made within {self._patience:g} s") from None
