"""What is done to the servers of a pool while episodes run on them.

To a process, at random times: killed, paused, slow, handles. To a share of its answers: see wire.py, proxy.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from experiments.chaos.wire import SPOIL
from prove.sessions import ServerPool

SLOW_S = 0.5
Do = Callable[[int], Awaitable[None]]


async def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


async def pause(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


async def slow(pid: int) -> None:
    """Stands still for a while that is shorter than the pool's patience."""
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(SLOW_S)
    os.kill(pid, signal.SIGCONT)


async def no_handles(pid: int) -> None:
    """Opens no file, pipe or connection any more: accepting one fails."""
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]))


TO_A_PROCESS: dict[str, Do] = {"killed": kill, "paused": pause, "slow": slow, "handles": no_handles}
NONE, DROPPED = "none", "dropped"
OF = {
    "stdio": [NONE, *TO_A_PROCESS, *SPOIL],
    "http": [NONE, *TO_A_PROCESS, DROPPED],
}


async def torment(pool: ServerPool, servers: list[str], fault: str, every: float, rng: random.Random) -> None:
    """Hits a random running server again and again, until cancelled."""
    while fault in TO_A_PROCESS:
        await asyncio.sleep(rng.uniform(0, 2 * every))
        server = pool.server(rng.choice(servers))
        if server.running:
            with contextlib.suppress(ProcessLookupError):
                await TO_A_PROCESS[fault]((await server.up()).pid)


def spoilt(servers: list[str], fault: str, share: float) -> dict[str, Any]:
    """The pool's `external` for servers whose answers are spoilt; {} for another fault."""
    if fault not in SPOIL:
        return {}
    command = [sys.executable, "-m", "experiments.chaos.wire", fault, str(share)]
    return {name: {"isolation": "session", "command": [*command, name]} for name in servers}
