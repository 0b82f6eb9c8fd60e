"""The questions of a user's copy of T-Eval's data: one JSON object a file, key -> question.

    instruct_v2.json                            json and str questions, told apart by meta_data.response_format
    plan_json_v2.json  plan_str_v2.json         meta.prompt_type, meta.API_list
    reason_retrieve_understand_json_v2.json     three dimensions of one answer
    reason_str_v2.json  retrieve_str_v2.json  understand_str_v2.json  review_str_v2.json
    …_v2_subset.json                            the authors' choice of a fifth

A fifth that the data does not bring is chosen here (**ours**): the first fifth in the order of the hash of the keys.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prove.benchmarks.items import drawn

TOGETHER = ("reason", "retrieve", "understand")
FILES: Mapping[str, tuple[str, ...]] = {
    "instruct": ("instruct",),
    "plan_json": ("plan",),
    "plan_str": ("plan",),
    "reason_retrieve_understand_json": TOGETHER,
    "reason_str": ("reason",),
    "retrieve_str": ("retrieve",),
    "understand_str": ("understand",),
    "review_str": ("review",),
}
"""File -> the dimensions that its answers are scored on."""
DIMENSIONS = ("instruct", "plan", "reason", "retrieve", "understand", "review")
PART = 5  # "the 1/5 subset"
WHOLE, OWN, OURS = "whole", "the data's own 1/5", "1/5 by hash of the key (ours)"


@dataclass(frozen=True)
class Question:
    """One prompt with what its answer is scored by. `style`: json or str, how the answer is to be written."""

    id: str
    file: str
    style: str
    messages: tuple[Mapping[str, str], ...]
    truth: Any
    template: Mapping[str, str]
    functions: tuple[str, ...]

    @property
    def dimensions(self) -> tuple[str, ...]:
        return FILES[self.file]

    def cap(self, name: str, otherwise: int) -> int:
        """No question has caps of its own."""
        return otherwise


@dataclass(frozen=True)
class Source:
    """A file of questions. `part`: whole, the data's own fifth, or our fifth."""

    path: Path
    stem: str
    part: str

    def questions(self) -> list[Question]:
        data = _loaded(self.path)
        keys = sorted(data, key=drawn)[: math.ceil(len(data) / PART)] if self.part == OURS else list(data)
        return [_question(self.path, self.stem, key, data[key]) for key in keys]

    def outside_fifth(self) -> frozenset[str]:
        """Ids of the questions that are not of its fifth: the data's own if it is here and part of the whole, told by
        what is asked, else ours. None of a source that is a fifth itself."""
        if self.part != WHOLE:
            return frozenset()
        asked = {one.id: one.messages for one in self.questions()}
        path = self.path.with_name(f"{self.path.stem}_subset.json")
        own = [one.messages for one in Source(path, self.stem, OWN).questions()] if path.is_file() else []
        if own and all(messages in asked.values() for messages in own):
            return frozenset(name for name, messages in asked.items() if messages not in own)
        fifth = {one.id for one in Source(self.path, self.stem, OURS).questions()}
        return frozenset(asked.keys() - fifth)


def _check(dimensions: Collection[str], fifth: Collection[str]) -> None:
    for option, names in (("dimensions", dimensions), ("fifth", fifth)):
        if strange := [name for name in names if name not in DIMENSIONS]:
            raise ValueError(f"benchmark.{option}: {strange[0]} is none of {', '.join(DIMENSIONS)}")
    if not dimensions:
        raise ValueError(f"benchmark.dimensions is empty; choose of {', '.join(DIMENSIONS)}")
    together = {name in fifth for name in TOGETHER if name in dimensions}
    if len(together) > 1:
        raise ValueError(f"benchmark.fifth={sorted(fifth)}: {', '.join(TOGETHER)} share questions, so all or none")


def sources_of(folder: Path, version: str, dimensions: Collection[str], fifth: Collection[str]) -> list[Source]:
    """The files of these dimensions. ValueError: a name is wrong, or a file is missing."""
    _check(dimensions, fifth)
    root = next((one for one in (folder, folder / "data") if list(one.glob(f"*_{version}*.json"))), None)
    if root is None:
        raise ValueError(f"benchmark.data={folder} has no *_{version}.json of T-Eval; name your copy of its data")
    wanted = {stem: next((name for name in of if name in dimensions), None) for stem, of in FILES.items()}
    return [_source(root, stem, version, one, one in fifth) for stem, one in wanted.items() if one]


def _source(root: Path, stem: str, version: str, dimension: str, fifth: bool) -> Source:
    whole, subset = root / f"{stem}_{version}.json", root / f"{stem}_{version}_subset.json"
    if fifth and subset.is_file():
        return Source(subset, stem, OWN)
    if whole.is_file():
        return Source(whole, stem, OURS if fifth else WHOLE)
    if subset.is_file():
        raise ValueError(f"{whole} is missing and {subset.name} is there: add {dimension} to benchmark.fifth")
    raise ValueError(f"{whole} is missing; benchmark.dimensions chooses those whose files are there")


def portions(sources: Sequence[Source]) -> str:
    """For the rows: `questions: all; of review_str the data's own 1/5`."""
    parts = [f"of {one.stem} {one.part}" for one in sources if one.part != WHOLE]
    return "; ".join(["questions: all" if len(parts) < len(sources) else "questions:", *parts])


def _loaded(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(data, dict) or not data:
        raise ValueError(f"{path} is no object of questions by key")
    return data


def _question(path: Path, stem: str, key: str, datum: Any) -> Question:
    try:
        style = _style(stem, datum)
        return Question(
            id=f"{stem}/{key}",
            file=stem,
            style=style,
            messages=tuple(
                {"role": str(one["role"]), "content": str(one["content"])} for one in datum["origin_prompt"]
            ),
            truth=_truth(stem, datum["ground_truth"]),
            template=_template(datum, style) if stem == "instruct" else {},
            functions=tuple(map(str, datum["meta"]["API_list"])) if stem == "plan_str" else (),
        )
    except (KeyError, TypeError, AttributeError) as error:
        reason = f"it needs {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"{path}: question {key} is none of T-Eval's: {reason}") from None


def _style(stem: str, datum: Mapping[str, Any]) -> str:
    """As the question says it, else as the name of the file says it."""
    named = "json" if stem.endswith("_json") else "str"
    if stem.startswith("plan"):
        style = datum.get("meta", {}).get("prompt_type", named)
    else:
        style = datum["meta_data"]["response_format"] if stem == "instruct" else _response_format(datum, named)
    style = {"string": "str"}.get(style, style)
    if style not in ("json", "str"):
        raise TypeError(f"answers as {style} are not scored")
    return style


def _response_format(datum: Mapping[str, Any], named: str) -> str:
    return str(datum.get("meta_data", {}).get("response_format", named))


def _template(datum: Mapping[str, Any], style: str) -> Mapping[str, str]:
    sides = ("",) if style == "json" else ("_start", "_end")
    return {
        f"{one}{side}": str(datum["template"][f"{one}{side}"])
        for one in ("thought", "action", "args")
        for side in sides
    }


def _truth(stem: str, truth: Any) -> Any:
    """What the scorers read: action and args of instruct, the letter of review, text or values of the others."""
    if stem == "instruct":
        return {"action": truth["action"], "args": dict(truth["args"])}
    return truth["answer"] if stem == "review_str" else truth
