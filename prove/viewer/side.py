"""One run, evaluation or file with the rows that were read of it so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prove.rewards.choice import Reward
from prove.stored import BadLine, StoredEpisode, read_line
from prove.viewer.groups import Estimator, estimator_of
from prove.viewer.growing import Growing, Place
from prove.viewer.maker import maker_of
from prove.viewer.rows import Row, row_of
from prove.viewer.sources import EpisodeFile, Source, find

SAMPLE = 24
"""Lines from which the reward of a file without a configuration is told."""
PATH_RULES = ("prove", "complete")


class Side:
    """`notes`: what a reader should know, one sentence each: lines skipped, a line that is not finished."""

    def __init__(self, source: Source, rewards: Mapping[str, Reward]):
        self.source = source
        self.rows: list[Row] = []
        self.maker, self.maker_words = maker_of(source, _sample(source), rewards)
        self.estimator: Estimator | None = estimator_of(source.config)
        self._judge = self.maker if self.maker.rule in PATH_RULES else rewards["prove"]
        self._files: dict[EpisodeFile, Growing] = {}
        self._bad: dict[Place, str] = {}

    def refresh(self, progress: Callable[[int], Any] = lambda lines: None) -> bool:
        """Reads what is new; whether there was anything. `progress` is called with the length of each line."""
        self.source = find(self.source.path)
        before = len(self.rows)
        if any(file.was_replaced for file in self._files.values()):
            self.rows, self._files, self._bad, before = [], {}, {}, -1
        for file in self.source.files:
            for place, line in self._files.setdefault(file, Growing(file.path)).fresh():
                self._add(file, place, line)
                progress(place.length)
        self.rows.sort(key=lambda row: self._order(row))
        return len(self.rows) != before

    def size(self) -> int:
        """Bytes of its files as they are now."""
        return sum(file.path.stat().st_size for file in find(self.source.path).files)

    @property
    def notes(self) -> list[str]:
        torn = [file.path.name for file, read in self._files.items() if read.torn]
        found = [f"{place.path.name} line {place.number}: {error}; skipped" for place, error in self._bad.items()]
        few = found[:5] + ([f"{len(found) - 5} more lines were skipped"] if len(found) > 5 else [])
        return few + [f"{name}: the last line is not finished; skipped" for name in torn]

    @property
    def first_error(self) -> str | None:
        return next((f"{place.path} line {place.number}: {error}" for place, error in self._bad.items()), None)

    def _add(self, file: EpisodeFile, place: Place, line: bytes) -> None:
        try:
            self.rows.append(row_of(read_line(line), place, file.split, file.step, self._judge, self.maker))
        except BadLine as error:
            self._bad[place] = str(error)

    def _order(self, row: Row) -> tuple[int, int, str, int]:
        splits = [file.split for file in self.source.files]
        return splits.index(row.split), row.step, row.example, row.place.number


def _sample(source: Source) -> list[StoredEpisode]:
    """The first readable lines; none are needed where a configuration says the reward."""
    found: list[StoredEpisode] = []
    for file in source.files[:1]:
        with file.path.open("rb") as lines:
            for line, _ in zip(lines, range(SAMPLE), strict=False):
                try:
                    found.append(read_line(line))
                except BadLine:
                    continue
    return found
