"""Several benchmarks and several rows in one command: which evaluations that is, each as its own command says it.

    benchmark=heldout,bfcl rows=base:PATH,sft:PATH,nothing bfcl.limit=40 seeds=[0,1] out=DIR
    -->  benchmark=heldout seeds=[0,1]            method=base model.path=PATH      out=DIR/heldout-base      …
         benchmark=bfcl    seeds=[0,1] limit=40   method=nothing policy=nothing    out=DIR/bfcl-nothing

NAME.KEY=VALUE is benchmark.KEY=VALUE for benchmark NAME alone, or KEY=VALUE if its node has no such key. A row is
NAME:PATH (method and model.path), or gold or nothing (the policies); a comma begins a new row only before one of these.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BENCHMARK, ROWS, OUT = "benchmark=", "rows=", "out="
DEFAULT = "heldout"  # of conf/evaluate.yaml
POLICIES = ("gold", "nothing")
NEXT = re.compile(rf",(?=(?:{'|'.join(POLICIES)})(?:,|$)|[^,:=/]+:)")
NAME = re.compile(r"[A-Za-z0-9_][\w.+-]*")
PLAIN = re.compile(r"[A-Za-z0-9_./-]+")  # of a value: nothing that Hydra reads as more than a word
SHELL = re.compile(r"[\w@%+=:,./\[\]~-]+")  # of a word: nothing that a shell changes
FLAGS = ("--multirun", "-m")
RESERVED = {"method": "the names in rows= are the methods", "model.path": "rows=NAME:PATH says it"}
LONGEST = 100


@dataclass(frozen=True)
class Chosen:
    """A row. `values`: what it sets, key -> value; none where no rows were named."""

    values: Mapping[str, str]

    @property
    def words(self) -> list[str]:
        return [f"{key}={hydra(value)}" for key, value in self.values.items()]


@dataclass(frozen=True)
class Joint:
    """`words`: benchmark -> its words without rows and folder; `out`: the folder of all, if one was named."""

    words: Mapping[str, Sequence[str]]
    rows: Sequence[Chosen]
    out: Path | None

    def folder(self, benchmark: str, method: str) -> Path | None:
        """Of one evaluation; None: its own choice."""
        return self.out / f"{benchmark}-{method}" if self.out else None

    def summary(self, model: str, methods: Sequence[str]) -> Path:
        """The folder of the summary."""
        named = "-".join(["+".join(self.words), model, "+".join(dict.fromkeys(methods))])
        if len(named) > LONGEST:
            named = f"{named[:LONGEST]}-{hashlib.sha256(named.encode()).hexdigest()[:8]}"
        return self.out or Path("runs/eval") / f"summary-{named}"


def read(words: Sequence[str], known: Mapping[str, Collection[str]]) -> Joint | None:
    """`known`: benchmark -> the keys of its node. None: one benchmark and one row. ValueError: a word is wrong."""
    names = _last(words, BENCHMARK, DEFAULT).split(",")
    many = len(names) > 1 and not set(FLAGS) & set(words)
    if not many and not any(word.startswith(ROWS) for word in words):
        return None
    _require_words(words, names, known)
    rows = _rows(_last(words, ROWS, ""))
    rest = [word for word in words if not word.startswith((BENCHMARK, ROWS, OUT))]
    if rows:
        _require_free(rest)
    out = _last(words, OUT, "").strip("'\"")
    mine = {name: [f"{BENCHMARK}{name}", *translated(rest, name, known)] for name in names}
    return Joint(mine, rows or (Chosen({}),), Path(out) if out else None)


def alone(words: Sequence[str], known: Mapping[str, Collection[str]]) -> list[str]:
    """The words of a command of one benchmark, what is said of it by name as Hydra takes it. ValueError: as read."""
    name = _last(words, BENCHMARK, DEFAULT)
    if name in known:
        _require_owners(words, [name], known)
        return translated(words, name, known)
    return list(words)


def _last(words: Sequence[str], key: str, otherwise: str) -> str:
    return next((word.removeprefix(key) for word in reversed(words) if word.startswith(key)), otherwise)


def _require_words(words: Sequence[str], names: Sequence[str], known: Mapping[str, Collection[str]]) -> None:
    if flags := [word for word in words if word.startswith("-")]:
        raise ValueError(f"{flags[0]}: several benchmarks or rows take no flags")
    for name in names:
        if name not in known:
            raise ValueError(f"benchmark={name} is no choice; choose of {', '.join(known)}")
    if len(set(names)) < len(names):
        raise ValueError(f"benchmark={','.join(names)} names one of them twice")
    _require_owners(words, names, known)


def _require_owners(words: Sequence[str], names: Sequence[str], known: Mapping[str, Collection[str]]) -> None:
    for word in words:
        owner = _owner(word, known)
        if owner and owner not in names:
            raise ValueError(f"{word}: {owner} is not among benchmark={','.join(names)}")


def _require_free(words: Sequence[str]) -> None:
    for word in words:
        key, _, value = word.partition("=")
        if reason := RESERVED.get(key.lstrip("+")):
            raise ValueError(f"{word}: {reason}")
        if key == "policy" and value in POLICIES:
            raise ValueError(f"{word}: add {value} to rows=")


def translated(words: Sequence[str], name: str, known: Mapping[str, Collection[str]]) -> list[str]:
    """Without what is said of other benchmarks alone; what is said of this one as its own command says it."""
    mine = []
    for word in words:
        owner = _owner(word, known)
        if owner is None:
            mine.append(word)
        elif owner == name:
            rest = word.removeprefix(f"{name}.")
            mine.append(f"benchmark.{rest}" if re.split(r"[.=]", rest)[0] in known[name] else rest)
    return mine


def _owner(word: str, known: Mapping[str, Collection[str]]) -> str | None:
    name, dot, _ = word.partition("=")[0].partition(".")
    return name if dot and name in known else None


def _rows(text: str) -> tuple[Chosen, ...]:
    named = [_row(part, text) for part in NEXT.split(text)] if text else []
    names = [row.values["method"] for row in named]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"rows={text} has {twice} twice")
    return tuple(named)


def _row(part: str, text: str) -> Chosen:
    name, colon, path = part.partition(":")
    if not NAME.fullmatch(name):
        raise ValueError(f"rows={text}: {name or 'nothing'} is no name; rows=base:PATH,sft:PATH,nothing,gold")
    if not colon:
        path = name
    if path in POLICIES:
        return Chosen({"method": name, "policy": path})
    if not colon or not path:
        raise ValueError(f"rows={text}: {name} needs a model, as in {name}:PATH; only gold and nothing go without")
    return Chosen({"method": name, "model.path": path})


def hydra(value: str) -> str:
    """A value as Hydra reads it back: a path may have commas and equals signs."""
    if PLAIN.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def command(words: Sequence[str]) -> str:
    """As a shell takes it."""
    shown = [word if SHELL.fullmatch(word) else shlex.quote(word) for word in words]
    return " ".join(["python -m prove.evaluate", *shown])
