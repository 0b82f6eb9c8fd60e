"""What a full disk, a dead process and a kill at a bad moment leave; experiments/fault_drill does it for real."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
from ray.exceptions import RayError

from prove.rollout import append_line
from prove.training.checkpoints import Checkpoints
from prove.training.history import History
from prove.training.ray_jobs import cause
from prove.training.stages import resume
from prove.training.summary import summarise

DIED = "The actor died unexpectedly.\n\tclass_name: x.<locals>.WorkerDict\n\tactor_id: 1\n\tpid: 7\n"


@pytest.fixture
def room_for_20_bytes():
    """Of any file, as a disk that is full would have it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_that_finds_no_room_leaves_no_half_of_it(tmp_path: Path, room_for_20_bytes) -> None:
    path = tmp_path / "train" / "00001.jsonl"
    append_line(path, '{"fits": 1}')
    with pytest.raises(OSError):
        append_line(path, '{"does": "not fit"}')
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"fits": 1}]


def test_a_run_killed_while_it_validates_keeps_the_numbers_of_that_step(tmp_path: Path) -> None:
    (tmp_path / "checkpoints" / "global_step_2" / "actor").mkdir(parents=True)
    Checkpoints(tmp_path / "checkpoints").mark(2, {"reward/total": 0.5})
    History(tmp_path / "metrics.jsonl").append(1, {"reward/total": 0.4, "timing_s/step": 1.0})
    done, history = resume(tmp_path)
    assert done == 2
    assert history.rows()[-1] == {"step": 2, "reward/total": 0.5}
    assert not history.reaches(2), "validation is still to be done"


def test_a_line_that_is_there_is_not_recovered(tmp_path: Path) -> None:
    history = History(tmp_path / "metrics.jsonl")
    history.append(2, {"reward/total": 0.5, "timing_s/step": 1.0})
    history.recover(2, {"reward/total": 0.5})
    assert len(history.rows()) == 1


@pytest.mark.parametrize(
    "told, sentence",
    [
        (DIED, "the process of WorkerDict (7) died; it was killed, or memory ran out"),
        ("Traceback\nOSError: [Errno 28] No space left on device", "the disk is full: No space left on device"),
        (
            "[enforce fail at inline_container.cc:672] . unexpected pos 3 vs 2",
            "the disk is full: No space left on device",
        ),
        ("Traceback\nValueError: too much", "ValueError: too much"),
    ],
)
def test_the_cause_of_a_failure_is_one_plain_sentence(told: str, sentence: str) -> None:
    assert cause(RayError(told)) == sentence


def test_a_run_whose_held_out_episodes_found_no_room_has_a_summary_without_them(tmp_path: Path) -> None:
    (tmp_path / "episodes" / "heldout").mkdir(parents=True)
    (tmp_path / "episodes" / "heldout" / "00004.jsonl").touch()
    assert "heldout" not in summarise(tmp_path, 1.0, {"seed": 0})
    assert json.loads((tmp_path / "summary.json").read_text())["seed"] == 0
