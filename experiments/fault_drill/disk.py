"""Disks that can be full: small filesystems in memory, seen by this process and its children only.

An ordinary user may mount inside a user namespace of his own; `enter` starts the drill again in one. Where the kernel
forbids that, the faults of a full disk are not run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

INSIDE = "PROVE_DRILL_INSIDE"
UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")
BLOCK = 4096


def enter(module: str) -> bool:
    """Starts `python -m module` again where it may mount. False: it cannot."""
    if os.environ.get(INSIDE):
        return True
    if subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        return False
    os.environ[INSIDE] = "1"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-m", module, *sys.argv[1:]])


def mount(folder: Path, megabytes: float) -> None:
    """An empty filesystem of this size at `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={int(megabytes * 2**20)}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(folder)], check=True)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def free(folder: Path) -> int:
    """Bytes that fit into it."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def fill(folder: Path, leave: int = 0) -> None:
    """Puts a file into `folder` that leaves so many bytes."""
    block, blocks = b"\0" * BLOCK, max(0, free(folder) - leave) // BLOCK
    try:
        with (folder / "ballast").open("wb", buffering=0) as file:
            for _ in range(blocks):
                file.write(block)
    except OSError:
        pass  # somebody else wrote meanwhile: full is full


def make_room(folder: Path) -> None:
    (folder / "ballast").unlink(missing_ok=True)
