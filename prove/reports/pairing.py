"""Which episodes stand against which: the same example and the same seed, or nothing is compared.

    arm → values[measure][seed, example]      all arms of a table have the same examples in the same order

An episode that crashed was not written and counts 0 on every measure, as it did in training; more episodes missing than
the run has crashes recorded is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prove.reports.measures import MEASURES, Played
from prove.reports.runs import Run
from prove.training.summary import read_metrics

Values = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Evaluated:
    """A run with its episodes on `split`, by example id."""

    run: Run
    split: str
    episodes: Mapping[str, Played]


@dataclass(frozen=True)
class Arm:
    """A row of a table: its seeds in order and for each measure the numbers [seed, example]."""

    seeds: tuple[int, ...]
    values: Values


def arms(evaluated: Sequence[Evaluated]) -> dict[str, Arm]:
    """The runs of one model as arms. ValueError: two of them were not evaluated on the same thing."""
    examples = _examples(evaluated)
    whole = [_with_crashes(one, examples) for one in evaluated]
    names = dict.fromkeys(one.run.arm for one in whole)
    return {name: _arm([one for one in whole if one.run.arm == name], examples) for name in names}


def differences(one: Arm, other: Arm) -> Arm:
    """one - other by example and seed, for the seeds that both have; possibly none."""
    seeds = tuple(seed for seed in one.seeds if seed in other.seeds)
    left, right = ([arm.seeds.index(seed) for seed in seeds] for arm in (one, other))
    return Arm(seeds, {key: one.values[key][left] - other.values[key][right] for key in one.values})


def _examples(evaluated: Sequence[Evaluated]) -> dict[str, Played]:
    """Every example that any run played, with its task, by id."""
    first = evaluated[0]
    known: dict[str, Played] = {}
    for one in evaluated:
        for name, value in one.run.conditions.items():
            if value != first.run.conditions[name]:
                raise ValueError(f"{_both(first, one)}: {name} is {first.run.conditions[name]} and {value}")
        for key, played in one.episodes.items():
            if known.setdefault(key, played).task != played.task:
                raise ValueError(f"{_both(first, one)}: example {key} is not the same task in the same world")
    return {key: known[key] for key in sorted(known)}


def _with_crashes(one: Evaluated, examples: Mapping[str, Played]) -> Evaluated:
    missing = [key for key in examples if key not in one.episodes]
    crashed = _crashes(one, len(examples)) if missing else 0
    if len(missing) != crashed:
        raise ValueError(
            f"{one.run.folder} does not pair with the other runs: {len(missing)} of their {len(examples)} "
            f"{one.split} examples are not in it, e.g. {missing[0]}, and it recorded {crashed} crashes"
        )
    nothing = {key: Played(examples[key].task, examples[key].wanted, dict.fromkeys(MEASURES, 0.0)) for key in missing}
    return Evaluated(one.run, one.split, {**one.episodes, **nothing})


def _crashes(one: Evaluated, examples: int) -> int:
    """By the share that metrics.jsonl has of the last evaluation."""
    name = f"{one.split}/episode/crashed"
    shares = [row[name] for row in read_metrics(one.run.folder / "metrics.jsonl") if name in row]
    return round(shares[-1] * examples) if shares else 0


def _arm(evaluated: Iterable[Evaluated], examples: Mapping[str, Played]) -> Arm:
    runs = sorted(evaluated, key=lambda one: one.run.seed)
    table = {
        measure: np.array([[one.episodes[key].numbers[measure] for key in examples] for one in runs], dtype=float)
        for measure in MEASURES
    }
    wanted = np.array([played.wanted for played in examples.values()])
    table |= {f"exact@{count}": table["exact"][:, wanted == count] for count in sorted(set(wanted.tolist()))}
    return Arm(tuple(one.run.seed for one in runs), table)


def _both(one: Evaluated, other: Evaluated) -> str:
    return f"{one.run.folder} and {other.run.folder} do not pair"
