"""The processes of a sweep: starts jobs in free slots, watches them, passes Ctrl-C on, notes how they end.

begin -> running -> done       exit status 0 and summary.json
                 -> failed     anything else; before its first step it is begun again, `sweeps.tries` times in all
                 -> stopped    we were: prove.main goes on at the last checkpoint next time
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console

from prove.sweeps.board import Board, last_line, latest
from prove.sweeps.jobs import Job, Sweep
from prove.sweeps.ledger import Ledger, take_stock
from prove.sweeps.slots import Slot, bound_to

LOOK_SECONDS = 0.2
FAILED, REFUSED, STOPPED = 1, 2, 130  # exit statuses, also of prove.main
LONGEST_TAG = 64  # of W&B


@dataclass(frozen=True)
class Running:
    """A job whose process lives; it leads a session, so that all it starts can be found."""

    job: Job
    slot: Slot
    process: subprocess.Popen
    run: Path
    since: float  # monotonic seconds


class Crew:
    """The jobs that run now, and what becomes of them."""

    def __init__(
        self, sweep: Sweep, ledger: Ledger, command: Sequence[str], runs: Path, lock: int, received: list[int]
    ) -> None:
        self.sweep, self.ledger, self.command, self.runs, self.lock = sweep, ledger, command, runs, lock
        self.received = received  # signals; grows
        self.told = 0  # how many of them the jobs know
        self.waiting: list[Job] = []
        self.free: list[Slot] = []
        self.running: list[Running] = []
        self.begun: Counter[str] = Counter()  # how often, by name of the job

    def run(self, waiting: Sequence[Job], slots: Sequence[Slot]) -> int:
        """Until all jobs have ended; the exit status."""
        self.waiting, self.free = list(waiting), list(slots)
        with Board(self.sweep.name, len(self.sweep.jobs), Console(file=sys.stdout)) as board:
            board.say(f"{len(self.sweep.jobs)} jobs, {self.ledger.count('done')} done; {len(slots)} at once")
            try:
                self.work(board)
            finally:  # an error of ours, such as a full disk, leaves no job behind
                self.interrupt()
            return self.conclude(board)

    def work(self, board: Board) -> None:
        while self.running or (self.waiting and not self.received):
            while self.waiting and self.free and not self.received:
                self.begin(self.waiting.pop(0), board)
            time.sleep(LOOK_SECONDS)
            self.pass_on(board)
            board.look()
            for one in [one for one in self.running if one.process.poll() is not None]:
                self.reap(one, board)
            board.count(self.ledger.count("done"), self.ledger.count("failed"))

    def begin(self, job: Job, board: Board) -> None:
        """Starts a job in the first free slot, unless somebody has finished the same one meanwhile."""
        (line,) = take_stock(self.sweep.name, [job], self.runs)
        if line.status == "done":
            self.ledger.change(job.name, **{name: getattr(line, name) for name in ("folder", "status", "seconds")})
            return
        run = self.runs / line.folder
        run.mkdir(parents=True, exist_ok=True)
        slot = self.free.pop(0)
        process = self.start(job, slot, run / "console.log")
        self.running.append(Running(job, slot, process, run, time.monotonic()))
        self.begun[job.name] += 1
        self.ledger.change(job.name, status="running")
        board.begin(job.name, run, job.cfg.trainer.steps)
        board.say(f"{job.name} started" + (f" on cores {','.join(map(str, slot.cores))}" if slot.cores else ""))

    def start(self, job: Job, slot: Slot, log: Path) -> subprocess.Popen:
        """RAY_ADDRESS=local: a Ray of its own, whatever cluster there is; with several nodes the cluster is meant."""
        variables = {**os.environ, **slot.variables, **wandb_variables(self.sweep.name, job)}
        if job.cfg.trainer.nodes == 1:
            variables["RAY_ADDRESS"] = "local"
        with log.open("ab") as output, bound_to(slot.cores):
            return subprocess.Popen(
                [*self.command, *job.words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=variables,
                start_new_session=True,  # Ctrl-C reaches jobs through us alone
                pass_fds=[self.lock],
            )

    def pass_on(self, board: Board) -> None:
        """The first signal asks the jobs to stop, the second one kills all they have started."""
        if len(self.received) == self.told:
            return
        if len(self.received) == 1:
            board.say(f"stopping {len(self.running)} jobs; once more ends them at once")
            self.interrupt()
        else:
            for one in self.running:
                kill_session(one.process.pid)
        self.told = len(self.received)

    def interrupt(self) -> None:
        for one in self.running:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGINT)

    def reap(self, one: Running, board: Board) -> None:
        self.running.remove(one)
        self.free.append(one.slot)
        seconds = time.monotonic() - one.since
        status = self.outcome(one)
        if status == "again":
            self.waiting.append(one.job)
        before = self.ledger.lines[one.job.name].seconds
        kept = "waiting" if status in ("again", "stopped") else status
        self.ledger.change(one.job.name, status=kept, seconds=round(before + seconds, 1))
        board.end(one.job.name)
        said = "ended without a step, is tried again," if status == "again" else status
        board.say(f"{one.job.name} {said} after {seconds:.0f} s")

    def outcome(self, one: Running) -> str:
        """done | stopped | failed | again: it did not get as far as a step, e.g. because Ray did not start in time."""
        if one.process.returncode == 0 and (one.run / "summary.json").exists():
            return "done"
        if self.received:
            return "stopped"
        begun = self.begun[one.job.name]
        hopeless = one.process.returncode == REFUSED or latest(one.run / "metrics.jsonl")
        return "failed" if hopeless or begun >= self.sweep.settings.tries else "again"

    def conclude(self, board: Board) -> int:
        """Says what failed and how the sweep goes on; the exit status."""
        failed = [line for line in self.ledger.lines.values() if line.status == "failed"]
        for line in failed:
            log = self.runs / line.folder / "console.log"
            board.say(f"{line.job} failed: {last_line(log)} ({log})")
        board.say(f"{self.ledger.count('done')} of {len(self.ledger.lines)} jobs done: {self.ledger.path}")
        if self.received:
            board.say("stopped; the same command continues")
            return STOPPED
        return FAILED if failed else 0


def wandb_variables(group: str, job: Job) -> dict[str, str]:
    """What W&B reads when verl starts it: with these a notebook groups and pivots the runs."""
    mine = filter(None, os.environ.get("WANDB_TAGS", "").split(","))
    tags = ",".join([*mine, *(tag[:LONGEST_TAG] for tag in job.tags)])
    return {"WANDB_RUN_GROUP": group, "WANDB_JOB_TYPE": job.kind, "WANDB_TAGS": tags}


@contextlib.contextmanager
def listening() -> Iterator[list[int]]:
    """The signals received so far: Ctrl-C and SIGTERM are noted, the loop of the crew obeys.

    A handler of ours also frees the jobs from a shell that ignores Ctrl-C for what it starts with `&`.
    """
    received: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _: received.append(number)) for number in numbers}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def kill_session(leader: int) -> None:
    """Kills every process of the session, also those in groups of their own, as Ray's workers and our servers are."""
    for number in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(number) == leader:
                os.kill(number, signal.SIGKILL)
