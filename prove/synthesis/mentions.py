"""What a conversation has mentioned, as later turns may refer to it.

{"payee_id": "PAY-7", …}                          ->  "that payee"
{"products": [{"product_id", "price"}, …]}        ->  "the cheapest one", "the first one"
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DATES = ("starts_at", "start", "started", "departs_at", "departs", "due", "date")
SUPERLATIVES = {
    ("price", "fare", "amount", "cost", "total"): ("cheapest", "cheaper", "most expensive", "more expensive"),
    ("stars", "rating"): ("worst rated", "worse rated", "best rated", "better rated"),
    ("distance", "distance_km", "kilometres", "km"): ("closest", "closer", "farthest", "farther"),
    DATES: ("earliest", "earlier", "latest", "later"),
}
"""Fields -> what the row with the smallest value is called (of many, of two), and the one with the largest."""
DATE = re.compile(r"\d{4}-\d\d-\d\d")
LONGEST = 12
"""Rows of a result that a user would still compare."""


def fields(output: str) -> dict[str, Any]:
    """What a result says by name; {} where it is text, as a server that is not ours may answer."""
    try:
        value = json.loads(output)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def made(output: Mapping[str, Any], known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(kind, id) of the entities that a result is about and the caller did not name: mostly what it has made."""
    for key, value in output.items():
        if key.endswith("_id") and isinstance(value, str) and value and value not in known:
            yield key.removesuffix("_id"), value


def shown(output: Mapping[str, Any]) -> set[str]:
    """Kinds of entities that a result lists: after it, "that one" of such a kind would be anything."""
    first = [rows[0] for rows in output.values() if isinstance(rows, list) and rows and isinstance(rows[0], dict)]
    keys = [next(iter(row), "") for row in first]
    return {key.removesuffix("_id") for key in keys if key.endswith("_id")}


def listed(output: Mapping[str, Any], rng: random.Random) -> tuple[str, str, tuple[str, ...], dict[str, Any]] | None:
    """(kind, id, names, row) of one row of a listed result that can be singled out in words; None if none can."""
    whole = all(not isinstance(output.get(key), int) or output[key] <= LONGEST for key in ("total", "count"))
    options = [option for rows in output.values() for option in _singled(rows, whole)]
    return rng.choice(options) if options else None


def _singled(rows: Any, whole: bool) -> Iterator[tuple[str, str, tuple[str, ...], dict[str, Any]]]:
    if not isinstance(rows, list) or not 1 <= len(rows) <= LONGEST or not all(isinstance(row, dict) for row in rows):
        return
    key = next(iter(rows[0]), "")
    if not key.endswith("_id") or any(not isinstance(row.get(key), str) for row in rows):
        return
    kind, two = key.removesuffix("_id"), len(rows) == 2
    noun = kind.replace("_", " ")
    if len(rows) == 1:
        yield kind, rows[0][key], (f"that {noun}", f"the {noun} you found", "that one"), rows[0]
        return
    for row, words in _extremes(rows, two) if whole else ():  # the cheapest of a part is not the cheapest
        names = (f"the {words} of the two",) if two else (f"the {words} one", f"the {words} {noun}")
        yield kind, row[key], names, row
    yield kind, rows[0][key], (f"the first {noun} on that list", "the first one on the list"), rows[0]
    yield kind, rows[-1][key], ("the last one on the list", f"the last {noun} you found"), rows[-1]


def _extremes(rows: list[dict[str, Any]], two: bool) -> Iterator[tuple[dict[str, Any], str]]:
    """Rows that alone have the smallest or the largest value of a field people compare."""
    for names, words in SUPERLATIVES.items():
        for name in names:
            values = [row.get(name) for row in rows]
            if not (_numbers(values) or _dates(name, values)):
                continue
            for extreme, word in ((min(values), words[two]), (max(values), words[2 + two])):
                if values.count(extreme) == 1:
                    yield rows[values.index(extreme)], word


def _numbers(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _dates(name: str, values: list[Any]) -> bool:
    return name in DATES and all(isinstance(value, str) and DATE.match(value) for value in values)
