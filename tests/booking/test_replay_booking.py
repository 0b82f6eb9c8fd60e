"""The public training traces replay through the MCP server made of them: 442 calls, 442 equal responses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prove.synthesis.booking_import import import_booking
from prove.synthesis.replay import replay_booking
from servers.recorded.cache import Cache
from servers.recorded.check import check

TRACES = ["train_traces.jsonl", "eval_traces.jsonl"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("booking")
    import_booking(os.environ["PROVE_BOOKING"], TRACES, str(made / "out"), str(made), "booking")
    return made


def test_every_training_trace_replays_with_equal_responses(folder):
    train, held_out = replay_booking(TRACES, str(folder / "out"), str(folder), "booking")
    assert str(train) == "101 traces of train_traces.jsonl: 442 calls, 442 equal responses"
    assert (held_out.traces, held_out.calls, held_out.refused) == (100, 172, 0)


def test_the_cache_holds_together(folder):
    cache = Cache(folder / "booking.sqlite")
    assert len(cache.tools) == 40 and cache.worlds == (0,)
    assert all(tool.listed["annotations"]["readOnlyHint"] for tool in cache.tools.values())
    assert check(cache.file) == 467
