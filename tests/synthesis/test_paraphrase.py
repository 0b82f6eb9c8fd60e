"""Rewording by a model: facts stay letter by letter, calls stay those of the scripted teacher."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from prove.synthesis.paraphrase import unfaithful
from prove.synthesis.parts import Parts
from prove.synthesis.pipeline import Pipeline
from tests.synthesis.stub_endpoint import StubEndpoint, says

CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ("Could 200 go to Maeve Plumbing, note 'rent'?", None),
        ("Could 200 go to Maeve, note 'rent'?", "it leaves out Maeve Plumbing"),
        ("Could 250 go to Maeve Plumbing, note 'rent'?", "200 must be in both or in neither"),
        ("Could 200 go to Maeve Plumbing, note 'the rent'?", "'rent' must be in both or in neither"),
        ("Could 200 go from ACC-10 to Maeve Plumbing, note 'rent'?", "ACC-10 must be in both or in neither"),
        ("", "it must be one paragraph of at most 90 characters"),
        ("Could 200 go to Maeve Plumbing,\nnote 'rent'?", "it must be one paragraph of at most 90 characters"),
    ],
)
def test_a_rewording_that_changes_a_fact_is_found(other, fault):
    text, kept = "Send 200 to Maeve Plumbing with the note 'rent'.", ["Maeve Plumbing", "rent"]
    assert unfaithful(text, other, kept, 90) == fault


def test_a_rewording_of_something_else_is_found():
    assert unfaithful("What cards do I have?", "Do that for me.", [], 90) == "it does not ask for the same thing"


def config(stub: StubEndpoint | None, folder: Path) -> dict:
    teacher = "scripted" if stub is None else "paraphrased"
    changes = [f"teacher={teacher}", "servers=banking", "synthesis=tiny", "dated=true"]
    changes += ["knobs.personas.plain=0", "+knobs.personas.direct=1"]
    changes += ["splits.train.multi_turn=12", f"out={folder}"]
    if stub is not None:
        changes += [f"teacher.endpoint.base_url={stub.url}", "teacher.endpoint.concurrency=2"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = OmegaConf.to_container(compose("synthesize", changes), resolve=True)
    return {**cfg, "splits": {"train": cfg["splits"]["train"]}}


def written(cfg: dict) -> list:
    return Pipeline(cfg, Parts(Path(cfg["out"]), cfg), {}).run()["train"].written


def rewords(request: dict) -> dict:
    """Every second message is reworded well, the others lose a fact."""
    text = re.search(r"The message:\n(.*)", request["messages"][-1]["content"])[1]
    good = len(text) % 2 == 0
    return says(json.dumps({"message": f"If you have a moment: {text}" if good else "Do that for me."}))


def test_only_the_words_change_and_a_bad_rewording_is_not_used(tmp_path):
    plain = written(config(None, tmp_path / "plain"))
    with StubEndpoint(rewords) as stub:
        reworded = written(config(stub, tmp_path / "reworded"))
        assert stub.requests
    assert [one.example.ground_truth for one in plain] == [one.example.ground_truth for one in reworded]
    turns = [(a, b) for one, other in zip(plain, reworded, strict=True)
             for a, b in zip(one.example.user_turns, other.example.user_turns, strict=True)]  # fmt: skip
    changed = [(a, b) for a, b in turns if a != b]
    assert changed and all(b == f"If you have a moment: {a}" for a, b in changed) and len(changed) < len(turns)
    assert {one.example.knobs["teacher"] for one in reworded} == {"scripted, reworded by gemma-4-31b"}
