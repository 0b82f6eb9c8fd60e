"""`synthesis=NAME` for prove.main: the rows that this synthesis makes, made first where they are missing.

    synthesis=templates   ->   data=templates synthesize=true

A choice of conf/data/ says in its key `synthesis` what makes its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

WORD = "synthesis="


def with_rows(words: Sequence[str], conf: Path) -> list[str]:
    """The words with `synthesis=NAME` spelt out. ValueError: it makes no rows, or there is a data= too."""
    named = [word for word in words if word.startswith(WORD)]
    if not named:
        return list(words)
    others = [word for word in words if not word.startswith(("data=", WORD))]
    if len(others) + 1 != len(words):
        raise ValueError(f"{' '.join(named)}: it is named once, and chooses data= itself")
    made = makers(conf)
    wanted = named[0].removeprefix(WORD).split(",")
    if unknown := [name for name in wanted if name not in made]:
        raise ValueError(f"synthesis={unknown[0]} makes no rows to train on; these do: {', '.join(made)}")
    return [f"data={','.join(made[name] for name in wanted)}", "synthesize=true", *others]


def makers(conf: Path) -> dict[str, str]:
    """A choice of synthesis -> the choice of data whose files it makes."""
    files = sorted((conf / "data").glob("*.yaml"))
    choices = ((file.stem, yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files)
    return {data["synthesis"]: name for name, data in choices if "synthesis" in data}
