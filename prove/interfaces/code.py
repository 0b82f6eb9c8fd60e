"""`interface=code`: one tool, `run_code`, takes a block in which several tools may be called (HyperTool's idea).

    run_code(code) --read--> program --Interpreter--> tool calls, each recorded as if it had been made alone
                                                      what was printed, and why the block ended early, if it did

A block that cannot be read counts as one unreadable call; one that goes wrong beside its tools as one failed call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prove.interfaces.interface import NAMED, Function, Ran, Tools, error, refused
from prove.interfaces.interpreter import Failed, Interpreter
from prove.interfaces.language import RULES, Bounds, Refused, read
from prove.interfaces.signatures import signature
from prove.schemas import name_of
from prove.types import ToolCall, ToolResult

RUN = "run_code"
SILENT = "(nothing was printed)"
EXAMPLE = """found = search_things(word="tea")
for one in found["things"]:
    print(f"{one['name']} costs {one['price']}")
buy(thing_id=found["things"][0]["thing_id"], note=None)"""


class Code:
    """Offers `run_code` alone; the tools stand in its description."""

    def __init__(self, functions: Sequence[Function], bounds: Bounds):
        self.judged = functions
        self.offered = [_function(functions)]
        self._bounds = bounds
        self._names = [name_of(function) for function in functions]

    async def run(self, call: ToolCall, tools: Tools) -> Ran:
        if call.name != RUN:
            inside = f"; call it in {RUN}" if call.name in self._names else ""
            return refused(call, f"unknown tool {call.name[:NAMED]}{inside}")
        source = call.arguments.get("code")
        if not isinstance(source, str) or len(call.arguments) != 1:
            return _unreadable(f'{RUN} takes one argument: {{"code": "..."}}')
        try:
            program = read(source, self._names, self._bounds)
        except Refused as reason:
            return _unreadable(str(reason))
        interpreter = Interpreter(tools.call, self._bounds)
        try:
            await interpreter.run(program)
        except Failed as reason:
            return _ran(interpreter, str(reason))
        except Refused as reason:
            interpreter.done.append((ToolCall(RUN, {}), ToolResult(False, error(str(reason)))))
            return _ran(interpreter, str(reason))
        return _ran(interpreter)


def _unreadable(reason: str) -> Ran:
    return refused(ToolCall("", {}, error=reason), reason)


def _ran(interpreter: Interpreter, ended: str = "") -> Ran:
    shown = "\n".join([*interpreter.printed, *([error(ended)] if ended else [])])
    worked = any(result.ok for _, result in interpreter.done) or not ended
    return Ran(tuple(interpreter.done), shown or SILENT, worked)


def _function(functions: Sequence[Function]) -> Function:
    tools = "\n".join(f"- {signature(function)}" for function in functions)
    text = (
        f"Runs a block of code that may call several tools. Allowed: {RULES}. A call that is not given a name prints "
        f'its result. A parameter that is no Python name is written **{{"from": 1}}.'
        f"\nExample:\n{EXAMPLE}\nTools:\n{tools}"
    )
    code: dict[str, Any] = {"code": {"type": "string", "description": "The block of code."}}
    parameters = {"type": "object", "properties": code, "required": ["code"], "additionalProperties": False}
    return {"type": "function", "function": {"name": RUN, "description": text, "parameters": parameters}}
