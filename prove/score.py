"""Scores stored episodes again, under any reward of conf/reward, without a GPU.

    python -m prove.score FILE.jsonl [reward=NAME] [--explain]

Reads one episode a line ("-" reads standard input) and prints one JSON line each: the components of the reward and the
total, and with --explain the reasons, one per call. The components of the first paper are validity, coverage,
efficiency, name and arg; with reward=graduated, the second paper's, they are atomic and orchestration. The least a line
needs:

    {"tools": [OpenAI function schemas],
     "ground_truth": {"steps": [[{"name": "pay", "arguments": {"amount": 5}}]], "edges": []},
     "calls": [{"name": "pay", "arguments": {"amount": 5}, "ok": true}]}

A call may carry `output`, its response, as text or as a JSON value: reward=graduated looks for an error in it.
reward=prove_state adds state and state_known, and needs how the worlds ended: what was changed there and what the
ground truth changes (null: not known), by server, as `session.diff` gives it:

     "ending": {"reached": {"banking": {"payees": {"PAY-80001": {…}}}}, "wanted": {…}}

A line that cannot be scored is named on standard error; the others are still scored, and the exit code is 2.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from prove.reward_files import UnknownReward, load_reward, reward_names
from prove.rewards.choice import Reward
from prove.stored import BadLine, score_line
from prove.types import Breakdown


def main(argv: list[str] | None = None) -> int:
    """Scores the file named on the command line; 0, or 2 if anything in it could not be scored."""
    options = _options(argv)
    try:
        reward = load_reward(options.reward)
        bad = sum(not _print_score(*line, reward, options) for line in _lines(options.file))
    except (UnknownReward, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 2 if bad else 0


def report(reward: Breakdown, explain: bool) -> dict[str, Any]:
    """What is printed for one episode: the components and the total, and the reasons if asked for."""
    printed: dict[str, Any] = {**reward.components(), "total": reward.total}
    return {**printed, "reasons": list(reward.reasons)} if explain else printed


def _print_score(number: int, text: bytes, reward: Reward, options: argparse.Namespace) -> bool:
    """Prints the score of one line, or on standard error what is wrong with it; whether it could be scored."""
    try:
        print(json.dumps(report(score_line(text, reward), options.explain), ensure_ascii=False))
    except BadLine as error:
        print(f"{options.file}:{number}: {error}", file=sys.stderr)
        return False
    return True


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, numbered from 1."""
    with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as source:
        yield from ((number, line) for number, line in enumerate(source, 1) if line.strip())


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m prove.score",
        description="Scores stored episodes (JSON lines) again, without a GPU; prints one JSON line per episode.",
        epilog=f"rewards: {', '.join(reward_names())}",
    )
    parser.add_argument("file", metavar="FILE.jsonl", help='episodes, one a line; "-" reads standard input')
    choice = {"nargs": "?", "type": _reward, "default": "reward=prove", "help": "default: prove"}
    parser.add_argument("reward", metavar="reward=NAME", **choice)
    parser.add_argument("--explain", action="store_true", help="add one reason per call")
    return parser.parse_intermixed_args(argv)


def _reward(text: str) -> str:
    if not text.startswith("reward="):
        raise argparse.ArgumentTypeError(f"expected reward=NAME, got {text}")
    return text.removeprefix("reward=")


if __name__ == "__main__":
    sys.exit(main())
