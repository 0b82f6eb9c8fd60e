"""The committed sample: the last held-out episodes of some runs on every 15th row, unchanged, packed.

python -m experiments.trajectories.sample runs/main_results        writes episodes.jsonl.gz

The rows are the same for all runs: by example id, every `EVERY`th. Seed 0 of each arm.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from prove.reports.runs import Source, finished, last_step

SAMPLE = Path(__file__).with_name("episodes.jsonl.gz")
ARMS = ("base", "sft", "prove")
EVERY = 15


def lines(sweep: Path) -> Iterator[tuple[str, bytes]]:
    """Arm and line. ValueError: the folder has no such runs."""
    runs, _ = finished(Source("main_results", "method", ARMS), sweep)
    for run in sorted((run for run in runs if run.seed == 0), key=lambda run: ARMS.index(run.arm)):
        played = {json.loads(line)["example_id"]: line for line in last_step(run.folder, "heldout").open("rb")}
        yield from ((run.arm, played[key]) for key in sorted(played)[::EVERY])


def read() -> dict[str, list[dict]]:
    """Arm -> its episodes, in the order of their example ids."""
    found: dict[str, list[dict]] = {}
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        for line in file:
            episode = json.loads(line)
            found.setdefault(episode.pop("arm"), []).append(episode)
    return found


def main() -> int:
    try:
        told = [{"arm": arm, **json.loads(line)} for arm, line in lines(Path(sys.argv[1]))]
    except (ValueError, IndexError) as error:
        print(f"{error}; name the folder of the sweep, e.g. runs/main_results", file=sys.stderr)
        return 2
    whole = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told)
    SAMPLE.write_bytes(gzip.compress(whole.encode(), mtime=0))
    print(f"{SAMPLE.name}: {len(told)} episodes, {SAMPLE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
