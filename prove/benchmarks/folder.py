"""The folder of one evaluation: what it is of, and a line for every finished try, written at once.

about.json      what was evaluated; another evaluation in the same folder is refused
items.jsonl     {"item": {id, seed, trial, counts, groups, world, commit}, …the episode as prove.score reads it}
results.csv     written at the end (prove.benchmarks.results)
.lock           held while an evaluation works here
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prove.benchmarks.items import Line

ITEMS, ABOUT = "items.jsonl", "about.json"


class Folder:
    """Use as a context manager. ValueError: another evaluation works here, or has worked here."""

    def __init__(self, path: Path, about: Mapping[str, Any]):
        self.path = path
        self._about = json.loads(json.dumps(about))
        self._items = path / ITEMS

    def __enter__(self) -> Folder:
        _refuse_others(self.path, self._about)
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock = (self.path / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ValueError(f"another evaluation works in {self.path}; out=… names another folder") from None
        replace(self.path / ABOUT, json.dumps(self._about, indent=2, ensure_ascii=False) + "\n")
        self._drop_torn_line()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    def append(self, line: Line, episode: Mapping[str, Any]) -> None:
        """One finished try, at once."""
        text = json.dumps({"item": asdict(line), **episode}, ensure_ascii=False)
        with self._items.open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def lines(self) -> list[Line]:
        return list(read_lines(self.path)) if self._items.exists() else []

    def _drop_torn_line(self) -> None:
        """What a kill left half written."""
        if not self._items.exists():
            return
        content = self._items.read_bytes()
        if content and not content.endswith(b"\n"):
            with self._items.open("r+b") as file:
                file.truncate(content.rfind(b"\n") + 1)


def _refuse_others(path: Path, about: Mapping[str, Any]) -> None:
    if not (path / ABOUT).is_file():
        if (path / ITEMS).exists():
            raise ValueError(f"{path} has {ITEMS} without {ABOUT}; out=… names another folder")
        return
    before = read_about(path)
    for key in dict.fromkeys([*before, *about]):
        if before.get(key) != about.get(key):
            was, now = (json.dumps(each.get(key), ensure_ascii=False) for each in (before, about))
            raise ValueError(f"{path} holds another evaluation: {key} was {was} and is {now}; out=… names another")


def read_about(path: Path) -> dict[str, Any]:
    """ValueError: the folder is no evaluation."""
    try:
        return json.loads((path / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ValueError(f"{path} is no folder of an evaluation: it has no readable {ABOUT}") from None


def read_lines(path: Path) -> Iterator[Line]:
    """Every finished try of a folder; of one that stands twice the first. ValueError names the line."""
    seen = set()
    with (path / ITEMS).open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                item = json.loads(text)["item"]
                counts = {name: (float(total), float(of)) for name, (total, of) in item.pop("counts").items()}
                line = Line(counts=counts, **item)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path / ITEMS} line {number} is no finished item: {error}") from None
            if line.key not in seen:
                seen.add(line.key)
                yield line


def replace(path: Path, text: str) -> None:
    """The whole text or what was there before."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
