"""Processes that make rows beside the trainer, one JSON line per message.

trainer -> process   the recipe, then "[index, level]" per row
process -> trainer   {"row": …} or {"error": "…"} for each, in order

A process is started anew, not forked: it knows nothing of torch's or Ray's threads. It ends when its input ends, which
the kernel sees to even if the trainer is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from prove.synthesis.live import in_process
from prove.synthesis.recipe import Maker, Recipe

ROOT = Path(__file__).resolve().parents[2]
Task = tuple[int, int, "Future[dict[str, Any]]"]


class Producers:
    """Our end: rows are asked for in any number and come as futures; a thread per process hands them over.

    A future fails with a RuntimeError in one sentence when its process has ended or its row cannot be made.
    """

    def __init__(self, recipe: Recipe, workers: int):
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self.processes = [_start(recipe) for _ in range(workers)]
        for process in self.processes:
            # Daemons: a row that is being made must not keep the trainer from ending.
            threading.Thread(target=self._serve, args=(process,), daemon=True).start()

    def ask(self, index: int, level: int) -> Future[dict[str, Any]]:
        future: Future[dict[str, Any]] = Future()
        self._tasks.put((index, level, future))
        return future

    def close(self) -> None:
        """Ends the processes, whatever they are doing."""
        for process in self.processes:
            self._tasks.put(None)
            process.kill()
            process.wait()

    def _serve(self, process: subprocess.Popen[str]) -> None:
        for index, level, future in iter(self._tasks.get, None):
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(_ask(process, index, level))
            except Exception as error:  # whatever it is, it belongs to whoever waits for the row
                future.set_exception(error)


def _start(recipe: Recipe) -> subprocess.Popen[str]:
    """A process of its own group, so that Ctrl-C meets the trainer alone, which then ends the input."""
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    process = subprocess.Popen(
        [sys.executable, "-m", "prove.synthesis.producer"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))},
        process_group=0,
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended already: the first row says so
        _say(process.stdin, asdict(recipe))
    return process


def _ask(process: subprocess.Popen[str], index: int, level: int) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    line = ""
    with contextlib.suppress(OSError):
        _say(process.stdin, [index, level])
        line = process.stdout.readline()
    if not line.endswith("\n"):
        raise RuntimeError(f"the process that makes training rows ended with status {process.wait()} at row {index}")
    answer = json.loads(line)
    if "error" in answer:
        raise RuntimeError(f"no training row: {answer['error']}")
    return answer["row"]


def _say(pipe: TextIO | Any, message: Any) -> None:
    pipe.write(json.dumps(message, ensure_ascii=False) + "\n")
    pipe.flush()


def main() -> None:
    """The other end. What a server prints goes to stderr, not between the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    recipe = Recipe(**json.loads(sys.stdin.readline()))
    tasks: SimpleQueue[list[int]] = SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    with in_process(recipe.servers) as live, contextlib.suppress(BrokenPipeError):
        maker = Maker(live, recipe)
        while True:
            _say(answers, _answer(maker, *tasks.get()))


def _listen(tasks: SimpleQueue[list[int]]) -> None:
    """Passes on what is asked. At the end of the input the process ends at once, in the middle of a row too."""
    for line in sys.stdin:
        tasks.put(json.loads(line))
    os._exit(0)


def _answer(maker: Maker, index: int, level: int) -> Mapping[str, Any]:
    try:
        return {"row": maker.row(index, level)}
    except ValueError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    main()
