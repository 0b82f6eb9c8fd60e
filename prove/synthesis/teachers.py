"""The teacher named in the configuration: scripted (None: the writer's own), or a model behind an endpoint."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from prove.synthesis.orchestrator import Teacher
from prove.synthesis.scripted import World
from prove.synthesis.speech import Speaker

_endpoints: dict[str, Any] = {}
_starting = threading.Lock()


def teacher_of(cfg: Mapping[str, Any]) -> Callable[[World, Speaker, str], Teacher] | None:
    """What makes a teacher for one conversation, given what it knows, who speaks and the conversation's id."""
    if cfg["teacher"]["kind"] == "scripted":
        return None
    from prove.synthesis.llm import Model  # openai is needed for a served teacher only

    endpoint = endpoint_of(cfg)
    return lambda world, speaker, lane: Model(cfg["teacher"]["name"], endpoint, world, speaker, lane)


def endpoint_of(cfg: Mapping[str, Any]) -> Any:
    """The one client of this process for the served teacher of a configuration."""
    from prove.synthesis.endpoint import Endpoint

    with _starting:
        key = repr(cfg["teacher"])
        if key not in _endpoints:
            options = dict(cfg["teacher"]["endpoint"])
            _endpoints[key] = Endpoint(**options, rng=random.Random(cfg["seed"]), seed=cfg["seed"])
        return _endpoints[key]
