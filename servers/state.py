"""Copy-on-write worlds: one immutable base per seed, shared, and the rows each session wrote.

    reset = new overlay · fork = copy of the overlay · diff = the overlay · hash = seed + canonical diff

Clock, id counters and draws are fields of the state; there is no wall clock and no hidden randomness.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

MOST_ADDED = 5_000
"""Rows that a session may add to a table: a hundred episodes' worth, so that only a loop without end gets there."""
MINUTE = "%Y-%m-%dT%H:%M"
_ABSENT: Any = object()
_encoder = msgspec.json.Encoder(order="sorted")


class ToolError(Exception):
    """A rule of the world said no. The text is what the model reads: short, plain, carrying the fact."""


class Row(msgspec.Struct, frozen=True):
    """One immutable record; its first field is its key. Lists are tuples, money is a float in whole cents."""


R = TypeVar("R", bound=Row)


class Base:
    """A generated world: start time, rows by table, first free number of each kind of id. Never changes."""

    def __init__(self, seed: int, now: str, counters: dict[str, int], **tables: list[Row]):
        self.seed = seed
        self.now = now
        self.counters = counters
        self.tables = {name: {key_of(row): row for row in rows} for name, rows in tables.items()}
        self._indexes: dict[tuple[str, str], dict[Any, list[str]]] = {}

    def index(self, table: str, field: str) -> dict[Any, list[str]]:
        """Keys of the rows holding each value of a field; built once, shared by every session."""
        if (table, field) not in self._indexes:
            built: dict[Any, list[str]] = {}
            for key, row in self.tables[table].items():
                built.setdefault(getattr(row, field), []).append(key)
            self._indexes[table, field] = built
        return self._indexes[table, field]


class State:
    """A session's view of its world. Subclasses name their tables: `accounts: Table[Account]`."""

    def __init__(self, base: Base, overlay: dict[str, dict[str, Any]] | None = None):
        self.base = base
        self.overlay = {} if overlay is None else overlay
        self._undo: list[tuple[dict[str, Any], str, Any]] | None = None

    def __getattr__(self, name: str) -> Table[Any]:
        """A table, made when it is first touched, so that opening a session costs nothing per table."""
        if name not in self.base.tables:
            raise AttributeError(name)
        table = self.__dict__[name] = Table(self, name)
        return table

    @property
    def now(self) -> str:
        """The world's clock, to the minute: "2026-03-14T09:30". Every successful write moves it on by one."""
        return self._variable("now", self.base.now)

    @property
    def today(self) -> str:
        return self.now[:10]

    def advance(self, minutes: int) -> None:
        self._write("world", "now", later(self.now, minutes=minutes))

    def new_id(self, prefix: str) -> str:
        """The next free id of a kind: "TRX-48213"."""
        number = self._variable(prefix, self.base.counters[prefix])
        self._write("world", prefix, number + 1)
        return f"{prefix}-{number}"

    def draw(self) -> random.Random:
        """A fresh generator that depends only on the seed and on how many were drawn before it."""
        number = self._variable("draws", 0)
        self._write("world", "draws", number + 1)
        return random.Random(f"{self.base.seed}:{number}")

    def atomically(self, change: Callable[..., Any], *arguments: Any) -> Any:
        """Runs `change(self, …)`; if it raises, every write it made is taken back."""
        self._undo = []
        try:
            return change(self, *arguments)
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._undo = None

    def fork(self) -> State:
        return type(self)(self.base, {name: dict(rows) for name, rows in self.overlay.items()})

    def diff(self) -> dict[str, dict[str, Any]]:
        """What differs from the base, canonical: sorted, rows written back to their old value left out."""
        changed: dict[str, dict[str, Any]] = {}
        for name in sorted(self.overlay):
            rows = self.base.tables.get(name, {})
            mine = self.overlay[name]
            own = {key: mine[key] for key in sorted(mine) if mine[key] != rows.get(key)}
            if own:
                changed[name] = own
        return changed

    def hash(self) -> str:
        """Equal for equal worlds, on every machine: SHA-256 of the seed and the canonical diff."""
        return hashlib.sha256(_encoder.encode([self.base.seed, self.diff()])).hexdigest()[:32]

    def _variable(self, name: str, default: Any) -> Any:
        world = self.overlay.get("world")
        return default if world is None else world.get(name, default)

    def _write(self, table: str, key: str, value: Any) -> None:
        mine = self.overlay.setdefault(table, {})
        if len(mine) >= MOST_ADDED and key not in mine:
            self._check_room(table, len(mine))
        if self._undo is not None:
            self._undo.append((mine, key, mine.get(key, _ABSENT)))
        mine[key] = value

    def _check_room(self, table: str, written: int) -> None:
        most = MOST_ADDED + len(self.base.tables.get(table, ()))
        if written >= most:
            raise ToolError(f"this session has written {written} rows of {table}; no more fit")

    def _roll_back(self) -> None:
        for mine, key, before in reversed(self._undo or []):
            if before is _ABSENT:
                del mine[key]
            else:
                mine[key] = before


class Table(Generic[R]):
    """The rows of one kind as one session sees them: its own over the shared ones; None marks a deletion."""

    __slots__ = ("_name", "_rows", "_state")

    def __init__(self, state: State, name: str):
        self._state = state
        self._name = name
        self._rows: dict[str, R] = state.base.tables[name]  # type: ignore[assignment]

    def get(self, key: str) -> R | None:
        mine = self._state.overlay.get(self._name)
        if mine is not None and key in mine:
            return mine[key]
        return self._rows.get(key)

    def find(self, key: str) -> R:
        """The row with this key; ToolError if there is none."""
        row = self.get(key)
        if row is None:
            raise ToolError(f"{self._name} has no entry {key[:60]}")
        return row

    def where(self, **equals: Any) -> list[R]:
        """Rows whose fields equal these values, in the order of the base and then of creation."""
        (field, value), *rest = equals.items()
        mine = self._state.overlay.get(self._name)
        keys = self._state.base.index(self._name, field).get(value, ())
        if mine:
            found = [self._rows[key] for key in keys if key not in mine]
            found += [row for row in mine.values() if row is not None and getattr(row, field) == value]
        else:
            found = [self._rows[key] for key in keys]
        return [row for row in found if all(getattr(row, name) == wanted for name, wanted in rest)]

    def add(self, row: R) -> R:
        if self.get(key_of(row)) is not None:
            raise ToolError(f"{self._name} already has an entry {key_of(row)}")
        return self.save(row)

    def save(self, row: R) -> R:
        self._state._write(self._name, key_of(row), row)
        return row

    def update(self, row: R, **changes: Any) -> R:
        """Saves a copy of the row with these fields changed and returns it."""
        return self.save(msgspec.structs.replace(row, **changes))

    def delete(self, key: str) -> None:
        self.find(key)
        self._state._write(self._name, key, None)

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[R]:
        mine = self._state.overlay.get(self._name)
        if not mine:
            yield from self._rows.values()
            return
        for key, row in self._rows.items():
            if key not in mine:
                yield row
        yield from [row for row in mine.values() if row is not None]

    def __len__(self) -> int:
        return sum(1 for _ in self)


def key_of(row: Row) -> str:
    return getattr(row, row.__struct_fields__[0])


def later(moment: str, *, minutes: int = 0, days: int = 0) -> str:
    """A minute stamp moved: later("2026-03-14T23:50", minutes=20) == "2026-03-15T00:10"."""
    return (datetime.fromisoformat(moment) + timedelta(minutes=minutes, days=days)).isoformat(timespec="minutes")


def minutes_between(start: str, end: str) -> int:
    """Whole minutes from one minute stamp to another; negative if the end comes first."""
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() // 60)
