"""All that a page can ask for: the index first, then one episode, a piece of the texts or the scores of one reward.

index      columns of the rows of one or two sides, in the order side, split, step, example, line; their groups
numbers    per episode total, components, advantage; per group mean, std, lowest, highest     (as stored, or scored now)
texts(k)   what was said in the k-th TEXTS episodes, for the search

Nothing is kept but rows: lines are read again when they are asked for. A key is SIDE.SPLIT.STEP.LINE, a.train.3.17.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from prove.rewards.choice import Reward
from prove.stored import StoredEpisode, read_line
from prove.viewer.conversation import searchable
from prove.viewer.faults import FAULTS
from prove.viewer.groups import advantages, is_one_group, numbers
from prove.viewer.rows import Row, Scores, scores
from prove.viewer.side import Side
from prove.viewer.values import text

LETTERS = "ab"
TEXTS = 500
STORED = "as stored"
TRAINED = "train"

Entry = tuple[str, Side, Row]


class Book:
    """One or two sides and the rewards that can be asked for."""

    def __init__(self, sides: Iterable[Side], rewards: Mapping[str, Reward]):
        self.sides = dict(zip(LETTERS, sides, strict=False))
        self.rewards = rewards
        self._scores: dict[str, dict[str, Scores]] = {}
        self._arrange()

    def refresh(self) -> bool:
        """Reads what is new of both sides; whether there was anything."""
        changed = [side.refresh() for side in self.sides.values()]
        if any(changed):
            self._scores = {}  # a file that was replaced has other lines under the same keys
            self._arrange()
        return any(changed)

    def _arrange(self) -> None:
        self.entries: list[Entry] = [(letter, side, row) for letter, side in self.sides.items() for row in side.rows]
        self._by_key = {key_of(entry): entry for entry in self.entries}
        self._groups = [list(found) for _, found in groupby(self.entries, _group_of)]

    def size(self) -> int:
        """Bytes of all files as they are now, those included that were not there when they were last read."""
        return sum(side.size() for side in self.sides.values())

    def entry(self, key: str) -> Entry:
        """KeyError: there is no such episode."""
        return self._by_key[key]

    def stored(self, entry: Entry) -> StoredEpisode:
        return read_line(entry[2].place.read())

    def texts(self, number: int) -> list[str]:
        """What is searched, one text an episode."""
        chosen = self.entries[number * TEXTS : (number + 1) * TEXTS]
        return [searchable(stored.line, stored.calls) for stored in map(self.stored, chosen)]

    @property
    def text_pieces(self) -> int:
        return -(-len(self.entries) // TEXTS)

    def index(self) -> dict[str, Any]:
        """What the page loads first."""
        words = {name: Words() for name in ("split", "server", "kind", "example", "opening", "did")}
        rows = [row for _, _, row in self.entries]
        columns: dict[str, Any] = {name: [words[name].place(getattr(row, name)) for row in rows] for name in words}
        columns["side"] = [LETTERS.index(letter) for letter, _, _ in self.entries]
        columns["step"] = [row.step for row in rows]
        columns["line"] = [row.place.number for row in rows]
        columns["calls"] = [row.calls for row in rows]
        columns["exact"] = [int(row.exact) for row in rows]
        columns["faults"] = [sum(1 << FAULTS.index(fault) for fault in row.faults) for row in rows]
        columns["group"] = [number for number, group in enumerate(self._groups) for _ in group]
        return {
            "sides": [_side(side) for side in self.sides.values()],
            "rewards": list(self.rewards),
            "faults": list(FAULTS),
            "words": {name: each.known for name, each in words.items()},
            "columns": columns,
            "groups": {"size": [len(group) for group in self._groups]},
            "textPieces": self.text_pieces,
            "stored": STORED,
            "numbers": self.numbers(STORED),
        }

    def numbers(self, name: str) -> dict[str, Any]:
        """Every episode and group under one reward. KeyError: there is no such reward."""
        found = self._found(name)
        keys = dict.fromkeys(key for each in found for key in each.components)
        groups: list[dict[str, float] | None] = []
        advantage: list[float | None] = []
        place = 0
        for group in self._groups:
            totals = [each.total for each in found[place : place + len(group)]]
            place += len(group)
            groups.append(_group_numbers(totals))
            advantage += _advantages(group, totals)
        return {
            "total": [_short(each.total) for each in found],
            "components": {key: [_short(each.components.get(key)) for each in found] for key in keys},
            "advantage": advantage,
            "groups": groups,
        }

    def learn(self, key: str, name: str, found: Scores) -> None:
        """The scores of one episode that were computed on the way."""
        self._scores.setdefault(name, {})[key] = found

    def _found(self, name: str) -> list[Scores]:
        """Scored once for each line."""
        if name == STORED:
            return [row.scores for _, _, row in self.entries]
        reward, known = self.rewards[name], self._scores.setdefault(name, {})
        for entry in self.entries:
            key = key_of(entry)
            if key not in known:
                known[key] = scores(self.stored(entry), reward)
        return [known[key_of(entry)] for entry in self.entries]


class Words:
    """Texts that repeat, each once."""

    def __init__(self) -> None:
        self.known: list[str] = []
        self._places: dict[str, int] = {}

    def place(self, word: str) -> int:
        if word not in self._places:
            self._places[word] = len(self.known)
            self.known.append(text(word))
        return self._places[word]


def key_of(entry: Entry) -> str:
    letter, _, row = entry
    return f"{letter}.{row.split}.{row.step}.{row.place.number}"


def _group_of(entry: Entry) -> tuple[str, str, int, str]:
    letter, _, row = entry
    return letter, row.split, row.step, row.example


def _side(side: Side) -> dict[str, Any]:
    return {
        "name": side.source.name,
        "path": str(side.source.path),
        "reward": side.maker.name or "prove",
        "rewardWords": side.maker_words,
        "advantageWords": side.estimator.words if side.estimator else "",
        "groupSize": side.estimator.size if side.estimator else None,
        "notes": side.notes,
    }


def _group_numbers(totals: list[float | None]) -> dict[str, float] | None:
    found = numbers([total for total in totals if total is not None])
    if found is None:
        return None
    return {
        "mean": _short(found.mean),
        "std": _short(found.std),
        "low": _short(found.low),
        "high": _short(found.high),
        "flat": int(found.flat),
    }


def _advantages(group: list[Entry], totals: list[float | None]) -> list[float | None]:
    """Only of what is trained on, and only where the whole group is known."""
    _, side, row = group[0]
    if row.split != TRAINED or side.estimator is None or not is_one_group(len(group), side.estimator):
        return [None] * len(group)
    if None in totals:
        return [None] * len(group)
    return [_short(one) for one in advantages(totals, side.estimator)]


def _short(value: float | None) -> float | None:
    """Six digits: what a list shows and a filter compares."""
    return None if value is None else round(value, 6)
