"""A server whose answers arrive spoilt: stands between it and its client and passes lines on, most of them unharmed.

    python -m experiments.chaos.wire FAULT SHARE NAME [seed]

garbage     a line that is no JSON comes before the answer
half        the line ends in its middle
wrong_id    the answer names a request that nobody made
giant       a line longer than any client reads comes before the answer
empty       a response with neither result nor error
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

from prove.links import MAX_LINE, own

SPARED = 2  # the first answers list the tools: a server that never comes up is another fault


def _wrong_id(line: bytes) -> bytes:
    return json.dumps({**json.loads(line), "id": 10**9}).encode() + b"\n"


SPOIL: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda line: b"Segmentation fault \xff{[\n" + line,
    "half": lambda line: line[: len(line) // 2] + b"\n",
    "wrong_id": _wrong_id,
    "giant": lambda line: b'"' + b"x" * (MAX_LINE + 1) + b'"\n' + line,
    "empty": lambda line: json.dumps({"jsonrpc": "2.0", "id": json.loads(line)["id"]}).encode() + b"\n",
}


def main(fault: str, share: str, name: str, seed: str = "") -> None:
    server = subprocess.Popen(own(name, "--control"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None and server.stdout is not None
    threading.Thread(target=_forward, args=(server.stdin,), daemon=True).start()
    rng = random.Random(seed or None)
    for number, line in enumerate(server.stdout):
        spoilt = number >= SPARED and rng.random() < float(share)
        sys.stdout.buffer.write(SPOIL[fault](line) if spoilt else line)
        sys.stdout.buffer.flush()


def _forward(to: BinaryIO) -> None:
    for line in sys.stdin.buffer:
        to.write(line)
        to.flush()
    to.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
