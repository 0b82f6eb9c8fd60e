"""An episode: who speaks when, what is executed, what ends it, and what is written down."""

import asyncio
import json
from functools import partial

import pytest

from prove.episode import Limits, run_episode
from prove.policies import GoldPolicy, hermes
from prove.reward_files import load_weights
from prove.rewards.prove import score
from prove.sessions import ServerPool
from prove.types import Example, GroundTruth, Step, ToolCall

LIMITS = Limits(
    max_user_turns=5, max_assistant_turns=10, max_calls_per_turn=4, max_result_chars=4000, max_failed_turns=3
)
TOOLS = ("list_accounts", "get_account", "find_payee", "issue_payment_token")
FUNCTIONS = [
    {"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}
    for name in TOOLS
]
SCORE = partial(score, weights=load_weights("prove"))
ASK = Example(
    id="heldout-1",
    kind="multi_turn",
    servers=("banking",),
    world_seed=11,
    user_turns=("Find the payee a.", "And list my accounts."),
    ground_truth=GroundTruth(
        (Step((ToolCall("find_payee", {"name": "a"}),)), Step((ToolCall("list_accounts", {}),))), ((0, 1),), (0, 1)
    ),
)


class Scripted:
    """Says the given lines; remembers what it was told."""

    name = "scripted"

    def __init__(self, *lines: str | None, room: int = 99):
        self.lines, self.heard, self.room = list(lines), [], room

    async def start(self, messages, functions):
        self.heard += messages

    async def generate(self):
        return self.lines.pop(0) if self.lines else "Done."

    async def append(self, messages):
        self.heard += messages
        self.room -= 1
        return self.room > 0


def play(policy, example=ASK, limits=LIMITS):
    async def run():
        async with ServerPool(["banking", "calendar"], transport="inprocess") as pool:
            session = await pool.open(["banking", "calendar"], example.world_seed)
            return await run_episode(example, FUNCTIONS, session, policy, limits, SCORE)

    return asyncio.run(run())


def call(tool, **arguments):
    return hermes([{"name": tool, "arguments": arguments}])


def test_the_ground_truth_itself_earns_the_full_reward():
    episode = play(GoldPolicy(ASK))
    assert episode.reward.exact
    assert episode.reward.total == pytest.approx(0.5 + 0.5 + 0.2 + 0.1)


def test_the_next_user_turn_comes_when_the_policy_answers_without_a_call():
    policy = Scripted(call("find_payee", name="a"), "Found them.", call("list_accounts"), "Here.")
    episode = play(policy)
    assert [message["role"] for message in policy.heard] == ["user", "tool", "user", "tool"]
    assert [made.turn for made in episode.calls] == [0, 1]
    assert episode.stats["user_turns"] == 2


def test_parallel_calls_of_one_turn_are_executed_in_order():
    episode = play(Scripted(call("find_payee", name="a") + call("list_accounts")))
    assert [made.name for made in episode.calls] == ["find_payee", "list_accounts"]
    assert all(made.ok for made in episode.calls)


def test_a_malformed_call_is_answered_and_counted():
    policy = Scripted("<tool_call>{oops</tool_call>")
    episode = play(policy)
    assert "not valid JSON" in policy.heard[1]["content"]
    assert episode.stats["malformed_calls"] == 1
    assert episode.calls[0].name == ""


def test_a_tool_that_was_not_offered_is_refused_without_being_executed():
    policy = Scripted(call("remove_payee", payee_id="PAY-1"), call("list_day_agenda"))
    episode = play(policy)
    assert "unknown tool remove_payee" in episode.calls[0].output
    assert episode.hash_before == episode.hash_after


def test_a_flood_of_calls_is_cut_at_the_cap():
    episode = play(Scripted(call("list_accounts") * 9))
    assert [made.ok for made in episode.calls] == [True] * 4 + [False] * 5


def test_an_episode_ends_at_the_turn_cap():
    episode = play(Scripted(*[call("list_accounts")] * 30))
    assert episode.stats["assistant_turns"] == 10 and episode.stats["turn_cap"] == 1


def test_a_policy_that_is_stuck_is_not_watched_to_the_end():
    wrong, right = call("get_account", account_id="ACC-1"), call("list_accounts")
    assert play(Scripted(*[wrong] * 30)).stats["assistant_turns"] == 3
    assert play(Scripted(wrong, wrong, right, wrong, wrong, "Sorry.", "Bye.")).stats["turn_cap"] == 0


def test_an_episode_ends_when_the_tokens_are_spent():
    assert play(Scripted(call("list_accounts"), None)).stats["out_of_tokens"] == 1
    assert play(Scripted(*[call("list_accounts")] * 9, room=3)).stats["out_of_tokens"] == 1


def test_a_write_changes_the_hash_of_its_own_episode_alone():
    from servers.banking.seed import pin_of

    pin = pin_of(ASK.world_seed)
    changed = play(Scripted(call("issue_payment_token", pin=pin)))
    untouched = play(Scripted("Nothing to do."))
    assert changed.hash_before["banking"] != changed.hash_after["banking"]
    assert untouched.hash_after == changed.hash_before


def test_a_written_episode_is_one_line_of_json_that_can_be_scored_again():
    episode = play(GoldPolicy(ASK))
    line = episode.to_json()
    assert "\n" not in line
    stored = json.loads(line)
    assert stored["reward"]["total"] == episode.reward.total
    assert [made["name"] for made in stored["calls"]] == ["find_payee", "list_accounts"]
