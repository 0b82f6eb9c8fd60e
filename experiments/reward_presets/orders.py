"""Does "the same end" hold on real rows? Ground truths played again: as written, in another order, with a fault.

    python -m experiments.reward_presets.orders data/prove/heldout.parquet

Another order is drawn among those that the edges allow. Prints for each way to play how many ends are judged the same,
and how many of the diffs are equal byte by byte.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from prove.rewards.ending import leaves_a_change, same_end
from prove.schemas import reads_only
from prove.synthesis.live import LiveServers
from prove.types import Example, GroundTruth, ToolCall

SEED = 0


def examples(path: Path) -> list[Example]:
    """The rows whose ground truth leaves something changed."""
    found = [Example.from_json(row["extra_info"]["example"]) for row in pq.read_table(path).to_pylist()]
    return [example for example in found if example.final_state and leaves_a_change(example.final_state)]


def another_order(truth: GroundTruth, rng: random.Random) -> list[ToolCall]:
    """The calls with the steps in an order drawn among those that the edges allow."""
    left, calls = set(range(len(truth.steps))), []
    while left:
        free = sorted(g for g in left if not any(j == g and i in left for i, j in truth.edges))
        step = rng.choice(free)
        left.remove(step)
        calls += truth.steps[step].calls
    return calls


def ways(example: Example, reading: set[str], rng: random.Random) -> dict[str, list[ToolCall]]:
    calls = list(example.ground_truth.calls)
    write = rng.choice([place for place, call in enumerate(calls) if call.name not in reading])
    found = {
        "as written": calls,
        "a write left out": calls[:write] + calls[write + 1 :],
        "a write made twice": [*calls, calls[write]],
    }
    other = another_order(example.ground_truth, rng)
    return found | ({"in another order": other} if other != calls else {})


def play(live: LiveServers, example: Example, calls: Sequence[ToolCall]) -> dict[str, Any] | None:
    """What the calls changed; None if one is refused."""
    session = live.open(list(example.servers), example.world_seed)
    try:
        worked = [session.call(call.name, call.arguments).ok for call in calls]
        return {name: diff for name, diff in session.diff().items() if diff} if all(worked) else None
    finally:
        session.close()


def main() -> None:
    found, rng = examples(Path(sys.argv[1])), random.Random(SEED)
    played, same, equal = Counter(), Counter(), Counter()
    with LiveServers(sorted({name for example in found for name in example.servers}), transport="inprocess") as live:
        reading = {tool["name"] for server in live.servers for tool in live.tools(server) if reads_only(tool)}
        for example in found:
            for way, calls in ways(example, reading, rng).items():
                reached, wanted = play(live, example, calls), example.final_state or {}
                if reached is not None:
                    played[way] += 1
                    equal[way] += reached == wanted
                    same[way] += bool(same_end(reached, wanted, len(example.ground_truth.calls)))
    print(f"{len(found)} rows\n{'':<20}{'played':>8}{'same end':>10}{'equal bytes':>13}")
    for way in played:
        print(f"{way:<20}{played[way]:>8}{same[way]:>10}{equal[way]:>13}")


if __name__ == "__main__":
    main()
