"""What a report is made of, whatever it is written as: headings, sentences, tables, pictures, commands, conversations.

All texts are plain: html.py and plain.py escape them, because some were written by a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Notice:
    """What is missing or must be known before reading on."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Grid:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """`images`: PNG for a `light` and for a `dark` page."""

    name: str
    alt: str
    images: Mapping[str, bytes]


@dataclass(frozen=True)
class Commands:
    lines: Sequence[str]


@dataclass(frozen=True)
class Turn:
    """One message, shortened. `speaker`: user, assistant, tool NAME, …"""

    speaker: str
    text: str


@dataclass(frozen=True)
class Talk:
    """A conversation, why it is shown, and what its reward is made of."""

    title: str
    why: str
    facts: Mapping[str, str]
    turns: Sequence[Turn]


Block = Heading | Paragraph | Notice | Grid | Picture | Commands | Talk


@dataclass(frozen=True)
class Document:
    title: str
    blocks: Sequence[Block]
