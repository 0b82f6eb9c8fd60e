"""Work side by side, and one failure ends it all.

things --gate(concurrency)--> one(thing) …
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def abreast(things: Iterable[T], concurrency: int, one: Callable[[T], Awaitable[None]]) -> None:
    """At most so many at once. The first failure stops the others and is raised."""
    gate = asyncio.Semaphore(concurrency)

    async def gated(thing: T) -> None:
        async with gate:
            await one(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for thing in things:
                group.create_task(gated(thing))
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
