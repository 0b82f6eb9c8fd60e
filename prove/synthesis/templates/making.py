"""Templates and a cache to rows of three splits that share no recorded call.

    the splits take turns, in proportion to their shares:
        a template, in turn  →  a trace from entries that no other split has  →  a row?  →  the entries are the split's

Apart by entries: a recorded call that a training row makes is in no held-out row, so every argument value of a
held-out call is new as a whole; and some templates (`unseen`) only the held-out rows have. Apart by worlds: a cache of
several worlds deals them out instead. A call without arguments belongs to nobody.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tqdm import tqdm

from prove.synthesis.dataset import Written
from prove.synthesis.templates.asking import Served
from prove.synthesis.templates.cache import Cache, Entry
from prove.synthesis.templates.examples import Asks, written
from prove.synthesis.templates.offering import Offer
from prove.synthesis.templates.plan import SPLITS, Plan
from prove.synthesis.templates.sampling import Allowed, Sampler
from prove.synthesis.templates.template import Template
from prove.synthesis.templates.trace import Trace


@dataclass
class Made:
    """The rows of one split, and what became of the attempts."""

    rows: list[tuple[Written, Trace]] = field(default_factory=list)
    attempts: int = 0
    traces: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    per_template: Counter[str] = field(default_factory=Counter)


@dataclass
class _Queue:
    """The templates of a split that may still lead to rows, in turn, with their misses in a row."""

    templates: deque[Template]
    worlds: tuple[int, ...]
    misses: Counter[str] = field(default_factory=Counter)


class Making:
    """Makes the rows of a plan. Same plan and cache, same rows."""

    def __init__(self, plan: Plan, cache: Cache, templates: Sequence[Template], offer: Offer, plain: Asks):
        """`plain`: the scripted user, by whose words a row is tried."""
        self._plan = plan
        self._sampler = Sampler(cache, plan.rules)
        self._offer = offer
        self._plain = plain
        self._owner: dict[Entry, str] = {}
        self._calls: set[tuple[int, tuple[tuple[str, str], ...]]] = set()
        self._rng = random.Random(f"{plan.seed}:templates")
        templates = self._answered(templates, cache.worlds)
        self.unseen = self._held_back(templates)
        worlds = self._dealt(cache.worlds)
        self._queues = {split: self._queue(split, templates, worlds[split]) for split in SPLITS}

    def run(self) -> dict[str, Made]:
        """Every split, as many rows as there are."""
        made = {split: Made() for split in SPLITS}
        with tqdm(total=sum(self._plan.rows.values()), desc="rows", unit="row") as bar:
            for split in self._turns(made):
                bar.update(self._one(split, made[split]))
        return made

    def _turns(self, made: Mapping[str, Made]) -> Iterator[str]:
        """The splits that want more rows and have templates left, by their shares."""
        order = [split for split in SPLITS for _ in range(self._plan.shares[split])]
        for split in itertools.cycle(self._rng.sample(order, len(order))):
            if len(made[split].rows) < self._plan.rows[split] and self._queues[split].templates:
                yield split
            elif not any(len(made[one].rows) < self._plan.rows[one] and self._queues[one].templates for one in SPLITS):
                return

    def _one(self, split: str, made: Made) -> bool:
        """One attempt with the next template of a split; whether it led to a row."""
        queue, plan = self._queues[split], self._plan
        template = queue.templates[0]
        made.attempts += 1
        trace = self._sampler.sample(template, self._rng.choice(queue.worlds), self._rng, self._free(split))
        row = "no trace" if trace is None else self._row(split, made, trace)
        if isinstance(row, str):
            made.dropped[row] += 1
            queue.misses[template.id] += 1
        else:
            assert trace is not None
            made.rows.append((row, trace))
            made.per_template[template.id] += 1
            queue.misses[template.id] = 0
            self._owner.update((entry, split) for entry in trace.owned())
            self._calls.add((trace.world, trace.calls))
        queue.templates.rotate(-1)
        full = made.per_template[template.id] >= plan.choosing.per_template
        if full or queue.misses[template.id] >= plan.choosing.misses:
            queue.templates.remove(template)
        return not isinstance(row, str)

    def _row(self, split: str, made: Made, trace: Trace) -> Written | str:
        made.traces += 1
        if (trace.world, trace.calls) in self._calls:
            return "made already"
        return self._written(f"{split}-{self._plan.server}-{len(made.rows):05d}", trace, self._plain)

    def _written(self, identifier: str, trace: Trace, asks: Asks) -> Written | str:
        rng = random.Random(f"{self._plan.seed}:{identifier}")
        unseen = trace.template.id in self.unseen
        return written(identifier, trace, self._plan.form, self._offer, asks, unseen, rng)

    def reworded(self, made: Mapping[str, Made], served: Served, threads: int) -> None:
        """Puts the rows into a model's words, many at once; a row that gets none is dropped."""
        for one in made.values():
            with ThreadPoolExecutor(threads) as pool:
                jobs = [pool.submit(self._written, row.example.id, trace, served) for row, trace in one.rows]
                said = [job.result() for job in tqdm(jobs, desc="words", unit="row")]
            one.dropped.update(row for row in said if isinstance(row, str))
            pairs = zip(said, one.rows, strict=True)
            one.rows = [(row, trace) for row, (_, trace) in pairs if not isinstance(row, str)]

    def _free(self, split: str) -> Allowed:
        """Whether an entry is of this split, or of none so far."""
        return lambda entry: self._owner.get(entry, split) == split

    def _answered(self, templates: Sequence[Template], worlds: Sequence[int]) -> list[Template]:
        """The templates of which at least one trace is found, whoever it will belong to."""
        tries = range(self._plan.choosing.misses)
        with tqdm(templates, desc="templates", unit="template") as bar:
            return [
                one for one in bar if any(self._sampler.sample(one, self._rng.choice(worlds), self._rng) for _ in tries)
            ]

    def _held_back(self, templates: Sequence[Template]) -> frozenset[str]:
        """Templates that only held-out rows have."""
        count = int(self._plan.choosing.unseen * len(templates)) if self._plan.rows["heldout"] else 0
        return frozenset(template.id for template in self._rng.sample(list(templates), count))

    def _queue(self, split: str, templates: Sequence[Template], worlds: tuple[int, ...]) -> _Queue:
        kept = [one for one in templates if split == "heldout" or one.id not in self.unseen]
        return _Queue(deque(self._rng.sample(kept, len(kept)) if worlds else ()), worlds)

    def _dealt(self, worlds: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        """The worlds of each split: all of them, or each world to one split, by shares."""
        if self._plan.apart == "entries":
            return dict.fromkeys(SPLITS, worlds)
        wanted = [split for split in SPLITS if self._plan.rows[split]]
        if len(worlds) < len(wanted):
            raise ValueError(
                f"apart=worlds needs a world for each of {len(wanted)} splits; the cache has {len(worlds)}"
            )
        dealt: dict[str, list[int]] = {split: [] for split in SPLITS}
        for world in self._rng.sample(worlds, len(worlds)):
            poorest = min(
                wanted, key=lambda split: (len(dealt[split]) > 0, len(dealt[split]) / self._plan.shares[split])
            )
            dealt[poorest].append(world)
        return {split: tuple(sorted(mine)) for split, mine in dealt.items()}
