"""The numbers of a run: metrics.jsonl, and metrics.csv where that is wanted (loggers=[csv]).

metrics.csv: a line per step, a column per number, empty where a step did not log it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from prove.training.checkpoints import replace_text


class History:
    """metrics.jsonl: one line per step with every number. Steps that a resumed run does again are dropped first."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep_until(self, step: int) -> None:
        """Rewrites the file at once; a line torn by a kill is dropped too."""
        kept = [row for row in self.rows() if row["step"] <= step]
        replace_text(self.path, "".join(json.dumps(row) + "\n" for row in kept))
        self._mirror()

    def rows(self) -> list[dict[str, float]]:
        rows = []
        for line in self.path.read_text().splitlines() if self.path.exists() else ():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return rows

    def reaches(self, step: int) -> bool:
        """Whether this step's line was written, validation included where it was due."""
        whole = [row for row in self.rows() if "timing_s/step" in row or any(key.startswith("val-") for key in row)]
        return any(row["step"] == step for row in whole)

    def recover(self, step: int, numbers: Mapping[str, float]) -> None:
        """What the step's checkpoint knows of it, if the line is missing: it is written after validation, and who is
        killed meanwhile does not take the step again."""
        if numbers and not any(row["step"] == step and numbers.keys() <= row.keys() for row in self.rows()):
            self.append(step, numbers)

    def append(self, step: int, metrics: Mapping[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps({"step": step, **numbers_of(metrics)}) + "\n")
        self._mirror()

    @property
    def table(self) -> Path:
        """It is kept up to date if it is there: who wants it makes it (`begin_table`)."""
        return self.path.with_suffix(".csv")

    def begin_table(self) -> None:
        self.table.touch()
        self._mirror()

    def _mirror(self) -> None:
        if self.table.exists():
            replace_text(self.table, as_csv(self.rows()))


def as_csv(rows: Sequence[Mapping[str, float]]) -> str:
    """Several rows of one step are one line."""
    steps: dict[float, dict[str, float]] = {}
    for row in rows:
        steps.setdefault(row["step"], {}).update(row)
    text = StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(steps[step] for step in sorted(steps))
    return text.getvalue()


def numbers_of(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in metrics.items() if is_number(value)}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)
