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

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from prove.schemas import NO_PARAMETERS, reads_only
from prove.synthesis.graph import Edge, Graph, schema_hash
from prove.synthesis.harvest import words_of
from prove.synthesis.live import LiveServers, LiveSession
from prove.synthesis.propose import (
    Candidate,
    Parameter,
    field_at,
    is_identifier,
    matches,
    parameters,
    propose,
    same_thing,
    thing,
)
from prove.synthesis.sampler import Ask, Catalog, is_reference
from prove.types import ToolCall, ToolResult

TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
DRIFT = timedelta(minutes=5)
"""Our worlds' clocks move one minute per write: a change of time up to this far is no change."""
MOST_WORDS = 8
DEEPEST = 40
REFUSED = "<refused>"
GIVEN = "<given>"


@dataclass(frozen=True)
class Effort:
    """How much is tried."""

    seeds: tuple[int, ...] = (11, 12, 13)
    walk: int = 8
    """Writes before the worlds that are not untouched, at most."""
    walks: int = 12
    """Walks per seed in search of a world where a tool can be asked for that cannot be in an untouched one."""
    asks: int = 2
    """Different working arguments per tool and world."""
    values: int = 3
    """Values tried per field of an answer."""
    bursts: tuple[int, ...] = (4,)
    """How often a writer is called in a row before another tool is tried."""
    controls: int = 5
    """Other writers that show what always moves."""


def build(live: LiveServers, catalog: Catalog, server: str, effort: Effort = Effort()) -> Graph:  # noqa: B008 (frozen)
    """The graph of one server. The same for the same schemas, worlds and effort, however the tools are listed."""
    tools = sorted(live.tools(server), key=lambda tool: tool["name"])
    lab = Lab(live, catalog, server, tools, effort)
    try:
        explicit = _explicit(lab)
        known = {(edge.before, edge.after) for edge in explicit}
        implicit = _implicit(lab, known)
        edges = tuple(sorted({*explicit, *implicit}))
        return Graph(server, schema_hash(tools), edges, tuple(sorted(_moving(lab))))
    finally:
        lab.close()


def differs(before: ToolResult, after: ToolResult, moving: frozenset[str] = frozenset()) -> bool:
    """Whether success or answer is another, apart from time, new numbers and the `moving` fields of the tool."""
    return bool(differences(before, after) - moving)


def differences(before: ToolResult, after: ToolResult) -> frozenset[str]:
    """Paths at which two answers differ, "<refused>" if one is refused; none if both are: only success counts then."""
    if before.ok != after.ok:
        return frozenset({REFUSED})
    if not before.ok:
        return frozenset()
    return frozenset(_differences(_read(before.output), _read(after.output), ""))


def _read(output: str) -> Any:
    try:
        value = json.loads(output)
    except (ValueError, RecursionError):
        return output
    return output if _deep(value) else value


def _deep(value: Any, left: int = DEEPEST) -> bool:
    """Whether an answer is nested more deeply than an honest one: it is then compared as text."""
    if not isinstance(value, (dict, list)):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return left == 0 or any(_deep(each, left - 1) for each in inside)


def _differences(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            yield f"{path}[]"
        else:
            for first, second in _unmatched(one, other, f"{path}[]"):
                yield from _differences(first, second, f"{path}[]")
    elif one != other and not _as_good_as(one, other, path):
        yield path


def _unmatched(one: list[Any], other: list[Any], path: str) -> list[tuple[Any, Any]]:
    """Items that have no equal in the other list, in pairs: another order alone is no change."""
    rest, left = list(other), []
    for item in one:
        same = next((k for k, each in enumerate(rest) if next(_differences(item, each, path), None) is None), None)
        if same is None:
            left.append(item)
        else:
            rest.pop(same)
    return list(zip(left, rest, strict=True))


def _as_good_as(one: Any, other: Any, path: str) -> bool:
    """Times a few minutes apart; numbers given to what the call itself made: ids outside of lists, of one shape."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    if TIME.search(one) and TIME.sub("<time>", one) == TIME.sub("<time>", other):
        pairs = zip(TIME.finditer(one), TIME.finditer(other), strict=True)
        return all(_near(first[0], second[0]) for first, second in pairs)
    is_new = "[]" not in path and is_identifier(words_of(path.rpartition(".")[2]))
    return is_new and _shape(one) == _shape(other) != one


def _near(one: str, other: str) -> bool:
    try:
        return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= DRIFT
    except ValueError:
        return False


def _shape(text: str) -> str:
    """PAY-55120 -> PAY-#"""
    return re.sub(r"\d+", "#", text)


@dataclass(frozen=True)
class Played:
    """An ask that was lived through: the calls that the server took, the last one being the act, and its result."""

    calls: tuple[ToolCall, ...]
    result: ToolResult


@dataclass(frozen=True)
class Shown:
    """A value in an answer that was not given to the tool, and the row it stands in."""

    path: str
    value: Any
    row: Mapping[str, Any]


class World:
    """The world of a seed after some calls; sessions in it are opened, used and closed, `eyes` only reads."""

    def __init__(self, lab: Lab, seed: int, calls: tuple[ToolCall, ...] = ()):
        self.seed, self.calls = seed, calls
        self._lab = lab
        self._open: list[LiveSession] = []
        self.eyes = lab.live.open([lab.server], seed)
        self._open.append(self.eyes)
        for call in calls:
            self.eyes.call(call.name, call.arguments)
        self._still = Bench(self, (), lab.reading)
        self._asks: dict[str, list[Ask]] = {}
        self._runs: dict[str, list[Run]] = {}
        self._bursts: dict[str, list[Burst]] = {}
        self._alone: dict[str, ToolResult | None] = {}
        self._moved: dict[tuple[str, str, int], frozenset[str]] = {}
        self._takers: tuple[dict[Any, set[tuple[str, str]]], dict[str, set[tuple[str, str]]]] | None = None

    def session(self) -> LiveSession:
        return self.fork(self.eyes)

    def fork(self, session: LiveSession) -> LiveSession:
        self._open.append(fork(self._lab.live, session))
        return self._open[-1]

    def end(self, session: LiveSession) -> None:
        self._open.remove(session)
        session.close()

    def close(self) -> None:
        for session in list(self._open):
            self.end(session)

    def asks(self, tool: str) -> list[Ask]:
        """Working arguments of a tool in this world, at most as many as the effort says."""
        if tool not in self._asks:
            numbers = range(self._lab.effort.asks)
            found = [self._lab.ask(self.eyes, self.seed, tool, f"{len(self.calls)}:{number}") for number in numbers]
            self._asks[tool] = list({_key(ask): ask for ask in found if ask}.values())
        return self._asks[tool]

    def runs(self, tool: str) -> list[Run]:
        """The asks of a tool that work."""
        if tool not in self._runs:
            self._runs[tool] = [run for ask in self.asks(tool) if (run := self._run(ask))]
        return self._runs[tool]

    def _run(self, ask: Ask) -> Run | None:
        session = self.session()
        played = play(session, ask)
        self.end(session)
        if played is None or not played.result.ok:
            return None
        given = {str(value).casefold() for call in played.calls for value in _flat(call.arguments)}
        shown = tuple(_show(played.result.output, given))
        changes = played.calls if ask.tool not in self._lab.reading else ()
        bench = Bench(self, changes, self._lab.reading) if changes else self._still
        return Run(ask, played.calls, shown, bench, {})

    def alone(self, ask: Ask) -> ToolResult | None:
        """What the ask comes to in this world with nothing before it; None if a lookup of it is refused."""
        key = _key(ask)
        if key not in self._alone:
            self._alone[key] = self._still.attempt(ask)
        return self._alone[key]

    def bursts(self, tool: str) -> list[Burst]:
        """The tool once, and several times in a row: the more it has touched, the more another tool may notice."""
        if tool not in self._bursts:
            self._bursts[tool] = [burst for size in self._lab.effort.bursts if (burst := self._burst(tool, size))]
        return self._bursts[tool]

    def _burst(self, tool: str, size: int) -> Burst | None:
        session = self.session()
        calls: list[ToolCall] = []
        spoken: list[Mapping[str, Any]] = []
        for number in range(size):
            if len(calls) >= size:
                break
            ask = self._lab.ask(session, self.seed, tool, f"{len(self.calls)}:{number}")
            played = ask and play(session, ask)
            if ask and played and played.result.ok:
                calls += played.calls
                spoken.append(_spoken(ask, played))
        self.end(session)
        return Burst(tool, len(calls), tuple(spoken), Bench(self, calls, self._lab.reading)) if calls else None

    def moving(self, ask: Ask, besides: str, writes: int = 1) -> frozenset[str]:
        """What an answer changes in after most other writers, for as many writes: time is the reason, not they."""
        bursts = [
            burst
            for tool in self._lab.controls
            if tool not in (besides, ask.tool)
            for burst in self._as_long(tool, writes)
        ]
        moved = [self._difference(ask, burst) for burst in bursts[: self._lab.effort.controls]]
        counted = Counter(path for paths in moved for path in paths)
        return frozenset(path for path, times in counted.items() if len(moved) > 1 and 2 * times > len(moved))

    def _as_long(self, tool: str, writes: int) -> list[Burst]:
        """The shortest burst of a tool that takes as long as so many writes, as the clock is what is controlled for."""
        return [burst for burst in self.bursts(tool) if burst.writes >= writes][:1]

    def _difference(self, ask: Ask, burst: Burst) -> frozenset[str]:
        key = (_key(ask), burst.tool, burst.writes)
        if key not in self._moved:
            alone, later = self.alone(ask), burst.bench.attempt(ask)
            self._moved[key] = differences(alone, later) if alone and later else frozenset()
        return self._moved[key]

    def takers(self, value: Any) -> set[tuple[str, str]]:
        """(tool, parameter) that takes this very value in this world, or ids of its shape."""
        values, shapes = self._takers = self._takers or self._taken()
        shape = _shape(str(value))
        return values.get(value, set()) | (shapes.get(shape, set()) if shape != value else set())

    def _taken(self) -> tuple[dict[Any, set[tuple[str, str]]], dict[str, set[tuple[str, str]]]]:
        values: dict[Any, set[tuple[str, str]]] = defaultdict(set)
        shapes: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for parameter, value in self._lab.accepted(self):
            values[value].add((parameter.tool, parameter.name))
            if parameter.identifies and re.search(r"[A-Za-z]{2}.*\d{2}", str(value)):
                shapes[_shape(str(value))].add((parameter.tool, parameter.name))
        return values, shapes


class Lab:
    """One server under test: its tools, what they take, and the worlds in which they are tried."""

    def __init__(
        self, live: LiveServers, catalog: Catalog, server: str, tools: Sequence[Mapping[str, Any]], effort: Effort
    ):
        self.live, self.catalog, self.server, self.effort = live, catalog, server, effort
        self.tools = [tool["name"] for tool in tools if tool["name"] in catalog.server_of]
        self.reading = {tool["name"] for tool in tools if reads_only(tool)}
        self.writers = [name for name in self.tools if name not in self.reading]
        self.takes = {tool["name"]: {one.name: one for one in parameters(tool)} for tool in tools}
        self.required = {
            tool["name"]: set((tool.get("inputSchema") or NO_PARAMETERS).get("required", ())) for tool in tools
        }
        self.properties = {
            tool["name"]: set((tool.get("inputSchema") or NO_PARAMETERS).get("properties", ())) for tool in tools
        }
        self.words = {tool["name"]: _words(tool) for tool in tools}
        self.promising = {tool["name"] for tool in tools if tool.get("outputSchema")}
        self.known: Counter[tuple[str, str, str]] = Counter()
        self.controls = random.Random(server).sample(self.writers, len(self.writers))
        self.proposed: dict[str, dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
        for each in propose(tools, itself=True):
            if each.after in self.tools:
                self.proposed[each.before][each.output].add((each.after, each.parameter))
        self.worlds = [World(self, seed) for seed in effort.seeds]
        self.worlds += [world for seed in effort.seeds for world in self._walked(seed)]

    def close(self) -> None:
        for world in self.worlds:
            world.close()

    def ask(self, session: LiveSession, seed: int, tool: str, name: str, known: Sequence[Any] = ()) -> Ask | None:
        return self.catalog.ask(session, random.Random(f"{seed}:{tool}:{name}"), seed, tool, known)

    def fitting(self, tool: str, shown: Shown) -> set[tuple[str, str]]:
        """(tool, parameter) that may take the value, by schema; by its place where no schema tells of answers."""
        if tool in self.promising:
            return self.proposed[tool].get(shown.path, set())
        field = field_at(tool, shown.path, shown.value)
        inputs = (parameter for name in self.tools for parameter in self.takes[name].values())
        return {(parameter.tool, parameter.name) for parameter in inputs if matches(field, parameter)}

    def accepted(self, world: World) -> Iterator[tuple[Parameter, Any]]:
        """Values that a parameter takes in a world: those of asks, and those at fields that its schema matches."""
        for tool in self.tools:
            for run in world.runs(tool):
                yield from (
                    (self.takes[tool][k], v)
                    for k, v in run.arguments.items()
                    if k in self.takes[tool] and isinstance(v, (str, int))
                )
                for shown in run.shown:
                    yield from ((self.takes[after][name], shown.value) for after, name in self.fitting(tool, shown))

    def _walked(self, seed: int) -> Iterator[World]:
        """Worlds after some writes: one of them anyway, and one for every tool that cannot be asked for before."""
        missing = {tool for tool in self.tools if not any(world.asks(tool) for world in self.worlds)}
        for number in range(self.effort.walks if missing else 1):
            rng = random.Random(f"{self.server}:{seed}:{number}")
            calls, found = self._walk(seed, rng, missing)
            if calls and (found or number == 0):
                yield World(self, seed, calls)
            missing -= found
            if not missing:
                return

    def _walk(self, seed: int, rng: random.Random, missing: set[str]) -> tuple[tuple[ToolCall, ...], set[str]]:
        """A random path of writes, up to where a tool can be asked for that could not be before."""
        session = self.live.open([self.server], seed)
        calls: tuple[ToolCall, ...] = ()
        try:
            for tool in rng.choices(self.writers, k=self.effort.walk) if self.writers else ():
                ask = self.catalog.ask(session, rng, seed, tool)
                played = ask and play(session, ask)
                if played and played.result.ok:
                    calls += played.calls
                    if found := {tool for tool in missing if self.ask(session, seed, tool, f"{len(calls)}:0")}:
                        return calls, found
            return calls, set()
        finally:
            session.close()


def _words(tool: Mapping[str, Any]) -> dict[str, list[str]]:
    """The required parameters of a tool that offer a few words to choose from."""
    schema = tool.get("inputSchema") or NO_PARAMETERS
    offered = {name: part.get("enum") for name, part in (schema.get("properties") or {}).items()}
    return {
        name: offered[name] for name in schema.get("required", ()) if 1 < len(offered.get(name) or ()) <= MOST_WORDS
    }


class Bench:
    """A session in a world after some calls, where one ask after the other is tried: a new one after each write."""

    def __init__(self, world: World, calls: Sequence[ToolCall], reading: set[str]):
        self._world, self._calls, self._reading = world, tuple(calls), reading
        self._before: LiveSession | None = None
        self._session: LiveSession | None = None

    @property
    def session(self) -> LiveSession:
        if self._before is None:
            self._before = self._world.session()
            for call in self._calls:
                self._before.call(call.name, call.arguments)
        if self._session is None:
            self._session = self._world.fork(self._before)
        return self._session

    def attempt(self, ask: Ask) -> ToolResult | None:
        """What the ask comes to after the calls; None if a lookup of it is refused."""
        played = play(self.session, ask)
        changed = played is None or len(played.calls) > 1 or (played.result.ok and ask.tool not in self._reading)
        if changed:
            self.close()
        return played and played.result

    def close(self) -> None:
        if self._session is not None:
            self._world.end(self._session)
            self._session = None


@dataclass(frozen=True)
class Run:
    """An ask that worked, what it showed, and a bench on which to try what may come after it."""

    ask: Ask
    calls: tuple[ToolCall, ...]
    shown: tuple[Shown, ...]
    bench: Bench
    later: dict[str, Ask | None]
    """Asks of other tools that became possible; filled as they are looked for."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        return self.calls[-1].arguments


@dataclass(frozen=True)
class Burst:
    """A writer, called once or some times in a row; per call, by name, what it was given, has made or dealt with."""

    tool: str
    writes: int
    spoken: tuple[Mapping[str, Any], ...]
    bench: Bench


def _spoken(ask: Ask, played: Played) -> dict[str, Any]:
    arguments = played.calls[-1].arguments
    rows = [value.row for value in ask.arguments.values() if is_reference(value)]
    made = [_read(played.result.output)]
    said: dict[str, Any] = {}
    for part in [arguments, *(row for row in [*made, *rows] if isinstance(row, dict))]:
        for name, value in part.items():
            is_id = is_identifier(words_of(name)) and isinstance(value, (str, int)) and value != ""
            if is_id or (part is arguments and isinstance(value, str)):
                said.setdefault(name, value)
    return said


def fork(live: LiveServers, session: LiveSession) -> LiveSession:
    """An independent session in the same state: far cheaper than making its calls again."""
    return LiveSession(live, live.wait(session._session.fork()))


def play(session: LiveSession, ask: Ask) -> Played | None:
    """Makes the calls of an ask; None if a lookup is refused. Ids that are known are not looked up."""
    calls: list[ToolCall] = []
    arguments = dict(ask.arguments)
    for name, value in ask.arguments.items():
        if is_reference(value):
            arguments[name] = value.id if value.id is not None else _looked_up(session, value, calls)
            if arguments[name] is None:
                return None
    act = ToolCall(ask.tool, arguments)
    return Played((*calls, act), session.call(act.name, act.arguments))


def _looked_up(session: LiveSession, reference: Any, calls: list[ToolCall]) -> Any:
    """What the last lookup made, such as a token."""
    result = None
    for lookup in reference.path:
        result = session.call(lookup.tool, lookup.arguments)
        calls.append(ToolCall(lookup.tool, lookup.arguments))
    fields = _read(result.output) if result and result.ok else None
    return fields.get(reference.field) if isinstance(fields, dict) else None


def _explicit(lab: Lab) -> set[Edge]:
    found: set[Edge] = set()
    for world in lab.worlds:
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
        other = run.bench.attempt(_over(ask, {parameter.name: [false] if parameter.is_list else false}))
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
    asks = [_over(base, given) for base in bases]
    asks += [ask for base in bases for ask in _spelt(lab, _over(_bare(lab, base), given))]
    yield from {_key(ask): ask for ask in asks}.values()
    tried = (run.ask.tool, parameter.tool, parameter.name)
    if run.ask.tool in lab.writers and parameter.identifies and lab.known[tried] < lab.effort.asks:
        lab.known[tried] += 1
        kind = _kind(bases, parameter)
        known = lab.catalog.reference(kind, str(shown.value), (str(shown.value),), dict(shown.row))
        ask = lab.ask(run.bench.session, world.seed, parameter.tool, "known", [known])
        if ask and _plain(ask.arguments.get(parameter.name)) == shown.value:
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


def _bare(lab: Lab, ask: Ask) -> Ask:
    required = lab.required[ask.tool]
    return replace(ask, arguments={name: value for name, value in ask.arguments.items() if name in required})


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


def _show(output: str, given: set[Any]) -> Iterator[Shown]:
    for path, value, row in _leaves(_read(output), "", {}):
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
            continue
        if str(value).casefold() not in given:
            yield Shown(path, value, row)


def _flat(value: Any) -> Iterator[Any]:
    return (leaf for _, leaf, _ in _leaves(value, "", {}))


def _leaves(value: Any, path: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key, value)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, f"{path}[]", row)
    else:
        yield path, value, row


def _implicit(lab: Lab, known: set[tuple[str, str]]) -> set[Edge]:
    found: set[tuple[str, str]] = set()
    for world in lab.worlds:
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
    bare = _bare(lab, bases[0]) if bases else Ask(lab.server, after, {})
    asks = [*bases, bare]
    for spoken in burst.spoken:
        if bound := _bound(lab, spoken, after):
            asks += [_over(ask, {k: v for k, v in bound.items() if k in ask.arguments}) for ask in bases[:1]]
            asks += [_over(bare, {k: v}) for k, v in bound.items()]
            asks += _spelt(lab, _over(bare, bound))
    complete = [ask for ask in asks if lab.required[after] <= set(ask.arguments)]
    yield from {_key(ask): ask for ask in complete}.values()


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


def _over(ask: Ask, arguments: Mapping[str, Any]) -> Ask:
    return replace(ask, arguments={**ask.arguments, **arguments})


def _spelt(lab: Lab, ask: Ask) -> list[Ask]:
    """The ask, and the same with the other words that a required parameter offers."""
    words = lab.words[ask.tool]
    return [
        ask,
        *(_over(ask, {name: word}) for name in words for word in words[name] if ask.arguments.get(name) != word),
    ]


def _moving(lab: Lab) -> Iterator[tuple[str, str]]:
    """Fields that move in more than half of the worlds whatever was written before."""
    for tool in lab.tools:
        asked = [(world, ask) for world in lab.worlds for ask in world.asks(tool)[:1]]
        counted = Counter(path for world, ask in asked for path in world.moving(ask, tool))
        yield from (
            (tool, path) for path, times in counted.items() if times > max(1, len(asked) / 2) and path != REFUSED
        )


def _plain(value: Any) -> Any:
    return value.id if is_reference(value) else value


def _key(ask: Ask) -> str:
    arguments = {name: _plain(value) for name, value in ask.arguments.items()}
    return ask.tool + json.dumps(arguments, sort_keys=True, default=str)
