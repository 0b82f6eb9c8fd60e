"""Which version of a world answers: a digest of the sources that decide what its tools say.

An episode keeps it, so that one that comes out otherwise later can be told from one that was changed by hand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
SHARED = ("control.py", "host.py", "names.py", "state.py", "tool.py")
ASKED_ABOUT = ("probes.py",)
"""What only the makers of conversations read; no tool's answer depends on it."""


def sources_of(name: str) -> list[Path]:
    """The files behind the answers of one folder of this package."""
    own = [path for path in sorted((HERE / name).rglob("*.py")) if path.name not in ASKED_ABOUT]
    return [*(HERE / shared for shared in SHARED), *own]


def digest_of(name: str) -> str:
    """The same on every machine for the same sources."""
    digest = hashlib.sha256()
    for path in sources_of(name):
        digest.update(f"{path.relative_to(HERE).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()
