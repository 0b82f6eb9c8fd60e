"""One run from configuration to files: train, validation and heldout.parquet, templates.json, stats.json, card.md.

    plan  →  cache  →  templates read or mined, judged  →  rows  →  files, each written to a temporary name and renamed

Everything is checked and made before the first file is written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from prove.synthesis import graph
from prove.synthesis.dataset import row_of, save_rows
from prove.synthesis.templates.answerable import judge
from prove.synthesis.templates.asking import Scripted, Served, asks_of
from prove.synthesis.templates.cache import Cache
from prove.synthesis.templates.card import card, described, statistics
from prove.synthesis.templates.links import Link, links_of_cache, links_of_graph
from prove.synthesis.templates.making import Made, Making
from prove.synthesis.templates.mining import mine
from prove.synthesis.templates.offering import Offer
from prove.synthesis.templates.plan import Plan, plan_of
from prove.synthesis.templates.public import read_templates
from prove.synthesis.templates.sampling import Sampler
from prove.synthesis.templates.template import Template, save_templates, with_prefixes
from prove.synthesis.templates.wording import Speaker, phrases_of
from prove.synthesis.tokens import measure
from prove.synthesis.whole import write_whole

SHOWN = 3
"""Faults that a refusal tells."""


def make_templates(cfg: Mapping[str, Any], command: str) -> list[str]:
    """Makes the rows of a configuration of plain values; what came out, in lines. ValueError: nothing was written."""
    plan = plan_of(cfg)
    cache = Cache(plan.cache)
    templates, wrong = _templates(plan, cache)
    faults, silent = judge(cache, templates)
    faulty = _faulty(plan, [*wrong, *faults])
    if plan.choosing.prefixes:
        templates = with_prefixes([one for one in templates if one.id not in faulty])
        silent = judge(cache, templates)[1]
    used = [one for one in templates if one.id not in silent and plan.choosing.fits(one.shape) and one.id not in faulty]
    if not used:
        raise ValueError(_none_left(plan, templates, silent))
    phrases = phrases_of(plan.server)
    speaker = Speaker(cache.tools, phrases)
    making = Making(plan, cache, used, Offer(cache.tools, phrases.domain, plan.short), Scripted(speaker))
    made = making.run()
    asks = asks_of(cfg, speaker)
    if isinstance(asks, Served):
        try:
            making.reworded(made, asks, cfg["teacher"]["endpoint"]["concurrency"])
        except RuntimeError as error:  # an endpoint that does not answer
            raise ValueError(f"nothing was written: {error}") from None
    if not any(one.rows for one in made.values()):
        raise ValueError(f"no row came out of {len(used)} templates: {_reasons(made)}")
    told = described(templates, used, [*wrong, *faults], silent)
    return _saved(plan, cfg, cache, used, made, told, command)


def _templates(plan: Plan, cache: Cache) -> tuple[Sequence[Template], Sequence[str]]:
    """The templates and what is wrong with others in the file."""
    if plan.file is not None:
        read = read_templates(plan.file, plan.repair)
        return read.templates, read.faults
    links = _links(plan, cache)
    mined = mine(cache, links, Sampler(cache, plan.rules), plan.mined, plan.choosing.length[1], plan.seed)
    if not mined:
        raise ValueError(f"{plan.cache}: no template could be mined: {len(links)} links between its tools")
    return mined, ()


def _links(plan: Plan, cache: Cache) -> Sequence[Link]:
    if plan.graphs is None:
        return links_of_cache(cache, plan.mining)
    return links_of_graph(graph.load(plan.graphs, plan.server, list(cache.tools.values())), cache)


def _faulty(plan: Plan, wrong: Sequence[str]) -> frozenset[str]:
    """The ids of bad templates, which are left out; ValueError if that was not asked for."""
    if wrong and not plan.skip_bad:
        more = f" (and {len(wrong) - SHOWN} more)" if len(wrong) > SHOWN else ""
        raise ValueError(f"{'; '.join(wrong[:SHOWN])}{more}. templates.skip_bad=true leaves such templates out")
    return frozenset(sentence.removeprefix("template ").partition(",")[0] for sentence in wrong)


def _none_left(plan: Plan, templates: Sequence[Template], silent: Mapping[str, str]) -> str:
    why = next(iter(silent.values()), "their length, depth or fan-out is outside of what is asked for")
    return f"none of {len(templates)} templates can be used with {plan.cache}: {why}"


def _reasons(made: Mapping[str, Made]) -> str:
    dropped = sum((one.dropped for one in made.values()), start=type(next(iter(made.values())).dropped)())
    return ", ".join(f"{count} × {reason}" for reason, count in dropped.most_common(4)) or "no attempt"


def _saved(
    plan: Plan,
    cfg: Mapping[str, Any],
    cache: Cache,
    used: Sequence[Template],
    made: Mapping[str, Made],
    told: Mapping[str, Any],
    command: str,
) -> list[str]:
    stats: dict[str, Any] = {"cache": {"name": cache.name, "digest": cache.digest}, "templates": told, "splits": {}}
    rows = {split: [row_of(row, {}) for row, _ in one.rows] for split, one in made.items() if plan.rows[split]}
    for split, each in rows.items():
        tokens = _lengths(each, **cfg["lengths"])
        stats["splits"][split] = statistics(plan, made[split], each, plan.rows[split], list(cache.tools), tokens)
    plan.out.mkdir(parents=True, exist_ok=True)
    for split, each in rows.items():
        if each:
            save_rows(plan.out / f"{split}.parquet", each)
    save_templates(plan.out / "templates.json", used)
    write_whole(plan.out / "stats.json", json.dumps(stats, indent=2) + "\n")
    write_whole(plan.out / "card.md", card(plan, stats, command))
    counts = ((split, len(each), made[split]) for split, each in rows.items())
    lines = [
        f"{split}: {n} rows from {one.attempts} attempts, {len(one.per_template)} templates" for split, n, one in counts
    ]
    return [*lines, f"written to {plan.out}; see {plan.out}/card.md"]


def _lengths(rows: Sequence[Mapping[str, Any]], tokenizer: str | None, prompt_tokens: int) -> dict[str, Any] | None:
    return measure(rows, tokenizer, prompt_tokens) if tokenizer and rows else None
