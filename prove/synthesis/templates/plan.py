"""conf/synthesis/templates.yaml as frozen values, checked before anything is opened or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.synthesis.templates.examples import Form
from prove.synthesis.templates.links import Mining
from prove.synthesis.templates.offering import Short
from prove.synthesis.templates.sampling import Rules

SPLITS = ("train", "validation", "heldout")
APART = ("entries", "worlds")
LINKS = ("cache", "graph")
IMPORTED = "workflow_templates.json"
"""How synthesis=import calls the public templates in its folder."""


@dataclass(frozen=True)
class Choosing:
    """Which templates are used, and how often."""

    length: tuple[int, int]
    depth: tuple[int, int]
    fan_out: tuple[int, int]
    per_template: int
    """Rows of one template in one split, at most."""
    prefixes: bool
    """Whether the first steps of a template are one too."""
    unseen: float
    """Share of the templates that only held-out rows have."""
    misses: int
    """Attempts in a row that lead to no new row, after which a template is taken for exhausted in a split."""

    def fits(self, shape: Mapping[str, int]) -> bool:
        return all(low <= shape[name] <= high for name, (low, high) in self._bounds.items())

    @property
    def _bounds(self) -> dict[str, tuple[int, int]]:
        return {"length": self.length, "depth": self.depth, "fan_out": self.fan_out}


@dataclass(frozen=True)
class Plan:
    """One run."""

    server: str
    cache: Path
    out: Path
    file: Path | None
    """Of templates; None: they are mined."""
    repair: bool
    skip_bad: bool
    mined: int
    graphs: Path | None
    """Where the dependency graphs are whose links are used; None: links are found in the cache."""
    mining: Mining
    choosing: Choosing
    rules: Rules
    form: Form
    short: Short
    rows: Mapping[str, int]
    shares: Mapping[str, int]
    apart: str
    seed: int


def plan_of(cfg: Mapping[str, Any]) -> Plan:
    """The plan of plain values. ValueError says which value cannot be."""
    names = cfg["servers"]["names"]
    if len(names) != 1:
        raise ValueError(
            f"servers.names has {len(names)} servers; templates are of one recorded server, servers=booking"
        )
    rows = {split: _whole(cfg["rows"], split, 0, "rows") for split in SPLITS}
    _known(cfg["rows"], SPLITS, "rows")
    if not any(rows.values()):
        raise ValueError("rows: no split has any row to make")
    templates, visible = cfg["templates"], cfg["visible_chars"]
    _one_of(cfg["apart"], APART, "apart")
    _one_of(templates["links"], LINKS, "templates.links")
    return Plan(
        server=names[0],
        cache=Path(cfg["caches"]) / f"{names[0]}.sqlite",
        out=Path(cfg["out"]),
        file=_file(templates["file"], Path(cfg["out"])),
        repair=bool(templates["repair"]),
        skip_bad=bool(templates["skip_bad"]),
        mined=_whole(templates, "mined", 1, "templates"),
        graphs=Path(cfg["graphs"]) if templates["links"] == "graph" else None,
        mining=Mining(**cfg["mining"]),
        choosing=_choosing(templates),
        rules=Rules(**{**cfg["rules"], "visible_chars": visible}),
        form=Form(names[0], visible_chars=visible, turns=_turns(cfg["turns"]), **cfg["form"]),
        short=Short(**cfg["schemas"]),
        rows=rows,
        shares={split: _whole(cfg["shares"], split, 0 if not rows[split] else 1, "shares") for split in SPLITS},
        apart=cfg["apart"],
        seed=int(cfg["seed"]),
    )


def _choosing(templates: Mapping[str, Any]) -> Choosing:
    spans = {name: _span(templates[name], f"templates.{name}") for name in ("length", "depth", "fan_out")}
    unseen = templates["unseen"]
    if not isinstance(unseen, int | float) or not 0 <= unseen < 1:
        raise ValueError(f"templates.unseen={unseen} is no share from 0 up to, but not, 1")
    counts = {name: _whole(templates, name, 1, "templates") for name in ("per_template", "misses")}
    return Choosing(**spans, **counts, unseen=float(unseen), prefixes=bool(templates["prefixes"]))


def _file(value: Any, out: Path) -> Path | None:
    """The file that is named; else what the import put into the folder; else None."""
    if value is not None:
        return Path(value)
    return out / IMPORTED if (out / IMPORTED).is_file() else None


def _span(value: Any, name: str) -> tuple[int, int]:
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(one, int) for one in value)):
        raise ValueError(f"{name}={value} is no [least, most]")
    if not 0 <= value[0] <= value[1]:
        raise ValueError(f"{name}={value}: the least is above the most")
    return value[0], value[1]


def _whole(table: Mapping[str, Any], name: str, least: int, where: str) -> int:
    value = table.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{where}.{name}={value} is no whole number from {least} on")
    return value


def _turns(weights: Mapping[Any, Any]) -> dict[int, float]:
    if not weights or not all(isinstance(number, int) and number > 0 for number in weights):
        raise ValueError(f"turns={dict(weights)} is no table of user turns: weight, such as {{1: 0.8, 2: 0.2}}")
    if not all(isinstance(weight, int | float) and weight >= 0 for weight in weights.values()) or not sum(
        weights.values()
    ):
        raise ValueError(f"turns={dict(weights)}: weights are numbers from 0 on, one of them above 0")
    return {number: float(weight) for number, weight in weights.items()}


def _one_of(value: Any, words: tuple[str, ...], where: str) -> None:
    if value not in words:
        raise ValueError(f"{where}={value} is none of {', '.join(words)}")


def _known(table: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    if strange := sorted(set(table) - set(names)):
        raise ValueError(f"{where}.{strange[0]} is none of {', '.join(names)}")
