"""The numbers of settings.yaml and the paper's of experiments/paper.yaml, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAPER: dict[str, Any] = yaml.safe_load((HERE.parent / "paper.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Settings:
    """settings.yaml says what each is."""

    laptop: str
    reward: str
    draws: int
    seed: int
    confidence: float
    window: int


SETTINGS = Settings(**yaml.safe_load((HERE / "settings.yaml").read_text(encoding="utf-8")))
