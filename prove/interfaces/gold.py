"""The ground truth played through each interface: what shows that an item can be done that way.

atomic   step by step, each step's calls side by side
code     one block per user turn, with every call of that turn
search   per user turn the searches that bring the tools it needs, then step by step
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping

from prove.interfaces.code import RUN
from prove.interfaces.interface import Function
from prove.interfaces.search import SEARCH, described
from prove.policies import GoldPolicy, hermes
from prove.types import Example, ToolCall

DONE = "Done."


class GoldCode(GoldPolicy):
    """Writes one block per user turn."""

    @staticmethod
    def _script(example: Example) -> Iterator[str]:
        for turn in range(len(example.user_turns)):
            calls = _calls(example, turn)
            if calls:
                yield hermes([{"name": RUN, "arguments": {"code": "\n".join(map(written, calls))}}])
            yield DONE


class GoldSearch(GoldPolicy):
    """Searches for each tool by its own description before it calls it."""

    def __init__(self, example: Example, functions: Mapping[str, Function]):
        """`functions`: all that can be found, by name."""
        super().__init__(example)
        self._turns = _searching(example, functions)


def _searching(example: Example, functions: Mapping[str, Function]) -> Iterator[str]:
    found: set[str] = set()
    truth = example.ground_truth
    for turn in range(len(example.user_turns)):
        needed = dict.fromkeys(call.name for call in _calls(example, turn) if call.name not in found)
        if needed:
            found |= set(needed)
            queries = ({"query": described(functions[name])} for name in needed)
            yield hermes([{"name": SEARCH, "arguments": query} for query in queries])
        for step, when in zip(truth.steps, truth.turns, strict=True):
            if when == turn:
                yield hermes([{"name": call.name, "arguments": call.arguments} for call in step.calls])
        yield DONE


def _calls(example: Example, turn: int) -> list[ToolCall]:
    truth = example.ground_truth
    steps = zip(truth.steps, truth.turns, strict=True)
    return [call for step, when in steps if when == turn for call in step.calls]


def written(call: ToolCall) -> str:
    """A call as a line of code; arguments whose names are no Python names stand after **."""
    plain = {
        name: value for name, value in call.arguments.items() if name.isidentifier() and not keyword.iskeyword(name)
    }
    other = {name: value for name, value in call.arguments.items() if name not in plain}
    words = [f"{name}={value!r}" for name, value in plain.items()]
    return f"{call.name}({', '.join([*words, *([f'**{other!r}'] if other else [])])})"
