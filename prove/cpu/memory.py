"""Pages of freed tensors: Ray's allocator keeps them (prove.main.ON_A_CPU), which is fast, and gives them back here.

Tensors of ever other sizes leave ever more pages that nobody uses: 2 GB in ten steps of the engine.
"""

from __future__ import annotations

import ctypes

ALL_ARENAS = b"arena.4096.purge"


def give_back() -> None:
    """Now and then. Does nothing where the allocator is another one."""
    try:
        mallctl = ctypes.CDLL(None).mallctl
    except AttributeError:
        return
    mallctl(ALL_ARENAS, None, None, None, ctypes.c_size_t(0))
