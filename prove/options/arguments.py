"""Names in the nodes of verl's configuration that take any key, because verl hands them on.

ray_kwargs.ray_init                             arguments of ray.init
actor_rollout_ref.model.override_config         what a config.json of this family says
actor_rollout_ref.rollout.engine_kwargs.vllm    arguments of vLLM's engine
data.apply_chat_template_kwargs                 variables of a chat template: any
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any

from transformers import CONFIG_MAPPING

from prove.options.nearest import nearest_key

RAY = "ray_kwargs.ray_init"
MODEL = "actor_rollout_ref.model.override_config"
VLLM = "actor_rollout_ref.rollout.engine_kwargs.vllm"
OPEN = (RAY, MODEL, VLLM, "data.apply_chat_template_kwargs")


def wrong_argument(verl: Mapping[str, Any], family: str | None, ray_init: Callable[..., Any]) -> str | None:
    """One sentence about the first name that nobody there knows, or None. `family`: the model_type of transformers."""
    known: dict[str, Callable[[], Collection[str]]] = {
        RAY: lambda: inspect.signature(ray_init).parameters,
        MODEL: lambda: options_of_model(family),
        VLLM: options_of_vllm,
    }
    found = (unknown_in(node, below(verl, node), names) for node, names in known.items())
    return next((sentence for sentence in found if sentence), None)


def below(verl: Mapping[str, Any], node: str) -> Mapping[str, Any]:
    tree: Any = verl
    for part in node.split("."):
        tree = (tree or {}).get(part)
    return tree or {}


def unknown_in(node: str, given: Mapping[str, Any], names: Callable[[], Collection[str]]) -> str | None:
    """An empty set of names knows nothing, and finds nothing wrong; private names are their giver's business."""
    known = names() if given else ()
    wrong = next((name for name in given if known and name not in known and not name.startswith("_")), None)
    if wrong is None:
        return None
    near = nearest_key(wrong, known)
    return f"{node} has no {wrong}" + (f"; nearest: {near}" if near else "")


def options_of_model(family: str | None) -> Collection[str]:
    if family not in CONFIG_MAPPING:
        return ()
    return {*CONFIG_MAPPING[family]().to_dict(), "attn_implementation", "model_config"}


def options_of_vllm() -> Collection[str]:
    if importlib.util.find_spec("vllm") is None:
        return ()
    return {field.name for field in fields(importlib.import_module("vllm.engine.arg_utils").AsyncEngineArgs)}
