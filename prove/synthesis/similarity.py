"""Near-duplicates: an example too much like one that was kept is dropped (paper section 3.2, dedup).

    E(x)    = {every ground-truth call} ∪ {every two neighbouring steps, in order}
    J(x, y) = |E(x) ∩ E(y)| / |E(x) ∪ E(y)|          x is dropped if J(x, y) > threshold for a kept y

A call is its tool name and its arguments as canonical JSON; a step is the set of its calls. **Ours:** the paper says
"Jaccard similarity of tool-call sequences" and not what the elements are.
- Whole calls, not tool names: looking up accounts and then sending money is no duplicate of doing so for somebody else.
- Neighbouring steps count the order: the same calls the other way round share their calls, not their pairs.
  Calls of one step are parallel, so their order says nothing.
- The n-th occurrence of an element is an element of its own: asking twice is not asking once.
- The words and the world are left out: the same calls reworded, or in another world, teach the same.
- Without calls (abstention) the words are all there is: E(x) = the word 3-grams of the user turns.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

from prove.types import Example, Step, ToolCall

WORDS_OF_A_GRAM = 3
_WORD = re.compile(r"\w+")


def elements(example: Example) -> frozenset[str]:
    """E(x): what two examples are compared by."""
    if not example.ground_truth.calls:
        return _grams(example.user_turns)
    steps = [sorted(_written(call) for call in step.calls) for step in example.ground_truth.steps]
    pairs = [f"{json.dumps(one)} then {json.dumps(other)}" for one, other in pairwise(steps)]
    return _numbered([call for step in steps for call in step] + pairs)


def sequence(example: Example) -> tuple[str, ...]:
    """The tool names of the ground truth in order, those of a parallel step by the alphabet."""
    return tuple(name for step in example.ground_truth.steps for name in _names(step))


def most_similar(sets: Iterable[frozenset[str]]) -> float:
    """The largest J over all pairs, exact; 0.0 for fewer than two sets."""
    best, index = Fraction(0), _Index()
    for one in sets:
        for other in index.above(one, best):
            best = max(best, _similarity(one, other))
        index.add(one)
    return float(best)


class Filter:
    """Admits what is not too similar to anything admitted before: the first wins.

    Re-admitting the kept examples in any order rebuilds it, for a run that goes on.
    """

    def __init__(self, threshold: float):
        """`threshold` from 0 to 1; at 1 everything is admitted, as nothing is above it."""
        if not 0 <= threshold <= 1:
            raise ValueError(f"near-duplicate threshold {threshold} is not between 0 and 1")
        self._threshold = Fraction(str(threshold))
        self._index = _Index()

    def admit(self, elements: frozenset[str]) -> bool:
        """False, and nothing is remembered, if an admitted set has a similarity above the threshold."""
        if next(self._index.above(elements, self._threshold), None) is not None:
            return False
        self._index.add(elements)
        return True


class Cap:
    """**Ours:** at most `limit` examples with the same sequence of tool names, for variety; no calls, no limit.

    With a filter beside it: `if not cap.full(key) and filter.admit(x): cap.admit(key)`, so that neither counts what
    the other refuses.
    """

    def __init__(self, limit: int):
        if limit < 1:
            raise ValueError(f"at most {limit} examples per sequence of tools would admit none")
        self._limit = limit
        self._seen: Counter[tuple[str, ...]] = Counter()

    def full(self, sequence: tuple[str, ...]) -> bool:
        return bool(sequence) and self._seen[sequence] >= self._limit

    def admit(self, sequence: tuple[str, ...]) -> bool:
        """Counts the sequence; False, and not counted, if it is full."""
        if self.full(sequence):
            return False
        self._seen[sequence] += 1
        return True


class _Index:
    """Sets by their elements.

    J(x, y) > t needs |x ∩ y| > t·|x ∪ y| >= t·|x|, so y shares at least ⌊t·|x|⌋ + 1 elements with x and cannot miss all
    of any |x| − ⌊t·|x|⌋ others. The rarest of x are looked up, so few candidates are met. Lengths apart by more than t
    are passed over. Fractions, because a float product such as 0.07 · 100 is not the whole number it should be.
    """

    def __init__(self) -> None:
        self._holders: dict[str, list[frozenset[str]]] = defaultdict(list)
        self._sets: set[frozenset[str]] = set()

    def add(self, one: frozenset[str]) -> None:
        if one not in self._sets:
            self._sets.add(one)
            for element in one:
                self._holders[element].append(one)

    def above(self, one: frozenset[str], threshold: Fraction) -> Iterator[frozenset[str]]:
        """The added sets with J(one, other) > threshold, each once."""
        if one in self._sets and threshold < 1:
            yield one
        met = {one}
        for element in self._rarest(one, len(one) - int(threshold * len(one))):
            for other in self._holders[element]:
                if other not in met:
                    met.add(other)
                    if _exceeds(one, other, threshold):
                        yield other

    def _rarest(self, one: frozenset[str], count: int) -> list[str]:
        known = {element: len(self._holders.get(element, ())) for element in one}
        rarest = sorted(known, key=lambda element: (known[element], element))[:count]
        return [element for element in rarest if known[element]]


def _similarity(one: frozenset[str], other: frozenset[str]) -> Fraction:
    """J; two empty sets are the same."""
    shared = len(one & other)
    union = len(one) + len(other) - shared
    return Fraction(shared, union) if union else Fraction(1)


def _exceeds(one: frozenset[str], other: frozenset[str], threshold: Fraction) -> bool:
    """J > threshold in whole numbers, lengths first."""
    top, bottom = threshold.numerator, threshold.denominator
    small, large = sorted((len(one), len(other)))
    if bottom * small <= top * large:
        return False
    shared = len(one & other)
    return bottom * shared > top * (small + large - shared)


def _written(call: ToolCall) -> str:
    return f"{call.name} {json.dumps(_plain(call.arguments), sort_keys=True, ensure_ascii=False)}"


def _plain(value: Any) -> Any:
    """200.0 and 200 are the same argument."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _names(step: Step) -> list[str]:
    return sorted(call.name for call in step.calls)


def _grams(turns: Iterable[str]) -> frozenset[str]:
    """Word 3-grams of each turn; a shorter turn is one gram. "said" keeps them apart from calls."""
    grams = []
    for turn in turns:
        words = _WORD.findall(turn.casefold())
        last = max(1, len(words) - WORDS_OF_A_GRAM + 1)
        grams += [" ".join(["said", *words[start : start + WORDS_OF_A_GRAM]]) for start in range(last)]
    return frozenset(grams)


def _numbered(items: Iterable[str]) -> frozenset[str]:
    seen: Counter[str] = Counter()
    numbered = []
    for item in items:
        seen[item] += 1
        numbered.append(f"{seen[item]} {item}")
    return frozenset(numbered)
