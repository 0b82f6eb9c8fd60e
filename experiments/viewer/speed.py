"""How fast the explorer opens and filters 10,000 episodes, measured in a browser.

    python -m experiments.viewer.speed RUN [--episodes 10000] [--times 5]

The episodes are those of a real run, repeated under other example ids. Times are those of the page's own clock:

    open      from the start of the navigation until the list is drawn
    filter    from the click until the frame after it
    search    from the last key until all texts were looked through, the texts loaded before

CPU seconds are those of all processes of the browser together: on a machine that is busy with other things they say
more than the clock does.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from experiments.viewer import chromium
from prove.view import open_book
from prove.viewer import still
from prove.viewer.server import ViewServer

PER_STEP = 256
READY = "html[data-ready]"
BOUND = 600_000  # ms
FILTERS = {
    "one error": "[data-filter='faults-step missed']",
    "one server": "[data-filter^='server-']",
    "not exact": "[data-filter='exact-no']",
    "zero variance": "[data-filter='flat-yes']",
}
CLICK = """async (name) => {
  const began = performance.now();
  document.querySelector(name).click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""
TYPE = """async (words) => {
  const field = document.getElementById("search");
  const before = document.getElementById("summary").textContent;
  const began = performance.now();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  const text = (id) => document.getElementById(id).textContent;
  const busy = () => text("summary") === before || text("status");
  while (busy()) await new Promise((done) => setTimeout(done, 1));
  return performance.now() - began;
}"""


def main(argv: list[str] | None = None) -> int:
    options = _options(argv)
    if wrong := chromium.missing():
        print(wrong, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        repeat(options.run, run, options.episodes)
        rows = list(measured(run, None if options.served else Path(folder) / "still.html", options.times))
    print(f"{options.episodes} episodes of {options.run.name}, repeated under other ids\n")
    print("| measure | median | max | n | CPU, median |\n|---|---|---|---|---|")
    for name, walls, cpus in rows:
        cpu = f"{statistics.median(cpus):.2f} s" if cpus else ""
        print(f"| {name} | {_time(statistics.median(walls))} | {_time(max(walls))} | {len(walls)} | {cpu} |")
    return 0


def repeat(source: Path, run: Path, count: int) -> None:
    """A run folder with so many episodes, 256 a step, groups kept together."""
    lines = _real(source)
    (run / "episodes/train").mkdir(parents=True)
    (run / "config.yaml").write_bytes((source / "config.yaml").read_bytes())
    for step in range(1, -(-count // PER_STEP) + 1):
        with (run / f"episodes/train/{step:05d}.jsonl").open("w", encoding="utf-8") as file:
            for _ in range(min(PER_STEP, count - (step - 1) * PER_STEP)):
                line = json.loads(next(lines))
                file.write(
                    json.dumps({**line, "example_id": f"{line['example_id']}-{step}"}, ensure_ascii=False) + "\n"
                )


def _real(source: Path) -> Iterator[bytes]:
    files = sorted((source / "episodes/train").glob("*.jsonl")) or sorted((source / "episodes").glob("*/*.jsonl"))
    for file in itertools.cycle(files):
        with file.open("rb") as lines:
            yield from lines


def measured(run: Path, file: Path | None, times: int) -> Iterator[tuple[str, list[float], list[float]]]:
    """(what, wall seconds, CPU seconds) of everything that is measured."""
    began, used = perf_counter(), process_time()
    book = open_book([run])
    yield "read by Python, once", [perf_counter() - began], [process_time() - used]
    with _served(book) as address:
        yield from _in_browser("served", address, times)
    if file is None:
        return
    began, used = perf_counter(), process_time()
    size = still.write(book, file, lambda pieces, words: pieces)
    yield f"--static, {size / 1e6:.1f} MB, once", [perf_counter() - began], [process_time() - used]
    yield from _in_browser("one file", file.as_uri(), times)


@contextmanager
def _served(book: Any) -> Iterator[str]:
    with ViewServer(book) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


def _in_browser(kind: str, address: str, times: int) -> Iterator[tuple[str, list[float], list[float]]]:
    with chromium.browser() as browser:
        cpu = _clock(browser)
        opens = [_opened(browser, address, cpu) for _ in range(times)]
        yield f"open, {kind}", [wall for wall, _ in opens], [used for _, used in opens]
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(BOUND)
        page.goto(address)
        page.wait_for_selector(READY)
        for name, where in FILTERS.items():
            yield (f"filter, {kind}: {name}", *_clicked(page, where, 2 * times, cpu))
        page.evaluate(TYPE, "warm")
        words = ["transfer", "calendar", "error", "paris", "invoice"]
        found = [_timed(lambda word=word: page.evaluate(TYPE, word) / 1000, cpu) for word in words[:times]]
        yield f"search, {kind}", [wall for wall, _ in found], [used for _, used in found]


def _opened(browser: Any, address: str, cpu: Callable[[], float]) -> tuple[float, float]:
    """A fresh context each time: nothing is cached."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    used = cpu()
    page.goto(address, timeout=BOUND)
    page.wait_for_selector(READY, timeout=BOUND)
    wall = page.evaluate("performance.getEntriesByName('ready')[0].startTime") / 1000
    used = cpu() - used
    context.close()
    return wall, used


def _clicked(page: Any, where: str, times: int, cpu: Callable[[], float]) -> tuple[list[float], list[float]]:
    """On, off, on, …; what it leaves off at the end is cleared."""
    found = [_timed(lambda: page.evaluate(CLICK, where) / 1000, cpu) for _ in range(times)]
    page.keyboard.press("x")
    return [wall for wall, _ in found], [used for _, used in found]


def _timed(act: Callable[[], float], cpu: Callable[[], float]) -> tuple[float, float]:
    used = cpu()
    wall = act()
    return wall, cpu() - used


def _clock(browser: Any) -> Callable[[], float]:
    """CPU seconds of the browser's processes so far."""
    session = browser.new_browser_cdp_session()

    def cpu() -> float:
        return sum(one["cpuTime"] for one in session.send("SystemInfo.getProcessInfo")["processInfo"])

    return cpu


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m experiments.viewer.speed", description="Opens and filters, timed.")
    parser.add_argument("run", type=Path, metavar="RUN", help="a run's folder with training episodes")
    parser.add_argument("--episodes", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--served", action="store_true", help="leave the one file out")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
