"""Read the command line before Hydra does, to answer a wrong key or choice with the nearest right one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import OmegaConf


def problem(arguments: list[str], conf: Path, config_name: str) -> str | None:
    """One sentence about the first override that names nothing, or None. Flags and `hydra.…` are Hydra's business."""
    words = [word for word in arguments if "=" in word and not word.startswith(("-", "hydra"))]
    try:
        overrides = OverridesParser.create().parse_overrides(words)
    except HydraException as error:
        return str(error).splitlines()[0]
    groups = {path.name: sorted(file.stem for file in path.glob("*.yaml")) for path in conf.iterdir() if path.is_dir()}
    choices = [override for override in overrides if override.key_or_group in groups]
    for override in choices:
        for value in values(override):
            if value not in groups[override.key_or_group]:
                return f"{override.key_or_group}={value} is no choice; " + nearest(value, groups[override.key_or_group])
    first = [f"{override.key_or_group}={next(iter(values(override)))}" for override in choices]
    keys = known_keys(conf, config_name, first)
    for override in overrides:
        if override not in choices and not override.is_add() and override.key_or_group not in keys:
            return unknown_key(override.key_or_group, keys | groups.keys())
    return None


def values(override: Override) -> Iterable[str]:
    """The one value, or those of a sweep `a,b`."""
    if override.is_sweep_override():
        return [str(value) for value in override.sweep_iterator()]
    return [str(override.value())]


def known_keys(conf: Path, config_name: str, choices: list[str]) -> set[str]:
    with initialize_config_dir(str(conf), version_base="1.3"):
        tree = OmegaConf.to_container(compose(config_name, choices), resolve=False)
    return set(dotted(tree))


def dotted(tree: Any, prefix: str = "") -> Iterable[str]:
    """Names of all nodes of nested dicts, parents first."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield f"{prefix}{key}"
        yield from dotted(value, f"{prefix}{key}.")


def unknown_key(key: str, known: set[str]) -> str:
    if key.startswith("verl."):
        return f"{key} is not set by us; to set an option of verl write +{key}=…"
    return f"there is no key {key}; " + nearest(key, known)


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean x?`, or the list when nothing is near; the last part of a key is enough (`steps`)."""
    known = sorted(known)
    for name in known:
        if name.rpartition(".")[2] == word:
            return f"did you mean {name}?"
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else "choose one of " + ", ".join(n for n in known if "." not in n)
