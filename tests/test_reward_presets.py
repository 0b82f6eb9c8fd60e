"""The presets beside the paper's reward: the end that counts, and no pay for stopping early."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prove.episode import Limits, run_episode
from prove.policies import GoldPolicy, hermes
from prove.reward_files import load_reward, load_weights
from prove.rewards import complete, prove
from prove.rewards.alignment import align
from prove.rewards.choice import Reward
from prove.rewards.ending import same_end
from prove.schemas import to_openai
from prove.score import main
from prove.sessions import ServerPool
from prove.synthesis.live import LiveServers
from prove.training.summary import compare, read_episodes
from prove.types import Ending, Example, ExecutedCall, GroundTruth, RewardBreakdown, Step, ToolCall

PAPER = load_weights("prove")
STATE, COMPLETE = load_reward("prove_state"), load_reward("prove_complete")
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": tool,
            "description": "",
            "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
        },
    }
    for tool in "abcde"
]
BROKEN = ExecutedCall("", {}, False, error="no JSON")


def call(tool: str, ok: bool = True, **arguments) -> ExecutedCall:
    return ExecutedCall(tool, arguments or {"x": 1}, ok)


def chain(tools: str) -> GroundTruth:
    """Each step needs the one before it."""
    steps = tuple(Step((ToolCall(tool, {"x": 1}),)) for tool in tools)
    return GroundTruth(steps, tuple((i, i + 1) for i in range(len(steps) - 1)))


FOUR = chain("abcd")


def paid(calls, ground_truth: GroundTruth = FOUR) -> float:
    return complete.score(calls, ground_truth, TOOLS, PAPER).total


def paper(calls, ground_truth: GroundTruth = FOUR) -> float:
    return prove.score(calls, ground_truth, TOOLS, PAPER).total


# prove_complete


@pytest.mark.parametrize(
    ("tried", "before", "after"),
    [
        ([call("a")], 0.925, 0.325),
        ([call("a"), call("b"), call("c")], 1.175, 0.975),
        ([call("a"), call("b"), call("c"), call("c", ok=False)], 1.133, 0.975),
        ([call("a"), call("b"), call("c"), BROKEN], 1.0, 0.975),
        ([call("a"), call("b"), call("c"), BROKEN, call("d")], 1.16, 1.16),
        ([call(tool) for tool in "abcd"], 1.3, 1.3),
        ([call("a")] * 4, 0.925, 0.325),
        ([], 0.0, 0.0),
    ],
)
def test_the_worked_example_of_stopping_early(tried, before, after):
    assert paper(tried) == pytest.approx(before, abs=5e-4)
    assert paid(tried) == pytest.approx(after, abs=5e-4)


def test_the_components_are_those_that_the_total_is_made_of():
    result = COMPLETE([call("a")], FOUR, TOOLS, Ending())
    assert result.numbers() == pytest.approx(
        {"validity": 0.25, "coverage": 0.25, "efficiency": 0, "name": 0.25, "arg": 0.25, "total": 0.325, "exact": 0}
    )


def test_a_refused_attempt_that_is_repeated_with_success_counts_as_in_the_paper():
    tried = [*(call(tool) for tool in "abc"), call("d", ok=False), call("d")]
    assert paid(tried) == pytest.approx(paper(tried))
    assert paid(tried) > paid(tried[:-1])


def test_abstention_is_paid_as_in_the_paper():
    assert paid([], GroundTruth()) == 1 and paid([call("a")], GroundTruth()) == 0


made = st.one_of(
    st.builds(call, st.sampled_from("aabbcde"), st.booleans(), x=st.integers(0, 2)),
    st.builds(ExecutedCall, st.sampled_from("abz"), st.just({"y": 1}), st.just(False)),
    st.just(BROKEN),
)
failing = st.one_of(
    st.just(BROKEN),
    st.builds(ExecutedCall, st.sampled_from("abcdez"), st.just({"y": 1}), st.just(False)),
)
chains = st.text("abcd", min_size=1, max_size=6).map(chain)


def parallel(sizes: list[int]) -> GroundTruth:
    steps = tuple(Step(tuple(ToolCall("abcd"[n], {"x": 1}) for n in range(size))) for size in sizes)
    return GroundTruth(steps, tuple((i, i + 1) for i in range(len(steps) - 1)))


truths = chains | st.lists(st.integers(1, 3), min_size=1, max_size=3).map(parallel)


@settings(max_examples=200, deadline=None)
@given(st.lists(made, max_size=9), truths)
def test_it_never_pays_more_than_the_paper_and_as_much_when_all_was_done(calls, ground_truth):
    assert paid(calls, ground_truth) <= paper(calls, ground_truth) + 1e-9
    done = [*calls, *(call(one.name) for one in ground_truth.calls)]
    if None not in align(done, ground_truth).positions:
        assert paid(done, ground_truth) == pytest.approx(paper(done, ground_truth))


@settings(max_examples=300, deadline=None)
@given(st.lists(made, max_size=9), truths, st.randoms(use_true_random=False))
def test_a_right_next_call_always_raises_the_total(calls, ground_truth, draw):
    """Whatever was done before, within the budget or beyond it."""
    positions = align(calls, ground_truth).positions
    places = iter(positions)
    whole = [all(next(places) is not None for _ in step.calls) for step in ground_truth.steps]
    following = whole.index(False) if False in whole else None
    assume(following is not None)
    first = sum(len(step.calls) for step in ground_truth.steps[:following])
    missing = [one for n, one in enumerate(ground_truth.steps[following].calls, first) if positions[n] is None]
    more = [*calls, call(draw.choice(missing).name)]
    assert paid(more, ground_truth) > paid(calls, ground_truth)


@settings(max_examples=200, deadline=None)
@given(st.lists(made, max_size=5), truths, failing)
def test_while_there_were_fewer_calls_than_wanted_a_failed_attempt_costs_nothing(calls, ground_truth, attempt):
    assume(len(calls) < len(ground_truth.calls))
    assert paid([*calls, attempt], ground_truth) >= paid(calls, ground_truth) - 1e-9


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 5), st.lists(made, max_size=4), chains, failing)
def test_a_failed_attempt_and_then_the_right_call_beat_stopping(right, others, ground_truth, attempt):
    """The failed attempt costs less than leaving out the rest does."""
    wanted = ground_truth.calls
    assume(right < len(wanted))
    calls = [*(call(one.name) for one in wanted[:right]), *others]
    positions = align(calls, ground_truth).positions
    assume(positions == (*range(right), *[None] * (len(wanted) - right)))
    assert paid([*calls, attempt, call(wanted[right].name)], ground_truth) > paid(calls, ground_truth)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60))
def test_a_repeated_call_brings_nothing(times):
    assert paid([call("a")] * (times + 1)) <= paid([call("a")] * times)


# prove_state


def ended(reached: dict, wanted: dict | None, calls=None, ground_truth: GroundTruth = FOUR) -> RewardBreakdown:
    return STATE([call(t) for t in "abcd"] if calls is None else calls, ground_truth, TOOLS, Ending(reached, wanted))


ROW = {"shop": {"cart": {"red": {"colour": "red", "number": 2}}}}


def test_the_right_end_is_paid_and_another_one_is_not():
    right, wrong = ended(ROW, ROW), ended({}, ROW)
    assert (right.total, right.extra) == (pytest.approx(1.3), {"state": 1, "state_known": 1})
    assert (wrong.total, wrong.extra) == (pytest.approx(1.05), {"state": 0, "state_known": 1})


@pytest.mark.parametrize(
    ("reached", "wanted"),
    [
        (ROW, None),
        (None, ROW),
        (ROW, {}),
        ({}, {"shop": {"world": {"now": "2026-01-01T10:00"}}}),
        ({"shop": {"error": "gone"}}, ROW),
    ],
)
@pytest.mark.parametrize("count", [1, 3, 4])
def test_where_the_end_says_nothing_the_reward_is_the_papers(reached, wanted, count):
    calls = [call(tool) for tool in "abcd"[:count]]
    result = ended(reached, wanted, calls)
    assert result.total == pytest.approx(paper(calls))
    assert result.extra == {"state": result.coverage, "state_known": 0}


def test_abstention_keeps_its_verdict_and_says_whether_anything_was_changed():
    silent, eager = ended({}, {}, [], GroundTruth()), ended(ROW, {}, [call("a")], GroundTruth())
    assert (silent.total, silent.extra["state"]) == (1, 1)
    assert (eager.total, eager.extra["state"]) == (0, 0)


@pytest.fixture(scope="module")
def live():
    with LiveServers(["filesystem", "banking", "team_chat"], transport="inprocess") as servers:
        yield servers


def diff_of(live, server: str, calls) -> dict:
    """What the calls change in a world; each must succeed."""
    session = live.open([server], 7)
    for name, arguments in calls:
        result = session.call(name, arguments)
        assert result.ok, result.output
    return {name: diff for name, diff in session.diff().items() if diff}


MAKE = ("create_directory", {"directory": ".", "name": "Reports"})
ALSO = ("create_directory", {"directory": ".", "name": "Archive"})
INTO = ("create_text_file", {"directory": "Reports", "name": "plan.txt", "text": "Write"})
MOVE = ("move_path", {"path": "budget_ideas.txt", "directory": "Reports"})
RENAME = ("rename_path", {"path": "Reports/budget_ideas.txt", "new_name": "ideas.txt"})
RENAME_FIRST = ("rename_path", {"path": "budget_ideas.txt", "new_name": "ideas.txt"})
THEN_MOVE = ("move_path", {"path": "ideas.txt", "directory": "Reports"})
LOOK = ("list_directory", {"path": "."})


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        ([MAKE, ALSO, INTO], [ALSO, MAKE, INTO]),
        ([MAKE, MOVE, RENAME], [RENAME_FIRST, MAKE, THEN_MOVE]),
        ([MAKE, MOVE, RENAME], [LOOK, MAKE, LOOK, MOVE, RENAME]),
        ([MAKE], [ALSO, ("delete_path_permanently", {"path": "Archive"}), MAKE]),
    ],
    ids=["ids made change places", "other calls", "looks between", "a detour taken back"],
)
def test_another_valid_path_comes_to_the_same_end(live, wanted, other):
    reached, expected = diff_of(live, "filesystem", other), diff_of(live, "filesystem", wanted)
    assert same_end(reached, expected, len(wanted)) is True


@pytest.mark.parametrize(
    "other",
    [
        [MAKE, MOVE],
        [MAKE, MOVE, RENAME, ALSO],
        [ALSO, ("move_path", {**MOVE[1], "path": "budget_ideas.txt", "directory": "Archive"})],
        [MAKE, MOVE, ("rename_path", {**RENAME[1], "new_name": "idea.txt"})],
        [LOOK],
    ],
    ids=["one left out", "one too many", "another folder", "another name", "nothing done"],
)
def test_what_is_missing_or_too_much_or_wrong_is_another_end(live, other):
    expected = diff_of(live, "filesystem", [MAKE, MOVE, RENAME])
    assert same_end(diff_of(live, "filesystem", other), expected, 3) is False


def test_a_reply_belongs_to_its_message_whatever_the_numbers_are(live):
    channels = live.open(["team_chat"], 7).read("find_channels", {})["channels"]
    channel = next(one["channel_id"] for one in channels if one.get("joined", True))

    def thread(*order: str) -> dict:
        session = live.open(["team_chat"], 7)
        posted = {
            text: session.read("post_chat_message", {"channel_id": channel, "text": text})["chat_message_id"]
            for text in order
        }
        session.read("reply_in_chat_thread", {"chat_message_id": posted["one"], "text": "yes"})
        return session.diff()

    def astray() -> dict:
        session = live.open(["team_chat"], 7)
        session.read("post_chat_message", {"channel_id": channel, "text": "one"})
        second = session.read("post_chat_message", {"channel_id": channel, "text": "two"})
        session.read("reply_in_chat_thread", {"chat_message_id": second["chat_message_id"], "text": "yes"})
        return session.diff()

    assert thread("one", "two") != thread("two", "one")
    assert same_end(thread("one", "two"), thread("two", "one"), 3) is True
    assert same_end(astray(), thread("one", "two"), 3) is False


def world(now: str, **tables) -> dict:
    return {"s": {"world": {"now": now, "EVT": 80_002}, **tables}}


def event(number: int, start: str, made_at: str = "2026-03-01T09:00", **more) -> dict:
    return {f"EVT-{number}": {"event_id": f"EVT-{number}", "start": start, "made": made_at, **more}}


def test_the_clock_may_differ_by_the_writes_and_no_more():
    wanted = world("2026-03-01T09:02", events=event(80_001, "2026-03-09T15:00"))
    later = world("2026-03-01T09:05", events=event(80_001, "2026-03-09T15:00", "2026-03-01T09:04"))
    moved = world("2026-03-01T09:02", events=event(80_001, "2026-03-09T15:30"))
    assert same_end(later, wanted, 2) is True
    assert same_end(moved, wanted, 2) is False


def test_old_rows_are_known_by_their_ids_and_new_ones_by_what_they_hold():
    now, start = "2026-03-01T09:02", "2026-03-09T15:00"
    wanted = world(now, events=event(80_000, start))
    assert same_end(world(now, events=event(80_001, start)), wanted, 2) is True
    assert same_end(world(now, events=event(30_417, start)), wanted, 2) is False
    assert same_end(world(now, zones={"left": {"heat": 2}}), world(now, zones={"right": {"heat": 2}}), 2) is False


def test_lists_have_no_order_and_numbers_are_numbers():
    now, start = "2026-03-01T09:02", "2026-03-09T15:00"
    wanted = world(now, events=event(80_000, start, labels=["a", "b"], price=0.3, guests=2))
    assert same_end(world(now, events=event(80_000, start, labels=["b", "a"], price=0.1 + 0.2, guests=2.0)), wanted, 2)
    assert not same_end(world(now, events=event(80_000, start, labels=["b"], price=0.3, guests=2)), wanted, 2)
    assert not same_end(world(now, events=event(80_000, start, labels=["a", "b"], price=0.3, guests=True)), wanted, 2)


def test_a_server_whose_state_cannot_be_read_must_have_had_the_same_writing_calls():
    one, other = ({"calls": [{"name": "add", "arguments": {"x": x}}]} for x in (1, 2))
    assert same_end({"own": one}, {"own": one}, 1) is True
    assert same_end({"own": other}, {"own": one}, 1) is False


# An episode, what is stored of it, and the command line

LIMITS = Limits(
    max_user_turns=5, max_assistant_turns=10, max_calls_per_turn=4, max_result_chars=4000, max_failed_turns=3
)


class OtherPath:
    """Renames first and moves then."""

    name = "other"

    def __init__(self):
        self.lines = [hermes([{"name": n, "arguments": a}]) for n, a in (RENAME_FIRST, MAKE, THEN_MOVE)]

    async def start(self, messages, functions): ...

    async def generate(self):
        return self.lines.pop(0) if self.lines else "Done."

    async def append(self, messages):
        return True


@pytest.fixture(scope="module")
def example(live) -> Example:
    steps = tuple(Step((ToolCall(*one),)) for one in (MAKE, MOVE, RENAME))
    truth = GroundTruth(steps, ((0, 1), (1, 2)), (0, 0, 0))
    wanted = diff_of(live, "filesystem", (MAKE, MOVE, RENAME))
    return Example("e1", "multi_turn", ("filesystem",), 7, ("Tidy up.",), truth, final_state=wanted)


@pytest.fixture(scope="module")
def functions(live) -> list[dict]:
    return [to_openai(tool) for tool in live.tools("filesystem")]


def play(policy, example: Example, functions: list[dict], reward: Reward):
    async def run():
        async with ServerPool(["filesystem"], transport="inprocess") as pool:
            session = await pool.open(["filesystem"], example.world_seed)
            return await run_episode(example, functions, session, policy, LIMITS, reward)

    return asyncio.run(run())


def test_another_valid_path_earns_the_end_in_a_live_episode(example, functions):
    gold, other = play(GoldPolicy(example), example, functions, STATE), play(OtherPath(), example, functions, STATE)
    assert gold.reward.total == pytest.approx(1.3) and gold.reward.extra["state"] == 1
    assert other.reward.coverage == pytest.approx(2 / 3) and other.reward.extra == {"state": 1, "state_known": 1}
    assert other.reward.total == pytest.approx(0.5 + 0.25 * 2 / 3 + 0.25 + 0.2 + 0.1 * other.reward.arg)


def test_an_example_that_knows_no_final_state_is_paid_as_in_the_paper(example, functions):
    stored = json.loads(example.to_json())
    del stored["final_state"]
    old = Example.from_json(json.dumps(stored))
    other = play(OtherPath(), old, functions, STATE)
    assert other.reward.total == pytest.approx(play(OtherPath(), old, functions, load_reward("prove")).reward.total)
    assert other.reward.extra["state_known"] == 0


@pytest.mark.parametrize("name", ["prove_state", "prove_complete"])
def test_a_stored_episode_is_scored_again_as_it_was(name, example, functions, tmp_path, capsys):
    episode = play(OtherPath(), example, functions, load_reward(name))
    path = tmp_path / "episodes.jsonl"
    path.write_text(episode.to_json())
    assert main([str(path), f"reward={name}"]) == 0
    printed = json.loads(capsys.readouterr().out)
    extra = ["state", "state_known"] if name == "prove_state" else []
    assert list(printed) == ["validity", "coverage", "efficiency", "name", "arg", *extra, "total"]
    assert printed == {key: episode.reward.numbers()[key] for key in printed}


def test_a_stored_episode_of_the_papers_reward_has_the_keys_it_always_had(example, functions):
    stored = json.loads(play(GoldPolicy(example), example, functions, load_reward("prove")).to_json())["reward"]
    assert list(stored) == ["validity", "coverage", "efficiency", "name", "arg", "total", "exact", "reasons"]


LINE = {
    "tools": TOOLS,
    "ground_truth": {"steps": [[{"name": "a", "arguments": {"x": 1}}]], "edges": []},
    "calls": [{"name": "a", "arguments": {"x": 1}, "ok": True}],
}


def deep(levels: int) -> dict:
    row: dict = {}
    for _ in range(levels):
        row = {"a": row}
    return {"s": {"t": {"k": row}}}


@pytest.mark.parametrize(
    ("ending", "says"),
    [
        (None, "no ending, so prove_state cannot say where this episode led"),
        ({"reached": []}, "ending needs reached, an object"),
        ({"reached": {"shop": 3}, "wanted": {}}, "ending.reached needs shop, an object"),
        ({"reached": deep(600), "wanted": deep(601)}, "values are nested too deeply"),
    ],
)
def test_a_line_that_does_not_tell_the_end_is_named_in_one_sentence(ending, says, tmp_path, capsys):
    path = tmp_path / "episodes.jsonl"
    right = {**LINE, "ending": {"reached": ROW, "wanted": ROW}}
    path.write_text("\n".join(json.dumps(line) for line in (right, {**LINE, "ending": ending})))
    assert main([str(path), "reward=prove_state"]) == 2
    output = capsys.readouterr()
    assert json.loads(output.out)["state"] == 1
    assert output.err.startswith(f"{path}:2: ") and says in output.err and output.err.count("\n") == 1


@pytest.mark.parametrize(
    "table",
    [
        {"world": {"now": 3, "EVT": "x"}},
        {"world": {"now": "2026-99-99T99:99"}},
        {"t": {"EVT-1": None, "EVT-2": [1e400, 10**400, float("nan"), "2026-13-01T00:00", "EVT-" + "9" * 5000]}},
        {"t": 3},
        {"t": [1, {"a": None}]},
    ],
)
def test_no_diff_is_too_strange_to_be_compared(table):
    assert same_end({"s": table}, {"s": {"t": {"k": {"EVT": 1}}}}, 1) is False
    same_end({"s": table}, {"s": table}, 1)


def test_a_rule_that_is_none_and_a_missing_number_are_named():
    with pytest.raises(ValueError, match=r"reward.rule=stat is none of prove, state, complete"):
        Reward.of({"name": "mine", "rule": "stat"})
    with pytest.raises(ValueError, match=r"reward lacks \['w_state'\]"):
        Reward.of({"name": "mine", "rule": "state", **vars(PAPER)})
    with pytest.raises(ValueError, match=r"does not know \['w_state'\]"):
        Reward.of({"name": "mine", **vars(PAPER), "w_state": 0.25})


@pytest.mark.parametrize("reward", [load_reward("prove"), STATE, COMPLETE], ids=lambda reward: reward.name)
def test_a_crashed_episode_is_worth_nothing_under_the_same_keys(reward):
    played = reward([call("a")], FOUR, TOOLS, Ending(ROW, ROW))
    assert reward.nothing().numbers().keys() == played.numbers().keys()
    assert not any(reward.nothing().numbers().values())


def test_the_numbers_of_the_presets_are_those_of_the_paper_but_for_the_coverage_that_is_shared():
    assert COMPLETE.weights == PAPER
    assert STATE.weights.path.w_cov + STATE.weights.w_state == PAPER.w_cov
    assert {**vars(STATE.weights.path), "w_cov": PAPER.w_cov} == vars(PAPER)


def test_the_summary_of_a_run_has_the_numbers_of_its_preset(tmp_path):
    path = tmp_path / "00000.jsonl"
    lines = [{"example_id": f"e{n}", "reward": ended(ROW, ROW).to_dict()} for n in range(2)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    read = read_episodes(path)
    assert compare(read, read)["after"]["state"] == 1
