"""A report as one HTML file that needs nothing else: pictures inside, light and dark, all texts escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import singledispatch
from html import escape
from pathlib import Path

from prove.reports.blocks import Block, Commands, Document, Grid, Heading, Notice, Paragraph, Picture, Talk, Turn

STYLE = Path(__file__).with_name("report.css")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def as_html(document: Document) -> str:
    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    links = "".join(f'<a href="#{_anchor(text)}">{escape(text)}</a>' for text in headings)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(document.title)}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head><body>"
        f"<header><h1>{escape(document.title)}</h1><nav>{links}</nav></header><main>\n"
        + "\n".join(spelt(block) for block in document.blocks)
        + "\n</main></body></html>\n"
    )


@singledispatch
def spelt(block: Block) -> str:
    raise TypeError(f"no HTML for {type(block).__name__}")


@spelt.register
def _(block: Heading) -> str:
    return f'<h2 id="{_anchor(block.text)}">{escape(block.text)}</h2>'


@spelt.register
def _(block: Paragraph) -> str:
    return f"<p>{escape(block.text)}</p>"


@spelt.register
def _(block: Notice) -> str:
    return f'<ul class="notice">{"".join(f"<li>{escape(line)}</li>" for line in block.lines)}</ul>'


@spelt.register
def _(block: Commands) -> str:
    return f"<pre>{escape(chr(10).join(block.lines))}</pre>"


@spelt.register
def _(block: Grid) -> str:
    caption = f"<caption>{escape(block.note)}</caption>" if block.note else ""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.head)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in block.rows)
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cells(row: Sequence[str]) -> str:
    first, *others = row
    return f'<th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in others)


@spelt.register
def _(block: Picture) -> str:
    light, dark = (f"data:image/png;base64,{b64encode(block.images[look]).decode()}" for look in ("light", "dark"))
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
    return f'<picture>{source}<img alt="{escape(block.alt)}" src="{light}"></picture>'


@spelt.register
def _(block: Talk) -> str:
    facts = "".join(f"<dt>{escape(key)}</dt><dd>{escape(value)}</dd>" for key, value in block.facts.items())
    turns = "".join(
        f'<li class="{_role(turn)}"><b>{escape(turn.speaker)}</b><span>{escape(turn.text)}</span></li>'
        for turn in block.turns
    )
    return (
        f"<details open><summary>{escape(block.title)}</summary><p><strong>{escape(block.why)}</strong></p>"
        f'<ol class="talk">{turns}</ol><dl>{facts}</dl></details>'
    )


def _role(turn: Turn) -> str:
    return escape(turn.speaker.partition(" ")[0])


def _anchor(text: str) -> str:
    return escape("".join(letter if letter.isalnum() else "-" for letter in text.lower()))
