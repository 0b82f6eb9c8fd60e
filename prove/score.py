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
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir

from prove.rewards.choice import Reward
from prove.rewards.prove import Weights
from prove.types import Breakdown, Ending, ExecutedCall, GroundTruth

REWARDS = Path(__file__).parent.parent / "conf" / "reward"
CALL_FIELDS = {field.name for field in fields(ExecutedCall)}
KINDS = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}


class UnknownReward(LookupError):
    """No file of conf/reward has this name; the text names the nearest and all of them."""


class BadLine(ValueError):
    """A line of the input that is no episode; the text says what is wrong with it."""


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


def load_weights(name: str) -> Weights:
    """The numbers of conf/reward/NAME.yaml, one of the paper's formula. UnknownReward if there is no such reward."""
    return Weights.of(_node(name))


def load_reward(name: str) -> Reward:
    """The reward of conf/reward/NAME.yaml. UnknownReward if there is no such reward."""
    return Reward.of(_node(name))


def _node(name: str) -> Mapping[str, Any]:
    names = reward_names()
    if name not in names:
        near = get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ";"
        raise UnknownReward(f"no reward {name}{hint} there are {', '.join(names)}")
    with initialize_config_dir(str(REWARDS.parent), version_base="1.3"):
        return compose(config_name=f"reward/{name}").reward


def reward_names() -> list[str]:
    return sorted(path.stem for path in REWARDS.glob("*.yaml"))


def score_line(text: str | bytes, reward: Reward) -> Breakdown:
    """The reward of one line of JSON. BadLine if it is no episode."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"no JSON: {error}") from None
    if not isinstance(line, dict):
        raise BadLine("no JSON object")
    tools, calls = _get(line, "tools", list, "line"), _get(line, "calls", list, "line")
    ground_truth = _ground_truth(_get(line, "ground_truth", dict, "line"))
    for number, tool in enumerate(tools):
        _check_tool(tool, f"tool {number}")
    executed = [_executed(call, f"call {number}") for number, call in enumerate(calls)]
    try:
        return reward(executed, ground_truth, tools, _ending(line, reward))
    except ValueError as error:
        raise BadLine(str(error)) from None
    except RecursionError:
        raise BadLine("values are nested too deeply") from None


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


def _ground_truth(value: dict[str, Any]) -> GroundTruth:
    for number, step in enumerate(_get(value, "steps", list, "ground_truth")):
        if not isinstance(step, list):
            raise BadLine(f"ground-truth step {number} is no list of calls")
        for call in step:
            _check_call(call, f"ground-truth step {number}")
    try:
        return GroundTruth.from_dict(value)
    except (TypeError, ValueError):
        raise BadLine("ground_truth needs edges, a list of pairs of step numbers") from None


def _ending(line: dict[str, Any], reward: Reward) -> Ending:
    """How the worlds ended. BadLine if the reward looks at it and the line does not tell."""
    if not reward.looks_at_the_end:
        return Ending()
    if not isinstance(line.get("ending"), dict):
        raise BadLine(f"no ending, so {reward.name} cannot say where this episode led; a new run writes it")
    return Ending(*(_diffs(line["ending"], side) for side in ("reached", "wanted")))


def _diffs(ending: dict[str, Any], side: str) -> dict[str, Any] | None:
    """Server -> its diff; None if not known."""
    if ending.get(side) is None:
        return None
    diffs = _get(ending, side, dict, "ending")
    return {server: _get(diffs, server, dict, f"ending.{side}") for server in diffs}


def _executed(value: Any, where: str) -> ExecutedCall:
    _check_call(value, where)
    _get(value, "ok", bool, where)
    known = {key: value[key] for key in CALL_FIELDS & value.keys()}
    if not isinstance(known.get("output", ""), str):
        known["output"] = json.dumps(known["output"])
    return ExecutedCall(**known)


def _check_call(value: Any, where: str) -> None:
    _get(value, "name", str, where)
    _get(value, "arguments", dict, where)


def _check_tool(value: Any, where: str) -> None:
    function = _get(value, "function", dict, where)
    _get(function, "name", str, where)
    if function.get("parameters") is not None:
        parameters = _get(function, "parameters", dict, where)
        for key, kind in (("properties", dict), ("required", list), ("$defs", dict)):
            if key in parameters:
                _get(parameters, key, kind, where)


def _get(value: Any, key: str, kind: type, where: str) -> Any:
    """value[key], which must be there and of this kind."""
    if not isinstance(value, dict) or not isinstance(value.get(key), kind):
        raise BadLine(f"{where} needs {key}, {KINDS[kind]}")
    return value[key]


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
