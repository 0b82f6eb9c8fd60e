"""A Ray for one job, and one sentence about why it failed."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import ray

FULL = ("No space left on device", "PytorchStreamWriter failed", "] . unexpected pos ")  # torch says it in its own way


@contextlib.contextmanager
def ray_of_its_own() -> Iterator[None]:
    """Ends the Ray that was started inside, so that several jobs can follow each other in one process.

    RuntimeError: the cause in one line; the whole story has been printed.
    """
    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as error:
        with contextlib.suppress(OSError):  # a full disk has no room for it
            print(error)
        raise RuntimeError(cause(error)) from None
    except Exception as error:
        if ray.is_initialized():
            raise
        raise RuntimeError(f"Ray did not start: {error}") from None  # its own class of error is plain Exception
    finally:
        ray.shutdown()


def cause(error: Exception) -> str:
    """The last line of a traceback that came from a process of Ray; of a process that died only which one it was."""
    died = re.search(r"\tclass_name: (?:\S+\.)?(\w+)\n.*?\tpid: (\d+)", str(error), re.DOTALL)
    if isinstance(error, ray.exceptions.OutOfMemoryError):
        return "memory ran short, and Ray ended one of its processes"
    if died:
        return f"the process of {died[1]} ({died[2]}) died; it was killed, or memory ran out"
    if any(sign in str(error) for sign in FULL):
        return "the disk is full: No space left on device"
    return str(error).strip().splitlines()[-1]
