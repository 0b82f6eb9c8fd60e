"""A history: what is asked of the sessions of one server, in order. One step is one line of JSON.

    open · call · fork · snapshot · restore · close · crash (of the server, and with it of every session)

A life is what one session went through: the seed of its world and the calls that led to where it stands. A fork begins
with the life of its parent, a restore goes back to the life that the snapshot was taken of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Step:
    do: Literal["open", "call", "fork", "snapshot", "restore", "close", "crash"]
    session: str = ""
    name: str = ""
    """The tool of a call, the new session of a fork, the snapshot that is taken or gone back to."""
    arguments: Any = None
    seed: int = 0


@dataclass(frozen=True)
class History:
    server: str
    steps: tuple[Step, ...]

    def text(self) -> str:
        """JSON lines."""
        return "\n".join(json.dumps({"server": self.server, **_told(step)}) for step in self.steps)


@dataclass(frozen=True)
class Life:
    session: str
    seed: int
    calls: tuple[int, ...]
    """Their places in the history."""
    end: int
    """The place of the restore or close that ended it; the number of steps if nothing did."""


def read(text: str) -> History:
    lines = [json.loads(line) for line in text.splitlines()]
    return History(
        lines[0]["server"], tuple(Step(**{k: v for k, v in line.items() if k != "server"}) for line in lines)
    )


def possible(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps without those that ask for a session or a snapshot that is not there: what is left of a part."""
    snapshots: dict[str, set[str]] = {}
    return tuple(step for step in steps if _happen(step, snapshots))


def lives(steps: tuple[Step, ...]) -> list[Life]:
    """Every life of a history, in the order of their ends."""
    now: dict[str, tuple[int, tuple[int, ...]]] = {}
    kept: dict[tuple[str, str], tuple[int, tuple[int, ...]]] = {}
    ended: list[Life] = []
    for place, step in enumerate(steps):
        if step.do in ("restore", "close"):
            ended.append(Life(step.session, *now[step.session], place))
        _live(place, step, now, kept)
    return ended + [Life(session, *life, len(steps)) for session, life in now.items()]


def _live(place: int, step: Step, now: dict[str, Any], kept: dict[tuple[str, str], Any]) -> None:
    match step.do:
        case "open":
            now[step.session] = (step.seed, ())
        case "call":
            seed, calls = now[step.session]
            now[step.session] = (seed, (*calls, place))
        case "fork":
            now[step.name] = now[step.session]
        case "snapshot":
            kept[step.session, step.name] = now[step.session]
        case "restore":
            now[step.session] = kept[step.session, step.name]
        case "close":
            del now[step.session]


def _happen(step: Step, snapshots: dict[str, set[str]]) -> bool:
    """Whether the step can be, given the open sessions and their snapshots; takes note of it if so."""
    if step.do == "crash":
        return True
    new = {"open": step.session, "fork": step.name}.get(step.do)
    if new in snapshots or (step.do != "open" and step.session not in snapshots):
        return False
    if new is not None:
        snapshots[new] = set()
    elif step.do == "snapshot":
        snapshots[step.session].add(step.name)
    elif step.do == "close":
        del snapshots[step.session]
    return step.do != "restore" or step.name in snapshots[step.session]


def _told(step: Step) -> dict[str, Any]:
    """The fields that say something."""
    told = {key: value for key, value in asdict(step).items() if value not in ("", None)}
    if step.do != "open":
        del told["seed"]
    return told
