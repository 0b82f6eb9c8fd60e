"""A call beside a ground-truth call, argument by argument, with the rules of prove.rewards.alignment.

wanted and given    agree or not
wanted, not given   keeps the call from answering
given, not wanted   not looked at
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prove.rewards.alignment import agrees, matches
from prove.rewards.explanation import Argument, Candidate
from prove.types import ExecutedCall, ToolCall


def arguments_of(
    call: ExecutedCall,
    wanted: ToolCall | None = None,
    agrees: Callable[[Any, Any], bool] = agrees,
    extra: bool | None = None,
) -> tuple[Argument, ...]:
    """Those of the ground-truth call in its order, then what else is given."""
    asked = wanted.arguments if wanted else {}
    pairs = [_argument(call, key, value, agrees) for key, value in asked.items()]
    more = [
        Argument(key, True, False, value, agrees=extra) for key, value in call.arguments.items() if key not in asked
    ]
    return (*pairs, *more)


def _argument(call: ExecutedCall, key: str, wanted: Any, agrees: Callable[[Any, Any], bool]) -> Argument:
    if key not in call.arguments:
        return Argument(key, False, True, None, wanted, False)
    given = call.arguments[key]
    return Argument(key, True, True, given, wanted, agrees(given, wanted))


def candidates_of(call: ExecutedCall, wanted: Sequence[ToolCall]) -> tuple[Candidate, ...]:
    """The ground-truth calls of the same tool, for a call that answers none of them."""
    return tuple(
        Candidate(a, () if matches(call, one) else tuple(key for key in one.arguments if key not in call.arguments))
        for a, one in enumerate(wanted)
        if call.name == one.name
    )
