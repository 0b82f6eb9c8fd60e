"""Which jobs a sweep has: the product of its axes, each job a name and the words of one `prove.main` run.

    axes   {reward: [prove, no_arg], seed: [0, 1]}            a key or choice: its values
           {method: {base: [trainer.steps=0], prove: []}}     a name of the sweep's own: named lists of words
    jobs   reward=prove,seed=0   reward=no_arg,seed=0   reward=prove,seed=1   reward=no_arg,seed=1

A word of the command line that names an axis replaces it (`seed=0`, `method=base,prove`); one with several values that
names none adds an axis; the others go to every job. The last axis, the seed, varies slowest: a sweep that was stopped
has whole seeds.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from prove.options.overrides import problem

CONFIG = "config"
OF_THE_SWEEP = ("sweeps", "run", "check")  # keys whose words are not for the jobs


@dataclass(frozen=True)
class Point:
    """One value of an axis: `label` in names and tags, `words` on the command line."""

    axis: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """One run. `name` is its folder inside the sweep's, `words` what `prove.main` is told, `cfg` what that gives."""

    name: str
    words: tuple[str, ...]
    points: tuple[Point, ...]
    cfg: DictConfig

    @property
    def tags(self) -> list[str]:
        return [f"{point.axis}={point.label}" for point in self.points]

    @property
    def kind(self) -> str:
        """The method where the sweep has one, else the reward."""
        return next((point.label for point in self.points if point.axis == "method"), self.cfg.reward.name)


@dataclass(frozen=True)
class Sweep:
    """`name` is its folder inside runs/; `settings` is conf/sweeps/NAME.yaml with the words that change it."""

    name: str
    settings: DictConfig
    check: bool
    jobs: tuple[Job, ...]


def is_sweep(words: Sequence[str]) -> bool:
    """Whether these words ask for a sweep; with flags of Hydra's (`--cfg job`, `--help`) they ask for something else.

    ValueError: --multirun, which would start the sweep several times.
    """
    named = [word for word in words if word.startswith("sweeps=") and word != "sweeps=none"]
    if named and {"-m", "--multirun"} & set(words):
        raise ValueError(f"{named[0]} starts its jobs itself; leave --multirun out")
    return bool(named) and not any(word.startswith("-") for word in words)


def read_sweep(words: Sequence[str], conf: Path) -> Sweep:
    """The sweep that a command line asks for. ValueError: a word, an axis or a job that does not compose."""
    parsed = parse(words)
    own = [one.input_line for one in parsed if one.key_or_group.partition(".")[0] in OF_THE_SWEEP]
    rest = [one for one in parsed if one.input_line not in own]
    head = named(own, conf)
    written = OmegaConf.to_container(head.sweeps.axes, resolve=False)
    chosen = {one.key_or_group: one for one in rest if one.key_or_group in written or one.is_sweep_override()}
    require_known(own, rest, written, conf)
    every = [*head.sweeps.each, *(one.input_line for one in rest if one.key_or_group not in chosen)]
    settings = [word for word in own if word.startswith("sweeps")]
    name = str(head.run) if any(word.startswith("run=") for word in own) else head.sweeps.name
    jobs = [make_job(name, every, points, conf) for points in product(settings, every, chosen, written, conf)]
    require_different(jobs)
    return Sweep(name, head.sweeps, bool(head.check), tuple(jobs))


def parse(words: Sequence[str]) -> list[Override]:
    try:
        return OverridesParser.create().parse_overrides(list(words))
    except HydraException as error:
        raise ValueError(str(error).splitlines()[0]) from None


def composed(words: Sequence[str], conf: Path) -> DictConfig:
    try:
        with initialize_config_dir(str(conf), version_base="1.3"):
            return compose(CONFIG, list(words))
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(str(error).splitlines()[0]) from None


def named(words: list[str], conf: Path, where: str = "") -> DictConfig:
    """As `composed`; the ValueError names the nearest right word where one names nothing."""
    try:
        return composed(words, conf)
    except ValueError as error:
        raise ValueError(where + (problem(words, conf, CONFIG) or str(error))) from None


def require_known(own: list[str], rest: Sequence[Override], written: Mapping[str, Any], conf: Path) -> None:
    """ValueError: a word of the command line that names nothing, and what it may have meant, e.g. an axis."""
    outside = [one for one in rest if not isinstance(written.get(one.key_or_group), dict)]
    wrong = problem([*own, *(one.input_line for one in outside)], conf, CONFIG)
    for key in (one.key_or_group for one in outside) if wrong else ():
        near = difflib.get_close_matches(key, set(written) - {key}, n=1, cutoff=0.75)
        if near and wrong.startswith(f"there is no key {key};"):
            raise ValueError(f"there is no key {key}; did you mean the sweep's {near[0]}?")
    if wrong:
        raise ValueError(wrong)


def product(
    settings: list[str], every: list[str], chosen: Mapping[str, Override], written: Mapping[str, Any], conf: Path
) -> Iterator[tuple[Point, ...]]:
    """The points of each job. The sweep's axes may follow those of the command line: `lr: ${model.lr_sweep}`."""
    for outer in backwards([points_of(axis, [], one) for axis, one in chosen.items() if axis not in written]):
        axes = resolved_axes(composed([*settings, *together(every, outer)], conf))
        for inner in backwards([points_of(axis, values, chosen.get(axis)) for axis, values in axes.items()]):
            yield (*outer, *inner)


def backwards(axes: Sequence[Sequence[Point]]) -> Iterator[tuple[Point, ...]]:
    """The product in which the first axis varies fastest."""
    return (tuple(reversed(points)) for points in itertools.product(*reversed(axes)))


def resolved_axes(cfg: DictConfig) -> dict[str, Any]:
    try:
        return OmegaConf.to_container(cfg.sweeps.axes, resolve=True)  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise ValueError(f"the axes of sweeps={cfg.sweeps.name}: {str(error).splitlines()[0]}") from None


def points_of(axis: str, written: Any, override: Override | None) -> list[Point]:
    """The values of an axis: those the command line gives, or those written in the sweep.

    ValueError: a value that is none of a named axis.
    """
    given = None if override is None else [plain(value) for value in iterate(override)]
    if isinstance(written, dict):
        return [named_point(axis, str(value), written) for value in (given or written)]
    key = override.get_key_element() if override else axis
    return [Point(axis, label(value), (f"{key}={word(value)}",)) for value in (given or written)]


def named_point(axis: str, value: str, written: Mapping[str, Sequence[str]]) -> Point:
    if value not in written:
        near = difflib.get_close_matches(value, list(written), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"choose among {', '.join(written)}"
        raise ValueError(f"{axis}={value} is none of the sweep; {hint}")
    return Point(axis, value, tuple(written[value]))


def iterate(override: Override) -> Iterable[Any]:
    return override.sweep_iterator() if override.is_sweep_override() else [override.value()]


def plain(value: Any) -> Any:
    return value.text if isinstance(value, QuotedString) else value


def word(value: Any) -> str:
    """A value as Hydra reads it. ValueError: one that is no single value."""
    if isinstance(value, dict | list):
        raise ValueError(f"an axis has single values, or named lists of words; {value} is neither")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str) and not re.fullmatch(r"[\w./:@-]+", value):
        return '"' + value.replace('"', '\\"') + '"'
    return str(value)


def label(value: Any) -> str:
    """A value in names of folders, one spelling for each: 3e-07 and 3.0e-7 are 3e-7; a path's slashes become `_`."""
    return re.sub(r"[^\w.+-]", "_", re.sub(r"e([+-])0(\d)$", r"e\1\2", word(value).strip('"')))


def together(every: Sequence[str], points: Iterable[Point]) -> list[str]:
    """Words of a job, one for each key: the points' win over those of all jobs, later ones over earlier ones."""
    words = [*every, *(word for point in points for word in point.words)]
    return list({one.key_or_group: one.input_line for one in parse(words)}.values())


def make_job(folder: str, every: Sequence[str], points: tuple[Point, ...], conf: Path) -> Job:
    name = ",".join(f"{point.axis}={point.label}" for point in points) or "all"
    words = [f'run="{folder}/{name}"', *together(every, points)]
    return Job(name, tuple(words), points, named(words, conf, f"{name}: "))


def require_different(jobs: Sequence[Job]) -> None:
    """ValueError: two jobs of one name, e.g. a value that is given twice."""
    names = [job.name for job in jobs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise ValueError(f"two jobs of the sweep are {twice}; each value of an axis is given once")
