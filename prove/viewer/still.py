"""The explorer as one HTML file that needs no server: the same page, with the data inside, packed.

<script type="text/plain" id="data-index">       gzip, then base64: no text of an episode stands in the file as itself
… data-numbers-REWARD   data-texts-K   data-episodes-K        each unpacked when it is first needed
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from prove.viewer.book import Book
from prove.viewer.detail import details
from prove.viewer.page import page
from prove.viewer.rows import Scores
from prove.viewer.values import packed

EPISODES = 64
"""In one piece: some 20 kB packed, unpacked in a few milliseconds."""


def write(book: Book, path: Path, progress: Callable[[Iterable[Any], str], Iterable[Any]]) -> int:
    """Writes the file whole; its size in bytes. `progress` wraps what takes long."""
    data = "\n".join(_element(name, value) for name, value in _pieces(book, progress))
    title = " and ".join(side.source.name for side in book.sides.values())
    part = path.with_name(f"{path.name}.part")
    part.write_text(page(data, title), encoding="utf-8")
    part.replace(path)
    return path.stat().st_size


def _pieces(book: Book, progress: Callable[[Iterable[Any], str], Iterable[Any]]) -> Iterator[tuple[str, Any]]:
    """Episodes first: explaining them scores them under every reward."""
    yield "index", {**book.index(), "episodePieces": EPISODES}
    for number, start in enumerate(progress(range(0, len(book.entries), EPISODES), "episodes")):
        found = details(book, book.entries[start : start + EPISODES])
        _learn(book, found["episodes"])
        yield f"episodes-{number}", found
    for number in progress(range(book.text_pieces), "texts"):
        yield f"texts-{number}", book.texts(number)
    for name in book.rewards:
        yield f"numbers-{name}", book.numbers(name)


def _learn(book: Book, episodes: list[dict[str, Any]]) -> None:
    for one in episodes:
        for name in book.rewards:
            found = one["rewards"][name]
            book.learn(one["key"], name, Scores(found.get("components", {}), found.get("total")))


def _element(name: str, value: Any) -> str:
    text = base64.b64encode(gzip.compress(packed(value), 6, mtime=0)).decode("ascii")
    return f'<script type="text/plain" id="data-{name}">{text}</script>'
