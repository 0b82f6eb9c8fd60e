"""What became of one stored line: verified, differing, or not verifiable, with the reason.

A difference is only blamed on the line if its servers answer as those that it was stored with: a line that names
another version of a server, or holds an answer that no server gave, cannot be verified where it differs.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prove.episode import ServerLost
from prove.replay.again import play_again
from prove.replay.differences import differences
from prove.replay.known import CannotReplay, Known, conditions_of
from prove.sessions import Session
from prove.stored import read_line
from prove.supervisor import Unavailable
from prove.types import Conditions

VERIFIED, DIFFERS, CANNOT = "verified", "differs", "cannot be verified"
NEEDED = {"messages": list, "hash_before": dict, "hash_after": dict, "reward": dict}
UNANSWERED = re.compile(
    r'\{"error":"(server \S+ (is not available|was restarted)|\S+ took longer than \S+ s'
    r'|the server (has stopped|cannot be reached|sent no readable response|has forgotten the session))"\}'
)
Open = Callable[[Sequence[str], int], Awaitable[Session]]


@dataclass(frozen=True)
class Verdict:
    """`told`: the differences, or the one reason."""

    kind: str
    told: tuple[str, ...] = ()


async def judge(text: bytes, known: Known, open_session: Open) -> Verdict:
    """Plays a line again. Raises BadLine if it is no episode."""
    line = read_line(text).line
    try:
        _check(line)
        conditions = conditions_of(line, known)
        session = await _opened(line, conditions, open_session)
        try:
            replayed = await play_again(line, conditions, session)
        finally:
            await session.close()
    except (CannotReplay, ServerLost) as reason:
        return Verdict(CANNOT, (str(reason),))
    found = differences(line, replayed, conditions.reward is not None)
    return _judged(line, conditions, session.versions(), found)


async def _opened(line: Mapping[str, Any], conditions: Conditions, open_session: Open) -> Session:
    try:
        return await open_session(tuple(line["hash_before"]), conditions.world_seed)
    except (LookupError, ValueError, Unavailable) as error:
        raise CannotReplay(f"its servers do not run here: {error}") from None


def _check(line: Mapping[str, Any]) -> None:
    for key, kind in NEEDED.items():
        if not isinstance(line.get(key), kind):
            raise CannotReplay(f"it has no {key}: it is scored by its calls, but nobody can play it again")
    if not all(isinstance(each, dict) and isinstance(each.get("content"), str) for each in line["messages"]):
        raise CannotReplay("its messages are not those that a rollout writes")
    if (line.get("stats") or {}).get("crashed"):
        raise CannotReplay("it crashed")
    if gone := [server for server, text in line["hash_after"].items() if not text]:
        raise CannotReplay(f"server {gone[0]} was not available when it ended")


def _judged(line: Mapping[str, Any], conditions: Conditions, here: Mapping[str, str], found: list[str]) -> Verdict:
    if not found:
        return Verdict(VERIFIED)
    for server, version in conditions.versions.items():
        if version != here.get(server):
            return Verdict(CANNOT, (f"it was stored by {server} {version}, here is {here.get(server)}", found[0]))
    for number, call in enumerate(line["calls"], 1):
        if not call["ok"] and UNANSWERED.fullmatch(str(call.get("output", ""))):
            return Verdict(CANNOT, (f"call {number} was never answered: {call['output'][:80]}", found[0]))
    return Verdict(DIFFERS, tuple(found))
