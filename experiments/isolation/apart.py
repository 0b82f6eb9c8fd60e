"""Runs a function in a child of this process and brings its result back: what it leaves behind ends with the child."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")
FORKING = multiprocessing.get_context("fork")


def apart(run: Callable[..., T], *given: Any) -> T:
    """The result of `run(*given)`, computed in a child that starts as a copy of this process."""
    here, there = FORKING.Pipe(duplex=False)
    child = FORKING.Process(target=_tell, args=(there, run, given))
    child.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        child.join()
        raise RuntimeError(f"{run.__name__} ended with status {child.exitcode} and no answer") from None
    child.join()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _tell(there: Connection, run: Callable[..., Any], given: tuple[Any, ...]) -> None:
    try:
        there.send(run(*given))
    except Exception as error:
        error.add_note(f"in a child that ran {run.__name__}")
        there.send(error)
