"""Plants leaks on purpose, one at a time, and counts the calls until a history comes out differently from solo runs.

    python -m experiments.isolation.mutants                                  every leak, and the code without one
    python -m experiments.isolation.mutants only=shared_clock limit=5000

Histories are those of experiments.isolation.run, in this process, of one server. Writes mutants.csv.
"""

from __future__ import annotations

import csv
import logging
import sys
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from tqdm import tqdm

from experiments.isolation.apart import apart
from experiments.isolation.author import Recipe
from experiments.isolation.check import check
from experiments.isolation.leaks import LEAKS
from experiments.isolation.run import Work, settings

SERVER = "banking"  # the leaks that are planted in a tool are planted in one of its tools
NONE = "none"
COLUMNS = ("leak", "caught", "histories", "calls", "first", "what")


def hunt(leak: str, limit: int, calls: int, seed: int, recipe: Recipe) -> dict[str, Any]:
    """One line: after how many calls this leak was seen, and in which result. To be run in a child."""
    if leak != NONE:
        LEAKS[leak]()
    spent = number = 0
    while spent < limit:
        history = apart(Work(SERVER, "inprocess", number, calls, seed, recipe).written)
        verdict, number = check(history), number + 1
        if verdict.differences:
            first = verdict.differences[0]
            spent += sum(step.do == "call" for step in history.steps[: first.place + 1])
            return {"leak": leak, "caught": "yes", "histories": number, "calls": spent, "first": first.what}
        spent += len(verdict.results)
    return {"leak": leak, "caught": "no", "histories": number, "calls": spent, "first": ""}


def main(words: list[str]) -> int:
    given = settings([f"mutants.{word}" for word in words])
    own = given.mutants
    names = [NONE, *LEAKS] if own.only == "all" else own.only.split(",")
    if unknown := set(names) - {NONE, *LEAKS}:
        raise LookupError(f"no leak {', '.join(sorted(unknown))}; there are {', '.join(LEAKS)}, {NONE}")
    recipe = Recipe(**OmegaConf.to_object(given.recipe))  # type: ignore[arg-type]
    lines = []
    logging.disable()  # a planted leak also breaks tools; their tracebacks are not what is asked for
    print("| planted | what goes wrong | caught | calls until then | first seen in |\n|---|---|---|---|---|")
    for name in tqdm(names, disable=None, unit="leak"):
        line = apart(hunt, name, own.limit, own.calls, given.seed, recipe)
        lines.append(line | {"what": (LEAKS[name].__doc__ or "") if name in LEAKS else "nothing is planted"})
        print("| {leak} | {what} | {caught} | {calls:,} | {first} |".format(**lines[-1]), flush=True)
    with Path(own.results).open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    return int(any((line["caught"] == "yes") == (line["leak"] == NONE) for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
