"""Writes one example: draw the knobs, write a conversation along a chain, check it, choose the tools beside it.

    index → Drawn → attempts of (chain → Machine → replay → provenance → edges) → Written

An example depends on the seed, its index and its world alone, so that any split of the work gives the same rows.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from prove.schemas import reads_only, required_of, to_openai
from prove.synthesis import robustness, speech, validation
from prove.synthesis.dataset import Checked, Written, abstaining, serving, system
from prove.synthesis.differences import differs
from prove.synthesis.graphs import graphs_of
from prove.synthesis.live import LiveServers
from prove.synthesis.orchestrator import Machine, Teacher
from prove.synthesis.provenance import Problem, untraced
from prove.synthesis.robustness import Drawn
from prove.synthesis.sampler import Catalog
from prove.synthesis.scripted import Scripted
from prove.synthesis.settings import Settings
from prove.synthesis.speech import Speaker
from prove.synthesis.talk import Draw, Talk
from prove.synthesis.toolbox import Toolbox
from prove.types import ToolResult

THROUGH, FIRST = 0.2, 0.4
"""Up to this share of the attempts chains go through the tool whose turn it is, up to that they begin with it; later
ones take any chain."""
ABSTENTION = "I have no tool for that."
STREAMS = ("multi_turn", "clarification", "when2call", "xlam_irrelevance")
"""What a dataset is mixed of. The last two are abstention rows: tools of the same server, or of other servers only."""


class Writer:
    """Writes examples against live servers. One per process."""

    def __init__(
        self,
        servers: LiveServers,
        settings: Settings,
        seed: int,
        only: Sequence[str] | None = None,
        teacher: Callable[[Toolbox, Speaker, str], Teacher] | None = None,
    ):
        """`only`: the servers whose tools may occur. `teacher`: another than the scripted one."""
        self._servers = servers
        self._settings = settings
        self._seed = seed
        self._names = [name for name in servers.servers if only is None or name in only]
        catalog = Catalog(servers)
        listed = {tool["name"]: tool for name in self._names for tool in servers.tools(name)}
        self.functions = {name: to_openai(tool) for name, tool in listed.items()}
        self._tools = Toolbox(
            catalog,
            self.functions,
            {name: set(required_of(function)) for name, function in self.functions.items()},
            frozenset(name for name, tool in listed.items() if reads_only(tool)),
            graphs_of(servers, catalog, self._names, Path(settings.graphs)) if settings.chains else {},
        )
        self._insists = teacher is None  # where an attempt costs money, what came of it is taken
        self._teacher = teacher or (lambda box, speaker, lane: Scripted(box, speaker, settings.follow_up))
        self.dropped: Counter[str] = Counter()
        """Why attempts were given up, as `stage: reason`."""
        self.seconds: Counter[str] = Counter()
        """Time by stage."""

    def write(self, split: str, index: int, world_seed: int, stream: str = "multi_turn") -> Written | None:
        """The example of one index, or None if this world led to none."""
        if stream not in STREAMS:
            raise ValueError(f"stream {stream!r} is none of {', '.join(STREAMS)}")
        suffix = "" if stream == "multi_turn" else f":{stream}"
        place = f"{self._seed}:{world_seed}:{index}{suffix}"
        rng = random.Random(place)
        drawn = robustness.draw(self._settings.knobs, stream, random.Random(f"{place}:knobs"))
        for attempt in range(self._settings.attempts):
            checked = self._attempt(index, world_seed, drawn, attempt, rng, f"{place}:{attempt}")
            if checked is not None:
                name = f"{split}-{index:05d}" if not suffix else f"{split}-{stream}-{index:05d}"
                return self._finish(name, checked, stream, rng)
        return None

    def _attempt(
        self, index: int, seed: int, drawn: Drawn, attempt: int, rng: random.Random, lane: str
    ) -> Checked | None:
        draw, servers = self._draw(index, drawn, attempt, rng)
        today = self._tools.catalog.today(servers[0], seed) if self._settings.dated else ""
        speaker = Speaker(drawn.persona, today, random.Random(f"{lane}:speech"))
        teacher = self._teacher(self._tools, speaker, lane)
        with self._timed("write"):
            live = self._servers.open(list(servers), seed)
            try:
                talk = Machine(Talk(live, servers, seed, draw, rng, today), teacher, self._settings.bounds).run()
            finally:
                live.close()
        reason = talk.dropped or self._unfit(talk, drawn) or self._astray(talk, index, attempt)
        return self._drop(f"write: {reason}") if reason else self._check(talk, drawn, teacher, speaker)

    def _draw(self, index: int, drawn: Drawn, attempt: int, rng: random.Random) -> tuple[Draw, tuple[str, ...]]:
        """What this attempt tries: length and chain are drawn anew, the recorded knobs stay."""
        turns, server = self._settings.turns, self._names[index % len(self._names)]
        requests = 1 if drawn.withheld else rng.choices(list(turns), list(turns.values()))[0]
        servers = [server]
        if drawn.cross_server and len(self._names) > 1:
            others = [name for name in self._names if name != server]
            servers += rng.sample(others, min(len(others), rng.randint(1, 2)))
            requests = max(requests, len(servers))
        chains = self._settings.chains and not drawn.withheld
        draw = Draw(
            requests=requests,
            level=drawn.level,
            persona=drawn.persona,
            chain=self._chain(server, index, requests - len(servers) + 1, attempt, rng) if chains else (),
            irrelevant=_place(drawn.irrelevant, requests),
            missing=_place(drawn.missing, requests),
            stumble=drawn.stumble,
        )
        return draw, tuple(servers)

    def _chain(self, server: str, index: int, least: int, attempt: int, rng: random.Random) -> tuple[str, ...]:
        """A path of the dependency graph through the index's goal, then one that begins with it, then any path."""
        lengths = {length: share for length, share in self._settings.chains.items() if length >= least}
        length = rng.choices(list(lengths), list(lengths.values()))[0] if lengths else least
        goal, graph = self._goal(server, index, attempt), self._tools.graphs[server]
        first = goal and attempt >= THROUGH * self._settings.attempts
        for shorter in range(length, 1, -1):
            if chain := graph.extended([goal], shorter, rng) if first else graph.chains(shorter, rng, goal):
                return chain
        return (goal or rng.choice(self._tools.catalog.tools(server)),)

    def _goal(self, server: str, index: int, attempt: int) -> str | None:
        """The tool that an example has to use, each in its turn; None once enough was tried."""
        tools = self._tools.catalog.tools(server)
        return tools[index // len(self._names) % len(tools)] if attempt < FIRST * self._settings.attempts else None

    def _unfit(self, talk: Talk, drawn: Drawn) -> str | None:
        if talk.hidden & talk.tools:
            return "needs the hidden tool"
        if drawn.withheld and not self._irreplaceable(talk):
            return "another tool might serve it"
        results = [result for wave in talk.all_waves for result in wave.results]
        length = sum(len(turn.user) for turn in talk.turns) + sum(len(result.output) + 60 for result in results)
        if len(talk.ground_truth.calls) > self._settings.max_calls or length > self._settings.max_chars:
            return "too long"
        if len(talk.ground_truth.calls) < self._settings.min_calls:
            return "too short"
        return "too many errors" if validation.error_share(talk) > self._settings.max_error_share else None

    def _astray(self, talk: Talk, index: int, attempt: int) -> str | None:
        goal = self._goal(talk.servers[0], index, attempt) if talk.draw.chain and self._insists else None
        return "does not use the tool whose turn it is" if goal and goal not in talk.tools else None

    def _check(self, talk: Talk, drawn: Drawn, teacher: Teacher, speaker: Speaker) -> Checked | None:
        settings = self._settings
        with self._timed("replay"):
            replayed = validation.replay(self._servers, talk)
        if isinstance(replayed, str):
            return self._drop(f"replay: {replayed}")
        with self._timed("provenance"):
            problems = self._untraced(talk)
            if any(problem.sensitive for problem in problems):
                return self._drop("provenance: sensitive value from nowhere")
        with self._timed("edges"):
            edges = talk.ground_truth.edges
            if settings.verify:
                edges = validation.verified_edges(self._servers, talk, replayed, self._tools.reading, self._differs)
        if set(talk.unproven) - {step for _, step in edges}:
            return self._drop("edges: request has nothing to do with the ones before")
        refusal = self._refusal(talk, speaker)
        return Checked(talk, drawn, edges, replayed.final_state, teacher, refusal, len(problems))

    def _differs(self, tool: str, before: ToolResult, after: ToolResult) -> bool:
        graph = self._tools.graphs.get(self._tools.catalog.server_of[tool])
        return differs(before, after, graph.moving_of(tool) if graph else frozenset())

    def _untraced(self, talk: Talk) -> tuple[Problem, ...]:
        """Values that come from nowhere; () where the settings name no sensitive parameters."""
        said = [(turn.user, turn.waves) for turn in talk.turns]
        sensitive = self._settings.sensitive
        return untraced(said, sensitive, talk.today, system(talk.today)) if sensitive else ()

    def _refusal(self, talk: Talk, speaker: Speaker) -> str:
        act = talk.turns[0].waves[-1].calls[0].name if talk.turns[0].waves else ""
        return speech.cannot(self._tools.does(act), speaker.rng) if act and talk.draw.persona != "plain" else ABSTENTION

    def _irreplaceable(self, talk: Talk) -> bool:
        """Whether the first request changes something: what it reads, another tool might show as well."""
        waves = talk.turns[0].waves
        return bool(waves) and waves[-1].calls[0].name not in self._tools.reading

    def _finish(self, identifier: str, checked: Checked, stream: str, rng: random.Random) -> Written:
        talk, knobs, catalog = checked.talk, self._settings.knobs, self._tools.catalog
        own = [tool for name in talk.servers for tool in catalog.tools(name)]
        foreign = [name for name in self.functions if name not in own]
        if checked.drawn.withheld or (rng.random() < knobs.withheld and self._irreplaceable(talk)):
            if stream == "xlam_irrelevance" and foreign:
                offered = rng.sample(foreign, min(len(foreign), rng.randint(*self._settings.foreign)))
            else:
                offered = robustness.withhold(talk.tools, own, knobs, rng)
            return abstaining(identifier, checked, stream, offered, self._owners(talk, offered))
        shown = [name for name in own if name not in talk.hidden]
        offered, distracting = robustness.offer(talk.tools, shown, foreign, knobs, rng)
        kind = stream if stream == "clarification" else "multi_turn"
        return serving(identifier, checked, kind, offered, self._owners(talk, offered), distracting)

    def _owners(self, talk: Talk, offered: Sequence[str]) -> tuple[str, ...]:
        """The servers whose tools are offered, those of the conversation first: a rollout opens only these."""
        owners = [self._tools.catalog.server_of[tool] for tool in offered]
        return tuple(dict.fromkeys([*talk.servers, *sorted(owners)]))

    def _drop(self, reason: str) -> None:
        self.dropped[reason] += 1

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds[stage] += perf_counter() - started


def _place(fraction: float | None, requests: int) -> int | None:
    """Before which request, 0 … requests."""
    return None if fraction is None else int(fraction * (requests + 1))
