"""card.md and stats.json of a run: where the rows come from, which templates they walk, what was dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from prove.synthesis.statistics import summarise
from prove.synthesis.templates.making import Made
from prove.synthesis.templates.plan import Plan
from prove.synthesis.templates.template import Template


def statistics(
    plan: Plan,
    made: Made,
    rows: Sequence[Mapping[str, Any]],
    wanted: int,
    tools: Sequence[str],
    tokens: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The numbers of one split."""
    stages = {"sample": dict(sorted(made.dropped.items()))}
    entries = {entry for _, trace in made.rows for entry in trace.owned()}
    return {
        **summarise(rows, stages, {plan.server: tools}, {}, tokens),
        "missing_rows": {"templates": wanted - len(rows)} if len(rows) < wanted else {},
        "attempts": made.attempts,
        "traces": made.traces,
        "entries": len(entries),
        "templates": dict(sorted(made.per_template.items())),
        "unseen_template_rows": sum(row.example.knobs["unseen_template"] for row, _ in made.rows),
    }


def card(plan: Plan, stats: Mapping[str, Any], command: str) -> str:
    """The card as Markdown."""
    parts = [_head(plan, stats, command), _rows(stats), _templates(stats["templates"]), _dropped(stats), _tokens(stats)]
    return "\n\n".join(parts) + "\n"


def described(
    templates: Sequence[Template], used: Sequence[Template], wrong: Sequence[str], silent: Mapping[str, str]
) -> dict[str, Any]:
    """The numbers of the templates."""
    return {
        "read": len(templates),
        "wrong": list(wrong),
        "not_answered": dict(silent),
        "used": len(used),
        "shapes": {
            name: dict(sorted(Counter(template.shape[name] for template in used).items()))
            for name in ("length", "depth", "fan_out")
        },
    }


def _head(plan: Plan, stats: Mapping[str, Any], command: str) -> str:
    rows = sum(one["examples"] for one in stats["splits"].values())
    apart = "recorded calls" if plan.apart == "entries" else "worlds"
    return (
        f"# Data card\n\n{rows:,} rows on the recorded server `{plan.server}`, seed {plan.seed}: traces sampled from "
        f"workflow templates so that the cache answers every call. The splits share no {apart}.\n\n"
        f"```bash\n{command}\n```"
    )


def _rows(stats: Mapping[str, Any]) -> str:
    lines = [
        [
            split,
            one["examples"],
            one["missing_rows"].get("templates", 0),
            one["attempts"],
            one["traces"],
            one["entries"],
            len(one["templates"]),
            one["unseen_template_rows"],
            f"{one['tools']['called']} of {one['tools']['listed']}",
            one["edges"]["total"],
        ]
        for split, one in stats["splits"].items()
    ]
    head = "split, rows, missing, attempts, traces, recorded calls, templates, of unseen templates, tools, edges"
    return f"## Rows\n\n{_table(head.split(', '), lines)}"


def _templates(templates: Mapping[str, Any]) -> str:
    shapes = "; ".join(
        f"{name.replace('_', '-')} {', '.join(f'{value}: {count}' for value, count in counts.items())}"
        for name, counts in templates["shapes"].items()
    )
    said = [f"{templates['read']} read, {templates['used']} used ({shapes})."]
    if templates["wrong"]:
        said.append(f"{len(templates['wrong'])} faults left out: " + "; ".join(templates["wrong"][:5]))
    if templates["not_answered"]:
        reasons = Counter(templates["not_answered"].values()).most_common()
        said.append("Not answered by this cache: " + "; ".join(f"{count} × {reason}" for reason, count in reasons))
    return "## Templates\n\n" + "\n\n".join(said)


def _dropped(stats: Mapping[str, Any]) -> str:
    reasons = sorted({reason for one in stats["splits"].values() for reason in _reasons(one)})
    lines = [[split, *(_reasons(one).get(reason, 0) for reason in reasons)] for split, one in stats["splits"].items()]
    return f"## Attempts without a row\n\n{_table(['split', *reasons], lines)}"


def _reasons(one: Mapping[str, Any]) -> Mapping[str, int]:
    return next((stage["dropped"] for stage in one["stages"] if stage["stage"] == "sample"), {})


def _tokens(stats: Mapping[str, Any]) -> str:
    lines = []
    for split, one in stats["splits"].items():
        tokens = one["tokens"]
        if "not measured" in tokens:
            return f"## Tokens\n\nNot measured: {tokens['not measured']}."
        for part in ("prompt", "conversation"):
            spread = tokens[part]
            lines.append([split, part, *(spread[name] for name in ("n", "median", "p95", "max")), tokens["tokenizer"]])
    return f"## Tokens\n\n{_table(['split', 'part', 'n', 'median', '95 %', 'max', 'tokenizer'], lines)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
