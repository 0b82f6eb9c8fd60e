"""docs/paper_to_code.md names functions and tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = [
    line for line in (ROOT / "docs" / "paper_to_code.md").read_text(encoding="utf-8").splitlines() if ".py" in line[20:]
]
ROWS = [line for line in ROWS if line.startswith("| ")]


@cache
def names_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[2].strip()[:40])
def test_a_row_names_a_function_and_a_test_that_exist(row):
    function, test = re.findall(r"`([^`]+\.py(?::\w+)?)`", row)[-2:]
    for name in (function, test):
        path, _, inside = name.partition(":")
        assert (ROOT / path).is_file(), path
        assert not inside or inside in names_of(path), f"{path} has no {inside}"
    assert function.startswith("prove/") and test.startswith("tests/")


def test_both_papers_have_rows():
    assert len(ROWS) > 30
