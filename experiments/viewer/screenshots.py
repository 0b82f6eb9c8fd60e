"""Takes the pictures of docs/view.md: a real run in the explorer, light and dark.

    python -m experiments.viewer.screenshots RUN OTHER [--out docs/view]

The episode shown is the one of RUN's training steps with most to explain: partly covered, a wrong order, an argument
that differs. OTHER is what RUN is compared with.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from threading import Thread
from typing import Any

from PIL import Image

from experiments.viewer import chromium
from prove.view import open_book
from prove.viewer.book import Book, key_of
from prove.viewer.server import ViewServer

THEMES = ("light", "dark")
BOUND = 600_000  # ms
COLOURS = 256  # of a flat page: a third of the bytes
TELLING = ("wrong order", "argument differs", "step missed", "refused by the server")


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    if wrong := chromium.missing():
        print(wrong, file=sys.stderr)
        return 2
    book = open_book([options.run, options.other])
    key, best = telling(book)
    views = {
        "list": (1280, 760, "split=train", "ArrowDown ArrowDown Enter".split()),
        "episode": (1280, 1000, f"view=episode&key={key}", []),
        "pair": (1280, 900, f"view=pair&key={key}&other={best}", []),
        "compare": (1280, 560, "view=compare", []),
        "rescored": (1280, 760, f"view=episode&key={key}&reward=graduated_fixed", []),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    with ViewServer(book) as server, chromium.browser() as browser:
        Thread(target=server.serve_forever, daemon=True).start()
        for theme in THEMES:
            context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme=theme)
            page = context.new_page()
            page.set_default_timeout(BOUND)
            page.goto(server.address, timeout=BOUND)
            page.wait_for_selector("html[data-ready]")
            for name, view in views.items():
                _take(page, view, options.out / f"{name}-{theme}.png")
            context.close()
        server.shutdown()
    return 0


def telling(book: Book) -> tuple[str, str]:
    """The key of the training episode with most of TELLING (the first of several), and of the best of its group."""
    train = [entry for entry in book.entries if entry[0] == "a" and entry[2].split == "train"]
    one = max(train, key=lambda entry: (sum(fault in TELLING for fault in entry[2].faults), entry[2].calls == 3))
    group = [entry for entry in train if (entry[2].step, entry[2].example) == (one[2].step, one[2].example)]
    return key_of(one), key_of(max(group, key=lambda entry: entry[2].scores.total or 0.0))


def _take(page: Any, view: tuple[int, int, str, list[str]], path: Path) -> None:
    width, height, words, keys = view
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("words => { location.hash = words; }", words)
    page.wait_for_selector(".call, #list .line.row, #list .line.group, .wide td")
    page.wait_for_timeout(1000)
    page.wait_for_function("() => !document.getElementById('status').textContent")
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(1000)
    taken = Image.open(io.BytesIO(page.screenshot(timeout=BOUND))).convert("RGB")
    taken.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m experiments.viewer.screenshots", description="The pictures.")
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("other", type=Path, metavar="OTHER")
    parser.add_argument("--out", type=Path, default=Path("docs/view"))
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
