"""`way: slices`: small held-out sets, each one change away from what is trained on.

conf/synthesis/heldout_slices.yaml  --per slice: changed options, worlds of its own--> OUT/NAME.parquet
                                                                                       OUT/slices.json, written last
slices.json: name -> {rows, worlds: [first, last], calls: [fewest, most], stream, changes}

The worlds of a slice are no split's: neither those of the choice it changes nor, which a test holds, of any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.schemas import to_openai
from prove.synthesis.changes import changed
from prove.synthesis.dataset import row_of, save_rows
from prove.synthesis.live import LiveServers, in_process
from prove.synthesis.parts import Parts
from prove.synthesis.pipeline import Pipeline, Split, check
from prove.synthesis.writer import STREAMS

INDEX = "slices.json"
OWN = ("first_seed", "stream", "rows")


@dataclass(frozen=True)
class Slice:
    """One slice: its name, the options it is made with, and what is different in them."""

    name: str
    stream: str
    options: dict[str, Any]
    changes: dict[str, Any]


def slices_of(cfg: Mapping[str, Any]) -> list[Slice]:
    """Every slice of a configuration, checked. ValueError names the slice and what is wrong with it."""
    if not cfg["slices"]:
        raise ValueError("slices is empty: name at least one")
    return [_slice(cfg, name, dict(given)) for name, given in cfg["slices"].items()]


def _slice(cfg: Mapping[str, Any], name: str, given: dict[str, Any]) -> Slice:
    if not name.isidentifier():
        raise ValueError(f"slices.{name}: a name has letters, digits and _ only")
    if "first_seed" not in given:
        raise ValueError(f"slices.{name} has no first_seed")
    stream, rows = given.get("stream", STREAMS[0]), given.get("rows", cfg["rows"])
    if stream not in STREAMS:
        raise ValueError(f"slices.{name}.stream={stream} is none of {', '.join(STREAMS)}")
    changes = {key: value for key, value in given.items() if key not in OWN}
    options = changed(cfg, changes, f"slices.{name}")
    split = {"first_seed": given["first_seed"], stream: rows}
    check({**options, "splits": {**options["splits"], name: split}})  # against the worlds of the others
    return Slice(name, stream, {**options, "splits": {name: split}}, changes)


def make_slices(cfg: Mapping[str, Any]) -> list[str]:
    """Writes every slice; what came out, in lines. An interrupted run goes on with the same command."""
    slices, out = slices_of(cfg), Path(cfg["out"])
    out.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    names = list(dict.fromkeys(name for each in slices for name in each.options["servers"]["names"]))
    with in_process({**cfg["servers"], "names": names}) as live:
        functions = dict(_functions(live, names))
    for each in slices:
        split = Pipeline(each.options, Parts(out, each.options), {}).run()[each.name]
        save_rows(out / f"{each.name}.parquet", [row_of(one, functions) for one in split.written])
        found[each.name] = _about(each, split)
    _write(out / INDEX, found)
    Parts(out, cfg).clear()
    return [*(_line(name, one) for name, one in found.items()), f"written to {out}"]


def _functions(live: LiveServers, names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in names:
        yield from ((tool["name"], to_openai(tool)) for tool in live.tools(name))


def _about(each: Slice, split: Split) -> dict[str, Any]:
    """ValueError: a slice of which no row could be made."""
    if not split.written:
        raise ValueError(f"slices.{each.name}: no conversation came out; {dict(split.dropped)}")
    examples = [one.example for one in split.written]
    worlds, calls = [one.world_seed for one in examples], [len(one.ground_truth.calls) for one in examples]
    return {
        "rows": len(examples),
        "worlds": [min(worlds), max(worlds)],
        "calls": [min(calls), max(calls)],
        "stream": each.stream,
        "changes": each.changes,
        "missing_rows": sum(split.short.values()),
    }


def _line(name: str, one: Mapping[str, Any]) -> str:
    fewest, most = one["calls"]
    missing = f", {one['missing_rows']} fewer than asked for" if one["missing_rows"] else ""
    return f"{name:<30}{one['rows']:>5} rows, {fewest} to {most} calls{missing}"


def _write(path: Path, value: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    part.replace(path)
