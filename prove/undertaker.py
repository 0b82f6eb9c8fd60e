"""Ends what we started if we die without a word (kill -9): a process of its own at the other end of a pipe.

"+4711 FOLDER"   a process group has begun, with a folder of its own
"-4711"          it has ended
end of the pipe  we are gone: the rest is killed, its folders are removed
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from functools import cache


class Undertaker:
    """Our end of the pipe. Without it a foreign server that ignores the end of its input would stay."""

    def __init__(self) -> None:
        nowhere = subprocess.DEVNULL
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=nowhere,
            stderr=nowhere,
            process_group=0,
        )

    def watch(self, group: int, folder: str) -> None:
        self._say(f"+{group} {folder}\n")

    def forget(self, group: int) -> None:
        self._say(f"-{group}\n")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # somebody killed it: then nobody watches
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


def undertaker() -> Undertaker:
    """That of this process; a forked process gets one of its own."""
    return _of(os.getpid())


@cache
def _of(_: int) -> Undertaker:
    return Undertaker()


def kill(group: int) -> None:
    """Kills a process group, as far as it still exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def main(lines: Iterable[str]) -> None:
    living: dict[int, str] = {}
    for line in lines:
        group, _, folder = line[1:].strip().partition(" ")
        if line[0] == "+":
            living[int(group)] = folder
        else:
            living.pop(int(group), None)
    for group, folder in living.items():
        kill(group)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.stdin)
