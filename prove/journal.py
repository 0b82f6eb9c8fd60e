"""The journal of a session on one server: what it has changed, and how a replaced server gets it back.

Exactly once: every call that succeeded and may have changed something is journalled. When the server was replaced, the
world is opened again and the journal replayed; a call that was under way is not in it, so that running it once more
gives what an undisturbed server would have given.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import msgspec

from prove.links import Answer, Lost, refused
from prove.supervisor import Supervisor, Unavailable

logger = logging.getLogger(__name__)

Entry = tuple[str, bytes]  # a call that changed the world: tool name, arguments as JSON


class Copy:
    """A session on one server: its journal, and the generation of the server that holds its state.

    The journal is the truth. A fork, snapshot or restore that the server could not carry out is made up for by the
    next rebuild, so these never fail.
    """

    def __init__(self, server: Supervisor, id: str, seed: int):
        self._server = server
        self._id = id
        self._seed = seed
        self._lock = asyncio.Lock()
        self._journal: list[Entry] = []
        self._snapshots: dict[str, list[Entry]] = {}
        self._generation = 0
        self._builds = 0

    async def call(self, name: str, arguments: bytes) -> Answer:
        async with self._lock:
            answer = await self._ask(name, arguments)
            if answer.ok and self._server.may_write(name):
                self._journal.append((name, arguments))
            return answer

    async def diff(self) -> dict[str, Any]:
        async with self._lock:
            return msgspec.json.decode((await self._control("session.diff")).text)

    async def hash(self) -> str:
        async with self._lock:
            return msgspec.json.decode((await self._control("session.hash")).text)["hash"]

    async def fork(self, id: str) -> Copy:
        twin = Copy(self._server, id, self._seed)
        async with self._lock:
            await self._try("session.fork", into=id)
            twin._journal, twin._generation, twin._builds = list(self._journal), self._generation, 1
        return twin

    async def snapshot(self, name: str) -> None:
        async with self._lock:
            await self._try("session.snapshot", name=name)
            self._snapshots[name] = list(self._journal)

    async def restore(self, name: str) -> None:
        async with self._lock:
            await self._try("session.restore", name=name)
            self._journal = list(self._snapshots[name])

    async def reset(self) -> None:
        """Back to the untouched world, which is made when it is next needed."""
        async with self._lock:
            self._journal = []
            self._generation = 0

    async def close(self) -> None:
        async with self._lock:
            if self._generation and self._server.running:
                with contextlib.suppress(Lost, Unavailable):
                    await self._send("session.close", self._named(), self._generation)

    async def _try(self, operation: str, **more: str) -> None:
        with contextlib.suppress(Lost, Unavailable):
            await self._control(operation, **more)

    async def _control(self, operation: str, **more: str) -> Answer:
        """A session operation; it can only fail if our bookkeeping is wrong. Raises Lost or Unavailable."""
        answer = await self._ask(operation, None, **more)
        if not answer.ok:
            raise RuntimeError(f"{operation} of session {self._id} failed: {answer.text}")
        return answer

    async def _ask(self, name: str, arguments: bytes | None, /, **more: str) -> Answer:
        """Asks the server that holds our state. Once more, alone, if it was lost: a call that kills the server
        then takes no other call with it."""
        try:
            return await self._once(name, arguments, **more)
        except Lost:
            async with self._server.retrying:
                return await self._once(name, arguments, **more)

    async def _once(self, name: str, arguments: bytes | None, /, **more: str) -> Answer:
        await self._server.up()
        if self._generation != self._server.generation:
            await self._rebuild(self._server.generation)
        payload = self._named(**more) if arguments is None else arguments
        generation, self._generation = self._generation, 0  # unless an answer comes, the state is in doubt
        answer = await self._send(name, payload, generation)
        if not answer.ok and answer == refused(f"unknown session {self._wire[:60]}"):
            raise Lost("the server has forgotten the session")
        self._generation = generation
        return answer

    async def _rebuild(self, generation: int) -> None:
        """Opens the world again, under a new id so that a late call to the old one cannot touch it, and replays."""
        if self._builds:
            await self._send("session.close", self._named(), generation)
        self._builds += 1
        for name, journal in self._snapshots.items():
            await self._replay(journal, generation)
            await self._send("session.snapshot", self._named(name=name), generation)
        await self._replay(self._journal, generation)
        self._generation = generation

    async def _replay(self, journal: list[Entry], generation: int) -> None:
        await self._send("session.open", self._named(seed=self._seed), generation)
        for name, arguments in journal:
            answer = await self._send(name, arguments, generation)
            if not answer.ok:
                logger.warning("replaying %s in session %s gave %s", name, self._id, answer.text[:200])

    async def _send(self, name: str, arguments: bytes, generation: int) -> Answer:
        return await self._server.ask(name, arguments, self._wire, generation)

    @property
    def _wire(self) -> str:
        """The session id on the server."""
        return self._id if self._builds <= 1 else f"{self._id}~{self._builds}"

    def _named(self, **more: Any) -> bytes:
        return msgspec.json.encode({"session": self._wire, **more})
