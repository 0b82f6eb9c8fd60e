"""Is `reward=graduated_original` what the original's code pays? Both on the public traces, changed at random.

    PYTHONPATH=BFCL python -m experiments.graduated_reward.original FOLDER CODE [--rounds 20]

FOLDER as for the table. CODE: complex_tool.py of horizon-rl/ToolOrchestrationReward, which needs the packages bfcl_eval
(BFCL: berkeley-function-call-leaderboard of ShishirPatil/gorilla) and loguru. Nothing of either is in this repository;
CODE is executed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.graduated_reward.traces import MISS, UNPARSABLE, Calls, Trace, read_traces
from prove.reward_files import load_reward
from prove.types import Ending, ExecutedCall

RESPONSES = ('{"error":"no"}', '{"status":false}', "{}", "[]", '{"status":true,"data":[]}', "5")
PARTS = ("R_atomic_validity", "R_outcome_orchestration", "score")


def changed(calls: Calls, draw: random.Random) -> Calls:
    """Up to three changes of the kinds a policy makes."""
    made = list(calls)
    for _ in range(draw.randrange(4)):
        if made:
            draw.choice(CHANGES)(made, draw.randrange(len(made)), draw)
    return tuple(made)


def drop(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    del made[place]


def repeat(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    made.insert(place, draw.choice(made))


def shuffle(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    draw.shuffle(made)


def spoil(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    made.insert(place, replace(UNPARSABLE, output=MISS))


def answer(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    made[place] = replace(made[place], output=draw.choice(RESPONSES))


def leave_out(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    left = draw.choice([*made[place].arguments, ""])
    made[place] = replace(made[place], arguments={k: v for k, v in made[place].arguments.items() if k != left})


def add(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    made[place] = replace(made[place], arguments={**made[place].arguments, "more": 1})


def alter(made: list[ExecutedCall], place: int, draw: random.Random) -> None:
    arguments = dict(made[place].arguments)
    if arguments:
        key = draw.choice(list(arguments))
        arguments[key] = draw.choice(variants(arguments[key]))
        made[place] = replace(made[place], arguments=arguments)


def variants(value: Any) -> list[Any]:
    """Other values, some of which agree."""
    if isinstance(value, str):
        return [value.upper(), value.replace("-", ""), f"{value} ", f"{value}X", f"'{value}", 5]
    if isinstance(value, list):
        return [value[:-1], "text"]
    return [value + 1, int(value), float(value), str(value), True]


CHANGES: tuple[Callable[[list[ExecutedCall], int, random.Random], None], ...]
CHANGES = (drop, repeat, shuffle, spoil, answer, leave_out, add, alter)


def transcript(calls: Calls) -> str:
    """As the original reads an episode."""
    return "\n".join(
        f"<tool_call>{_written(call)}</tool_call>\n<tool_response>{call.output}</tool_response>" for call in calls
    )


def _written(call: ExecutedCall) -> str:
    return json.dumps({"name": call.name, "arguments": call.arguments}) if call.name else "{oops"


def theirs(code: Any, trace: Trace, calls: Calls) -> list[float]:
    """PARTS, as the original computes them."""
    gold = trace.calls
    recorded = [{"function_name": one.name, "arguments": one.arguments, "success": True} for one in gold]
    facts = {
        "execution_traces": [{one["function_name"]: {"success": True, "traces": [one]}} for one in recorded],
        "step_dependency": [[j for j, i in trace.ground_truth.edges if i == step] or None for step in range(len(gold))],
    }
    truth = [[{"name": one.name, "success": True}] for one in gold]
    scores = code.compute_score(transcript(calls), truth, extra_info=facts)
    return [scores[part] for part in PARTS]


def ours(trace: Trace, calls: Calls, reward: Any) -> list[float]:
    found = reward(calls, trace.ground_truth, [], Ending())
    return [found.atomic, found.orchestration, found.total]


def same(first: Sequence[float], second: Sequence[float]) -> bool:
    return all(abs(one - other) < 1e-9 for one, other in zip(first, second, strict=True))


def load(path: Path) -> Any:
    """The module in a file. ImportError, OSError: it cannot be loaded."""
    spec = importlib.util.spec_from_file_location("original", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments.graduated_reward.original")
    parser.add_argument("folder", type=Path)
    parser.add_argument("code", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    try:
        traces, code = read_traces(options.folder), load(options.code)
    except (OSError, ValueError, ImportError) as error:
        print(str(error).strip().splitlines()[0], file=sys.stderr)
        return 2
    draw, rewards = random.Random(0), [load_reward(name) for name in ("graduated_original", "graduated")]
    equal, count = [0, 0], 0
    for trace in traces * options.rounds:
        calls = changed(trace.calls, draw)
        wanted = theirs(code, trace, calls)
        equal = [n + same(wanted, ours(trace, calls, reward)) for n, reward in zip(equal, rewards, strict=True)]
        count += 1
    print(f"{count} episodes; equal in all three numbers: graduated_original {equal[0]}, graduated {equal[1]}")
    return 0 if equal[0] == count else 1


if __name__ == "__main__":
    sys.exit(main())
