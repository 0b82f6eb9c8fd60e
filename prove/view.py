"""Shows stored episodes as a page to read: what was done, why it got its reward, what differs.

    python -m prove.view RUN_OR_JSONL [OTHER]                served on this machine until Ctrl-C; opens a browser
    python -m prove.view RUN_OR_JSONL --static FILE.html     one file that needs nothing else

RUN is a run's or an evaluation's folder, or a file of episodes as prove.score reads it. With OTHER the two can be
compared, example by example. A run that is still going can be viewed; reloading the page shows its new steps.
"""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.reward_files import load_reward, reward_names
from prove.viewer import still
from prove.viewer.book import Book
from prove.viewer.server import ViewServer
from prove.viewer.side import Side
from prove.viewer.sources import find


def main(argv: list[str] | None = None) -> int:
    """0; 2 if there is nothing to show, or it cannot be written."""
    options = _options(argv)
    try:
        if options.static:
            _check_target(options)
        book = open_book([options.run, *([options.other] if options.other else [])])
        return _write(book, options.static) if options.static else _serve(book, options)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def open_book(paths: list[Path]) -> Book:
    """Reads what the paths name. ValueError: one of them holds no episode."""
    sources = [find(path) for path in paths]
    rewards = {name: load_reward(name) for name in reward_names()}
    sides = [Side(source, rewards) for source in sources]
    with tqdm(total=sum(side.size() for side in sides), unit="B", unit_scale=True, disable=None, desc="reading") as bar:
        for side in sides:
            side.refresh(bar.update)
    for side in sides:
        if not side.rows:
            raise ValueError(_nothing(side))
    return Book(sides, rewards)


def _nothing(side: Side) -> str:
    """Why there is no episode."""
    path = side.source.path
    if side.first_error:
        return f"{path} holds no episodes: {side.first_error}"
    if not side.source.files:
        return f"{path} has no episodes yet; a run writes them to episodes/ from its first step on"
    return f"{path} holds no episodes: {side.notes[0] if side.notes else 'it is empty'}"


def _write(book: Book, path: Path) -> int:
    size = still.write(book, path, _bar)
    print(f"{path}: {len(book.entries)} episodes, {size / 1e6:.1f} MB")
    return 0


def _bar(pieces: Iterable[Any], words: str) -> Iterable[Any]:
    return tqdm(pieces, desc=words, leave=False, disable=None)


def _serve(book: Book, options: argparse.Namespace) -> int:
    with ViewServer(book, options.port) as server:
        print(f"{len(book.entries)} episodes at {server.address}  (Ctrl-C ends it)", flush=True)
        if not options.no_browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def _check_target(options: argparse.Namespace) -> None:
    """ValueError: the file cannot be written there; said before anything is read."""
    target: Path = options.static
    if target.suffix not in (".html", ".htm"):
        raise ValueError(f"--static {target}: the file is HTML, so name it …{target.stem or 'view'}.html")
    if not target.absolute().parent.is_dir():
        raise ValueError(f"--static {target}: there is no folder {target.parent}")


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m prove.view",
        description="Shows the episodes of a run as a page: conversations, rewards explained, groups, comparisons.",
    )
    parser.add_argument("run", type=Path, metavar="RUN_OR_JSONL", help="a run's or an evaluation's folder, or a file")
    parser.add_argument("other", type=Path, nargs="?", metavar="OTHER", help="another one, to compare")
    parser.add_argument("--static", type=Path, metavar="FILE.html", help="write one self-contained file, serve nothing")
    parser.add_argument("--port", type=int, choices=range(65536), default=0, metavar="N", help="default: any free one")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
