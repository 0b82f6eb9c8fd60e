"""Schema and entity overlap of our servers with the evaluation sets, printed and written to results.csv.

python -m experiments.overlap.measure --bfcl DIR --tau2 DIR --t-eval DIR
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import NamedTuple

from experiments.overlap.compare import KINDS, kind, prefixes, shapes, shared
from experiments.overlap.sources import Source, bfcl, ours, t_eval, tau2
from prove.benchmarks.closeness import Signature, key, nearest, normal, words

HERE = Path(__file__).parent
READERS = {"bfcl": bfcl, "tau2": tau2, "t_eval": t_eval}
EXAMPLES, NEAREST = 40, 8


class Line(NamedTuple):
    """One measure against one set: of `n` of ours, how many are shared, and which (entities: the longest of them)."""

    measure: str
    set: str
    n: int
    value: float
    names: list[str]


def names(mine: Source, other: Source) -> Iterator[Line]:
    """Tools of ours that are called as one of theirs, letter by letter and word by word."""
    exact, spelt = {tool.name for tool in other.tools}, defaultdict(set)
    for tool in other.tools:
        spelt[words(tool.name)].add(tool.name)
    found = sorted(tool.name for tool in mine.tools if tool.name in exact)
    yield Line("tool names, exact", other.name, len(mine.tools), len(found), found)
    same = [f"{t.name} ~ {min(spelt[words(t.name)])}" for t in mine.tools if words(t.name) in spelt]
    yield Line("tool names, same words", other.name, len(mine.tools), len(same), sorted(same))


def signatures(mine: Source, other: Source) -> Iterator[Line]:
    """Tools of two parameters or more: the same names as a tool of theirs, and how near the nearest comes."""
    several = [tool for tool in mine.tools if len(tool.parameters) > 1]
    known: dict[frozenset[str], set[str]] = defaultdict(set)
    for tool in other.tools:
        known[normal(tool)].add(tool.name)
    same = [_pair(tool, known[normal(tool)]) for tool in several if normal(tool) in known]
    yield Line("parameter names, same set", other.name, len(several), len(same), sorted(same))
    near = {tool.name: nearest(tool, other.tools) for tool in several}
    most = sorted(((*found, name) for name, found in near.items() if found[0] < 1), reverse=True)[:NEAREST]
    listed = [f"{name} ~ {theirs} {value:.2f}" for value, theirs, name in most]
    average = round(mean(value for value, _ in near.values()), 3)
    yield Line("parameter names, mean of highest Jaccard", other.name, len(several), average, listed)


def _pair(tool: Signature, theirs: set[str]) -> str:
    return f"{tool.name}({', '.join(sorted(tool.parameters))}) ~ {min(theirs)}"


def entities(mine: dict[str, dict[str, str]], other: Source) -> Iterator[Line]:
    """Strings of our worlds by kind: whole strings of theirs, and words inside one."""
    everything = {entity for found in mine.values() for entity in found}
    whole, inside = shared(everything, other.texts)
    for name, found in mine.items():
        for how, common in (("a whole string", whole), ("inside a string", inside)):
            texts = sorted((found[entity] for entity in common & set(found)), key=lambda text: (-len(text), text))
            yield Line(f"{name}, {how}", other.name, len(found), len(texts), texts[:EXAMPLES])


def by_kind(texts: set[str]) -> dict[str, dict[str, str]]:
    """Our entities: per kind, how each is written by its key."""
    found: dict[str, dict[str, str]] = {name: {} for name in KINDS}
    for text in sorted(texts):
        if name := kind(text):
            found[name].setdefault(key(text), text)
    return found


def ids(mine: Source, other: Source) -> Iterator[Line]:
    for name, of in (("id prefixes", prefixes), ("id shapes", shapes)):
        own = of(text for text in mine.texts if " " not in text)
        common = sorted(own & of(other.texts))
        yield Line(name, other.name, len(own), len(common), common)


def compared(mine: Source, others: list[Source]) -> list[Line]:
    kinds = by_kind(mine.texts)
    return [
        line
        for other in others
        for part in (names(mine, other), signatures(mine, other), entities(kinds, other), ids(mine, other))
        for line in part
    ]


def table(lines: list[Line], others: list[Source]) -> Iterator[str]:
    sets = [other.name for other in others]
    yield f"| measure | n of ours | {' | '.join(sets)} |"
    yield f"|---|---|{'---|' * len(sets)}"
    cells = {(line.measure, line.set): line for line in lines}
    for measure in dict.fromkeys(line.measure for line in lines):
        values = [f"{cells[measure, name].value:,}" for name in sets]
        yield f"| {measure} | {cells[measure, sets[0]].n:,} | {' | '.join(values)} |"
    yield f"| n of theirs: tools | | {' | '.join(f'{len(set(other.tools)):,}' for other in others)} |"
    yield f"| n of theirs: strings | | {' | '.join(f'{len(other.texts):,}' for other in others)} |"


def write(lines: list[Line]) -> None:
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Line._fields)
        writer.writerows((*line[:4], "; ".join(_short(name) for name in line.names)) for line in lines)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 90 else f"{plain[:87]}..."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in READERS:
        parser.add_argument(f"--{name.replace('_', '-')}", type=Path, metavar="DIR", help="a local clone")
    given = vars(parser.parse_args())
    for name in (name for name in READERS if not given[name]):
        print(f"{name}: no clone given, skipped")
    others = [source for name, read in READERS.items() if given[name] for source in read(given[name])]
    if not others:
        raise SystemExit("nothing to compare with")
    lines = compared(ours(), others)
    print(*table(lines, others), sep="\n")
    for line in lines:
        if line.names:
            print(f"\n{line.set}: {line.measure}: {'; '.join(_short(name) for name in line.names)}")
    write(lines)


if __name__ == "__main__":
    main()
