"""Leaks to plant: each function makes the running code wrong in one way that lets sessions meet. No file is changed.

Its docstring says what goes wrong. Plant one in a process that ends afterwards (experiments.isolation.apart).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache, wraps
from inspect import signature
from typing import Any

from msgspec.structs import force_setattr

from prove.journal import Copy
from servers.banking import tools as banking
from servers.banking.records import Payees
from servers.host import Host, Written
from servers.state import Base, State, Table, key_of, later


def row_changed_in_place() -> None:
    """an update writes into the row that all sessions of a world share"""

    def update(self: Table[Any], row: Any, **changes: Any) -> Any:
        for name, value in changes.items():
            force_setattr(row, name, value)
        return self.save(row)

    Table.update = update  # type: ignore[method-assign]


def default_that_grows() -> None:
    """a tool has `found=[]` as a default, so that each search adds to what the last one found"""
    plain = banking.find_payee

    @wraps(plain)
    def find_payee(bank: Any, name: str, found: list[Any] = []) -> Payees:  # noqa: B006
        found += plain(bank, name).payees
        return Payees(list(found))

    find_payee.__signature__ = signature(plain)  # type: ignore[attr-defined]
    banking.find_payee = find_payee


def cache_in_a_tool() -> None:
    """a tool keeps its answers by arguments, in a dictionary of its module"""
    plain, kept = banking.get_account, {}

    @wraps(plain)
    def get_account(bank: Any, account_id: str) -> Any:
        if account_id not in kept:
            kept[account_id] = plain(bank, account_id)
        return kept[account_id]

    banking.get_account = get_account


def result_changed_after_it_was_read() -> None:
    """a read tool shortens a field of the row it returns, in place"""
    plain = banking.get_account

    @wraps(plain)
    def get_account(bank: Any, account_id: str) -> Any:
        row = plain(bank, account_id)
        force_setattr(row, "name", row.name[:-1])
        return row

    banking.get_account = get_account


def shared_clock() -> None:
    """the clock is moved in the world, not in the session"""

    def advance(self: State, minutes: int) -> None:
        self.base.now = later(self.now, minutes=minutes)

    State.advance = advance  # type: ignore[method-assign]


def shared_counter() -> None:
    """new ids are counted in the world, not in the session"""

    def new_id(self: State, prefix: str) -> str:
        self.base.counters[prefix] += 1
        return f"{prefix}-{self.base.counters[prefix] - 1}"

    State.new_id = new_id  # type: ignore[method-assign]


def shared_chance() -> None:
    """all sessions draw from one random generator"""
    generator = random.Random(0)
    State.draw = lambda self: generator  # type: ignore[method-assign]


def index_that_learns() -> None:
    """a row that a session saves is entered in the index that all sessions of the world share"""
    plain = Table.save

    def save(self: Table[Any], row: Any) -> Any:
        for (table, field), keys in self._state.base._indexes.items():
            if table == self._name:
                keys.setdefault(getattr(row, field), []).append(key_of(row))
        return plain(self, row)

    Table.save = save  # type: ignore[method-assign]


def fork_shares_its_tables() -> None:
    """a fork copies the dictionary of tables, and not the tables"""
    State.fork = lambda self: type(self)(self.base, dict(self.overlay))  # type: ignore[method-assign]


def restore_forgets_a_table() -> None:
    """a restore leaves one table as it is"""
    plain = Host.restore

    def restore(self: Host, session: str, name: str) -> None:
        before = self.state(session).overlay
        plain(self, session, name)
        for table in sorted(before.keys() - {"world"})[:1]:
            self.state(session).overlay[table] = before[table]

    Host.restore = restore  # type: ignore[method-assign]


def restore_gives_the_snapshot_away() -> None:
    """a restored session goes on in the snapshot itself, so that a second restore finds it changed"""

    def restore(self: Host, session: str, name: str) -> None:
        self._sessions[session] = self._snapshots[session][name]

    Host.restore = restore  # type: ignore[method-assign]


def session_of_the_call_before() -> None:
    """the host answers a call in the session of the call before it"""
    plain = Host.call
    before: list[str | None] = []

    def call(self: Host, session: str | None, name: str, arguments: Any) -> Any:
        before.append(session)
        return plain(self, before[max(0, len(before) - 2)], name, arguments)

    Host.call = call  # type: ignore[method-assign]


def one_state_for_one_world() -> None:
    """a second session in the same world is given the state of the first"""
    Written.open = cache(Written.open)  # type: ignore[method-assign]


def world_that_is_written_to() -> None:
    """deleting a row takes it out of the world"""
    plain = Table.delete

    def delete(self: Table[Any], key: str) -> None:
        plain(self, key)
        self._rows.pop(key, None)

    Table.delete = delete  # type: ignore[method-assign]


def fork_shares_its_journal() -> None:
    """a fork writes into the journal of its parent: both are rebuilt wrongly after a crash"""
    plain = Copy.fork

    async def fork(self: Copy, id: str) -> Copy:
        twin = await plain(self, id)
        twin._journal = self._journal
        return twin

    Copy.fork = fork  # type: ignore[method-assign]


def snapshot_shares_the_journal() -> None:
    """the journal of a snapshot grows with that of its session: it is rebuilt wrongly after a crash"""
    plain = Copy.snapshot

    async def snapshot(self: Copy, name: str) -> None:
        await plain(self, name)
        self._snapshots[name] = self._journal

    Copy.snapshot = snapshot  # type: ignore[method-assign]


def journal_written_too_early() -> None:
    """a call is in the journal before it is answered: one that a crash interrupts is executed twice"""
    plain = Copy._ask

    async def ask(self: Copy, name: str, arguments: bytes | None, /, **more: str) -> Any:
        if arguments is not None:
            self._journal.append((name, arguments))
        try:
            return await plain(self, name, arguments, **more)
        finally:
            if arguments is not None:
                self._journal.pop()

    Copy._ask = ask  # type: ignore[method-assign]


def index_of_one_world_for_all() -> None:
    """the index is kept by table and field, and not by world"""
    kept: dict[tuple[str, str], Any] = {}
    plain = Base.index

    def index(self: Base, table: str, field: str) -> Any:
        return kept.setdefault((table, field), plain(self, table, field))

    Base.index = index  # type: ignore[method-assign]


LEAKS: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        row_changed_in_place,
        default_that_grows,
        cache_in_a_tool,
        result_changed_after_it_was_read,
        shared_clock,
        shared_counter,
        shared_chance,
        index_that_learns,
        index_of_one_world_for_all,
        world_that_is_written_to,
        fork_shares_its_tables,
        restore_forgets_a_table,
        restore_gives_the_snapshot_away,
        session_of_the_call_before,
        one_state_for_one_world,
        fork_shares_its_journal,
        snapshot_shares_the_journal,
        journal_written_too_early,
    )
}
