"""What is in a split, in numbers: the source of stats.json, of the dataset card's tables and of its pictures.

rows, drops, asked shares -> {examples, kinds, servers, shape, edges, switches, choices, tools, stages, …}

Every share comes with its n and with the n it is a share of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from prove.types import KINDS, Example

STAGES = ("write", "replay", "provenance", "edges", "near-duplicate")
SERVED = ("multi_turn", "clarification")
SWITCHES = {
    "distractors": SERVED,
    "enum_stripped": KINDS,
    "irrelevance": ("multi_turn",),
    "missing_function": ("clarification",),
    "cross_server": ("multi_turn",),
    "stumble": ("multi_turn",),
}
"""Knobs that are on or off in a row, and the kinds of rows for which they are drawn."""
CHOICES = {"level": ("multi_turn",), "persona": KINDS, "teacher": KINDS, "stumble": ("multi_turn",)}
"""Knobs that take one of a few names, likewise."""
SHAPE = ("chain", "steps", "calls", "turns", "parallel", "fan_in")
SYNTHESISED = "synthesised"
NOWHERE = "no server"

if TYPE_CHECKING:
    from prove.synthesis.robustness import Knobs

Language = Callable[[Sequence[str]], Mapping[str, Any]]


def summarise(
    rows: Iterable[Mapping[str, Any]],
    drops: Mapping[str, Mapping[str, int]],
    tools: Mapping[str, Sequence[str]],
    asked: Mapping[str, Any],
    tokens: Mapping[str, Any] | None = None,
    language: Language | None = None,
) -> dict[str, Any]:
    """One split's numbers, ready for JSON.

    `drops`: stage -> reason -> candidates. `tools`: server -> names of all its tools. `asked`: the shares of the
    configuration, {"distractors": 0.4, …, "level": {"complete": 0.6, …}}. `tokens`: what tokens.measure gave.
    """
    examples = [Example.from_json(row["extra_info"]["example"]) for row in rows]
    made = [example for example in examples if source_of(example) == SYNTHESISED]
    return {
        "examples": len(examples),
        "kinds": _counts(example.kind for example in examples),
        "sources": _by_kind(examples, source_of),
        "stands_for": _by_kind(made, lambda example: example.knobs.get("stands_for")),
        "servers": _counts(example.servers[0] if example.servers else NOWHERE for example in examples),
        "worlds": len({example.world_seed for example in made}),
        "shape": {name: _histogram(one.stats.get(name, 0) for one in examples) for name in SHAPE},
        "edges": edges(examples),
        "switches": {name: _switch(name, made, asked.get(name)) for name in SWITCHES},
        "choices": {name: _choice(name, made, asked.get(name) or {}) for name in CHOICES},
        "distractors": _histogram(example.knobs.get("distractors") or 0 for example in made),
        "openings": _openings(made),
        "tools": coverage(examples, tools),
        "stages": stages(drops, len(made)),
        "tokens": dict(tokens or {"not measured": "no tokenizer given"}),
        "language": dict((language or _language)([turn for example in made for turn in example.user_turns])),
    }


def source_of(example: Example) -> str:
    """Where a row comes from: synthesised, or the external set it was imported from."""
    return example.knobs.get("source") or SYNTHESISED


def asked_of(knobs: Knobs) -> dict[str, Any]:
    """What a configuration asks for, by the names under which rows record it; weights as shares."""
    return {
        "distractors": knobs.distractor_share,
        "enum_stripped": knobs.enum_stripping,
        "irrelevance": knobs.irrelevance,
        "missing_function": knobs.missing_function,
        "cross_server": knobs.cross_server,
        "stumble": knobs.stumbles,
        "level": _normalised(knobs.levels),
        "persona": _normalised(knobs.personas),
    }


def edges(examples: Sequence[Example]) -> dict[str, Any]:
    """Dependency edges: in all, across user turns, and per example."""
    truths = [example.ground_truth for example in examples]
    across = sum(truth.turns[i] != truth.turns[j] for truth in truths for i, j in truth.edges)
    per_example = _histogram(len(truth.edges) for truth in truths)
    return {"total": sum(len(truth.edges) for truth in truths), "across_turns": across, "per_example": per_example}


def coverage(examples: Sequence[Example], tools: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Which of all tools some ground truth calls, how often each, and which none does."""
    called = Counter(call.name for example in examples for call in example.ground_truth.calls)
    listed = [tool for names in tools.values() for tool in names]
    by_server = {
        server: {
            "listed": len(names),
            "called": sum(called[tool] > 0 for tool in names),
            "calls": {tool: called[tool] for tool in sorted(names)},
        }
        for server, names in sorted(tools.items())
    }
    missing = sorted(tool for tool in listed if not called[tool])
    return {
        "listed": len(listed),
        "called": len(listed) - len(missing),
        "calls": sum(called.values()),
        "missing": missing,
        "by_server": by_server,
    }


def stages(drops: Mapping[str, Mapping[str, int]], kept: int) -> list[dict[str, Any]]:
    """The way of the candidates: per stage how many came in, were dropped for which reason, and went out.

    Counted backwards: what the last stage lets out are the `kept` rows. Stages it does not know come last.
    """
    names = [*STAGES, *(name for name in drops if name not in STAGES)]
    table: list[dict[str, Any]] = []
    for name in reversed(names):
        dropped = dict(sorted(drops.get(name, {}).items()))
        table.append({"stage": name, "in": kept + sum(dropped.values()), "dropped": dropped, "out": kept})
        kept = table[-1]["in"]
    return table[::-1]


def is_on(knob: str, value: Any) -> bool:
    """Whether a recorded knob is on. A turn index of 0 is; no distractors and an empty list are not."""
    return value is not None and value is not False and value != [] and not (knob == "distractors" and value == 0)


def _switch(name: str, examples: Sequence[Example], share: float | None) -> dict[str, Any]:
    drawn = [example for example in examples if example.kind in SWITCHES[name]]
    return _share(sum(is_on(name, example.knobs.get(name)) for example in drawn), len(drawn), share)


def _choice(name: str, examples: Sequence[Example], shares: Mapping[str, float] | float) -> dict[str, Any]:
    """Per name taken or asked for, its share among the rows that took any."""
    wanted = shares if isinstance(shares, Mapping) else {}
    drawn = [example.knobs.get(name) for example in examples if example.kind in CHOICES[name]]
    taken = Counter(one for one in drawn if one)
    return {one: _share(taken[one], taken.total(), wanted.get(one)) for one in sorted({*taken, *wanted})}


def _share(count: int, among: int, asked: float | None) -> dict[str, Any]:
    return {"n": count, "of": among, "realised": count / among if among else 0.0, "asked": asked}


def _normalised(weights: Mapping[str, float]) -> dict[str, float]:
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def _openings(examples: Sequence[Example]) -> dict[str, int]:
    """Utterance templates that open a conversation: how many, and how often the commonest does."""
    opened = Counter(str(one.stats["opened_with"]) for one in examples if one.stats.get("opened_with"))
    return {"n": opened.total(), "templates": len(opened), "commonest": max(opened.values(), default=0)}


def _by_kind(examples: Sequence[Example], name: Callable[[Example], str | None]) -> dict[str, dict[str, int]]:
    """kind -> name -> examples; those without a name are left out."""
    named = [(example.kind, given) for example in examples if (given := name(example))]
    return {kind: _counts(given for one, given in named if one == kind) for kind in _counts(kind for kind, _ in named)}


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _histogram(values: Iterable[int]) -> dict[int, int]:
    return dict(sorted(Counter(values).items()))


def _language(turns: Sequence[str]) -> Mapping[str, Any]:
    from prove.synthesis.language import language

    return language(turns)
