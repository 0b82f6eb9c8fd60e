"""README tables from the lines of results.csv, between marker comments, so that they never differ from the file.

<!-- collected: NAME -->
| a | table |
<!-- end -->
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from prove.reports.compare import STEPS
from prove.reports.results import NOT_RUN, Result, Results
from prove.reports.settings import SETTINGS

SHORT = {"bfcl_mt/overall": "BFCL MT", "tau2/average": "τ²", "t_eval/overall": "T-Eval"}
NAMES = {"prove": "PROVE", "sft": "SFT", "base": "base"}
LABELS = {
    "steps": "steps trained",
    "exact": "exact match",
    "failed_calls": "failed calls per episode",
    "zero_variance_groups": "groups without variance",
    "calls": "calls per episode",
}


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def inserted(text: str, blocks: Mapping[str, str]) -> str:
    """The text with each block between its markers. ValueError: it has no such markers."""
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- collected: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, found = pattern.subn(lambda match, block=block: f"{match[1]}{block}\n{match[2]}", text)
        if found != 1:
            raise ValueError(f"README.md needs the lines `<!-- collected: {name} -->` and `<!-- end -->` once")
    return text


def named(row: str) -> str:
    return NAMES.get(row, row)


def label(measure: str) -> str:
    """In words: `exact@2` is "exact match, 2 calls"."""
    split, _, name = measure.rpartition("/")
    kind, _, calls = name.partition("@")
    words = f"exact match, {calls} call{'s' * (calls != '1')}" if calls else LABELS.get(kind, kind)
    return f"{words} ({split})" if split else words


def number(value: float | None, digits: int = 3) -> str:
    return NOT_RUN if value is None else f"{value:.{digits}f}"


def score(line: Result) -> str:
    """A benchmark's score with its difference in brackets: `29.0 (+10.2)`."""
    gap = f" ({line.difference:+.1f})" if line.difference is not None else ""
    return number(line.value, 1) + gap


def change(line: Result) -> str:
    """`+0.050 [+0.016, +0.084]`; empty where nothing was compared."""
    if line.difference is None:
        return ""
    return f"{line.difference:+.3f} [{line.diff_low:+.3f}, {line.diff_high:+.3f}]"


def valued(line: Result) -> str:
    """`1.042 [1.010, 1.075]`."""
    return NOT_RUN if line.value is None else f"{line.value:.3f} [{line.low:.3f}, {line.high:.3f}]"


def by_seed(line: Result) -> str:
    """Three decimals of what the file has in four."""
    sign = "+" if line.difference is not None else ""
    return " ".join(f"{float(one):{sign}.3f}" for one in line.by_seed.split())


def count(line: Result) -> str:
    """`900 (3 seeds)`."""
    return "" if line.n is None else f"{line.n:,} ({line.seeds} seed{'s' * (line.seeds != 1)})"


def benchmarks(results: Results, rows: Sequence[str]) -> str:
    """Paper beside ours: a line per model and row, the three benchmarks' means, differences in brackets."""
    head = ["model", "", *(f"{name}: {whose}" for name in SHORT.values() for whose in ("paper", "ours"))]
    lines = []
    for model in results.models("paper"):
        for row in [row for row in rows if row in results.rows(model, "paper")]:
            pairs = [score(results.one(model, row, measure, source=s)) for measure in SHORT for s in ("paper", "ours")]
            lines.append([model, named(row), *pairs])
    return grid(head, lines)


def each_model(results: Results, told: Callable[[str], str], first: Sequence[str] = (SETTINGS.laptop,)) -> str:
    """What is told of each model that was run on held-out worlds; of those in `first` also if they were not."""
    ran = [model for model in results.models() if _ran(results, model) and model not in first]
    texts = [told(model) for model in first] + [f"{model}:\n\n{told(model)}" for model in ran]
    return "\n\n".join(texts) or "Held-out worlds: not run."


def _ran(results: Results, model: str) -> bool:
    return any(results.one(model, row, "total").value is not None for row in results.rows(model))


def heldout(results: Results, model: str, rows: Sequence[str], against: Sequence[tuple[str, str]] = ()) -> str:
    """A line per measure: the value of each row; then, if anything was compared, its differences; then the seconds."""
    measures = [measure for measure in results.measures(model) if "/" not in measure]
    parts = [grid(["", *map(named, rows), "n"], [_values(results, model, rows, measure) for measure in measures])]
    gaps = {measure: [results.one(model, row, measure, other) for row, other in against] for measure in measures}
    compared = {measure: lines for measure, lines in gaps.items() if any(line.n is not None for line in lines)}
    if compared:
        head = [cell for row, other in against for cell in (f"{named(row)} − {named(other)}, 95 %", "by seed")]
        lines = [[label(measure), *_changes(gap), _first_count(gap)] for measure, gap in compared.items()]
        parts.append(grid(["", *head, "pairs"], lines))
    return "\n\n".join([*parts, effort(results, model, rows)]).strip()


def _values(results: Results, model: str, rows: Sequence[str], measure: str) -> list[str]:
    lines = [results.one(model, row, measure) for row in rows]
    return [label(measure), *(number(line.value, 0 if measure == STEPS else 3) for line in lines), _first_count(lines)]


def _changes(gaps: Iterable[Result]) -> list[str]:
    return [cell for gap in gaps for cell in (change(gap), by_seed(gap) if gap.difference is not None else "")]


def _first_count(lines: Sequence[Result]) -> str:
    """Of the first line that has a number."""
    return next((count(line) for line in lines if line.n is not None), "")


def effort(results: Results, model: str, rows: Sequence[str]) -> str:
    """One line: seconds of a run of each row, mean over its seeds, and the machine."""
    seen = {row: results.one(model, row, "total") for row in rows}
    told = [f"{named(row)} {line.seconds:.0f}" for row, line in seen.items() if line.seconds is not None]
    machines = dict.fromkeys(line.machine for line in seen.values() if line.machine)
    return f"Seconds of one run: {', '.join(told)}; on {' and '.join(machines)}." if told else ""
