"""The README's table from results.csv.

python -m experiments.fault_drill.table
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from prove.reports.markdown import grid, inserted

HERE = Path(__file__).resolve().parent
HEAD = ("broken in step 2", "the job", "it said", "lost", "continued behind step", "against the undisturbed run")


def line(row: Mapping[str, str]) -> list[str]:
    if row["ended"].startswith("not run"):
        return [row["what"], row["ended"], "", "", "", ""]
    return [row["what"], job(row), said(row), lost(row), row["continued_at"] or "not needed", compared(row)]


def job(row: Mapping[str, str]) -> str:
    if row["ended"] != "by itself":
        return row["ended"]
    kept_on = row["exit_status"] == "0"
    return "went on to its end" if kept_on else f"ended by itself, status {row['exit_status']}"


def said(row: Mapping[str, str]) -> str:
    """Its one sentence, without the place of the whole story."""
    trace = "; a traceback" if row["traceback"] == "True" else ""
    return row["said"].split("; the whole story")[0] + trace if row["exit_status"] != "0" else ""


def lost(row: Mapping[str, str]) -> str:
    """Step 2 was in flight; anything else is said."""
    left = {"processes": row["processes_left"], "files": row["files_left"], "torn files": row["torn_now"]}
    more = [f"{number} {what}" for what, number in left.items() if number != "0"]
    steps = "" if row["exit_status"] == "0" else "the step in flight"
    if row["episodes_lost"] != "0":
        more.append(f"{row['episodes_lost']} stored episodes")
    return ", ".join(filter(None, [steps, *more])) or "nothing"


def compared(row: Mapping[str, str]) -> str:
    different, weights = row["episodes_different"], row["weights_off"]
    absent = f", {row['numbers_absent']} numbers are absent" if row["numbers_absent"] != "0" else ""
    return f"{different} episodes differ, numbers by {row['numbers_off']}, weights by {weights}{absent}"


def main() -> None:
    rows = list(csv.DictReader((HERE / "results.csv").open()))
    readme = HERE / "README.md"
    readme.write_text(inserted(readme.read_text(), {"faults": grid(HEAD, [line(row) for row in rows])}))


if __name__ == "__main__":
    main()
