"""Opens a model folder for serving: engine, tokenizer, template."""

from __future__ import annotations

import json
from pathlib import Path

from transformers import AutoTokenizer

from prove.cpu.engine import Engine
from prove.serving.chat import Chat
from prove.template import Template


def positions(path: Path) -> int:
    """As many tokens as the model has positions for."""
    return int(json.loads((path / "config.json").read_text(encoding="utf-8"))["max_position_embeddings"])


def open_chat(
    name: str, path: str, max_len: int | None, concurrency: int, piece: int, seed: int
) -> tuple[Chat, Engine]:
    """The model answers to its name and its path. Who opens it closes the engine."""
    own = positions(Path(path))
    longest = min(max_len or own, own)
    engine = Engine(path, max_slots=concurrency, max_len=longest)
    names = tuple(dict.fromkeys([name, path]))
    return Chat(names, engine, Template(AutoTokenizer.from_pretrained(path)), piece, seed), engine
