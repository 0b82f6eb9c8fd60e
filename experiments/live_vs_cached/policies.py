"""Prints `SEED FOLDER` of the last checkpoint of each finished run on recorded worlds, for run.sh.

python -m experiments.live_vs_cached.policies runs/live_vs_cached
"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.replication.runs import Run, Source, finished

RECORDED = Source("live_vs_cached", "servers", ("recorded",))


def policy(run: Run) -> Path:
    """The folder of the trained model. ValueError: the run has none."""
    folder = run.folder / f"checkpoints/global_step_{run.steps}/actor/huggingface"
    if not folder.is_dir():
        raise ValueError(f"{folder} is missing: the run was trained without checkpoints of its last step")
    return folder


def main() -> int:
    try:
        runs, _ = finished(RECORDED, Path(sys.argv[1]))
        for run in runs:
            print(run.seed, policy(run))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
