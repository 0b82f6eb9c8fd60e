"""A report as Markdown; its pictures are files beside it. What a model wrote stands in fences it cannot close."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import singledispatch

from prove.reports.blocks import Block, Commands, Document, Grid, Heading, Notice, Paragraph, Picture, Talk
from prove.reports.markdown import grid


def as_markdown(document: Document, pictures: str) -> str:
    """`pictures`: the folder of the images, as the text names it."""
    parts = [spelt(block).replace(PICTURES, pictures) for block in document.blocks]
    return "\n\n".join([f"# {_line(document.title)}", *parts]) + "\n"


PICTURES = "\0pictures\0"  # stands for the folder: no text can contain it


@singledispatch
def spelt(block: Block) -> str:
    raise TypeError(f"no Markdown for {type(block).__name__}")


@spelt.register
def _(block: Heading) -> str:
    return f"## {_line(block.text)}"


@spelt.register
def _(block: Paragraph) -> str:
    return _line(block.text)


@spelt.register
def _(block: Notice) -> str:
    return "\n".join(f"- {_line(line)}" for line in block.lines)


@spelt.register
def _(block: Commands) -> str:
    return _fenced("\n".join(block.lines), "bash")


@spelt.register
def _(block: Grid) -> str:
    table = grid(list(map(_cell, block.head)), [list(map(_cell, row)) for row in block.rows])
    return f"{_line(block.note)}\n\n{table}" if block.note else table


@spelt.register
def _(block: Picture) -> str:
    path = f"{PICTURES}/{block.name}"
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{path}-dark.png">'
    return f'<picture>{source}<img alt="{block.alt}" src="{path}-light.png"></picture>'


@spelt.register
def _(block: Talk) -> str:
    told = "\n".join(f"{turn.speaker}: {turn.text}" for turn in block.turns)
    facts = "\n".join(f"{key}: {value}" for key, value in block.facts.items())
    return f"### {_line(block.title)}\n\n{_line(block.why)}\n\n{_fenced(told)}\n\n{_fenced(facts)}"


def _fenced(text: str, language: str = "text") -> str:
    fence = "`" * max(3, 1 + max(map(len, _ticks(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _ticks(text: str) -> Iterable[str]:
    return re.findall(r"`+", text)


def _line(text: str) -> str:
    return re.sub(r"([<>\\`*_\[\]])", r"\\\1", " ".join(text.split()))


def _cell(text: str) -> str:
    return re.sub(r"([<>\\`*|])", r"\\\1", " ".join(text.split()))
