"""A fake OpenAI server that plays the ground truth of BFCL Multi-Turn: it knows an item by what the user has said.

with StubEndpoint(Oracle(PYTHON)) as stub: ...      the model's name in a request is the category
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from prove.benchmarks.bfcl.players import oracle

PYTHON = Path(".venv-bfcl/bin/python")
DATA = "lib/python3*/site-packages/bfcl_eval/data"


def entries(category: str, folder: str = ".") -> list[dict[str, Any]]:
    """The lines of a data file of the environment, in its order."""
    place = next(PYTHON.parent.parent.glob(DATA)) / folder / f"BFCL_v4_multi_turn_{category}.json"
    return [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]


class Oracle:
    """A script of StubEndpoint."""

    def __init__(self) -> None:
        self._known: dict[str, dict[tuple[str, ...], Any]] = {}

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        known = self._of(request["model"])
        said = {text for talk in known for text in talk}
        talk = tuple(one["content"] for one in request["messages"] if one["role"] == "user" and one["content"] in said)
        message = asyncio.run(oracle(known[talk])(request["messages"], request["tools"]))
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def _of(self, category: str) -> dict[tuple[str, ...], Any]:
        """What the user has said up to any turn -> the ground truth of the first item that begins so."""
        if category not in self._known:
            known: dict[tuple[str, ...], Any] = {}
            for entry, answer in zip(entries(category), entries(category, "possible_answer"), strict=True):
                said: tuple[str, ...] = ()
                for turn in entry["question"]:
                    said += tuple(message["content"] for message in turn)
                    known.setdefault(said, answer["ground_truth"])
            self._known[category] = known
        return self._known[category]
