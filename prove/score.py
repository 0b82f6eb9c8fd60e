"""Scores stored episodes again, under any reward of conf/reward, without a GPU; or plays them again and compares.

    python -m prove.score FILE.jsonl … [reward=NAME] [--explain]
    python -m prove.score FILE.jsonl … --replay [--jobs N] [--rows FILE.parquet]

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

With --replay every episode is played again on fresh sessions (prove.replay): what differs is printed, a line each, as
`FILE:LINE: field: stored …, replayed …`; how many were verified is said on standard error. 1 if something differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from prove.reward_files import UnknownReward, load_reward, reward_names
from prove.rewards.choice import Reward
from prove.stored import BadLine, score_line
from prove.types import Breakdown


def main(argv: list[str] | None = None) -> int:
    """Scores the files named on the command line; 0, 1 if a replay differs, 2 if anything could not be scored."""
    options = _options(argv)
    try:
        if options.replay:
            return _replay(options)
        reward = load_reward(options.reward)
        bad = sum(not _print_score(*line, reward, options) for line in _lines(options.files))
    except (UnknownReward, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 2 if bad else 0


def report(reward: Breakdown, explain: bool) -> dict[str, Any]:
    """What is printed for one episode: the components and the total, and the reasons if asked for."""
    printed: dict[str, Any] = {**reward.components(), "total": reward.total}
    return {**printed, "reasons": list(reward.reasons)} if explain else printed


def _replay(options: argparse.Namespace) -> int:
    # Not above: scores need no servers, and starting is twice as fast without.
    from prove.replay.known import known_of
    from prove.replay.verify import Line, verify

    lines = [Line(*line) for line in _lines(options.files)]
    try:
        knowledge = {file: known_of(Path(file), map(Path, options.rows)) for file in options.files}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    tally = verify(lines, knowledge, options.jobs, sys.stdout, sys.stderr)
    print(tally, file=sys.stderr)
    return tally.status


def _print_score(file: str, number: int, text: bytes, reward: Reward, options: argparse.Namespace) -> bool:
    """Prints the score of one line, or on standard error what is wrong with it; whether it could be scored."""
    try:
        print(json.dumps(report(score_line(text, reward), options.explain), ensure_ascii=False))
    except BadLine as error:
        print(f"{file}:{number}: {error}", file=sys.stderr)
        return False
    return True


def _lines(files: Sequence[str]) -> Iterator[tuple[str, int, bytes]]:
    """File, number from 1, and text of the lines that are not blank."""
    for file in files:
        with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as source:
            yield from ((file, number, line) for number, line in enumerate(source, 1) if line.strip())


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m prove.score",
        description="Scores stored episodes (JSON lines) again, without a GPU; prints one JSON line per episode.",
        epilog=f"rewards: {', '.join(reward_names())}",
    )
    about = 'episodes, one a line; "-" reads standard input. reward=NAME chooses a reward (default: prove)'
    parser.add_argument("words", nargs="+", metavar="FILE.jsonl|reward=NAME", help=about)
    parser.add_argument("--explain", action="store_true", help="add one reason per call")
    parser.add_argument("--replay", action="store_true", help="play every episode again and say what differs")
    parser.add_argument("--jobs", type=_jobs, default=1, help="processes of --replay (default: 1)")
    rows = {"action": "append", "default": [], "metavar": "FILE.parquet", "help": "rows of old episodes of --replay"}
    parser.add_argument("--rows", **rows)
    options = parser.parse_intermixed_args(argv)
    options.files, options.reward = _told_apart(options.words, parser)
    return options


def _told_apart(words: Sequence[str], parser: argparse.ArgumentParser) -> tuple[list[str], str]:
    """Files, and the reward. The path of a run may hold a `=` too."""
    files = [word for word in words if "=" not in word or Path(word).exists()]
    choices = [word for word in words if word not in files]
    if wrong := [word for word in choices if not word.startswith("reward=")]:
        parser.error(f"expected reward=NAME, got {wrong[0]}")
    if not files:
        parser.error("name a file of episodes")
    return files, (choices or ["reward=prove"])[-1].removeprefix("reward=")


def _jobs(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of processes")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
