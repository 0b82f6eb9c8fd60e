"""One tree of options held against another: which names the other has, and which kinds its values have.

verl has no option trainer.step; nearest: trainer.…        nearest_key, of ours and of verl's
verl.trainer.nnodes=two: verl has a number there           wrong_kind
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from prove.options.kinds import same_kind, shown


def dotted(tree: Any, prefix: str = "") -> Iterable[str]:
    """Names of all nodes of nested dicts, parents first."""
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield f"{prefix}{key}"
        yield from dotted(value, f"{prefix}{key}.")


def nearest_key(word: str, known: Iterable[str]) -> str | None:
    """The name that was probably meant, or None if none is near.

    In a node that is there, a neighbour with nearly the same last part; else a name elsewhere with just this last part
    (`steps`, or a wrong prefix); else the most alike.
    """
    known = sorted(known)
    above, _, last = word.rpartition(".")
    beside = {name.rpartition(".")[2]: name for name in known if name.rpartition(".")[0] == above}
    named = [name for name in known if name.rpartition(".")[2] == last]
    found = [beside[near] for near in difflib.get_close_matches(last, beside, n=1, cutoff=0.75)]
    elsewhere = difflib.get_close_matches(word, named, n=1, cutoff=0)
    alike = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return next(iter([*found, *elsewhere, *alike] if above else [*elsewhere, *found, *alike]), None)


def wrong_kind(ours: Any, theirs: Any, name: str) -> str | None:
    """One sentence about the first value of `ours` that is of another kind than the one `theirs` has there, or None.

    Both are plain nested values; what only `ours` has is not looked at. null is always allowed.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = (wrong_kind(ours[key], theirs[key], f"{name}.{key}") for key in ours if key in theirs)
        return next((sentence for sentence in found if sentence), None)
    if ours is None or same_kind(ours, theirs) or isinstance(theirs, list | str):
        return None
    if isinstance(theirs, dict):
        return f"{name}={shown(ours)}: verl has options below that name"
    return f"{name}={shown(ours)}: verl has {'true or false' if isinstance(theirs, bool) else 'a number'} there"


def wrong_name(tree: Mapping[str, Any], names: Mapping[str, Collection[str]]) -> str | None:
    """One sentence about the first option, by its dotted name, whose value is none of the names it may have."""
    for option, known in names.items():
        value: Any = tree
        for part in option.split("."):
            value = value[part]
        if value not in known:
            near = difflib.get_close_matches(str(value), known, n=1)
            hint = f"nearest: {near[0]}" if near else f"it may be {', '.join(sorted(known))}"
            return f"verl.{option}={value} is no name of verl's; {hint}"
    return None
