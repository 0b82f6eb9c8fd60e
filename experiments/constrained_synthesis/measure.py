"""Valid traces per attempt: constrained sampling against drawing without the constraint, on one cache.

python -m experiments.constrained_synthesis.measure                                  the imported BookingAPI
python -m experiments.constrained_synthesis.measure --cache data/recorded/maps.sqlite     templates mined from a cache

    constrained            entries that fit every dependency, look ahead and way back
    constrained, no back   the first choice of each step counts
    entries, paths, values what unconstrained draws: whole calls and read arguments; read arguments; nothing read

An attempt is one walk along one template; it is valid if every call is answered. Intervals: 95 %, bootstrap over
templates, as attempts of one template are alike. results.csv keeps the lines of other caches.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from time import process_time

import matplotlib
from tqdm import tqdm

from prove.synthesis.templates.answerable import judge
from prove.synthesis.templates.cache import Cache
from prove.synthesis.templates.links import Mining, links_of_cache
from prove.synthesis.templates.mining import mine
from prove.synthesis.templates.public import read_templates
from prove.synthesis.templates.sampling import Rules, Sampler
from prove.synthesis.templates.template import Template
from prove.synthesis.templates.unconstrained import WAYS, Unconstrained

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402 (the backend must be chosen first)
from matplotlib.ticker import MaxNLocator  # noqa: E402

HERE = Path(__file__).parent
ALL, POSSIBLE = "all", "possible"
"""All templates; those of which any method found a trace."""
RESAMPLED = 2000
MINED, LONGEST = 40, 6
METHODS = ("constrained", "constrained, no back", *WAYS)
Try = Callable[[Template, int, random.Random], bool]


@dataclass(frozen=True)
class Line:
    """One method on the templates of one length."""

    cache: str
    templates_from: str
    method: str
    length: str
    templates: int
    attempts: int
    valid: int
    rate: str
    low: str
    high: str
    templates_with_a_trace: int
    cpu_ms_per_attempt: str


@dataclass(frozen=True)
class Tally:
    """What the attempts of one method on one template came to."""

    template: Template
    attempts: int
    valid: int
    seconds: float


def templates_of(cache: Cache, file: Path | None, seed: int) -> tuple[list[Template], str]:
    """The templates of which every tool is recorded: of a file, or mined."""
    rules = Rules(say_ids=True)
    if file is None:
        links = links_of_cache(cache, Mining(400, 3, 0.02))
        return mine(cache, links, Sampler(cache, rules), MINED, LONGEST, seed), "mined"
    read = read_templates(file, repair=True).templates
    wrong, silent = judge(cache, read)
    if wrong:
        raise SystemExit(f"{file}: {wrong[0]}")
    print(f"{file}: {len(read)} templates, {len(silent)} of them not answered by {cache.path}")
    return [one for one in read if one.id not in silent], "public, repaired"


def trials(cache: Cache) -> dict[str, Try]:
    """Method -> one attempt."""

    def constrained(rules: Rules) -> Try:
        sampler = Sampler(cache, rules)
        return lambda template, world, rng: sampler.sample(template, world, rng) is not None

    def drawn(way: str) -> Try:
        unconstrained = Unconstrained(cache, way)
        return lambda template, world, rng: unconstrained.attempt(template, world, rng) == len(template.steps)

    return {
        "constrained": constrained(Rules(say_ids=True)),
        "constrained, no back": constrained(Rules(say_ids=True, back=False)),
        **{way: drawn(way) for way in WAYS},
    }


def tallies(cache: Cache, templates: Sequence[Template], attempt: Try, count: int, seed: int) -> Iterator[Tally]:
    for template in templates:
        rng = random.Random(f"{seed}:{template.id}")
        started = process_time()
        valid = sum(attempt(template, rng.choice(cache.worlds), rng) for _ in range(count))
        yield Tally(template, count, valid, process_time() - started)


def interval(group: Sequence[Tally], seed: int) -> tuple[float, float]:
    """95 % of the rate, templates drawn anew."""
    rng, rates = random.Random(seed), [tally.valid / tally.attempts for tally in group]
    means = sorted(sum(rng.choices(rates, k=len(rates))) / len(rates) for _ in range(RESAMPLED))
    return means[int(0.025 * RESAMPLED)], means[int(0.975 * RESAMPLED) - 1]


def lines(
    cache: Cache, source: str, method: str, found: Sequence[Tally], possible: set[str], seed: int
) -> Iterator[Line]:
    """All lengths together, those templates that have a trace at all, then each length."""
    groups: dict[str, list[Tally]] = {ALL: list(found)}
    groups[POSSIBLE] = [tally for tally in found if tally.template.id in possible]
    for tally in sorted(found, key=lambda one: len(one.template.steps)):
        groups.setdefault(str(len(tally.template.steps)), []).append(tally)
    for length, group in groups.items():
        attempts, valid = sum(one.attempts for one in group), sum(one.valid for one in group)
        low, high = interval(group, seed)
        with_trace, spent = sum(one.valid > 0 for one in group), sum(one.seconds for one in group)
        numbers = (f"{valid / attempts:.3f}", f"{low:.3f}", f"{high:.3f}")
        cost = f"{1000 * spent / attempts:.1f}"
        yield Line(cache.name, source, method, length, len(group), attempts, valid, *numbers, with_trace, cost)


def save(path: Path, found: Sequence[Line]) -> None:
    """Keeps the lines of other caches."""
    kept: list[dict[str, str]] = []
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            kept = [row for row in csv.DictReader(file) if row["cache"] != found[0].cache]
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Line)], lineterminator="\n")
        writer.writeheader()
        writer.writerows([*kept, *map(asdict, found)])
    part.replace(path)


def draw(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Rates by length, a panel per cache."""
    caches = sorted({row["cache"] for row in rows})
    figure, panels = plt.subplots(1, len(caches), figsize=(5 * len(caches), 3.6), sharey=True, squeeze=False)
    for panel, cache in zip(panels[0], caches, strict=True):
        for method in METHODS:
            points = [
                row
                for row in rows
                if (row["cache"], row["method"]) == (cache, method) and row["length"] not in (ALL, POSSIBLE)
            ]
            lengths, rates = [int(row["length"]) for row in points], [float(row["rate"]) for row in points]
            below = [rate - float(row["low"]) for rate, row in zip(rates, points, strict=True)]
            above = [float(row["high"]) - rate for rate, row in zip(rates, points, strict=True)]
            panel.errorbar(lengths, rates, [below, above], marker="o", markersize=4, capsize=2, label=method)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel.set(title=cache, xlabel="calls of the template", ylim=(-0.02, 1.04))
    panels[0][0].set_ylabel("valid traces per attempt")
    panels[0][-1].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path("data/caches/booking.sqlite"))
    parser.add_argument(
        "--templates", type=Path, help="default: data/booking/workflow_templates.json for booking, else mined"
    )
    parser.add_argument("--attempts", type=int, default=40, help="of each method on each template")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    cache = Cache(given.cache)
    file = given.templates or (Path("data/booking/workflow_templates.json") if cache.name == "booking" else None)
    templates, source = templates_of(cache, file, given.seed)
    made: dict[str, list[Tally]] = {}
    for method, attempt in trials(cache).items():
        with tqdm(templates, desc=method, unit="template") as bar:
            made[method] = list(tallies(cache, bar, attempt, given.attempts, given.seed))
    possible = {one.template.id for tally in made.values() for one in tally if one.valid}
    found = [line for method, each in made.items() for line in lines(cache, source, method, each, possible, given.seed)]
    save(HERE / "results.csv", found)
    with (HERE / "results.csv").open(encoding="utf-8") as table:
        draw(HERE / "efficiency.png", list(csv.DictReader(table)))
    for line in found:
        print(f"| {' | '.join(str(part) for part in list(asdict(line).values())[2:])} |")


if __name__ == "__main__":
    main()
