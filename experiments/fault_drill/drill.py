"""Break a running training job in one way at a time, continue it, and compare it with an undisturbed run.

    python -m experiments.fault_drill.drill                         every fault, about an hour on two cores
    python -m experiments.fault_drill.drill server_hung sigint      some of them

    start -> step 2 runs, a server reads a call -> the fault -> the end, or silence -> the same command again -> compare

Writes results.csv; what each job printed is in runs/drill/said/. Runs are kept in runs/drill/, except what lay on a
disk that was made for it.
"""

from __future__ import annotations

import csv
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as parquet

from experiments.fault_drill import compare, disk
from experiments.fault_drill.faults import FAULTS, START_LIMIT, Fault
from experiments.fault_drill.job import ROOT, Job, Stuck

HERE = Path(__file__).resolve().parent
RUNS = ROOT / "runs" / "drill"
ROWS = 4  # of validation and of held-out: the drill is about training
STEPS = 4
BROKEN_STEP = 2
WORDS = (
    "trainer=cpu data=tiny servers=tiny trainer.batch=2 trainer.group=2 trainer.save_every=1"
    f" trainer.steps={STEPS} trainer.validate_every={STEPS} trainer.validate_first=false servers.call_timeout=5"
    " data.validation=runs/drill/rows/validation.parquet data.heldout=runs/drill/rows/heldout.parquet"
).split()
TRIES = 8  # of a start: Ray gives its own processes 30 s, which a busy machine may need longer for
RAY_WAS_SLOW = "node timed out during startup"
QUIET_LIMIT = 180.0  # seconds without a number or an episode: the job hangs
COLUMNS = (
    "fault,what,ended,exit_status,traceback,said,completed_steps,continued_at,episodes_lost,processes_left,files_left,"
    "torn_then,torn_now,episodes_different,numbers_absent,numbers_off,weights_off,slowest_call_s,wandb_runs"
).split(",")


def main(names: list[str]) -> None:
    wrong = [name for name in names if name not in FAULTS]
    if wrong:
        sys.exit(f"there is no fault {wrong[0]}; choose of {', '.join(FAULTS)}")
    mounts = disk.enter("experiments.fault_drill.drill")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the job of the moment is cleared away
    prepare()
    if mounts:
        disk.mount(Path("/dev/shm"), 8192)  # a private one: what is left in it is ours
    for name in names or FAULTS:
        if FAULTS[name].disks and not mounts:
            record({"fault": name, "what": FAULTS[name].what, "ended": "not run: mounting is not permitted"})
            continue
        row = drill(name, FAULTS[name])
        record(row)
        print("\n".join(f"{key:>20}  {value}" for key, value in row.items()) + "\n", flush=True)


def prepare() -> None:
    """Small files of rows, and the undisturbed run that all others are compared with."""
    for folder in ("rows", "said"):
        (RUNS / folder).mkdir(parents=True, exist_ok=True)
    for split in ("validation", "heldout"):
        parquet.write_table(
            parquet.read_table(ROOT / "data" / "tiny" / f"{split}.parquet").slice(0, ROWS),
            RUNS / "rows" / f"{split}.parquet",
        )
    if not (RUNS / "undisturbed" / "summary.json").exists():
        row = drill("undisturbed", FAULTS["nothing"])
        if row["exit_status"] != 0:
            sys.exit(f"the undisturbed run failed: {row['said']}")


def drill(name: str, fault: Fault) -> dict[str, object]:
    """A line of results.csv, from the first try that came to the moment of the fault."""
    for _ in range(TRIES):
        try:
            return drill_once(name, fault)
        except Stuck as error:
            if RAY_WAS_SLOW not in str(error):
                sys.exit(f"{name}: {error}")
            print(f"{name}: Ray was too slow to start, once more", file=sys.stderr, flush=True)
    sys.exit(f"{name} was tried {TRIES} times")


def drill_once(name: str, fault: Fault) -> dict[str, object]:
    """One fault from start to comparison. Raises Stuck."""
    run = RUNS / name
    shutil.rmtree(run, ignore_errors=True)
    for folder, megabytes in fault.disks.items():
        disk.mount(run / folder, megabytes)
    temporary = Path(tempfile.mkdtemp(prefix="drill-", dir="/tmp"))
    try:
        row = {"fault": name, "what": fault.what, **broken(run, fault, temporary)}
        for folder in fault.disks:
            disk.make_room(run / folder)
        if row["exit_status"] != 0:
            row |= continued(run, temporary)
        return row | compared(run, RUNS / "undisturbed")
    finally:
        for folder in reversed(fault.disks):
            disk.unmount(run / folder)
        shutil.rmtree(temporary, ignore_errors=True)


def broken(run: Path, fault: Fault, temporary: Path) -> dict[str, object]:
    """The run up to its end: how it ended, what it said and what it left."""
    before = set(os.listdir("/dev/shm"))
    job = start(run, "broken", temporary)
    try:
        job.reach_step(BROKEN_STEP, START_LIMIT)
        fault.do(job)
        status = job.end(QUIET_LIMIT)
        ended = "hangs" if status is None else "by itself"
        left = job.left()
    finally:
        job.clear_away()
    return {
        "ended": ended,
        "exit_status": status,
        "traceback": any(line.startswith("Traceback") for line in job.said()),
        "said": sentence(job.said()),
        "completed_steps": completed(run),
        "processes_left": " ".join(left) or 0,
        "files_left": len(set(os.listdir("/dev/shm")) - before),
        "torn_then": " ".join(compare.torn(run)) or 0,
    }


def continued(run: Path, temporary: Path) -> dict[str, object]:
    """The same command once more: where it began."""
    for _ in range(TRIES):
        job = start(run, "continued", temporary)
        try:
            status = job.end(START_LIMIT)
        finally:
            job.clear_away()
        if not any(RAY_WAS_SLOW in line for line in job.said()):
            break
    begun = [line.rpartition(" at step ")[2].split()[0] for line in job.said() if " at step " in line]
    return {"continued_at": begun[0] if begun and status == 0 else f"failed: {sentence(job.said())}"}


def sentence(lines: list[str]) -> str:
    """How the job says that it has ended; the last line if it does not say it."""
    ends = [line for line in lines if line.startswith(("done: ", "stopped", "training failed: "))]
    return (ends or lines or ["nothing"])[-1].replace(f"{ROOT}/", "").strip()


def compared(run: Path, other: Path) -> dict[str, object]:
    return {
        "torn_now": " ".join(compare.torn(run)) or 0,
        "episodes_lost": (compare.episodes(other).total() - compare.episodes(run).total()),
        "episodes_different": compare.different_episodes(run, other),
        "numbers_absent": compare.numbers_absent(run, other),
        "numbers_off": f"{compare.numbers_off(run, other):.1g}",
        "weights_off": f"{compare.weights_off(run, other, STEPS):.1g}",
        "slowest_call_s": f"{compare.slowest_call(run):.1f}",
        "wandb_runs": len(compare.wandb_ids(run)),
    }


def start(run: Path, part: str, temporary: Path) -> Job:
    log = RUNS / "said" / f"{run.name}_{part}.txt"
    return Job([f"run=drill/{run.name}", *WORDS], run, log, temporary)


def completed(run: Path) -> int:
    """Steps that have a line in metrics.jsonl."""
    return len({step for step, _ in compare.numbers(run)})


def record(row: dict[str, object]) -> None:
    """Puts a fault's line into results.csv, in the place of its last one."""
    path = HERE / "results.csv"
    rows = {one["fault"]: one for one in csv.DictReader(path.open())} if path.exists() else {}
    rows[str(row["fault"])] = row
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows[name] for name in FAULTS if name in rows)


if __name__ == "__main__":
    main(sys.argv[1:])
