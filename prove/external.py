"""A server that is not one of ours: how it is reached, and what keeps the episodes on it apart.

    session   it speaks our session contract: `_meta["prove/session"]` and the operations `session.open` …
    process   any server: every session has a process of its own, and killing it is the reset
    shared    any server: one for all, of which only the tools annotated as read-only are offered

In conf/servers/NAME.yaml, under `external: {NAME: …}`: `isolation`, and either `command` (a list of words) or `url`.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ISOLATIONS = ("session", "process", "shared")
OF_AN_EPISODE = ("{seed}", "{folder}")


class Misconfigured(ValueError):
    """What conf/servers/ says of an external server cannot be meant; the message says why in one sentence."""


@dataclass(frozen=True)
class External:
    """One external server, checked."""

    name: str
    isolation: str
    command: tuple[str, ...] = ()
    """In its words, and in the values of env: {seed} of the world, {folder} of this process alone, {python}, {name} of
    the server, which a url may have too."""
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    """On top of PATH, HOME and the like: our own variables, with their secrets, are not handed on."""
    token_env: str = ""
    """The variable of our environment with the bearer token a url may want; the token itself stands in no file."""
    warm: int = 2
    """Processes kept ready for the sessions to come."""
    without: tuple[str, ...] = ()
    """Tools that no session may see: slow ones, or such as tell about the machine."""
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """For synthesis, by parameter name: what a user might give, where no read-only tool shows it."""

    @property
    def token(self) -> str:
        return os.environ.get(self.token_env, "")

    @property
    def seeded(self) -> bool:
        return any("{seed}" in word for word in self._words)

    def filled(self, seed: int, folder: str) -> tuple[list[str], dict[str, str]]:
        """The command and the environment of one process."""
        return (
            [self._filled(word, seed, folder) for word in self.command],
            {name: self._filled(value, seed, folder) for name, value in self.env.items()},
        )

    def _filled(self, word: str, seed: int, folder: str) -> str:
        word = word.replace("{seed}", str(seed)).replace("{folder}", folder)
        return word.replace("{name}", self.name).replace("{python}", sys.executable)

    @property
    def _words(self) -> list[str]:
        return [*self.command, *self.env.values()]


def read_externals(given: Mapping[str, Any] | None) -> dict[str, External]:
    """The `external` node of a choice of servers. Raises Misconfigured."""
    return {name: read_external(name, options) for name, options in (given or {}).items()}


def read_external(name: str, options: Any) -> External:
    """One entry of it. Raises Misconfigured."""
    if not isinstance(options, Mapping):
        raise Misconfigured(f"external server {name} needs isolation and a command or url; it is {options!r}")
    known = [key for key in External.__dataclass_fields__ if key != "name"]
    for key in options:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it may have {', '.join(known)}"
            raise Misconfigured(f"external server {name} has no option {key}; {hint}")
    external = External(
        name=name,
        isolation=options.get("isolation", ""),
        command=_words_of(name, options.get("command")),
        url=(options.get("url") or "").replace("{name}", name),
        env={key: str(value) for key, value in (options.get("env") or {}).items()},
        token_env=str(options.get("token_env") or ""),
        warm=options.get("warm", 2),
        without=tuple(options.get("without") or ()),
        values=dict(options.get("values") or {}),
    )
    for problem in _problems(external):
        raise Misconfigured(f"external server {name}: {problem}")
    return external


def _words_of(name: str, command: Any) -> tuple[str, ...]:
    if isinstance(command, str):
        raise Misconfigured(f"external server {name}: write its command as a list of words, not as {command!r}")
    return tuple(str(word) for word in command or ())


def _problems(external: External) -> list[str]:
    """What is wrong, in sentences; the first is shown."""
    private = next((mark for mark in OF_AN_EPISODE if any(mark in word for word in external._words)), "")
    checks = {
        f"isolation {external.isolation!r} is none of {', '.join(ISOLATIONS)}": external.isolation not in ISOLATIONS,
        "it needs a command or a url": not external.command and not external.url,
        "it has both a command and a url; one is enough": bool(external.command and external.url),
        "isolation process needs a command: what runs behind a url cannot be started anew for every episode": (
            external.isolation == "process" and bool(external.url)
        ),
        "env is for a command; a url has none": bool(external.env and external.url),
        "token_env is for a url with isolation session": bool(external.token_env)
        and not (external.url and external.isolation == "session"),
        f"{private} differs from episode to episode, so it needs isolation process": (
            bool(private) and external.isolation != "process"
        ),
        f"warm is a number of processes, not {external.warm!r}": type(external.warm) is not int or external.warm < 0,
        "without is for isolation process and shared": bool(external.without) and external.isolation == "session",
        "values maps a parameter name to a list of values": any(
            isinstance(each, str) or not isinstance(each, Sequence) for each in external.values.values()
        ),
    }
    return [sentence for sentence, wrong in checks.items() if wrong]
