"""Precision and recall of dependency graphs against hand-checked ones, printed and written to results.csv.

python -m experiments.dependency_graph.measure [--llm BASE_URL MODEL]
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import matplotlib
import yaml

from prove.synthesis.classify import classify
from prove.synthesis.graph import KINDS
from prove.synthesis.live import LiveServers
from prove.synthesis.propose import propose, related
from prove.synthesis.sampler import Catalog
from prove.synthesis.verify import build

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402 (the backend must be chosen first)

HERE = Path(__file__).parent
Pair = tuple[str, str]
Labels = dict[Pair, str]


class Line(NamedTuple):
    """One method on one server and kind. `n` counts ordered pairs; an interval is "low-high", 95 %."""

    server: str
    method: str
    kind: str
    tp: int
    fp: int
    fn: int
    precision: str
    precision_95: str
    recall: str
    recall_95: str
    n: int
    cpu_seconds: str


def gold(server: str) -> Labels:
    """Pair -> kind, of every pair with an edge."""
    rows = yaml.safe_load((HERE / "gold" / f"{server}.yaml").read_text(encoding="utf-8"))
    return {
        (before, after): kind
        for kind in KINDS
        for row in rows[kind]
        for before in row["from"]
        for after in row["to"]
        if before != after
    }


def from_schemas(tools: Sequence[dict[str, Any]]) -> Labels:
    """What the schemas alone say: matching fields, and a writer that speaks of the same thing."""
    explicit = {(one.before, one.after): "explicit" for one in propose(tools)}
    return dict.fromkeys(related(tools), "implicit") | explicit


def labels_of(edges: Sequence[Any]) -> Labels:
    """One label per pair; explicit where there are edges of both kinds."""
    return {(edge.before, edge.after): edge.kind for edge in sorted(edges, key=lambda edge: edge.kind, reverse=True)}


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not n:
        return 0.0, 1.0
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def compared(server: str, method: str, found: Labels, truth: Labels, tools: int, seconds: float) -> Iterator[Line]:
    for kind in KINDS:
        got, right = ({pair for pair, each in labels.items() if each == kind} for labels in (found, truth))
        yield _line(server, method, kind, (len(got & right), len(got - right), len(right - got)), tools, seconds)


def _line(server: str, method: str, kind: str, counts: tuple[int, int, int], pairs: int, seconds: float) -> Line:
    tp, fp, fn = counts
    shares = [_share(tp, tp + fp), _share(tp, tp + fn)]
    (precision, precision_95), (recall, recall_95) = shares
    cells = (precision, precision_95, recall, recall_95)
    return Line(server, method, kind, tp, fp, fn, *cells, pairs, f"{seconds:.2f}")


def _share(hits: int, n: int) -> tuple[str, str]:
    low, high = wilson(hits, n)
    return (f"{hits / n:.3f}" if n else "", f"{low:.3f}-{high:.3f}")


def together(lines: Sequence[Line]) -> Iterator[Line]:
    for method in dict.fromkeys(line.method for line in lines):
        for kind in KINDS:
            mine = [line for line in lines if (line.method, line.kind) == (method, kind)]
            counts = (sum(one.tp for one in mine), sum(one.fp for one in mine), sum(one.fn for one in mine))
            seconds = sum(float(line.cpu_seconds) for line in mine)
            yield _line("all", method, kind, counts, sum(line.n for line in mine), seconds)


def disagreements(server: str, found: Labels, truth: Labels) -> Iterator[str]:
    for pair in sorted({*found, *truth}):
        if found.get(pair) != truth.get(pair):
            here, there = found.get(pair, "none"), truth.get(pair, "none")
            yield f"{server}: {pair[0]} -> {pair[1]}: found {here}, gold {there}"


def measured(server: str, live: LiveServers, catalog: Catalog, ask: Any) -> Iterator[tuple[str, Labels, float]]:
    """(method, labels, CPU seconds) of each method that runs."""
    tools, start = live.tools(server), process_time()
    yield "schema-only", from_schemas(tools), process_time() - start
    start = process_time()
    yield "execution-verified", labels_of(build(live, catalog, server).edges), process_time() - start
    if ask:
        start = process_time()
        labelled = classify(server, tools, ask)
        print(f"{server}: {labelled.invalid_answers} invalid answers, {labelled.unlabelled_pairs} pairs without label")
        yield "llm", labels_of(labelled.graph.edges), process_time() - start


def chat(base_url: str, model: str) -> Any:
    """A completion function for an OpenAI-compatible endpoint without a key, at temperature 0."""

    def complete(messages: list[dict[str, str]]) -> str:
        body = json.dumps({"model": model, "messages": messages, "temperature": 0}).encode()
        request = urllib.request.Request(f"{base_url}/chat/completions", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=300) as response:
            return json.load(response)["choices"][0]["message"]["content"] or ""

    return complete


def draw(lines: Sequence[Line]) -> None:
    """Precision and recall with their intervals, per method and kind, over all servers."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 3), sharey=True)
    for axis, kind in zip(axes, KINDS, strict=True):
        rows = [line for line in lines if line.kind == kind]
        for place, name in enumerate(("precision", "recall")):
            for number, row in enumerate(rows):
                share = float(getattr(row, name) or 0)
                low, high = (float(part) for part in getattr(row, f"{name}_95").split("-"))
                at = place + (number - (len(rows) - 1) / 2) * 0.3
                axis.bar(at, share, 0.26, color=f"C{number}", label=row.method if place == 0 else None)
                axis.errorbar(at, share, [[share - low], [high - share]], color="black", capsize=3)
        axis.set(title=kind, xticks=(0, 1), xticklabels=("precision", "recall"), ylim=(0, 1.05))
    axes[0].legend(loc="lower right", fontsize=8, framealpha=1)
    figure.tight_layout()
    figure.savefig(HERE / "precision_recall.png", dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--llm", nargs=2, metavar=("BASE_URL", "MODEL"), help="an OpenAI-compatible endpoint")
    servers = sorted(file.stem for file in (HERE / "gold").glob("*.yaml"))
    ask = chat(*given) if (given := parser.parse_args().llm) else None
    lines: list[Line] = []
    with LiveServers(servers, transport="inprocess") as live:
        catalog = Catalog(live)
        for server in servers:
            truth, tools = gold(server), len(live.tools(server))
            for method, found, seconds in measured(server, live, catalog, ask):
                lines += compared(server, method, found, truth, tools * (tools - 1), seconds)
                if method != "schema-only":
                    print(*disagreements(server, found, truth), sep="\n")
    total = list(together(lines))
    draw(total)
    write([*lines, *total], bool(ask))


def write(lines: Sequence[Line], with_llm: bool) -> None:
    print(*("  ".join(str(cell) for cell in line) for line in lines), sep="\n")
    with (HERE / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Line._fields)
        writer.writerows(lines)
        if not with_llm:
            print("llm: not run")
            writer.writerow(["all", "llm", "not run", *[""] * (len(Line._fields) - 3)])


if __name__ == "__main__":
    main()
