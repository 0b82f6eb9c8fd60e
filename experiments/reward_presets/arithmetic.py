"""What one episode is worth under each reward: the ground truth, stopping early, failing, spamming, another valid path.

    python -m experiments.reward_presets.arithmetic

Two tables: a chain of four writes in a toy world, where each successful call leaves a row, and a live world of our file
server. Prints them and writes results.csv beside this file. No model takes part.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.reward_files import load_reward
from prove.rewards.choice import Reward
from prove.schemas import to_openai
from prove.synthesis.live import LiveServers
from prove.types import Ending, ExecutedCall, GroundTruth, Step, ToolCall

REWARDS = ("prove", "prove_state", "prove_complete")
WORLD = 7
RESULTS = Path(__file__).parent / "results.csv"


@dataclass(frozen=True)
class Case:
    """One episode: where, what it does, and all that a reward may look at."""

    world: str
    case: str
    calls: tuple[ExecutedCall, ...]
    ground_truth: GroundTruth
    tools: Sequence[dict[str, Any]]
    ending: Ending


def toy() -> Iterator[Case]:
    """The chain a → b → c → d, one argument each."""
    parameters = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
    tools = [
        {"type": "function", "function": {"name": tool, "description": "", "parameters": parameters}}
        for tool in "abcde"
    ]
    chain = GroundTruth(tuple(Step((ToolCall(tool, {"x": 1}),)) for tool in "abcd"), ((0, 1), (1, 2), (2, 3)))
    episodes = {
        "the ground truth": "a b c d",
        "one right call, then stop": "a",
        "two right calls, then stop": "a b",
        "three right calls, then stop": "a b c",
        "three right, one failed repeat, stop": "a b c c!",
        "three right, one malformed, stop": "a b c ?",
        "three right, the fourth refused, stop": "a b c d!",
        "three right, one malformed, the fourth": "a b c ? d",
        "three right, the fourth refused, then right": "a b c d! d",
        "three right, three malformed, the fourth": "a b c ? ? ? d",
        "one right call four times": "a a a a",
        "one right call sixty times": "a " * 60,
        "the ground truth and one call too many": "a b c d e",
        "no call": "",
    }
    wanted = _rows(_made("a b c d"))
    for case, text in episodes.items():
        calls = _made(text)
        yield Case("toy", case, calls, chain, tools, Ending(_rows(calls), wanted))


def _made(text: str) -> tuple[ExecutedCall, ...]:
    """`a b! ?` = a call of a, a refused call of b, a malformed call."""
    broken = ExecutedCall("", {}, False, error="no JSON")
    return tuple(broken if mark == "?" else ExecutedCall(mark[0], {"x": 1}, mark[1:] != "!") for mark in text.split())


def _rows(calls: Sequence[ExecutedCall]) -> dict[str, Any]:
    """Each successful call leaves one row of its own."""
    return {"toy": {"done": {f"{n}{call.name}": {} for n, call in enumerate(c for c in calls if c.ok)}}}


def files() -> Iterator[Case]:
    """A folder is made, a file moved into it and renamed there; and two folders that need nothing of each other."""
    folder = ToolCall("create_directory", {"directory": ".", "name": "Reports"})
    other = ToolCall("create_directory", {"directory": ".", "name": "Archive"})
    move = ToolCall("move_path", {"path": "budget_ideas.txt", "directory": "Reports"})
    rename = ToolCall("rename_path", {"path": "Reports/budget_ideas.txt", "new_name": "ideas.txt"})
    first = ToolCall("rename_path", {"path": "budget_ideas.txt", "new_name": "ideas.txt"})
    then = ToolCall("move_path", {"path": "ideas.txt", "directory": "Reports"})
    wrong = ToolCall("rename_path", {"path": "Reports/budget_ideas.txt", "new_name": "idea.txt"})
    look = ToolCall("list_directory", {"path": "."})
    chain = GroundTruth((Step((folder,)), Step((move,)), Step((rename,))), ((0, 1), (1, 2)))
    apart = GroundTruth((Step((folder,)), Step((other,))))
    episodes = [
        ("the ground truth", chain, (folder, move, rename)),
        ("renamed first, then moved: the same end", chain, (first, folder, then)),
        ("a look before it: the same end", chain, (look, folder, move, rename)),
        ("a wrong name", chain, (folder, move, wrong)),
        ("a folder nobody asked for", chain, (folder, move, rename, other)),
        ("the last call left out", chain, (folder, move)),
        ("two folders in the order of the ground truth", apart, (folder, other)),
        ("two folders in the other order", apart, (other, folder)),
    ]
    with LiveServers(["filesystem"], transport="inprocess") as live:
        tools = [to_openai(tool) for tool in live.tools("filesystem")]
        for case, ground_truth, calls in episodes:
            _, wanted = _play(live, ground_truth.calls)
            made, reached = _play(live, calls)
            yield Case("filesystem", case, made, ground_truth, tools, Ending(reached, wanted))


def _play(live: LiveServers, calls: Sequence[ToolCall]) -> tuple[tuple[ExecutedCall, ...], dict[str, Any]]:
    """The calls with their results, and what they changed."""
    session = live.open(["filesystem"], WORLD)
    try:
        made = tuple(ExecutedCall(one.name, one.arguments, session.call(one.name, one.arguments).ok) for one in calls)
        return made, session.diff()
    finally:
        session.close()


def measured(case: Case, rewards: Sequence[Reward]) -> Iterator[dict[str, Any]]:
    """One row per reward: its components and its total."""
    for reward in rewards:
        result = reward(case.calls, case.ground_truth, case.tools, case.ending)
        numbers = {key: round(value, 4) for key, value in result.numbers().items()}
        yield {"world": case.world, "case": case.case, "calls": len(case.calls), "reward": reward.name, **numbers}


def main() -> None:
    rows: list[dict[str, Any]] = []
    rewards = [load_reward(name) for name in REWARDS]
    for name, cases in (("toy", toy()), ("filesystem", files())):
        print(f"\n{name:<46}{'calls':>6}" + "".join(f"{reward:>16}" for reward in REWARDS))
        for case in cases:
            found = list(measured(case, rewards))
            print(f"{case.case:<46}{len(case.calls):>6}" + "".join(f"{row['total']:>16.3f}" for row in found))
            rows += found
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
