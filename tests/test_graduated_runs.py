"""`reward=graduated` wherever a reward is chosen: stored episodes, live ones, logs, the held-out table."""

from __future__ import annotations

import asyncio
import csv
import json

import pytest

from experiments.graduated_reward import table as experiment
from experiments.graduated_reward.traces import CASES
from prove.episode import Limits, run_episode
from prove.policies import GoldPolicy
from prove.reward_files import load_reward
from prove.rewards.choice import Reward
from prove.schemas import to_openai
from prove.score import main
from prove.sessions import ServerPool
from prove.synthesis.live import LiveServers
from prove.training.reports import means
from prove.training.summary import compare, read_episodes, summarise, table
from prove.types import Example, GroundTruth, Step, ToolCall

GRADUATED = load_reward("graduated")
NUMBERS = {key: value for key, value in vars(GRADUATED.weights).items()}
LIMITS = Limits(
    max_user_turns=5, max_assistant_turns=10, max_calls_per_turn=4, max_result_chars=4000, max_failed_turns=3
)
LINE = {
    "tools": [],
    "ground_truth": {"steps": [[{"name": "pay", "arguments": {"amount": 5}}]], "edges": []},
    "calls": [{"name": "pay", "arguments": {"amount": 5}, "ok": True}],
}


@pytest.fixture
def scored(tmp_path, capsys):
    """Scores lines from a file; what was printed, as values."""

    def score(*lines: dict, reward: str = "graduated", options=()) -> list[dict]:
        path = tmp_path / "episodes.jsonl"
        path.write_text("\n".join(map(json.dumps, lines)))
        assert main([str(path), f"reward={reward}", *options]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return score


def answered(output) -> dict:
    return {**LINE, "calls": [{**LINE["calls"][0], "output": output}]}


@pytest.mark.parametrize("reward", ["graduated", "graduated_atomic", "graduated_orchestration", "graduated_fixed"])
def test_score_prints_the_two_components_and_the_total(reward, scored):
    (printed,) = scored(LINE, reward=reward)
    assert list(printed) == ["atomic", "orchestration", "total"]
    assert printed == {"atomic": 1, "orchestration": 1, "total": 1}


def test_score_explains_every_call(scored):
    (printed,) = scored({**LINE, "calls": LINE["calls"] * 2}, options=["--explain"])
    assert printed["reasons"] == [
        "pay: 1.000 against step 0, arguments agree; executed; reaches step 0",
        "pay: 1.000 against step 0, arguments agree; executed; reaches no step",
    ]


def test_a_call_may_carry_its_response_as_text_or_as_a_value(scored):
    bad = [{"error": "no"}, {"status": False}, {}, None]
    good = [{"data": 1}, [], 0, "done"]
    printed = scored(*map(answered, [*bad, *map(json.dumps, bad), *good, *map(json.dumps, good)]))
    assert [line["atomic"] for line in printed] == [0.5] * 8 + [1.0] * 8


def test_the_first_papers_reward_does_not_mind_a_response(scored):
    (printed,) = scored(answered({"error": "no"}), reward="prove")
    assert list(printed) == ["validity", "coverage", "efficiency", "name", "arg", "total"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"own_stepp": True}, r"does not know \['own_stepp'\]"),
        ({"own_step": 1}, "reward.own_step=1 is not true or false"),
        ({"w_ast": True}, "reward.w_ast=True is not a number"),
        ({"w_ast": "half"}, "reward.w_ast=half is not a number"),
    ],
)
def test_an_option_that_means_nothing_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        Reward.of({"name": "mine", "rule": "graduated", **NUMBERS, **change})


def test_a_missing_option_is_named():
    with pytest.raises(ValueError, match=r"lacks \['level_name'\]"):
        Reward.of({"rule": "graduated", **{key: value for key, value in NUMBERS.items() if key != "level_name"}})


# A live episode


@pytest.fixture(scope="module")
def functions() -> list[dict]:
    with LiveServers(["filesystem"], transport="inprocess") as live:
        return [to_openai(tool) for tool in live.tools("filesystem")]


MAKE = ToolCall("create_directory", {"directory": ".", "name": "Reports"})
MOVE = ToolCall("move_path", {"path": "budget_ideas.txt", "directory": "Reports"})


def episode(functions, reward: Reward, *played: ToolCall):
    """An episode that plays these calls; wanted are MAKE and then MOVE."""
    truths = [GroundTruth(tuple(Step((one,)) for one in calls), ((0, 1),), (0, 0)) for calls in (played, (MAKE, MOVE))]
    script, wanted = (Example("e", "multi_turn", ("filesystem",), 7, ("Tidy up.",), one) for one in truths)

    async def run():
        async with ServerPool(["filesystem"], transport="inprocess") as pool:
            session = await pool.open(["filesystem"], 7)
            return await run_episode(wanted, functions, session, GoldPolicy(script), LIMITS, reward)

    return asyncio.run(run())


def test_the_ground_truth_played_live_is_worth_1(functions):
    result = episode(functions, GRADUATED, MAKE, MOVE).reward
    assert result.numbers() == {"atomic": 1, "orchestration": 1, "total": 1, "exact": 1}


def test_a_refusal_of_a_live_server_costs_the_execution_score(functions):
    result = episode(functions, GRADUATED, MOVE, MAKE).reward
    assert (result.atomic, result.orchestration, result.exact) == (0.75, 0.5, False)


def test_a_stored_episode_is_scored_again_as_it_was(functions, scored):
    played = episode(functions, GRADUATED, MOVE, MAKE)
    (printed,) = scored(json.loads(played.to_json()))
    assert printed == {key: played.reward.numbers()[key] for key in printed}
    (other,) = scored(json.loads(played.to_json()), reward="prove")
    assert other["validity"] == pytest.approx(5 / 6)


def test_training_logs_the_components_and_a_crashed_episode_has_the_same_keys(functions):
    numbers = episode(functions, GRADUATED, MAKE, MOVE).reward.numbers()
    nothing = GRADUATED.nothing().numbers()
    assert nothing.keys() == numbers.keys() and not any(nothing.values())
    logged = means([{"reward_extra_info": one} for one in (numbers, nothing)])
    assert logged == dict.fromkeys(("reward/atomic", "reward/orchestration", "reward/total", "reward/exact"), 0.5)


def test_the_held_out_table_shows_what_the_reward_has_and_the_exact_match(functions, tmp_path):
    folder = tmp_path / "episodes" / "heldout"
    folder.mkdir(parents=True)
    for step, calls in ((0, (MOVE, MAKE)), (8, (MAKE, MOVE))):
        (folder / f"{step:05d}.jsonl").write_text(episode(functions, GRADUATED, *calls).to_json() + "\n")
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "reward/atomic": 0.2, "reward/total": 0.3}\n')
    summary = summarise(tmp_path, 1.0, {})
    assert list(summary["heldout"]["deltas"]) == ["total", "atomic", "orchestration", "exact"]
    assert (tmp_path / "curves.png").stat().st_size > 5_000
    shown = table(summary).splitlines()
    assert shown[3].split()[:4] == ["total", "0.625", "1.000", "+0.375"]
    assert shown[-1].startswith("exact match")


def test_runs_of_both_rewards_are_compared_by_what_both_have(functions, tmp_path):
    played = {}
    for name in ("prove", "graduated"):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(episode(functions, load_reward(name), MAKE, MOVE).to_json() + "\n")
        played[name] = read_episodes(path)
    assert list(compare(played["prove"], played["graduated"])["deltas"]) == ["total", "exact"]


# The experiment


@pytest.fixture
def booking(tmp_path):
    """Two traces in the form of the public data: one with a tool twice, one chain."""

    def step(number: int, function: str, before: list[int], **arguments) -> dict:
        truth = {"function": function, "arguments": arguments}
        result = {"step": number, **truth, "execution_result": {"status": True, "data": [1]}, "success": True}
        return {"step": number, "ground_truth": truth, "depends_on": before, "execution_result": result}

    traces = [
        [step(0, "Find", [], query="Zurich"), step(1, "Find", [], query="Geneva"), step(2, "Rent", [0, 1], price=1.5)],
        [step(0, "Find", [], query="Oslo 1"), step(1, "Rent", [0], price=2.5, legs=[{"day": "2024-11-25"}])],
    ]
    (tmp_path / "train_traces.jsonl").write_text("\n".join(json.dumps({"steps": steps}) for steps in traces))
    kinds = {"Find": {"query": "string"}, "Rent": {"price": "float", "legs": "array"}}
    tools = [
        {
            "name": name,
            "description": name,
            "parameters": {"type": "dict", "properties": {key: {"type": kind} for key, kind in one.items()}},
        }
        for name, one in kinds.items()
    ]
    (tmp_path / "tools.json").write_text(json.dumps(tools))
    return tmp_path


def run_table(monkeypatch, *words) -> int:
    monkeypatch.setattr("sys.argv", ["table", *map(str, words)])
    return experiment.main()


def test_the_table_of_the_experiment_holds_every_case_and_the_fixed_order(booking, monkeypatch, capsys):
    assert run_table(monkeypatch, booking, "--out", booking / "results.csv") == 0
    printed = capsys.readouterr().out
    assert "graduated_fixed         all hold." in printed
    with (booking / "results.csv").open() as file:
        rows = {(row["case"], row["reward"]): row for row in csv.DictReader(file)}
    assert {case for case, _ in rows} == set(CASES)
    assert rows["gold", "graduated_fixed"]["mean"] == "1.0000" and rows["gold", "prove"]["mean"] == "1.3000"
    assert rows["empty", "graduated"]["n"] == "2"
    assert float(rows["gold", "graduated"]["mean"]) < 1  # the second Find is compared with the first


@pytest.mark.parametrize("text", ["{oops", '{"steps": [{}]}', "[]"])
def test_a_file_that_holds_no_traces_is_named_and_nothing_is_written(text, booking, monkeypatch, capsys):
    (booking / "train_traces.jsonl").write_text(text)
    assert run_table(monkeypatch, booking, "--out", booking / "results.csv") == 2
    assert "train_traces.jsonl:1 is no trace" in capsys.readouterr().err
    assert not (booking / "results.csv").exists()
    assert run_table(monkeypatch, booking / "nowhere") == 2
