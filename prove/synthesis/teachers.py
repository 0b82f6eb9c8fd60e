"""The teacher named in the configuration: scripted (None: the writer's own), or a model behind an endpoint."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from prove.synthesis.orchestrator import Teacher
from prove.synthesis.speech import Speaker
from prove.synthesis.toolbox import Toolbox

LANE = re.compile(r"-?\d+:\d+:(\d+)")
"""How the writer names a conversation: seed:world:index, then the stream and the attempt."""

_settings: dict[str, Any] = {}
_endpoints: dict[str, Any] = {}
_starting = threading.Lock()


def teacher_of(cfg: Mapping[str, Any]) -> Callable[[Toolbox, Speaker, str], Teacher] | None:
    """What makes a teacher for one conversation, given what it knows, who speaks and the conversation's id."""
    if cfg["teacher"]["kind"] == "scripted":
        return None
    if cfg["teacher"]["kind"] == "paraphrase":
        return _paraphrasing(cfg)
    from prove.synthesis.llm import Model  # openai is needed for a served teacher only

    setting, servers = _setting_of(cfg), len(cfg["servers"]["names"])
    return lambda box, speaker, lane: Model(setting, box, speaker, lane, _number(lane) // servers)


def _paraphrasing(cfg: Mapping[str, Any]) -> Callable[[Toolbox, Speaker, str], Teacher]:
    from prove.synthesis.paraphrase import Paraphrasing, Rewording
    from prove.synthesis.scripted import Scripted

    teacher, follow_up = cfg["teacher"], cfg["follow_up"]
    rewording = Rewording(teacher["name"], endpoint_of(cfg), teacher["regenerations"] + 1)
    return lambda box, speaker, lane: Paraphrasing(Scripted(box, speaker, follow_up), rewording, lane)


def endpoint_of(cfg: Mapping[str, Any]) -> Any:
    """The one client of this process for the served teacher of a configuration; `usage` tells what it cost."""
    from prove.synthesis.endpoint import Endpoint

    with _starting:
        key = repr((cfg["teacher"], cfg["seed"]))
        if key not in _endpoints:
            options = dict(cfg["teacher"]["endpoint"])
            _endpoints[key] = Endpoint(**options, rng=random.Random(cfg["seed"]), seed=cfg["seed"])
        return _endpoints[key]


def _setting_of(cfg: Mapping[str, Any]) -> Any:
    """What the threads of a run share: the client, and what is known of the worlds."""
    from prove.synthesis.answers import Limits
    from prove.synthesis.context import Contexts
    from prove.synthesis.llm import Setting

    endpoint, teacher = endpoint_of(cfg), cfg["teacher"]
    with _starting:
        key = repr((teacher, cfg["servers"], cfg["sensitive"], cfg["seed"]))
        if key not in _settings:
            contexts, limits = Contexts(**teacher["context"]), Limits(**teacher["limits"])
            sensitive = tuple(cfg["sensitive"])
            _settings[key] = Setting(teacher["name"], endpoint, contexts, limits, teacher["regenerations"], sensitive)
        return _settings[key]


def _number(lane: str) -> int:
    """Which conversation a lane is; those of a server are `servers` apart."""
    found = LANE.match(lane)
    return int(found[1]) if found else 0
