"""What the public traces, and what a policy may make of them, are worth under each reward.

    python -m experiments.graduated_reward.table FOLDER [--out results.csv]

FOLDER holds train_traces.jsonl and tools.json of the public Booking data. Prints, for every reward and case, the mean
over the traces; then which of the expected relations hold. Writes case, reward, n, mean and 95 % interval. No model
takes part.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.graduated_reward.traces import CASES, read_tools, read_traces
from prove.reward_files import load_reward
from prove.rewards.choice import Reward
from prove.training.summary import paired
from prove.types import Ending

NAMED = (
    "graduated",
    "graduated_original",
    "graduated_atomic",
    "graduated_orchestration",
    "graduated_fixed",
    "prove",
)
FIXES = (
    "own_step",
    "one_to_one",
    "count_unparsable",
    "repeats_unpaid",
    "missing_unpaid",
    "executed_only",
    "exact_codes",
)
EXPECTED = (
    *(("gold", case) for case in CASES if case not in ("gold", "empty")),
    *((case, "empty") for case in CASES if case != "empty"),
    ("all_but_last", "first_only"),
    ("wrong_answered", "wrong_refused"),
    ("respelt", "names_only"),
    ("wrong_refused", "names_only"),
)
SAME = 1e-9
Totals = dict[tuple[str, str], list[float]]  # (case, reward) -> one total a trace


def rewards() -> list[Reward]:
    """Those of conf/reward/, and `graduated` with each fix alone."""
    plain = load_reward("graduated")
    alone = [Reward(fix, plain.rule, replace(plain.weights, **{fix: True})) for fix in FIXES]
    return [*map(load_reward, NAMED), *alone]


def measure(folder: Path) -> Totals:
    """Every trace in every case under every reward."""
    traces, tools = read_traces(folder), read_tools(folder)
    return {
        (case, reward.name): [
            reward(change(trace.calls), trace.ground_truth, tools, Ending()).total for trace in traces
        ]
        for case, change in CASES.items()
        for reward in rewards()
    }


def show(totals: Totals, names: Sequence[str]) -> None:
    """Means and half the width of their 95 % intervals, a row a case."""
    print(f"\n{'':<16}" + "".join(f"{name.replace('graduated_', ''):>18}" for name in names))
    for case in CASES:
        print(f"{case:<16}" + "".join(f"{_plus_minus(totals[case, name]):>18}" for name in names))


def _plus_minus(values: list[float]) -> str:
    mean, (low, _) = paired(values)
    return f"{mean:.3f} ±{mean - low:.3f}"


def broken(totals: Totals, reward: str) -> list[str]:
    """The expected relations that do not hold between the means: both sides."""
    mean = {case: paired(totals[case, reward])[0] for case in CASES}
    return [
        f"{above} {mean[above]:.3f} > {below} {mean[below]:.3f}"
        for above, below in EXPECTED
        if not mean[above] > mean[below] + SAME
    ]


def turned(totals: Totals, reward: str) -> int:
    """In how many traces some expected relation is the other way round."""
    rows = zip(*(totals[case, reward] for case in CASES), strict=True)
    worth = (dict(zip(CASES, row, strict=True)) for row in rows)
    return sum(any(one[above] < one[below] - SAME for above, below in EXPECTED) for one in worth)


def write(totals: Totals, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("case", "reward", "n", "mean", "low95", "high95"))
        for (case, reward), values in totals.items():
            mean, interval = paired(values)
            rows.writerow((case, reward, len(values), *(f"{number:.4f}" for number in (mean, *interval))))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments.graduated_reward.table")
    parser.add_argument("folder", type=Path, help="has train_traces.jsonl and tools.json")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results.csv")
    options = parser.parse_args()
    try:
        totals = measure(options.folder)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    show(totals, NAMED)
    show(totals, FIXES)
    print(f"\nn = {len(next(iter(totals.values())))} traces; {len(EXPECTED)} relations are expected.")
    for reward in [*NAMED, *FIXES]:
        wrong = "; ".join(broken(totals, reward))
        print(f"{reward:<24}{wrong and 'not ' + wrong or 'all hold'}. Turned in {turned(totals, reward)} traces")
    write(totals, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
