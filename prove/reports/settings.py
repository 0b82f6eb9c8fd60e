"""The numbers of conf/report.yaml, read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Settings:
    """conf/report.yaml says what each is."""

    laptop: str
    reward: str
    draws: int
    seed: int
    confidence: float
    window: int
    against: Sequence[str]
    papers: Mapping[str, Sequence[str]]
    episodes: Mapping[str, int]
    shown: Mapping[str, int]


def _read() -> Settings:
    values = yaml.safe_load((ROOT / "conf" / "report.yaml").read_text(encoding="utf-8"))
    values.pop("defaults")  # what every file of conf/ has
    return Settings(**values)


SETTINGS = _read()
