"""Where a stored episode and the same one played again differ, each as one line that names the field.

call 2 find_payee: output: stored "…5.00…", replayed "…7.00…"
reward.total: stored 1.3, replayed 1.1

Wall time and the statistics of the conversation are not compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

SHOWN = 120
BEFORE = 30
PARTS = ("ok", "output", "error", "turn")
_ABSENT: Any = object()


def differences(stored: Mapping[str, Any], replayed: Mapping[str, Any], scored: bool) -> list[str]:
    """Empty if the same came out. `scored`: whether the reward is known."""
    return [
        *_values("hash_before", stored["hash_before"], replayed["hash_before"]),
        *_calls(stored["calls"], replayed["calls"]),
        *_messages(stored["messages"], replayed["messages"]),
        *_values("hash_after", stored["hash_after"], replayed["hash_after"]),
        *_ending(stored, replayed),
        *(_values("reward", stored["reward"], replayed["reward"]) if scored else ()),
    ]


def _calls(stored: Sequence[Any], replayed: Sequence[Any]) -> Iterator[str]:
    """Calls are told apart by name and arguments; where as many differ in one place they are compared one by one."""
    ours, theirs = [_key(call) for call in stored], [_key(call) for call in replayed]
    if ours != theirs and sorted(ours) == sorted(theirs):
        moved = [number for number, (one, other) in enumerate(zip(ours, theirs, strict=True), 1) if one != other]
        yield f"calls {', '.join(map(str, moved))}: stored in another order than the conversation makes them"
        return
    for _, start, end, first, last in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if end - start == last - first:
            for number in range(end - start):
                yield from _call(start + number + 1, stored[start + number], replayed[first + number])
            continue
        for number in range(start, end):
            yield f"call {number + 1} {_shown(ours[number])}: stored, but the conversation does not make it"
        for number in range(first, last):
            yield f"call {number + 1} {_shown(theirs[number])}: made in the conversation, but not stored"


def _call(number: int, stored: Mapping[str, Any], replayed: Mapping[str, Any]) -> Iterator[str]:
    where = f"call {number} {stored['name']}"
    for part in ("name", "arguments", *PARTS):
        yield from _values(f"{where}: {part}", stored.get(part, _ABSENT), replayed[part])


def _messages(stored: Sequence[Any], replayed: Sequence[Any]) -> Iterator[str]:
    """The first one that differs: the others follow from it."""
    for number, (one, other) in enumerate(zip_longest(stored, replayed), 1):
        if one != other:
            yield _told(f"message {number}", _ABSENT if one is None else one, _ABSENT if other is None else other)
            return


def _ending(stored: Mapping[str, Any], replayed: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(stored.get("ending"), dict):
        yield from _values("ending.reached", stored["ending"].get("reached"), replayed["ending"]["reached"])


def _values(where: str, stored: Any, replayed: Any) -> Iterator[str]:
    """Down to the keys that differ; 1 is not true, 1.0 is not 1."""
    if isinstance(stored, dict) and isinstance(replayed, dict):
        for key in [*stored, *(key for key in replayed if key not in stored)]:
            yield from _values(f"{where}.{key}", stored.get(key, _ABSENT), replayed.get(key, _ABSENT))
    elif stored is _ABSENT or replayed is _ABSENT or _text(stored) != _text(replayed):
        yield _told(where, stored, replayed)


def _told(where: str, stored: Any, replayed: Any) -> str:
    ours, theirs = _text(stored), _text(replayed)
    start = max(0, _agree(ours, theirs) - BEFORE)
    return f"{where}: stored {_cut(ours, start)}, replayed {_cut(theirs, start)}"


def _agree(one: str, other: str) -> int:
    """Letters that two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _cut(text: str, start: int) -> str:
    shown = text[start : start + SHOWN]
    return f"{'…' if start else ''}{shown}{'…' if start + SHOWN < len(text) else ''}"


def _key(call: Mapping[str, Any]) -> str:
    return f"{call['name']}({json.dumps(call['arguments'], ensure_ascii=False, sort_keys=True)})"


def _text(value: Any) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shown(text: str) -> str:
    return _cut(text, 0)
