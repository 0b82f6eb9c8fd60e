"""The public templates on the imported cache: read whole, repaired, and rows that replay."""

from __future__ import annotations

import os

import pyarrow.parquet as pq
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from prove.synthesis.booking_import import import_booking
from prove.synthesis.templates.cache import Cache, Entry, canonical
from prove.synthesis.templates.public import read_templates
from prove.synthesis.templates.run import make_templates
from prove.types import Example
from tests.synthesis.library_cache import ROOT

TRACES = ["train_traces.jsonl", "eval_traces.jsonl"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("booking")
    import_booking(os.environ["PROVE_BOOKING"], TRACES, str(folder / "out"), str(folder), "booking")
    small = ["rows={train: 24, validation: 4, heldout: 8}", "lengths.tokenizer=null"]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        place = [f"caches={folder}", f"out={folder}/out"]
        cfg = compose("synthesize", overrides=["synthesis=templates", *place, *small])
    make_templates(OmegaConf.to_container(cfg, resolve=True), "test")
    return folder


def test_all_public_templates_are_read_and_repair_adds_dependencies(made):
    plain, repaired = (read_templates(made / "out" / "workflow_templates.json", one) for one in (False, True))
    assert plain.faults == repaired.faults == ()
    assert len(plain.templates) == len(repaired.templates) == 107
    assert sum(len(one.edges) for one in repaired.templates) > sum(len(one.edges) for one in plain.templates)


def test_every_call_of_every_row_is_in_the_cache(made):
    cache = Cache(made / "booking.sqlite")
    rows = [
        row for split in ("train", "heldout") for row in pq.read_table(made / "out" / f"{split}.parquet").to_pylist()
    ]
    assert len(rows) == 32
    for row in rows:
        example = Example.from_json(row["extra_info"]["example"])
        assert example.ground_truth.edges
        for call in example.ground_truth.calls:
            assert cache.has(Entry(call.name, 0, canonical(call.arguments)))
