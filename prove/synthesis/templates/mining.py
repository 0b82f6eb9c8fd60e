"""Templates mined from links, so that any recorded server can be used: grown backwards from a goal.

    goal: find_route            its ids:  from_place_id ← search_places places[].place_id
                                          to_place_id   ← another search_places
    producers first, goal last; a producer's own ids are fed the same way, until a tool needs none

Only reading tools come before the goal: a cache holds what each call answers in the world as it began, so a call that
changes it can only come last.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from prove.schemas import reads_only
from prove.synthesis.templates.cache import Cache, Entry
from prove.synthesis.templates.links import Link, by_consumer
from prove.synthesis.templates.sampling import Sampler
from prove.synthesis.templates.template import Pattern, Source, Template, sorted_template

TRIES = 40
"""Templates grown for one that is wanted."""
SAMPLES = 3
"""Attempts to sample a trace of a new template, in which the cache must answer it."""
REUSED = 0.7
"""How often a further field is read from an answer that is there already, not from a new call."""
GOALS = (1, 2)
"""Goals of one template: two share what feeds them, or stand side by side."""


@dataclass
class _Growing:
    """A template under way: steps with their sources; producers come before what they feed only after sorting."""

    cache: Cache
    table: Mapping[tuple[str, str], Sequence[Link]]
    longest: int
    steps: list[tuple[str, list[Source]]] = field(default_factory=list)


def mine(cache: Cache, links: Sequence[Link], sampler: Sampler, wanted: int, longest: int, seed: int) -> list[Template]:
    """Up to `wanted` different templates of up to `longest` steps that the cache answers at least once."""
    rng, table = random.Random(f"{seed}:mining"), by_consumer(links)
    goals = sorted({link.after for link in links})
    tried: dict[tuple[Pattern, ...], Template | None] = {}
    for _ in range(TRIES * wanted if goals else 0):
        kept = [template for template in tried.values() if template]
        if len(kept) == wanted:
            break
        template = _grown(cache, table, goals, longest, rng, f"mined_{len(kept)}")
        if template and template.steps not in tried:
            tried[template.steps] = template if _answered(cache, sampler, template, rng) else None
    return [template for template in tried.values() if template]


def _grown(
    cache: Cache,
    table: Mapping[tuple[str, str], Sequence[Link]],
    goals: Sequence[str],
    longest: int,
    rng: random.Random,
    name: str,
) -> Template | None:
    growing = _Growing(cache, table, longest)
    for _ in range(rng.choice(GOALS)):
        if not _add(growing, rng.choice(goals), rng):
            break
    if len(growing.steps) < 2:
        return None
    template = sorted_template(name, [Pattern(tool, tuple(sources)) for tool, sources in growing.steps])
    needed = {before for before, _ in template.edges}
    wrote = [number for number, step in enumerate(template.steps) if not _reads(cache, step.tool)]
    ends = not wrote or (wrote == [len(template.steps) - 1] and wrote[0] not in needed)
    return template if template.edges and ends else None


def _reads(cache: Cache, tool: str) -> bool:
    """Whether a tool changes nothing; a recorded server without annotations is all reading."""
    annotated = any("annotations" in one for one in cache.tools.values())
    return reads_only(cache.tools[tool]) or not annotated


def _add(growing: _Growing, tool: str, rng: random.Random, above: tuple[int, ...] = ()) -> bool:
    """Adds a step with what feeds it; False if it would get too long, and the step is then not there.

    `above`: the steps under way, which wait for this one.
    """
    place = len(growing.steps)
    growing.steps.append((tool, []))
    above = (*above, place)
    for parameter in _fed(growing.cache, growing.table, tool, rng):
        link = rng.choice(growing.table[tool, parameter])
        producer = _producer(growing, link, above, rng)
        if producer is None and link.before not in {growing.steps[one][0] for one in above}:
            producer = len(growing.steps)
            if not _add(growing, link.before, rng, above):
                del growing.steps[place:]
                return False
        if producer is not None:
            growing.steps[place][1].append(Source(parameter, producer, link.path))
    if len(growing.steps) > growing.longest:
        del growing.steps[place:]
        return False
    return True


def _fed(cache: Cache, table: Mapping[tuple[str, str], Sequence[Link]], tool: str, rng: random.Random) -> list[str]:
    """The linked parameters that a recorded call of the tool gives: optional ones are fed as often as they are used."""
    world = rng.choice(cache.worlds)
    keys = cache.keys(tool, world)
    given = cache.recorded(Entry(tool, world, rng.choice(keys))).arguments if keys else {}
    return [parameter for name, parameter in table if name == tool and given.get(parameter) is not None]


def _producer(growing: _Growing, link: Link, above: tuple[int, ...], rng: random.Random) -> int | None:
    """An earlier step of the producing tool, mostly, if it does not wait for the one that is fed."""
    for place, (tool, _) in enumerate(growing.steps):
        used = {source.path for source in growing.steps[above[-1]][1] if source.step == place}
        if tool == link.before and place not in above and link.path not in used:
            return place if rng.random() < REUSED and not _waits(growing, place, above) else None
    return None


def _waits(growing: _Growing, step: int, above: tuple[int, ...]) -> bool:
    """Whether a step reads, by whatever way, from one that is under way: reading from it would be a cycle."""
    return any(source.step in above or _waits(growing, source.step, above) for source in growing.steps[step][1])


def _answered(cache: Cache, sampler: Sampler, template: Template, rng: random.Random) -> bool:
    worlds = rng.sample(cache.worlds, len(cache.worlds))
    return any(sampler.sample(template, worlds[number % len(worlds)], rng) for number in range(SAMPLES))
