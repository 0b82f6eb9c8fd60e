"""Plays a kept history again and says what came out differently: python -m experiments.isolation.replay FILE [stdio]"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.isolation.check import check
from experiments.isolation.history import read


def main(file: str, transport: str = "inprocess") -> int:
    history = read(Path(file).read_text())
    found = check(history, transport).differences
    print(*found, f"{len(history.steps)} steps, {len(found)} differences", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
