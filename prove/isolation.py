"""What a session has of a server that does not know sessions: a process to itself, or what all may read.

    Alone    state = the calls that may have changed something since the process started, in order
    Shared   no state

**Ours:** what an unknown server holds cannot be read, so the hash is that of these calls, and they are the diff.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from prove.journal import Entry
from prove.links import Answer, Lost, refused
from prove.supervisor import Supervisor

if TYPE_CHECKING:
    from prove.warm import Warm

logger = logging.getLogger(__name__)


class Alone:
    """A session in a process of its own, which is replaced, and its calls replayed, when it dies or hangs."""

    def __init__(self, server: Warm, id: str, seed: int):
        self._server = server
        self._id = id
        self._seed = seed
        self._process = Supervisor(server.launcher, partial(server.take, seed))
        self._lock = asyncio.Lock()
        self._journal: list[Entry] = []
        self._snapshots: dict[str, list[Entry]] = {}
        self._generation = 0
        """That of the process whose state is the journal's; 0 if there is none."""

    async def call(self, name: str, arguments: bytes) -> Answer:
        async with self._lock:
            try:
                answer = await self._once(name, arguments)
            except Lost:
                answer = await blamed(self._once(name, arguments))
            if answer.ok and self._server.may_write(name):
                self._journal.append((name, arguments))
            return answer

    async def diff(self) -> dict[str, Any]:
        calls = [{"name": name, "arguments": msgspec.json.decode(given)} for name, given in self._journal]
        return {"calls": calls} if calls else {}

    async def hash(self) -> str:
        return digest(self._seed, self._journal)

    async def fork(self, id: str) -> Alone:
        """The twin's process starts, and is brought to the same state, at its first call."""
        async with self._lock:
            twin = Alone(self._server, id, self._seed)
            twin._journal = list(self._journal)
            return twin

    async def snapshot(self, name: str) -> None:
        async with self._lock:
            self._snapshots[name] = list(self._journal)

    async def restore(self, name: str) -> None:
        async with self._lock:
            self._journal, self._generation = list(self._snapshots[name]), 0

    async def reset(self) -> None:
        async with self._lock:
            self._journal, self._generation = [], 0

    async def close(self) -> None:
        async with self._lock:
            await self._process.stop(at_once=True)

    async def _once(self, name: str, arguments: bytes) -> Answer:
        if not (self._process.running and self._generation == self._process.generation):
            await self._rebuild()
        generation, self._generation = self._generation, 0  # unless an answer comes, the state is in doubt
        answer = await self._process.ask(name, arguments, None, generation)
        self._generation = generation
        return answer

    async def _rebuild(self) -> None:
        """A fresh process, in which the journal is replayed."""
        await self._process.stop(at_once=True)
        await self._process.up()
        generation = self._process.generation
        for name, arguments in self._journal:
            answer = await self._process.ask(name, arguments, None, generation)
            if not answer.ok:
                logger.warning("replaying %s in session %s gave %s", name, self._id, answer.text[:200])
        self._generation = generation


class Shared:
    """A session on a server that everybody reads and nobody changes."""

    def __init__(self, server: Supervisor, id: str, seed: int):
        self._server = server

    async def call(self, name: str, arguments: bytes) -> Answer:
        try:
            return await self._once(name, arguments)
        except Lost:
            async with self._server.retrying:  # alone: a call that kills the server takes no other with it
                return await blamed(self._once(name, arguments))

    async def _once(self, name: str, arguments: bytes) -> Answer:
        await self._server.up()
        return await self._server.ask(name, arguments, None, self._server.generation)

    async def diff(self) -> dict[str, Any]:
        return {}

    async def hash(self) -> str:
        return digest(0, ())

    async def fork(self, id: str) -> Shared:
        return self

    async def snapshot(self, name: str) -> None: ...
    async def restore(self, name: str) -> None: ...
    async def reset(self) -> None: ...
    async def close(self) -> None: ...


async def blamed(attempt: Awaitable[Answer]) -> Answer:
    """The second attempt at a call. A server that is not ours may die or hang of a call: then that is its answer."""
    try:
        return await attempt
    except Lost as error:
        return refused(str(error))


def digest(seed: int, journal: Sequence[Entry]) -> str:
    """The same for the same calls in the same order in the same world, however their arguments are written."""
    calls = [(name, msgspec.json.decode(given)) for name, given in journal]
    return hashlib.sha256(msgspec.json.encode((seed, calls), order="deterministic")).hexdigest()
