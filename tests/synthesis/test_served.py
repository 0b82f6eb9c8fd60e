"""The command with a served teacher: from an endpoint to a dataset, through an outage, at a price."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.synthesis import made
from tests.synthesis.stub_endpoint import Status, StubEndpoint
from tests.synthesis.test_llm import Banker

ROWS = made.counts(train=(6, 0, 0, 0))


def served(stub_url: str, out: Path, *more: str):
    endpoint = {"base_url": stub_url, "concurrency": 2, "retries": 0, "price": "{prompt: 1, completion: 2}"}
    changes = [f"teacher.endpoint.{name}={value}" for name, value in endpoint.items()]
    chosen = [*ROWS, "servers=banking", "teacher=gemma-4-31b", f"out={out}", *changes, *more]
    return made.synthesize(made.config(*chosen))


class Fails:
    """A model that answers so many requests and is then gone."""

    def __init__(self, after: int):
        self.left, self.banker = after, Banker()

    def __call__(self, request):
        self.left -= 1
        return self.banker(request) if self.left >= 0 else Status(400, "the model was unloaded")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, int]:
    """A dataset made without trouble, and how many requests it took."""
    with StubEndpoint(Banker()) as stub:
        out = served(stub.url, tmp_path_factory.mktemp("served") / "data")
        return out, len(stub.requests)


def test_the_command_makes_a_dataset_with_a_served_teacher_and_says_what_it_cost(whole):
    out, asked = whole
    assert len(made.rows(out, "train")) == 6
    assert {example.knobs["teacher"] for example in made.examples(out, "train")} == {"gemma-4-31b"}
    spent = json.loads((out / "timing.json").read_text())["endpoint"]
    assert spent["requests"] == asked and spent["prompt_tokens"] == 10 * asked
    assert spent["cost"] == pytest.approx((10 * asked * 1 + 5 * asked * 2) / 1e6)


def test_an_endpoint_that_fails_halfway_costs_nothing_that_was_written(whole, tmp_path):
    out, (complete, asked) = tmp_path / "data", whole
    with StubEndpoint(Fails(after=40)) as stub:
        with pytest.raises(SystemExit) as ended:
            served(stub.url, out)
    told = str(ended.value)
    assert "the model was unloaded" in told and "the same command goes on" in told and "Traceback" not in told
    with StubEndpoint(Banker()) as stub:  # the endpoint has moved to another port
        served(stub.url, out)
        assert 0 < len(stub.requests) < asked
    assert made.rows(out, "train") == made.rows(complete, "train")
