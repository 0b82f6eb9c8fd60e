"""Constrained sampling: a template walked step by step, every argument chosen so that the cache answers.

    independent step    any entry of its tool, uniformly
    dependent step      ∩ over its dependencies of { entries whose parameter has a value found at the path in the
                        response of the earlier step }

    choose a step's entry  →  can every later step still be answered?  → no: the next entry
                           →  yes: the next step  → no entry left: back

**Ours:** the look ahead and the way back (a template's steps meet: two airports must both be those of one recorded
search); what a policy cannot see is not read from (`visible_chars`); an id that no earlier answer shows ends the try,
as no user would say it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prove.synthesis.templates.cache import Cache, Entry, Recorded, spellings
from prove.synthesis.templates.paths import agree, located, mentions
from prove.synthesis.templates.template import Source, Template
from prove.synthesis.templates.trace import Reading, Taken, Trace

Allowed = Callable[[Entry], bool]


@dataclass(frozen=True)
class Rules:
    """How traces are sampled; numbers come from conf/synthesis/templates.yaml."""

    any_item: bool = True
    """An index of a path stands for any item of its list; the same index for the same item."""
    visible_chars: int | None = None
    """Of a response, what the policy reads; null: all."""
    say_ids: bool = False
    """Whether a user may say ids that no earlier answer shows."""
    effort: int = 400
    """Entries tried in one attempt."""
    back: bool = True
    """Whether another entry is tried where one leads nowhere; False: the first choice of each step counts."""


@dataclass(frozen=True)
class Choice:
    """An entry that a step can be, and how its dependent arguments are read."""

    key: str
    readings: tuple[Reading, ...]


@dataclass
class Attempt:
    """One walk along a template."""

    template: Template
    world: int
    rng: random.Random
    allowed: Allowed
    left: int
    taken: dict[int, Taken] = field(default_factory=dict)
    """Step -> what it was chosen to be, in the order of the choices."""

    @property
    def bound(self) -> dict[str, int]:
        """Which items the steps so far have read from."""
        return {
            name: index for step in self.taken.values() for reading in step.readings for name, index in _named(reading)
        }


class Sampler:
    """Samples traces from one cache."""

    def __init__(self, cache: Cache, rules: Rules):
        self.cache = cache
        self.rules = rules

    def sample(
        self, template: Template, world: int, rng: random.Random, allowed: Allowed = lambda entry: True
    ) -> Trace | None:
        """A trace of a template in a world; None if the attempt led nowhere. `allowed`: which entries may be used."""
        attempt = Attempt(template, world, rng, allowed, self.rules.effort)
        if not self._walk(attempt, walk_of(template)):
            return None
        return Trace(template, world, tuple(attempt.taken[number] for number in range(len(template.steps))))

    def _walk(self, attempt: Attempt, walk: Sequence[int]) -> bool:
        """Chooses the steps of a walk, the first of them first."""
        if not walk:
            return True
        for choice in self._choices(attempt, walk[0]):
            if attempt.left <= 0:
                return False
            attempt.left -= 1
            taken = self._taken(attempt, walk[0], choice)
            if taken is not None:
                attempt.taken[walk[0]] = taken
                if self._open(attempt, walk) and self._walk(attempt, walk[1:]):
                    return True
                del attempt.taken[walk[0]]
            if not self.rules.back:
                return False
        return False

    def _choices(self, attempt: Attempt, number: int) -> Iterator[Choice]:
        """What a step can be, in random order."""
        step = attempt.template.steps[number]
        if not step.sources:
            keys = self.cache.keys(step.tool, attempt.world)
            places = attempt.rng.sample(range(len(keys)), min(len(keys), attempt.left))
            yield from (Choice(keys[place], ()) for place in places)
            return
        fitting = self._fitting(attempt, number)
        keys = sorted(fitting)
        yield from (Choice(key, fitting[key]) for key in attempt.rng.sample(keys, len(keys)))

    def _open(self, attempt: Attempt, walk: Sequence[int]) -> bool:
        """Whether every later step that reads from what was just taken still has an entry."""
        return all(
            self._fitting(attempt, number) for number in walk[1:] if walk[0] in attempt.template.steps[number].needs
        )

    def _fitting(self, attempt: Attempt, number: int) -> dict[str, tuple[Reading, ...]]:
        """Key -> how it is read, of the entries that fit every dependency of a step on the steps taken so far."""
        step = attempt.template.steps[number]
        partial: list[tuple[tuple[Reading, ...], dict[str, int], frozenset[str] | None]] = [((), attempt.bound, None)]
        for source in step.sources:
            if source.step not in attempt.taken:
                continue
            partial = [
                ((*readings, reading), {**bound, **dict(_named(reading))}, keys)
                for readings, bound, before in partial
                for reading in self._readings(attempt, source, bound)
                if (keys := self._keyed(attempt, step.tool, reading, before))
            ]
        fitting: dict[str, tuple[Reading, ...]] = {}
        for readings, _, keys in partial:
            for key in keys or ():
                fitting.setdefault(key, readings)
        return fitting

    def _readings(self, attempt: Attempt, source: Source, bound: Mapping[str, int]) -> Iterator[Reading]:
        """Every way to read a source that agrees with the items bound so far and that the policy can see."""
        taken = attempt.taken[source.step]
        for found in self.cache.values(taken.entry, source.path, self.rules.any_item, self.rules.visible_chars):
            reading = Reading(source.parameter, source.step, source.path, found.value, found.items)
            if agree(bound, tuple(_named(reading))):
                yield reading

    def _keyed(self, attempt: Attempt, tool: str, reading: Reading, before: frozenset[str] | None) -> frozenset[str]:
        """The keys of a step's tool whose parameter has a value that was read, among those before."""
        written = spellings(reading.value, self.cache.schema(tool, reading.parameter))
        keys = frozenset().union(
            *(self.cache.having(tool, attempt.world, reading.parameter, value) for value in written)
        )
        return keys if before is None else keys & before

    def _taken(self, attempt: Attempt, number: int, choice: Choice) -> Taken | None:
        """The step as chosen; None if it may not be used, was done already, failed or needs an id from nowhere."""
        entry = Entry(attempt.template.steps[number].tool, attempt.world, choice.key)
        if not attempt.allowed(entry) or any(step.entry == entry for step in attempt.taken.values()):
            return None
        recorded = self.cache.recorded(entry)
        if recorded.failed:
            return None
        further = self._further(attempt, number, recorded, choice.readings)
        return None if further is None else Taken(entry, recorded, (*choice.readings, *further))

    def _further(
        self, attempt: Attempt, number: int, recorded: Recorded, readings: tuple[Reading, ...]
    ) -> tuple[Reading, ...] | None:
        """Where ids come from that the template says nothing of: an earlier answer shows them, or they are said."""
        if self.rules.say_ids:
            return ()
        read = {reading.parameter for reading in readings}
        found = []
        for parameter, value in recorded.unsaid:
            if parameter not in read:
                reading = self._shown(attempt, number, parameter, value, recorded.arguments[parameter])
                if reading is None:
                    return None
                found.append(reading)
        return tuple(found)

    def _shown(self, attempt: Attempt, number: int, parameter: str, value: object, argument: object) -> Reading | None:
        """How a value is read that the template has no source for: the last step whose answer shows it."""
        for before in sorted((step for step in attempt.taken if step < number), reverse=True):
            recorded = attempt.taken[before].recorded
            if mentions(recorded.text[: self.rules.visible_chars], value):
                place = located(recorded.response, value)
                if place is not None:
                    return Reading(parameter, before, place.value, value, place.items, part=value != argument)
        return None


def walk_of(template: Template) -> tuple[int, ...]:
    """In which order steps are chosen: each as soon as all that it reads from is known.

    **Ours:** a choice that cannot be right is found out early, before other choices were built beside it.
    """
    walk: list[int] = []
    waiting = list(range(len(template.steps)))
    while waiting:
        ready = [number for number in waiting if set(template.steps[number].needs) <= set(walk)]
        fed = [number for number in ready if template.steps[number].needs]
        walk.append((fed or ready)[0])
        waiting.remove(walk[-1])
    return tuple(walk)


def _named(reading: Reading) -> Iterator[tuple[str, int]]:
    """Items under the step that they are of: two searches have two first results."""
    return ((f"{reading.step} {prefix}", index) for prefix, index in reading.items)
