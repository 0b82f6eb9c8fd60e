"""Live execution decides which edges are real.

    explicit   fresh session: A, then B with a value that A's answer shows         succeeds, and
               the same with a wrong value of the same shape                       is refused or answers something else
    implicit   fresh session: B                 |  fresh session: A, then B        B's success or answer differs

    differs = what changes, less what always moves: the minute of the clock, new numbers, and
              whatever other writers change as well (minutes left), measured as a control

Paper, section 3.2 (1). **Ours**: no LLM. A pair is an edge if any trial shows it; trials run in the untouched worlds of
some seeds and in worlds after a walk of writes, where carts are full and engines run. An answer of A that only repeats
what A was given is no source. A pair that is explicit is not tried for implicit: the paper has one label per pair.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from prove.synthesis.differences import REFUSED, differences, differs
from prove.synthesis.graph import Edge, Graph, schema_hash
from prove.synthesis.harvest import words_of
from prove.synthesis.lab import Effort, Lab
from prove.synthesis.live import LiveServers
from prove.synthesis.propose import Candidate, Parameter, is_identifier, same_thing, thing
from prove.synthesis.sampler import Ask, Catalog, is_reference
from prove.synthesis.trials import Shown, key, over, plain
from prove.synthesis.walks import worlds_of
from prove.synthesis.worlds import Burst, Run, World
from prove.types import ToolResult

GIVEN = "<given>"
"""What a value that was given becomes in an answer before two answers are compared."""


def build(live: LiveServers, catalog: Catalog, server: str, effort: Effort = Effort()) -> Graph:  # noqa: B008 (frozen)
    """The graph of one server. The same for the same schemas, worlds and effort, however the tools are listed."""
    tools = sorted(live.tools(server), key=lambda tool: tool["name"])
    lab = Lab(live, catalog, server, tools, effort)
    worlds = worlds_of(lab)
    try:
        explicit = _explicit(lab, worlds)
        known = {(edge.before, edge.after) for edge in explicit}
        implicit = _implicit(lab, worlds, known)
        edges = tuple(sorted({*explicit, *implicit}))
        return Graph(server, schema_hash(tools), edges, tuple(sorted(_moving(lab, worlds))))
    finally:
        for world in worlds:
            world.close()


def _explicit(lab: Lab, worlds: Sequence[World]) -> set[Edge]:
    found: set[Edge] = set()
    for world in worlds:
        for before in lab.tools:
            for run in world.runs(before):
                for candidate, values in _sources(lab, world, run).items():
                    edge = Edge(before, candidate.after, "explicit", candidate.output, candidate.parameter)
                    if edge not in found and any(_feeds(lab, world, run, candidate, value) for value in values):
                        found.add(edge)
    return found


def _sources(lab: Lab, world: World, run: Run) -> dict[Candidate, list[Shown]]:
    """Candidates for which the answer holds values: those of the schemas, and fields whose values a parameter takes."""
    found: dict[Candidate, dict[Any, Shown]] = defaultdict(dict)
    for shown in run.shown:
        for after, name in sorted(lab.fitting(run.ask.tool, shown) | world.takers(shown.value)):
            if after != run.ask.tool:
                found[Candidate(run.ask.tool, shown.path, after, name)].setdefault(shown.value, shown)
    return {candidate: _spread(list(values.values()), lab.effort.values) for candidate, values in found.items()}


def _spread(items: list[Shown], most: int) -> list[Shown]:
    """Some of them, from the first on at even distances."""
    return items[:: -(-len(items) // most)] if items else []


def _feeds(lab: Lab, world: World, run: Run, candidate: Candidate, shown: Shown) -> bool:
    """Whether the value works in one of a few asks, and a wrong one does not do the same."""
    parameter = lab.takes[candidate.after][candidate.parameter]
    for ask in _filled(lab, world, run, parameter, shown):
        right = run.bench.attempt(ask)
        if right is None or not right.ok:
            continue
        false = wrong(shown.value)
        other = run.bench.attempt(over(ask, {parameter.name: [false] if parameter.is_list else false}))
        if other is None or not other.ok:
            return True
        telling = parameter.required or parameter.identifies
        blind = [_blind(result, (str(shown.value), str(false))) for result in (right, other)]
        if telling and differs(*blind):
            return True
    return False


def _filled(lab: Lab, world: World, run: Run, parameter: Parameter, shown: Shown) -> Iterator[Ask]:
    """Asks with the value: in place of another, beside what is required alone, and as the probe would ask of it."""
    bases = world.asks(parameter.tool)[:1] or _asked_after(lab, world, run, parameter.tool)
    given = {parameter.name: [shown.value] if parameter.is_list else shown.value}
    asks = [over(base, given) for base in bases]
    asks += [ask for base in bases for ask in lab.spelt(over(lab.bare(base), given))]
    yield from {key(ask): ask for ask in asks}.values()
    tried = (run.ask.tool, parameter.tool, parameter.name)
    if run.ask.tool in lab.writers and parameter.identifies and lab.known[tried] < lab.effort.asks:
        lab.known[tried] += 1
        kind = _kind(bases, parameter)
        known = lab.catalog.reference(kind, str(shown.value), (str(shown.value),), dict(shown.row))
        ask = lab.ask(run.bench.session, world.seed, parameter.tool, "known", [known])
        if ask and plain(ask.arguments.get(parameter.name)) == shown.value:
            yield ask


def _kind(bases: Sequence[Ask], parameter: Parameter) -> str:
    """What the probes call the thing that a parameter names."""
    given = [base.arguments.get(parameter.name) for base in bases]
    return next((value.kind for value in given if is_reference(value)), "_".join(thing(parameter.words)))


def _asked_after(lab: Lab, world: World, run: Run, tool: str) -> list[Ask]:
    """An ask that is possible only now."""
    if tool not in run.later:
        known = [value for value in run.ask.arguments.values() if is_reference(value)]
        run.later[tool] = lab.ask(run.bench.session, world.seed, tool, "after", known)
    ask = run.later[tool]
    return [ask] if ask else []


def wrong(value: Any) -> Any:
    """Another value of the same shape: PAY-55120 -> PAY-88453, Mira Holt -> Plud Krow."""
    if isinstance(value, int):
        return value + 100_003
    moved = "".join(_rolled(mark, "0123456789") for mark in value)
    if moved != value:
        return moved
    return "".join(_rolled(_rolled(mark, "abcdefghijklmnopqrstuvwxyz"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") for mark in value)


def _rolled(mark: str, marks: str) -> str:
    return marks[(marks.index(mark) + 3) % len(marks)] if mark in marks else mark


def _blind(result: ToolResult, given: Sequence[str]) -> ToolResult:
    """The answer without what it repeats; the same words go from both, or a title might tell them apart."""
    output = result.output
    for value in given:
        output = output.replace(value, GIVEN)
    return replace(result, output=output)


def _implicit(lab: Lab, worlds: Sequence[World], known: set[tuple[str, str]]) -> set[Edge]:
    found: set[tuple[str, str]] = set()
    for world in worlds:
        for before in lab.writers:
            for burst in world.bursts(before):
                pairs = {(before, after) for after in lab.tools if after != before} - known - found
                found |= {pair for pair in sorted(pairs) if _changes(lab, world, burst, pair[1])}
    return {Edge(before, after, "implicit") for before, after in found}


def _changes(lab: Lab, world: World, burst: Burst, after: str) -> bool:
    for ask in _tied(lab, world, burst, after):
        alone, later = world.alone(ask), burst.bench.attempt(ask)
        if alone is None or later is None:
            continue
        if (changed := differences(alone, later)) and changed - world.moving(ask, burst.tool, burst.writes):
            return True
    return False


def _tied(lab: Lab, world: World, burst: Burst, after: str) -> Iterator[Ask]:
    """Asks of B that speak of anything, and those that speak of what A spoke of; each once, and only complete ones."""
    bases = world.asks(after)
    if not bases:
        found = lab.ask(burst.bench.session, world.seed, after, "after")
        bases = [found] if found else []
    bare = lab.bare(bases[0]) if bases else Ask(lab.server, after, {})
    asks = [*bases, bare]
    for spoken in burst.spoken:
        if bound := _bound(lab, spoken, after):
            asks += [over(ask, {k: v for k, v in bound.items() if k in ask.arguments}) for ask in bases[:1]]
            asks += [over(bare, {k: v}) for k, v in bound.items()]
            asks += lab.spelt(over(bare, bound))
    complete = [ask for ask in asks if lab.required[after] <= set(ask.arguments)]
    yield from {key(ask): ask for ask in complete}.values()


def _bound(lab: Lab, spoken: Mapping[str, Any], after: str) -> dict[str, Any]:
    """Parameters of B that may take what A spoke of: of one name, or of one thing."""
    bound: dict[str, Any] = {}
    for name, value in spoken.items():
        words = words_of(name)
        for parameter in lab.takes[after].values():
            if is_identifier(words) and parameter.identifies and same_thing(words, parameter.words):
                bound.setdefault(parameter.name, [value] if parameter.is_list else value)
        if name in lab.properties[after] and isinstance(value, str):
            bound.setdefault(name, value)
    return bound


def _moving(lab: Lab, worlds: Sequence[World]) -> Iterator[tuple[str, str]]:
    """Fields that move in more than half of the worlds whatever was written before."""
    for tool in lab.tools:
        asked = [(world, ask) for world in worlds for ask in world.asks(tool)[:1]]
        counted = Counter(path for world, ask in asked for path in world.moving(ask, tool))
        yield from (
            (tool, path) for path, times in counted.items() if times > max(1, len(asked) / 2) and path != REFUSED
        )
