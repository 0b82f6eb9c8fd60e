"""`python -m prove.play`: one episode, seen."""

import json
import subprocess
import sys

import pytest

from tests.synthesis.stub_endpoint import StubEndpoint, says

CALL = '<tool_call>{"name": "list_accounts", "arguments": {"kind": "savings"}}</tool_call>'


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


def test_every_word_of_a_policy_is_shown_and_only_what_it_really_called_as_a_call():
    turns = [
        f"<think>\nI could {CALL}, or ask.\n</think>\n\nWhich account [/] \\",
        f"<think>\nNow.\n</think>\n\nI look.\n{CALL}\nThat is all.",
        f"<think>\nendless {CALL}",
        '<tool_call>{"name": </tool_call>',
    ]
    with StubEndpoint(lambda request: says(turns.pop(0) if turns else "Bye.")) as stub:
        done = play("servers=banking", "world=3000004", "policy=endpoint", f"endpoint.base_url={stub.url}")
    assert done.returncode == 0, done.stderr
    called = 'call       list_accounts({"kind": "savings"})'
    for shown in (
        f"assistant  <think>\nI could {CALL}, or ask.\n</think>\nWhich account [/] \\\n",
        f"assistant  <think>\nNow.\n</think>\nI look.\n{called}\nassistant  That is all.\nresult ",
        f"assistant  <think>\nendless {CALL}\n",
        "call       the call is not valid JSON: ",
    ):
        assert shown in done.stdout
    assert done.stdout.count(called) == 1


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


def test_what_would_steer_a_terminal_or_turn_the_reading_direction_is_written_out():
    from prove.play import harmless

    assert harmless("a\x1b]52;c;eA==\x07\u202e\x9b2J\r\ud800") == "a\\x1b]52;c;eA==\\x07\\u202e\\x9b2J\\r\\ud800"
    assert harmless("Grüße 東京 🎉\n\t[bold]") == "Grüße 東京 🎉\n\t[bold]"
