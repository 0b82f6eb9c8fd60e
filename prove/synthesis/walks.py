"""The worlds in which a server is tried: untouched ones, and those after a random walk of writes.

seed 11   untouched
          after up to 8 writes                       carts are full, engines run
          after the write that first lets a tool     nothing can be paid back before something was paid
          be asked for which could not be before
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Set

from prove.synthesis.lab import Lab
from prove.synthesis.trials import play
from prove.synthesis.worlds import World
from prove.types import ToolCall


def worlds_of(lab: Lab) -> list[World]:
    """Open worlds of every seed, untouched ones first; whoever asks for them closes them."""
    untouched = [World(lab, seed) for seed in lab.effort.seeds]
    missing = {tool for tool in lab.tools if not any(world.asks(tool) for world in untouched)}
    return untouched + [world for seed in lab.effort.seeds for world in _walked(lab, seed, missing)]


def _walked(lab: Lab, seed: int, missing: Set[str]) -> Iterator[World]:
    """Worlds after some writes: one of them anyway, and one for every tool that cannot be asked for before."""
    for number in range(lab.effort.walks if missing else 1):
        rng = random.Random(f"{lab.server}:{seed}:{number}")
        calls, found = _walk(lab, seed, rng, missing)
        if calls and (found or number == 0):
            yield World(lab, seed, calls)
        missing = missing - found
        if not missing:
            return


def _walk(lab: Lab, seed: int, rng: random.Random, missing: Set[str]) -> tuple[tuple[ToolCall, ...], set[str]]:
    """A random path of writes, up to where a tool can be asked for that could not be before."""
    session = lab.live.open([lab.server], seed)
    calls: tuple[ToolCall, ...] = ()
    try:
        for tool in rng.choices(lab.writers, k=lab.effort.walk) if lab.writers else ():
            ask = lab.catalog.ask(session, rng, seed, tool)
            played = ask and play(session, ask)
            if played and played.result.ok:
                calls += played.calls
                if found := {tool for tool in missing if lab.ask(session, seed, tool, f"{len(calls)}:0")}:
                    return calls, found
        return calls, set()
    finally:
        session.close()
