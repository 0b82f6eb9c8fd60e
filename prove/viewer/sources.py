"""What an argument of prove.view names: the files of episodes behind it, and what is known of how they were made.

RUN/                         episodes/SPLIT/STEP.jsonl, config.yaml
RUN/episodes/SPLIT[/STEP.jsonl]   a part of it
EVALUATION/                  items.jsonl, about.json
FILE.jsonl                   any file of episodes, as prove.score reads it
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

ORDER = ("train", "validation", "heldout")
ITEMS, ABOUT = "items.jsonl", "about.json"


@dataclass(frozen=True)
class EpisodeFile:
    """One file: the split and the step of its episodes. `part_of` counts files of the same split and step."""

    path: Path
    split: str
    step: int


@dataclass(frozen=True)
class Source:
    """One argument. `config`: config.yaml of its run, `about`: about.json of its evaluation; {} if there is none."""

    path: Path
    files: tuple[EpisodeFile, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last two parts of its path: `main_results/method=prove,seed=0`."""
        return "/".join(self.path.absolute().parts[-2:])


def find(path: Path) -> Source:
    """ValueError: nothing of that name holds episodes; says what is near."""
    if path.is_dir():
        return _folder(path)
    if path.is_file():
        return _file(path)
    raise ValueError(f"{path} is not there{_near(path)}")


def _folder(path: Path) -> Source:
    if (path / "episodes").is_dir() or (path / "config.yaml").is_file():
        return Source(path, _of_run(path / "episodes"), config=_yaml(path / "config.yaml"))
    if (path / ITEMS).is_file():
        about = _json(path / ABOUT)
        return Source(path, (EpisodeFile(path / ITEMS, str(about.get("benchmark") or "evaluation"), 0),), about=about)
    if path.name == "episodes":
        return _folder(path.parent) if (path.parent / "config.yaml").is_file() else Source(path, _of_run(path))
    steps = _steps(path)
    if steps:
        run = path.parent.parent
        return Source(path, steps, config=_yaml(run / "config.yaml"))
    raise ValueError(f"{path} holds no episodes: a run has episodes/, an evaluation {ITEMS}{_inside(path)}")


def _file(path: Path) -> Source:
    whole = path.absolute()
    if whole.name == ITEMS and (whole.parent / ABOUT).is_file():
        return _folder(path.parent)
    if whole.stem.isdigit() and whole.parent.parent.name == "episodes":
        run = whole.parent.parent.parent
        file = EpisodeFile(path, whole.parent.name, int(whole.stem))
        return Source(path, (file,), config=_yaml(run / "config.yaml"))
    return Source(path, (EpisodeFile(path, plain(path.stem), 0),))


def _of_run(episodes: Path) -> tuple[EpisodeFile, ...]:
    splits = [each for each in episodes.iterdir() if each.is_dir()] if episodes.is_dir() else []
    splits.sort(key=lambda each: (ORDER.index(each.name) if each.name in ORDER else len(ORDER), each.name))
    return tuple(file for split in splits for file in _steps(split))


def _steps(folder: Path) -> tuple[EpisodeFile, ...]:
    """The files named by a step, in order."""
    found = [file for file in folder.glob("*.jsonl") if file.stem.isdigit()]
    return tuple(
        EpisodeFile(file, plain(folder.name), int(file.stem)) for file in sorted(found, key=lambda f: int(f.stem))
    )


def plain(name: str) -> str:
    """A name that can stand in an address."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name) or "_"


def _yaml(path: Path) -> Mapping[str, Any]:
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return value if isinstance(value, dict) else {}


def _json(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _near(path: Path) -> str:
    """The nearest name in the nearest folder above that is there."""
    above = path.absolute()
    while not above.parent.is_dir():
        above = above.parent
    near = get_close_matches(above.name, [each.name for each in above.parent.iterdir()], n=1, cutoff=0.5)
    return f"; did you mean {above.parent / near[0]}?" if near else ""


def _inside(path: Path) -> str:
    """Runs or evaluations one or two folders further down."""
    marks = [
        found.parent
        for mark in ("config.yaml", ITEMS)
        for deep in ("*", "*/*")
        for found in path.glob(f"{deep}/{mark}")
    ]
    files = sorted(path.glob("*.jsonl"))
    found = sorted(marks) or files
    return f"; it has {len(found)} inside, the first is {found[0]}" if found else ""
