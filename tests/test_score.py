"""`python -m prove.score`: one line in, one line out, and bad lines named."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from prove.reward_files import load_weights, reward_names
from prove.rewards.prove import Weights, score
from prove.score import main
from prove.types import Episode, ExecutedCall, GroundTruth

ROOT = Path(__file__).parent.parent
TOOL = {
    "type": "function",
    "function": {
        "name": "pay",
        "description": "",
        "parameters": {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]},
    },
}
LINE = {
    "tools": [TOOL],
    "ground_truth": {"steps": [[{"name": "pay", "arguments": {"amount": 5}}]], "edges": []},
    "calls": [{"name": "pay", "arguments": {"amount": 5}, "ok": True}],
}
KEYS = ["validity", "coverage", "efficiency", "name", "arg", "total"]


@pytest.fixture
def written(tmp_path):
    """Writes values as lines of JSON (texts as they are) and returns the path."""

    def write(*lines) -> str:
        path = tmp_path / "episodes.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        return str(path)

    return write


def printed(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_least_line_is_scored_with_the_reward_of_the_paper(written, capsys):
    assert main([written(LINE)]) == 0
    (result,) = printed(capsys)
    assert list(result) == KEYS
    assert result["total"] == pytest.approx(1.3)


def test_explain_adds_one_reason_per_call(written, capsys):
    assert main(["--explain", written({**LINE, "calls": LINE["calls"] * 2})]) == 0
    (result,) = printed(capsys)
    assert list(result) == [*KEYS, "reasons"]
    assert result["reasons"] == ["pay: ok; step 0, arguments agree", "pay: ok; no ground-truth call"]


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("prove", 1.3 - 0.15 * 0.25),
        ("no_validity", 0.8 - 0.15 * 0.25),
        ("no_coverage", 0.8 - 0.15 * 0.25),
        ("no_efficiency", 1.3),
        ("no_name", 1.1 - 0.15 * 0.25),
        ("no_arg", 1.2 - 0.15 * 0.25),
        ("flat_budget", 1.3 - 0.15 * 1.0),
    ],
)
def test_every_ablation_changes_its_own_term(name, total, written, capsys):
    """Three equal calls for one wanted: all valid, all of a wanted name, one or two beyond the budget."""
    assert main([written({**LINE, "calls": LINE["calls"] * 3}), f"reward={name}"]) == 0
    assert printed(capsys)[0]["total"] == pytest.approx(total)


def test_a_stored_episode_is_scored_as_it_was_in_training(written, capsys):
    calls = (ExecutedCall("pay", {"amount": 4}, False, output='{"error": "no"}', turn=1, ms=3.0),)
    ground_truth = GroundTruth.from_dict(LINE["ground_truth"])
    reward = score(calls, ground_truth, [TOOL], load_weights("prove"))
    episode = Episode("e1", "policy", [], [TOOL], calls, reward, ground_truth, {}, {})
    assert main([written(episode.to_json())]) == 0
    assert printed(capsys) == [{key: getattr(reward, key) for key in KEYS}]


def test_abstention_lines_pay_for_silence(written, capsys):
    silent = {"tools": [TOOL], "ground_truth": {"steps": []}, "calls": []}
    assert main([written(silent, {**silent, "calls": LINE["calls"]}), "reward=no_coverage"]) == 0
    assert [result["total"] for result in printed(capsys)] == [1.0, 0.0]


def test_a_dash_reads_standard_input(capsys, monkeypatch):
    source = io.TextIOWrapper(io.BytesIO(json.dumps(LINE).encode()))
    monkeypatch.setattr(sys, "stdin", source)
    assert main(["-"]) == 0
    assert len(printed(capsys)) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{oops", "no JSON"),
        ("[1]", "no JSON object"),
        ({**LINE, "calls": None}, "line needs calls, a list"),
        ({**LINE, "tools": [{"name": "pay"}]}, "tool 0 needs function, an object"),
        ({**LINE, "calls": [{"name": "pay", "arguments": {}}]}, "call 0 needs ok, true or false"),
        ({**LINE, "calls": [{"name": "pay", "arguments": [], "ok": True}]}, "call 0 needs arguments, an object"),
        ({**LINE, "ground_truth": {}}, "ground_truth needs steps, a list"),
        ({**LINE, "ground_truth": {"steps": [{}]}}, "ground-truth step 0 is no list of calls"),
        ({**LINE, "ground_truth": {"steps": [[]]}}, "ground-truth step 0 has no calls"),
        ({**LINE, "ground_truth": {**LINE["ground_truth"], "edges": [[0, 3]]}}, "edge [0, 3] names no step"),
        ({**LINE, "ground_truth": {**LINE["ground_truth"], "edges": [4]}}, "ground_truth needs edges"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_scored(line, says, written, capsys):
    path = written(LINE, "", line, LINE)
    assert main([path]) == 2
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 2
    assert output.err.startswith(f"{path}:3: ") and says in output.err and output.err.count("\n") == 1


def test_an_unknown_reward_names_the_nearest_and_all_of_them(written, capsys):
    assert main([written(LINE), "reward=no_covrage"]) == 2
    message = capsys.readouterr().err
    assert "no reward no_covrage; did you mean no_coverage?" in message
    assert all(name in message for name in reward_names())


def test_a_missing_file_is_said_in_one_line(capsys):
    assert main(["nowhere.jsonl"]) == 2
    message = capsys.readouterr().err
    assert "nowhere.jsonl" in message and message.count("\n") == 1


def test_the_command_line_refuses_what_is_not_a_reward(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["file.jsonl", "rewrd=prove"])
    assert stopped.value.code == 2
    assert "expected reward=NAME, got rewrd=prove" in capsys.readouterr().err


def test_the_numbers_of_the_paper_stand_in_the_configuration():
    assert load_weights("prove") == Weights(0.5, 0.5, 0.15, 0.2, 0.1, 0.5, 0.5)


def test_help_comes_without_torch():
    program = (
        "import runpy, sys; sys.argv = ['score', '--help']\n"
        "try: runpy.run_module('prove.score', run_name='__main__')\n"
        "finally: print(sorted({'torch', 'ray', 'verl', 'vllm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "reward=NAME" in done.stdout and done.stdout.endswith("[]\n")
