"""Processes of one external server, one per session, started before they are asked for where that is possible.

    take(seed) -> a process that nobody has used; the next ones start meanwhile

Where the command holds {seed} a process belongs to a world and none can be started ahead.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from functools import partial
from typing import Any

from prove.external import External
from prove.foreign import ForeignLink
from prove.supervisor import Launcher, Limits


class Warm:
    """The pool of one server; nothing is started before the first session opens."""

    def __init__(self, external: External, limits: Limits):
        self.launcher = Launcher(external.name, limits)
        self._external = external
        self._ready: deque[asyncio.Future[ForeignLink]] = deque()
        self._links: weakref.WeakSet[ForeignLink] = weakref.WeakSet()
        self._listing = asyncio.Lock()

    async def tools(self) -> list[dict[str, Any]]:
        """The listed tools. Raises Unavailable."""
        async with self._listing:
            if self.launcher.tools is None:
                await self._put_back(await self.launcher.start(partial(self.take, 0)))
        assert self.launcher.tools is not None
        return self.launcher.tools

    @property
    def version(self) -> str:
        return self.launcher.version

    def may_write(self, tool: str) -> bool:
        return self.launcher.may_write(tool)

    async def take(self, seed: int) -> ForeignLink:
        """A fresh process. Raises Lost or OSError if it does not start."""
        while self._ready:
            link = await self._next(seed)
            if link.alive:
                return link
            await link.stop()  # it died while it waited
        return await self._next(seed)

    async def stop(self) -> None:
        """Ends every process, those of sessions too."""
        waiting, self._ready = list(self._ready), deque()
        for start in waiting:
            start.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*(link.stop() for link in list(self._links)))

    async def _next(self, seed: int) -> ForeignLink:
        start = self._ready.popleft() if self._ready else self._begin(seed)
        while not self._external.seeded and len(self._ready) < self._external.warm:
            self._ready.append(self._begin(seed))
        return await start

    def _begin(self, seed: int) -> asyncio.Future[ForeignLink]:
        return asyncio.ensure_future(self._start(seed))

    async def _start(self, seed: int) -> ForeignLink:
        link = await ForeignLink.start(self._external, seed)
        self._links.add(link)
        return link

    async def _put_back(self, link: ForeignLink) -> None:
        """Keeps a process that was only asked what it lists."""
        if self._external.seeded or not self._external.warm:
            await link.stop()
            return
        ready: asyncio.Future[ForeignLink] = asyncio.get_running_loop().create_future()
        ready.set_result(link)
        self._ready.appendleft(ready)
