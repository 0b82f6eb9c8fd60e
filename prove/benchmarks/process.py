"""A harness in a process of its own, watched while it works.

command, environment --start--> process --log--> FILE;  a bar follows what it has finished;  ends with us
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

LOOK_EVERY = 1.0  # seconds between two looks at what is finished


class Unfinished(RuntimeError):
    """The harness ended before its items did; what it finished is kept."""


def watched(
    command: Sequence[str],
    where: Path,
    environment: Mapping[str, str],
    log: Path,
    finished: Callable[[], int],
    total: int,
    named: str,
) -> int:
    """Its exit status. `finished`: how many of `total` items there are now; `named`: the option that names its program.

    Unfinished: it cannot be started.
    """
    with log.open("a", encoding="utf-8") as file:
        try:
            process = subprocess.Popen(
                command, cwd=where, env=dict(environment), stdin=subprocess.DEVNULL, stdout=file, stderr=file
            )
        except OSError as error:
            raise Unfinished(f"{named} cannot be started: {error}") from None
        try:
            with tqdm(total=total, unit="item") as bar:
                while process.poll() is None:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(LOOK_EVERY)
                    if new := finished() - bar.n:
                        bar.update(new)
        finally:
            process.terminate()  # of a process that has ended: nothing
        return process.wait()
