"""Whether two sessions in the same world have come to the same end, read off their diffs.

    diff of a server = {table: {key: row, null if deleted}, "world": {now, next number of each kind of id, draws}}
    the same end     = a renaming of the ids made in the session turns the rows of one diff into those of the other

What only tells how many writes there were, or which came first, is no difference (**ours**):

- The table `world` is left out: clock, counters and number of draws.
- An id that the session made (its prefix has a counter, its number is just below it) is a name for what its row holds,
  wherever it stands: PAY-80001 and PAY-80002 may have changed places.
- Minute stamps may differ by as much as the clock can have: it moves on by one minute a write.
- Lists have no order: two labels put on in the other order are the same labels. 0.1 + 0.2 is 0.3.

All else counts, letter by letter. What a world draws at random, a number that it derives from the minutes gone by and
a date on the other side of midnight may come out otherwise on another path, which then has another end. A server whose
state cannot be read has its writing calls as diff: they must be the same, in the same order.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prove.rewards.alignment import agrees

NEAR = 500  # the ids a session makes are that close below its counter; the ids of a world are thousands away
DIGITS = 6  # of a fraction
ROUNDS = 4  # of naming: ids whose rows differ only in what is further away are taken for each other
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
ID = re.compile(r"\b([A-Za-z]+)-(\d+)\b")

Diff = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One row: its table, its text without what may differ, and its stamps in the order of that text."""

    table: str
    text: str
    stamps: tuple[datetime, ...]


def same_end(reached: Mapping[str, Diff], wanted: Mapping[str, Diff], writes: int) -> bool | None:
    """Whether every server has come to the same end; None if a server was not available when it was asked.

    `writes`: at most so many calls of the wanted path changed something.
    """
    pairs = [(reached.get(server, {}), wanted.get(server, {})) for server in sorted({*reached, *wanted})]
    if any(isinstance(diff.get("error"), str) for pair in pairs for diff in pair):
        return None
    return all(_same(*pair, writes) for pair in pairs)


def leaves_a_change(diffs: Mapping[str, Diff]) -> bool:
    """Whether anything but clocks and counters is left otherwise; a follow that is taken back leaves nothing."""
    return any(rows for diff in diffs.values() for table, rows in diff.items() if table != "world")


def _same(reached: Diff, wanted: Diff, writes: int) -> bool:
    if not (_has_tables(reached) and _has_tables(wanted)):
        return agrees(dict(reached), dict(wanted))
    slack = 60 * (writes + max(0.0, _later(reached, wanted)))
    rows = entries(reached), entries(wanted)
    return len(rows[0]) == len(rows[1]) and all(_alike(one, other, slack) for one, other in zip(*rows, strict=True))


def _has_tables(diff: Diff) -> bool:
    return all(isinstance(rows, dict) for rows in diff.values())


def _later(reached: Diff, wanted: Diff) -> float:
    """Minutes by which the clock has moved further than on the wanted path."""
    now, then = (_moment(diff.get("world", {}).get("now")) for diff in (reached, wanted))
    return (now - then).total_seconds() / 60 if now and then else 0.0


def _alike(one: Entry, other: Entry, slack: float) -> bool:
    """Equal but for stamps less than `slack` seconds apart: the first write here may have been the last one there."""
    if (one.table, one.text, len(one.stamps)) != (other.table, other.text, len(other.stamps)):
        return False
    pairs = zip(one.stamps, other.stamps, strict=True)
    return all(left == right or abs((left - right).total_seconds()) < slack for left, right in pairs)


def entries(diff: Diff) -> list[Entry]:
    """The rows of one server's diff, in an order that does not depend on ids made or on the clock."""
    rows = [(table, [key, row]) for table in diff if table != "world" for key, row in diff[table].items()]
    names = _names(rows, diff.get("world", {}))
    found = []
    for table, row in rows:
        stamps: list[datetime] = []
        text = json.dumps(_plain(row, names, stamps), sort_keys=True, ensure_ascii=False)
        found.append(Entry(table, text, tuple(stamps)))
    return sorted(found, key=lambda entry: (entry.table, entry.text, entry.stamps))


def _names(rows: list[tuple[str, Any]], world: Mapping[str, Any]) -> dict[str, str]:
    """Each id made in the session, named by the rows that it stands in; those of their ids, by theirs; and so on."""
    places = _places(rows, world)
    names = dict.fromkeys(places, "made")
    for _ in range(ROUNDS):
        names = {made: _name([rows[place] for place in places[made]], names | {made: "this"}) for made in places}
    return names


def _name(rows: list[tuple[str, Any]], names: Mapping[str, str]) -> str:
    texts = sorted(json.dumps([table, _plain(row, names, [])], sort_keys=True) for table, row in rows)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


def _places(rows: list[tuple[str, Any]], world: Mapping[str, Any]) -> dict[str, list[int]]:
    """Each id made in the session: the rows that hold it, by their number."""
    places: dict[str, list[int]] = {}
    for place, (_, row) in enumerate(rows):
        for found in {found for text in _texts(row) for found in ID.findall(text)}:
            if _is_made(*found, world):
                places.setdefault("-".join(found), []).append(place)
    return places


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _is_made(prefix: str, number: str, world: Mapping[str, Any]) -> bool:
    following = world.get(prefix)
    return isinstance(following, int) and len(number) < 18 and 0 < following - int(number) <= NEAR


def _plain(value: Any, names: Mapping[str, str], stamps: list[datetime]) -> Any:
    """The value with ids made replaced by their names and with the time for a stamp, which is put on the list."""
    if isinstance(value, str):
        moment = _moment(value)
        if moment:
            stamps.append(moment)
            return "time"
        return ID.sub(lambda found: names.get(found[0], found[0]), value)
    if isinstance(value, dict):
        return {key: _plain(value[key], names, stamps) for key in sorted(value)}
    if isinstance(value, list):
        return _unordered(value, names, stamps)
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # no minus zero
    return float(value) if type(value) is int and abs(value) < 2**53 else value  # 30 is 30.0


def _unordered(values: list[Any], names: Mapping[str, str], stamps: list[datetime]) -> list[Any]:
    """The items in an order of their own, their stamps in the same order."""
    items = []
    for value in values:
        own: list[datetime] = []
        item = _plain(value, names, own)
        items.append((json.dumps(item, sort_keys=True), own, item))
    items.sort(key=lambda item: item[:2])
    stamps += [stamp for _, own, _ in items for stamp in own]
    return [item for _, _, item in items]


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or not STAMP.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
