"""A simulation of tau2-bench's results.json -> counts of an item, and whose fault it was if it broke.

success_rate    reward 1, as the harness has it; by domain too
db              the databases end as the gold actions leave them
harness_success_rate    the same of what the harness did not give up: it leaves those tasks out, whoever wrote them
agent_faults    what the agent wrote could not be used, or too many of its calls failed: no success
unreadable      of those, nothing that could be read (the harness retries such a task and leaves it out; here it is 0)
user_faults     the simulator's doing, of all: its message could not be used (then not in success_rate), or it left
                the scenario with ###OUT-OF-SCOPE### (then it is, as in the harness)
out_of_tokens, turn_cap     the agent's context or max_steps ended it: no success
calls           tool calls of the agent

A task that the harness gave up because an endpoint failed is no finished item: the same command tries it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from prove.benchmarks.items import Counts
from prove.benchmarks.protocols import HARNESS

ENDED = "infrastructure_error"
OUT_OF_SCOPE = "###OUT-OF-SCOPE###"
CLOSE = 1e-6
TOO_LONG = ("ContextWindowExceededError",)
WRITTEN = ("JSONDecodeError", "ValidationError", "ValueError")
"""Errors of the harness about a message: arguments that are no JSON, or no object; neither text nor a call."""
SIDES = {
    "agent": ("self.agent.generate_next_message(", "agent_msg.validate("),
    "user": ("self.user.generate_next_message(", "user_msg.validate("),
}
"""The lines of the harness's orchestrator that an error passes through."""


class GivenUp(Exception):
    """Why a simulation is no finished item."""


def simulations(path: Path) -> Iterator[dict[str, Any]]:
    """Those of one results.json. ValueError: it is none."""
    try:
        found = msgspec.json.decode(path.read_bytes())["simulations"]
        yield from (dict(one) for one in found)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is no results file of tau2-bench: {error!r}") from None


def counts_of(simulation: Mapping[str, Any], domain: str) -> Counts:
    """GivenUp: the harness gave it up for a reason that is nobody's who is evaluated."""
    reason = str(simulation["termination_reason"])
    info = simulation.get("info") or {}
    culprit = _culprit(info) if reason == ENDED else {"user_error": "user", "agent_error": "agent"}.get(reason)
    long = str(info.get("error_type")) in TOO_LONG
    reward = simulation.get("reward_info") or {}
    scope = any(OUT_OF_SCOPE in str(one.get("content")) for one in _said(simulation, "user"))
    numbers = {
        "agent_faults": culprit == "agent" or reason == "too_many_errors",
        "unreadable": culprit == "agent" and not long,
        "user_faults": culprit == "user" or scope,
        "out_of_tokens": culprit == "agent" and long,
        "turn_cap": reason == "max_steps",
        "calls": sum(len(one.get("tool_calls") or []) for one in _said(simulation, "assistant")),
    }
    success = abs(float(reward.get("reward") or 0.0) - 1.0) <= CLOSE
    found = {} if culprit == "user" else {"success_rate": success, f"success_rate@domain={domain}": success}
    if reason != ENDED:
        found |= {HARNESS: success, f"{HARNESS}@domain={domain}": success}
    if (db := reward.get("db_check")) and culprit != "user":
        found["db"] = bool(db["db_match"])
    return {name: (float(value), 1.0) for name, value in {**found, **numbers}.items()}


def _culprit(info: Mapping[str, Any]) -> str:
    """Whose message the harness could not use. GivenUp: an endpoint, the judge or the harness itself failed."""
    kind, trace = str(info.get("error_type")), str(info.get("error_traceback"))
    side = next((name for name, lines in SIDES.items() if any(line in trace for line in lines)), None)
    if side is None or kind not in (*WRITTEN, *TOO_LONG) or (side == "user" and kind in TOO_LONG):
        raise GivenUp(f"{kind}: {str(info.get('error'))[:200]}")
    return side


def _said(simulation: Mapping[str, Any], role: str) -> list[Mapping[str, Any]]:
    return [one for one in simulation.get("messages") or [] if one.get("role") == role]
