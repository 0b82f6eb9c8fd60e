"""Gives every argument of every tool every hostile value, in a process of its own that nothing may leave.

    python -m tests.security.siege [SERVER …]       one JSON line per server: calls, accepted, and what went wrong

Each attack starts from a call that works (the server's own probe), so that what stands in the way is the argument's
check and not an unknown id beside it. A call that does not end kills the process with the tool's traceback.
"""

from __future__ import annotations

import _strptime  # noqa: F401  (datetime.strptime imports it when first called)
import faulthandler
import json
import sys
from collections.abc import Iterator
from typing import Any

from servers.control import handle
from servers.host import Host, server_names
from servers.tool import MAX_RESULT_CHARS, Outcome, Tool
from tests.outside import watched
from tests.security.hostile import MARKS, OTHERS, TAILS, TEXTS
from tests.test_server_contract import probed

PATIENCE_S = 120  # for one tool, some hundred calls of microseconds: only what hangs gets there
LONGEST_ERROR = 500
WORLDS = 20  # a probe that has nothing to ask in one world has in another
SHOWN = 5


def besieged(server: str) -> dict[str, Any]:
    """All attacks on one server. `wrong`: sentences, empty if it keeps its promises."""
    host, found = Host(server), {"server": server, "calls": 0, "accepted": 0, "wrong": []}
    for tool in host.tools:
        run = next(filter(None, (probed(host, tool, seed) for seed in range(WORLDS))))
        faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
        with watched() as touched:
            for arguments in attacks(host, tool, run.arguments):
                _attack(host, tool, run.looked, arguments, found)
        found["wrong"] += [f"{tool} reached out: {event}" for event in touched]
    faulthandler.cancel_dump_traceback_later()
    return found


def attacks(host: Host, tool: str, working: dict[str, Any]) -> Iterator[Any]:
    """The working call with each argument in turn replaced by each hostile value; then whole arguments."""
    for name, schema in host.tools[tool].input_schema["properties"].items():
        listed = '"array"' in json.dumps(schema)
        works = working.get(name)
        for value in (*TEXTS, *OTHERS, *(works + tail for tail in TAILS if type(works) is str)):
            yield {**working, name: value}
            if listed:
                yield {**working, name: [value]}
    yield from OTHERS
    yield from ({**working, text: 1} for text in MARKS)


def _attack(host: Host, tool: str, start: str, arguments: Any, found: dict[str, Any]) -> None:
    host.fork(start, "siege")
    before = host.hash("siege")
    outcome = handle(host, "siege", tool, arguments)
    found["calls"] += 1
    found["accepted"] += outcome.ok
    problem = _problem(host, outcome, before, host.tools[tool].hints.read_only)
    problem = problem or _lenient(host.tools[tool], arguments, outcome)
    if problem:
        found["wrong"].append(f"{tool} {ascii(arguments)[:200]}: {problem}")


def _problem(host: Host, outcome: Outcome, before: str, read_only: bool) -> str:
    """What is not as promised: a plain result or a short error, and a lawful world behind it."""
    result = json.loads(outcome.text, parse_constant=lambda constant: f"not JSON: {constant}")
    if "not JSON" in outcome.text or len(outcome.text) > MAX_RESULT_CHARS:
        return f"answered {outcome.text[:200]}"
    if outcome.ok:
        return "a read changed the world" if read_only and host.hash("siege") != before else ""
    if result.keys() != {"error"} or not 0 < len(result["error"]) <= LONGEST_ERROR:
        return f"answered {outcome.text[:200]}"
    if any(mark in outcome.text for mark in ("internal error", "Traceback", "servers/", "__main__", "/usr/")):
        return f"answered {outcome.text[:200]}"
    return "a refused call changed the world" if host.hash("siege") != before else ""


def _lenient(tool: Tool, arguments: Any, outcome: Outcome) -> str:
    """A pattern's `$` is the end, not the line break before it."""
    if not outcome.ok:
        return ""
    given = {name: arguments.get(name) for name in tool.anchored}
    listed = [(name, one) for name, value in given.items() for one in (value if type(value) is list else [value])]
    broken = [name for name, one in listed if str(one).endswith("\n")]
    return f"{broken[0]} was taken with a line break at its end" if broken else ""


if __name__ == "__main__":
    for name in sys.argv[1:] or server_names():
        line = besieged(name)
        print(json.dumps({**line, "wrong": line["wrong"][:SHOWN], "faults": len(line["wrong"])}), flush=True)
