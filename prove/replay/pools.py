"""Fresh servers for what is played again: our worlds in this process, others as the run's configuration says."""

from __future__ import annotations

import json
from collections.abc import Sequence

from prove.replay.known import Known
from prove.sessions import ServerPool, Session


class Pools:
    """Use as a context manager; a pool for each choice of servers, kept until the end."""

    def __init__(self) -> None:
        self._pools: dict[str, ServerPool] = {}

    async def __aenter__(self) -> Pools:
        return self

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.close()

    async def open(self, known: Known, servers: Sequence[str], seed: int) -> Session:
        """Raises LookupError, ValueError or Unavailable where these servers do not run here."""
        names = known.servers if set(servers) <= set(known.servers) else tuple(servers)
        key = json.dumps([names, known.external])
        if key not in self._pools:
            self._pools[key] = ServerPool(names, transport="inprocess", external=known.external)
        return await self._pools[key].open(servers, seed)
