"""`python -m prove.play`: one episode, seen."""

import json
import subprocess
import sys

import pytest


def play(*overrides):
    return subprocess.run(
        [sys.executable, "-m", "prove.play", *overrides], capture_output=True, text=True, timeout=120, check=False
    )


def test_a_gold_episode_is_shown_from_the_first_offer_to_the_reward(tmp_path):
    saved = tmp_path / "episode.jsonl"
    done = play("servers=banking", "policy=gold", "world=3000004", f"save={saved}")
    assert done.returncode == 0, done.stderr
    for shown in ("world 3000004", "user", "call", "result", "validity", "exact match: True"):
        assert shown in done.stdout
    episode = json.loads(saved.read_text())
    assert episode["policy"] == "gold" and episode["reward"]["exact"]


def test_the_default_policy_plays():
    done = play("servers=banking")
    assert done.returncode == 0, done.stderr
    assert "total" in done.stdout


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("policy=best", "none of default, gold, endpoint"),
        ("model.path=nowhere", "is no folder"),
        ("example=nowhere.parquet:3", "FILE.parquet:ROW"),
    ],
)
def test_a_wrong_choice_is_one_sentence(override, message):
    done = play("servers=banking", override)
    assert done.returncode != 0
    assert message in done.stderr and "Traceback" not in done.stderr
