"""Reads the command line before Hydra does: a wrong word is answered in one sentence, with the nearest right one.

    model=tinny          a choice that is not there             did you mean tiny?
    trainer.step=3       a key that is not there, + or not      did you mean trainer.steps?
    trainer.steps=abc    a value of another kind                prove.options.kinds
    lr=1e-4,3e-4         several values for one run             --multirun
    verl.trainer.x=1     what we do not say to verl             +verl.…, or the nearest option of verl

What `+verl.` adds is held against verl's own configuration when that is composed, by prove.training.trainer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, ValueType
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from prove.options.kinds import wrong_folder, wrong_server, wrong_value
from prove.options.nearest import dotted, nearest_key

FREE = ("verl", "sft.verl", "servers.external", "sweeps.axes")  # nodes to which + may add any key
FLAGS_WITH_VALUE = {"--cfg", "-c", "--package", "-p", "--info", "-i"}
FLAGS_WITH_VALUE |= {"--config-name", "-cn", "--config-path", "-cp", "--config-dir", "-cd"}
MANY = {"--multirun", "-m"}


def problem(arguments: Sequence[str], conf: Path, config_name: str) -> str | None:
    """One sentence about the first word that is wrong, or None. Flags and `hydra.…` are Hydra's business."""
    groups = groups_of(conf, config_name)
    try:
        overrides = [parsed(word) for word in words_of(arguments)]
        choices = [one for one in overrides if one.key_or_group in groups and not one.is_delete()]
        for override in choices:
            require_choice(override, groups[override.key_or_group])
        rest = [one for one in overrides if one.key_or_group not in groups]
        if rest:
            cfg = composed(
                conf, config_name, [f"{one.key_or_group}={values(one)[0]}" for one in choices if values(one)]
            )
            for override in rest:
                require_key(override, cfg, conf, groups)
                require_values(override, cfg, conf)
        require_one_value(overrides, arguments)
        composed(conf, config_name, [one.input_line for one in overrides if not one.is_sweep_override()])
    except ValueError as error:
        return str(error)
    return None


def words_of(arguments: Sequence[str]) -> Iterator[str]:
    """Without flags, their values and what is Hydra's own."""
    for before, word in zip(["", *arguments], arguments, strict=False):
        if not word.startswith(("-", "hydra.", "hydra/", "+hydra", "~hydra")) and before not in FLAGS_WITH_VALUE:
            yield word


def parsed(word: str) -> Override:
    """ValueError: it is no override."""
    if "=" not in word and not word.startswith("~"):
        raise ValueError(f"{word}: write KEY=VALUE, as in trainer=cpu or trainer.steps=3")
    try:
        return OverridesParser.create().parse_override(word)
    except HydraException as error:
        raise ValueError(f"{word}: {str(error).splitlines()[0]}") from None


def groups_of(conf: Path, config_name: str) -> dict[str, list[str]]:
    """Of each group of the defaults list: its choices."""
    defaults = yaml.safe_load((conf / f"{config_name}.yaml").read_text(encoding="utf-8"))["defaults"]
    names = [key for entry in defaults if isinstance(entry, dict) for key in entry if (conf / key).is_dir()]
    return {name: sorted(file.stem for file in (conf / name).glob("[!_]*.yaml")) for name in names}


def require_choice(override: Override, known: list[str]) -> None:
    """ValueError: it names no file of its group."""
    for value in values(override):
        said = f"{override.key_or_group}={value}"
        if value not in known:
            raise ValueError(f"{said} is no choice; {nearest(value, known)}")
        if adds(override):
            raise ValueError(f"{override.input_line}: write {said}; without + it replaces the choice")


def values(override: Override) -> list[Any]:
    """The one value, or those of a sweep `a,b`; none of a deletion, or where only a sweeper knows them."""
    if override.is_sweep_override():
        listed = override.is_discrete_sweep() and override.value_type != ValueType.GLOB_CHOICE_SWEEP
        return list(override.sweep_iterator()) if listed else []
    return [] if override.is_delete() else [override.value()]


def adds(override: Override) -> bool:
    """Whether it may name a new key: + or ++."""
    return override.is_add() or override.is_force_add()


def composed(conf: Path, config_name: str, choices: list[str]) -> DictConfig:
    """ValueError: choices that do not go together."""
    try:
        with initialize_config_dir(str(conf), version_base="1.3"):
            return compose(config_name, choices)
    except (HydraException, OmegaConfBaseException) as error:
        raise ValueError(str(error).splitlines()[0]) from None


def require_key(override: Override, cfg: DictConfig, conf: Path, groups: Collection[str]) -> None:
    """ValueError: there is no such key."""
    key, keys = override.key_or_group, set(dotted(OmegaConf.to_container(cfg, resolve=False)))
    if key in keys and override.is_add():
        raise ValueError(f"{key} is set already; write {override.input_line.lstrip('+')}, without +")
    if key in keys:
        return
    if key.startswith("verl.") and not adds(override):
        raise ValueError(not_said_to_verl(key))
    elsewhere = keys_of_choices(conf, tuple(groups))
    if adds(override) and (key.startswith(tuple(f"{node}." for node in FREE)) or key in elsewhere):
        return
    if key in elsewhere:
        raise ValueError(f"{key} belongs to {elsewhere[key]}, which is not chosen")
    owner = next((file.stem for file in conf.glob("*.yaml") if key in groups_of(conf, file.stem)), None)
    if owner:
        raise ValueError(f"{key} is a choice of prove.{owner}, not of this command")
    raise ValueError(f"there is no key {key}; {nearest(key, keys | set(groups) | set(elsewhere))}")


def not_said_to_verl(key: str) -> str:
    option, known = key.removeprefix("verl."), verl_options()
    if known and option not in known:
        return f"verl has no option {option}; {did_you_mean(nearest_key(option, known), 'verl.')}"
    return f"{key} is not set by us; to set an option of verl write +{key}=…"


@cache
def verl_options() -> frozenset[str]:
    """Of the reference that verl's package holds, without importing it; empty where verl is not installed."""
    found = importlib.util.find_spec("verl")
    file = Path(found.origin).parent / "trainer/config/_generated_ppo_trainer.yaml" if found and found.origin else None
    if file is None or not file.is_file():
        return frozenset()
    return frozenset(dotted(yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)))


@cache
def keys_of_choices(conf: Path, groups: tuple[str, ...]) -> dict[str, str]:
    """Every key that a choice of these groups has: the first such choice, e.g. data.rows: data=online."""
    found: dict[str, str] = {}
    for file in sorted(file for group in groups for file in (conf / group).glob("[!_]*.yaml")):
        text, group = file.read_text(encoding="utf-8"), file.parent.name
        tree = yaml.load(text, yaml.CSafeLoader) or {}
        for key in dotted(tree, "" if "@package _global_" in text else f"{group}."):
            found.setdefault(key, f"{group}={file.stem}")
    return found


def require_values(override: Override, cfg: DictConfig, conf: Path) -> None:
    """ValueError: a value of the wrong kind, or that names nothing."""
    key = override.key_or_group
    for value in values(override):
        wrong = wrong_value(key, value, value_in(cfg, key))
        if not wrong and key == "servers.names":
            ours = yaml.safe_load((conf / "servers/all.yaml").read_text(encoding="utf-8"))["names"]
            wrong = wrong_server(value, ours, cfg.servers.external)
        if not wrong and key == "model.path":
            wrong = wrong_folder(value)
        if wrong:
            raise ValueError(wrong)


def value_in(cfg: DictConfig, key: str) -> Any:
    """What the configuration has there, as plain values; None if it cannot be told before the run."""
    try:
        value = OmegaConf.select(cfg, key)
        return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
    except OmegaConfBaseException:
        return None


def require_one_value(overrides: Sequence[Override], arguments: Sequence[str]) -> None:
    """ValueError: several values where one run is meant. A sweep of ours takes them."""
    sweep = any(one.key_or_group == "sweeps" and one.value() != "none" for one in overrides)
    several = next((one.input_line for one in overrides if one.is_sweep_override()), None)
    if several and not sweep and not MANY & set(arguments):
        raise ValueError(f"{several} gives several values: add --multirun for a run of each, or quote the value")


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean x?`, or the list when nothing is near."""
    near = nearest_key(str(word), known)
    return did_you_mean(near) if near else "choose one of " + ", ".join(sorted(n for n in known if "." not in n))


def did_you_mean(name: str | None, prefix: str = "") -> str:
    return f"did you mean {prefix}{name}?" if name else "none is near"
