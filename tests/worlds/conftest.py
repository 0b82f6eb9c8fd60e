"""Every refusal a world can give is provoked by the tests of its laws: `refusals` knows which were not."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from servers import state

SERVERS = Path(state.__file__).parent
ALL_PROVOKED = "test_every_refusal_can_be_provoked"
_provoked: set[tuple[str, int]] = set()


class Refusals:
    """The lines of a world that raise a ToolError, and those of them that no test of this module reached."""

    def __init__(self, server: str):
        self.server = server

    def never_provoked(self) -> list[str]:
        files = sorted((SERVERS / self.server).glob("*.py"))
        return [
            f"{file.name}:{line}" for file in files for line in _raising(file) if (str(file), line) not in _provoked
        ]


def _raising(file: Path) -> list[int]:
    """Where a ToolError is made."""
    calls = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return sorted(call.lineno for call in calls if getattr(call.func, "id", "") == "ToolError")


@pytest.fixture(scope="session", autouse=True)
def _record() -> Iterator[None]:
    """Notes the line at which each ToolError of this run is made."""

    def init(self: state.ToolError, *texts: Any) -> None:
        frame: FrameType = sys._getframe(1)
        _provoked.add((frame.f_code.co_filename, frame.f_lineno))
        Exception.__init__(self, *texts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state.ToolError, "__init__", init)
        yield


@pytest.fixture
def refusals(request: pytest.FixtureRequest) -> Refusals:
    """Of the module's world; needs the other tests of the module to have run before."""
    ran = {item.name for item in request.session.items if item.path == request.path}
    written = {name for name in dir(request.module) if name.startswith("test_")}
    if not all(any(name == test or name.startswith(f"{test}[") for name in ran) for test in written):
        pytest.skip("only part of the module was chosen")
    return Refusals(request.path.stem.removeprefix("test_"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The look back at all refusals comes last. (`make test` keeps a module on one worker: --dist loadfile.)"""
    items.sort(key=lambda item: item.name == ALL_PROVOKED)
