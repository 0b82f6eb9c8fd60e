"""Evaluations on BFCL Multi-Turn for tests, with any policy or with an endpoint that is a script."""

from __future__ import annotations

import pytest

from tests.benchmarks.made import evaluated, items, results
from tests.synthesis.stub_endpoint import StubEndpoint

__all__ = ["asked", "base", "items", "play", "results", "values"]
QUICK = ("endpoint.attempts=1", "endpoint.pause=0", "policy=endpoint")


@pytest.fixture
def play(tmp_path):
    """Evaluates; the folder."""

    def play(*overrides: str, name: str = "out"):
        evaluated("benchmark=bfcl", f"out={tmp_path / name}", *overrides)
        return tmp_path / name

    return play


def asked(play, script, *overrides: str):
    """The folder of an evaluation of an endpoint, and the endpoint."""
    with StubEndpoint(script) as stub:
        return play(*QUICK, f"endpoint.base_url={stub.url}", *overrides), stub


def values(folder):
    return {name: float(row["value"]) for name, row in results(folder).items()}


def base(limit: int) -> tuple[str, ...]:
    """One category is loaded faster than four."""
    return "benchmark.categories=[base]", f"limit={limit}"
