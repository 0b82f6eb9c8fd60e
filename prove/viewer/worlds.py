"""How the worlds of an episode ended beside how they should have: same, different, missing and extra rows and fields.

The verdict is that of the reward (prove.rewards.state.right_end), which renames ids made in the session and forgives a
clock; the rows are shown under the ids that they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prove.rewards.alignment import agrees
from prove.rewards.state import right_end
from prove.types import Ending, GroundTruth
from prove.viewer.values import shown, text

CLOCK = "world"
"""The table of clock and counters, which never counts."""
ABSENT = object()


def worlds(line: Mapping[str, Any], ground_truth: GroundTruth) -> dict[str, Any]:
    """{"known", "verdict": true, false or null, "servers": [{"server", "rows"}]} for the page."""
    stored = line.get("ending")
    stored = stored if isinstance(stored, Mapping) else {}
    reached, wanted = (_sides(stored.get(side)) for side in ("reached", "wanted"))
    servers = [
        {"server": server, "rows": _rows((reached or {}).get(server, {}), (wanted or {}).get(server, {}), wanted)}
        for server in dict.fromkeys([*(wanted or {}), *(reached or {})])
    ]
    known = reached is not None
    return {"known": known, "verdict": _verdict(reached, wanted, ground_truth), "servers": servers}


def _sides(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    return {server: diff for server, diff in value.items() if isinstance(diff, Mapping)}


def _verdict(reached: Any, wanted: Any, ground_truth: GroundTruth) -> bool | None:
    """None: the end says nothing."""
    try:
        return right_end(Ending(reached, wanted), ground_truth)
    except (AttributeError, TypeError, ValueError, RecursionError):  # a foreign line's diff may have any shape
        return None


def _rows(reached: Mapping[str, Any], wanted: Mapping[str, Any], is_known: Any) -> list[dict[str, Any]]:
    """One for each row that either side has changed, those that differ first, the clock last."""
    found = []
    for table in dict.fromkeys([*wanted, *reached]):
        ours, theirs = _table(reached.get(table)), _table(wanted.get(table))
        for key in dict.fromkeys([*theirs, *ours]):
            row = _row(ours.get(key, ABSENT), theirs.get(key, ABSENT))
            found.append({"table": text(table), "key": text(key), **row, "counts": table != CLOCK})
    return sorted(found, key=lambda row: (not row["counts"], row["state"] == "same"))


def _table(rows: Any) -> Mapping[str, Any]:
    """Key -> row; what is no table (calls of a server whose state cannot be read) is one row."""
    return rows if isinstance(rows, Mapping) else {} if rows is None else {"": rows}


def _row(ours: Any, theirs: Any) -> dict[str, Any]:
    if theirs is ABSENT:
        return {"state": "extra", "fields": _fields(ours, ABSENT)}
    if ours is ABSENT:
        return {"state": "missing", "fields": _fields(ABSENT, theirs)}
    same = agrees(ours, theirs)
    return {"state": "same" if same else "differs", "fields": _fields(ours, theirs)}


def _fields(ours: Any, theirs: Any) -> list[dict[str, Any]]:
    """Field by field where rows are objects; a deleted row is null."""
    if not any(isinstance(side, Mapping) for side in (ours, theirs)):
        return [_field("", ours, theirs)]
    left, right = (side if isinstance(side, Mapping) else {} for side in (ours, theirs))
    names = dict.fromkeys([*right, *left])
    return [_field(text(name), left.get(name, ABSENT), right.get(name, ABSENT)) for name in names]


def _field(name: str, ours: Any, theirs: Any) -> dict[str, Any]:
    same = ours is not ABSENT and theirs is not ABSENT and agrees(ours, theirs)
    sides = (None if side is ABSENT else shown(side) for side in (ours, theirs))
    return dict(zip(("name", "reached", "wanted", "same"), (name, *sides, same), strict=True))
