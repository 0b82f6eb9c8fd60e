"""docs/paper_to_code.md and docs/promises.md name functions and tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def rows(page: str, mark: str) -> list[str]:
    """The lines of a page's tables that name something."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| ") and mark in line]


ROWS = rows("paper_to_code.md", ".py")
PROMISES = rows("promises.md", "`tests/")


@cache
def names_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def lacking(name: str) -> str:
    """What of `path.py:inside` is not there; nothing if it is."""
    path, _, inside = name.partition(":")
    if not (ROOT / path).is_file():
        return f"{path} is not there"
    return "" if not inside or inside in names_of(path) else f"{path} has no {inside}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[2].strip()[:40])
def test_a_row_names_a_function_and_a_test_that_exist(row):
    function, test = re.findall(r"`([^`]+\.py(?::\w+)?)`", row)[-2:]
    assert not [wrong for name in (function, test) if (wrong := lacking(name))]
    assert function.startswith("prove/") and test.startswith("tests/")


@pytest.mark.parametrize("row", PROMISES, ids=lambda row: row.split("|")[1].strip()[:40])
def test_a_promise_names_a_test_that_exists(row):
    tests = re.findall(r"`(tests/[^`]+\.py:\w+)`", row)
    assert tests and not [wrong for name in tests if (wrong := lacking(name))]


def test_both_papers_have_rows():
    assert len(ROWS) > 30


def test_there_are_promises():
    assert len(PROMISES) > 20
