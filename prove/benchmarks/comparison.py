"""`compare=A,B`: two evaluations of the same items, paired.

    A - B per metric over the items both finished, [interval of the bootstrap by item], p
    shares with one try per item: how many only A and only B got right, and McNemar's exact p

A seed and trial that only one of them has is left out on both sides, so that neither has more luck.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from prove.benchmarks.composed import composed_differences
from prove.benchmarks.folder import ITEMS, read_about, read_lines
from prove.benchmarks.items import Line
from prove.benchmarks.results import ordered, passed
from prove.benchmarks.statistics import Difference, Settings, Table, difference, tables

SAME = ("benchmark", "data", "offered")
"""What two evaluations must share to be compared; how they played is what may differ."""


@dataclass(frozen=True)
class Pairing:
    """Differences by metric, and how many tries of each side had no partner."""

    tries: int
    left_out: tuple[int, int]
    differences: dict[str, Difference]


def folders(words: str) -> tuple[Path, Path]:
    """A,B as paths; a bare name is one of runs/eval. ValueError: not two of them, or one has no items."""
    names = [name for name in words.split(",") if name]
    if len(names) != 2:
        raise ValueError(f"compare={words}: name two folders, as in compare=runs/eval/A,runs/eval/B")
    one, other = (_folder(name) for name in names)
    return one, other


def _folder(name: str) -> Path:
    for path in (Path(name), Path("runs/eval") / name):
        if (path / ITEMS).is_file():
            return path
    raise ValueError(f"{name} has no {ITEMS}: it is no folder of an evaluation, nor runs/eval/{name}")


def compare(one: Path, other: Path, settings: Settings) -> Pairing:
    """ValueError: they are not about the same thing."""
    _require_same(one, other)
    kind = str(read_about(one).get("benchmark"))
    left, right = (list(read_lines(path)) for path in (one, other))
    if not {line.key for line in left} & {line.key for line in right}:
        raise ValueError(f"{one} and {other} have no item, seed and trial in common")
    return paired(kind, left, right, settings)


def paired(
    kind: str, one: Sequence[Line], other: Sequence[Line], settings: Settings, wanted: Callable[[str], bool] = bool
) -> Pairing:
    """One - other of the metrics that are wanted. ValueError: they began in different worlds."""
    left, right = ({line.key: line for line in lines} for lines in (one, other))
    shared = [key for key in left if key in right]
    _require_worlds([left[key] for key in shared], [right[key] for key in shared])
    ours, theirs = (_tables([each[key] for key in shared]) for each in (left, right))
    found = {name: gap for name, gap in composed_differences(kind, ours, theirs, settings).items() if wanted(name)}
    found |= {
        metric: gap
        for metric in ordered(name for name in ours if name in theirs and wanted(name))
        if (gap := difference(metric, ours[metric], theirs[metric], settings)) is not None
    }
    return Pairing(len(shared), (len(left) - len(shared), len(right) - len(shared)), found)


def _tables(lines: Sequence[Line]) -> dict[str, Table]:
    return {**tables(lines), **passed(lines)} if lines else {}


def _require_same(one: Path, other: Path) -> None:
    left, right = read_about(one), read_about(other)
    for key in SAME:
        if left.get(key) != right.get(key):
            raise ValueError(f"{one} and {other} do not pair: {key} is {left.get(key)} and {right.get(key)}")


def _require_worlds(left: Iterable[Line], right: Iterable[Line]) -> None:
    for one, other in zip(left, right, strict=True):
        if one.world != other.world:
            raise ValueError(f"item {one.id} was played in different worlds: the servers are not the same")


def table(one: Path, other: Path, found: Pairing, settings: Settings) -> str:
    """The differences for people."""
    width = max(map(len, found.differences)) + 2
    left_out = " and ".join(map(str, found.left_out))
    title = f"A {one}\nB {other}\n{found.tries} tries of both, paired by item; {left_out} have no partner"
    interval = f"A - B, {settings.confidence:.0%} interval"
    head = f"{'':<{width}}{'A':>8}{'B':>8}   {interval:<28}{'p':>8}{'items':>7}  only A, only B, McNemar p"
    return "\n".join([title, "", head, *(_line(name, gap, width) for name, gap in found.differences.items())])


def _line(name: str, one: Difference, width: int) -> str:
    interval = f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
    pairs = "" if one.mcnemar is None else f"  {one.only_one}, {one.only_other}, {one.mcnemar:.4f}"
    return f"{name:<{width}}{one.one:>8.3f}{one.other:>8.3f}   {interval:<28}{one.p:>8.4f}{one.items:>7}{pairs}"


def report(words: str, settings: Settings) -> str:
    """What `compare=…` prints."""
    one, other = folders(words)
    return table(one, other, compare(one, other, settings), settings)
