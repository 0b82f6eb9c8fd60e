"""card.md: what is in a dataset's folder and how it was made, every number from stats.json.

command and seeds → mixture against the paper's → shape, knobs, tools, drops, tokens, language; pictures in card/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from prove.synthesis import plots
from prove.synthesis.whole import write_whole

PAPER = {"multi_turn": 10895, "clarification": 1500, "abstention": 1122}
"""Rows by kind in the paper's training set: 13,517."""
EXTERNAL = {"when2call": "When2Call", "xlam_irrelevance": "xLAM-Irrelevance"}
READ = """## Conversations to read

[conversations.md](conversations.md); conversations.html has filters, the tools offered and whole results."""
PICTURES = {
    "shape": "How large are the tasks?",
    "knobs": "Do the knobs come out as asked?",
    "tools": "How often is each tool needed?",
    "drops": "Why were candidates dropped?",
    "tokens": "Do the rows fit?",
}


def write_card(out: Path, cfg: Mapping[str, Any], stats: Mapping[str, Mapping[str, Any]], command: str) -> None:
    """Writes card.md and its pictures, those of the largest split. `command`: what made the folder."""
    largest = max(stats, key=lambda split: stats[split]["examples"])
    drawn = plots.draw(stats[largest], out / "card") if stats[largest]["examples"] else []
    parts = [_head(cfg, stats, command), _mixture(stats), _abstention(stats[largest])]
    parts += [_picture(name, largest) for name in drawn if name != "drops"]
    parts += [_drops(stats, "drops" in drawn, largest), _tokens(stats), _language(stats[largest])]
    if (out / "conversations.md").is_file():
        parts.append(READ)
    write_whole(out / "card.md", "\n\n".join(filter(None, parts)) + "\n")


def _head(cfg: Mapping[str, Any], stats: Mapping[str, Mapping[str, Any]], command: str) -> str:
    rows, left_out = sum(one["examples"] for one in stats.values()), ", ".join(cfg["leave_domains_out"])
    servers, teacher = len(cfg["servers"]["names"]), cfg["teacher"]["name"]
    lines = [
        "# Data card",
        "",
        f"{rows:,} rows on {servers} servers, teacher `{teacher}`, seed {cfg['seed']}: "
        "conversations on live state, replayed on fresh sessions.",
        "World seeds of the splits do not overlap.",
    ]
    if left_out:
        lines.append(f"Only the held-out rows have {left_out}: neither their worlds nor their tools occur in training.")
    return "\n".join([*lines, "", "```bash", command, "```"])


def _mixture(stats: Mapping[str, Mapping[str, Any]]) -> str:
    paper = ["paper", f"{sum(PAPER.values()):,}", *(f"{count:,}" for count in PAPER.values()), "", "", ""]
    rows = [
        [
            split,
            f"{one['examples']:,}",
            *(f"{one['kinds'].get(kind, 0):,}" for kind in PAPER),
            f"{one['worlds']:,}",
            f"{one['tools']['called']} of {one['tools']['listed']}",
            f"{one['edges']['total']:,}",
        ]
        for split, one in stats.items()
    ]
    table = _table(["split", "rows", *PAPER, "world seeds", "tools called", "verified edges"], [*rows, paper])
    short = [
        f"{split}: {count} rows of {stream} are missing, its candidates gave out."
        for split, one in stats.items()
        for stream, count in one.get("missing_rows", {}).items()
    ]
    return "\n".join(["## What is in it", "", table, *short])


def _abstention(stats: Mapping[str, Any]) -> str:
    sources = stats["sources"].get("abstention", {})
    imported = [f"{count} from {EXTERNAL.get(name, name)}" for name, count in sources.items() if name != "synthesised"]
    made = sources.get("synthesised", 0)
    if not made:
        return f"Abstention rows: {', '.join(imported)}." if imported else ""
    stands = stats["stands_for"].get("abstention", {})
    where = {"when2call": "tools of the same server withheld", "xlam_irrelevance": "tools of other servers only"}
    known = [name for name in stands if name in where]
    split = "; ".join(f"{stands[name]} in the place of {EXTERNAL[name]}, {where[name]}" for name in known)
    told = f"**{made} abstention rows are synthesised**" + (f" ({split})" if split else "")
    return f"{told}. {', '.join(imported) + '.' if imported else 'The external files were not given.'}"


def _picture(name: str, split: str) -> str:
    return f"## {PICTURES[name]}\n\n{_both(name)}\n\nSplit: {split}."


def _both(name: str) -> str:
    """A picture that follows the reader's light or dark page."""
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="card/{name}-dark.png">'
        f'<img alt="{PICTURES[name]}" src="card/{name}-light.png"></picture>'
    )


def _drops(stats: Mapping[str, Mapping[str, Any]], drawn: bool, largest: str) -> str:
    rows = [
        [split, stage["stage"], f"{stage['in']:,}", _reasons(stage["dropped"]), f"{stage['out']:,}"]
        for split, one in stats.items()
        for stage in one["stages"]
    ]
    table = _table(["split", "stage", "in", "dropped", "out"], rows)
    picture = f"\n\n{_both('drops')}\n\nSplit: {largest}." if drawn else ""
    told = "Most attempts end because the live state does not let the drawn chain go on; another chain is tried then."
    return f"## {PICTURES['drops']}\n\n{table}\n\n{told}{picture}"


def _reasons(dropped: Mapping[str, int]) -> str:
    return "<br>".join(f"{count:,} {reason}" for reason, count in dropped.items()) or "0"


def _tokens(stats: Mapping[str, Mapping[str, Any]]) -> str:
    rows = []
    for split, one in stats.items():
        tokens = one["tokens"]
        if "not measured" in tokens:
            rows.append([split, f"not measured: {tokens['not measured']}", *[""] * 6])
            continue
        for part in ("prompt", "conversation"):
            spread = tokens[part]
            numbers = [f"{spread[name]:,}" for name in ("n", "min", "median", "p95", "max")]
            rows.append([split, part, *numbers, f"{spread['over']} over {tokens['limit']:,}"])
    return "## Tokens\n\n" + _table(["split", "part", "n", "min", "median", "95 %", "max", "limit"], rows)


def _language(stats: Mapping[str, Any]) -> str:
    language = stats["language"]
    if not language.get("turns"):
        return ""
    words, templates = language["words"], language["templates"]
    common, shared = templates["most_common_1_percent_share"], templates["repeated_share"]
    distinct = ", ".join(f"distinct-{n} {share:.3f}" for n, share in language["distinct_per_1000_turns"].items())
    lines = [
        "## Language of the user turns",
        "",
        f"{language['turns']:,} turns of {words['mean']} words (5 %: {words['p5']}, median {words['median']}, "
        f"95 %: {words['p95']}); in samples of 1,000 turns {distinct}.",
        f"With names, numbers, ids and quotes masked, {templates['different']:,} turns differ. The most common 1 % of "
        f"these templates are {common:.1%} of all turns; {shared:.1%} of the turns share theirs with another one.",
        f"{language['openings']['different']:,} different first three words; {language['raw_ids']:.1%} hold a raw id.",
        "",
        _table(
            ["commonest templates", "turns"], [[_cell(one["text"]), str(one["count"])] for one in templates["top"][:10]]
        ),
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that may stand in a table: masked values keep their angle brackets."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|").replace("\n", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
