"""What a value on the command line must be: of the kind its key has, and within its bounds.

    trainer.steps=abc      is a whole number of at least 0
    check=maybe            is true or false
    servers.names=banking  is a list

Bounds are below; a key that is not there needs the kind of the value that the configuration gives it.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from prove.sessions import TRANSPORTS

LEAST = {  # whole numbers, the least of each
    "seed": 0,
    "trainer.steps": 0,
    "trainer.batch": 1,
    "trainer.group": 1,
    "trainer.gpus": 0,
    "trainer.nodes": 1,
    "trainer.save_every": -1,
    "trainer.validate_every": -1,
    "model.tensor_parallel": 1,
    "rollout.max_user_turns": 1,
    "rollout.max_assistant_turns": 1,
    "rollout.max_calls_per_turn": 1,
    "rollout.max_result_chars": 1,
    "rollout.max_failed_turns": 1,
    "rollout.max_turn_tokens": 1,
    "rollout.prompt_tokens": 1,
    "rollout.response_tokens": 1,
    "rollout.top_k": -1,
    "servers.max_restarts": 0,
}
NOT_BELOW_0 = {"lr", "trainer.kl", "trainer.validate_temperature", "servers.rest", "rollout.max_crashed"}
ABOVE_0 = {"rollout.temperature", "rollout.top_p", "servers.call_timeout", "servers.start_timeout"}
ONE_OF = {"servers.transport": tuple(TRANSPORTS)}


def wrong_value(key: str, value: Any, given: Any) -> str | None:
    """One sentence, or None. `given`: what the configuration has there; None if that says nothing of the kind."""
    if isinstance(value, str) and "${" in value:
        return None  # it takes the value of another key
    said = f"{key}={shown(value)}"
    if key in ONE_OF and value not in ONE_OF[key]:
        return f"{said} is none of {', '.join(ONE_OF[key])}"
    if value is None and (given is None or key.startswith("verl.")):
        return None  # verl's own default
    expected = expectation(key, given)
    if expected is None or fits(key, value, given):
        return None
    return f"{said}: {key} is {expected}" + (f", as in {key}={shown(given)}" if given is not None else "")


def expectation(key: str, given: Any) -> str | None:
    """What a value of this key is, in words; None if it may be anything."""
    if key in LEAST:
        return f"a whole number of at least {LEAST[key]}"
    if key in NOT_BELOW_0:
        return "a number of at least 0"
    if key in ABOVE_0:
        return "a number above 0"
    kinds = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a group of keys"}
    return kinds.get(type(given), "a single value" if isinstance(given, str) else None)


def fits(key: str, value: Any, given: Any) -> bool:
    if key in LEAST:
        return type(value) is int and value >= LEAST[key]
    if key in NOT_BELOW_0 or key in ABOVE_0:
        return is_number(value) and (value > 0 or (value == 0 and key in NOT_BELOW_0)) and value < float("inf")
    return same_kind(value, given)


def same_kind(value: Any, given: Any) -> bool:
    """Whether a value may stand where `given` does: a number for a number, any word for a word."""
    if given is None:
        return True
    if isinstance(given, bool) or is_number(given):
        return isinstance(value, bool) if isinstance(given, bool) else is_number(value)
    if isinstance(given, dict | list):
        return isinstance(value, type(given))
    return not isinstance(value, dict | list)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # no nan


def shown(value: Any) -> str:
    """As one writes it on the command line."""
    if isinstance(value, list):
        return "[" + ",".join(shown(one) for one in value) + "]"
    return (
        {True: "true", False: "false", None: "null"}[value]
        if value is None or value is True or value is False
        else str(value)
    )


def wrong_server(names: Any, ours: Collection[str], external: Mapping[str, Any]) -> str | None:
    """One sentence about the first name in `servers.names` that is no server."""
    known = [*ours, *external]
    for name in names if isinstance(names, list) else ():
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {near[0]}?" if near else "`python -m servers --list` names all"
            return f"there is no server {name}; {hint}"
    return None


def wrong_folder(path: Any) -> str | None:
    """One sentence about a `model.path` that means a folder here and is none; a name on the hub is not looked at."""
    if not isinstance(path, str) or Path(path).is_dir():
        return None
    parts = Path(path).parts
    if not path.startswith(("/", ".", "~")) and not (parts and Path(parts[0]).is_dir()):
        return None
    above = next(parent for parent in Path(path).expanduser().parents if parent.is_dir())
    wanted = Path(path).expanduser().relative_to(above).parts[0]
    near = difflib.get_close_matches(wanted, [one.name for one in above.iterdir() if one.is_dir()], n=1)
    return f"model.path={path} is no folder" + (f"; did you mean {above / near[0]}?" if near else "")
