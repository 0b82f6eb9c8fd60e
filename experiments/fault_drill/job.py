"""One training job under observation: its process tree, its progress, its end.

    job = Job("drill/main_killed", log)        python -m prove.main run=drill/main_killed …, a session of its own
    job.reach_step(2); server = job.next_call()          step 2 has begun, this server is reading a call
    job.end(quiet=180) -> exit status, or None           None: nothing moved for so long, the whole tree was killed

Nothing of the job takes part: progress is read from metrics.jsonl and episodes/, calls from /proc/PID/io.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
LOOK_SECONDS = 0.2
REST_SECONDS = 0.1
GONE_SECONDS = 15.0  # what a job may take to clear away its processes after its end


class Stuck(Exception):
    """The job did not come to the moment that was waited for."""


class Job:
    """A running `python -m prove.main` and every process that descends from it."""

    def __init__(self, words: list[str], run: Path, log: Path, temporary: Path) -> None:
        self.run, self.log = run, log
        self.seen: set[psutil.Process] = set()
        environment = os.environ | {"RAY_TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1", "WANDB_MODE": "offline"}
        with log.open("w") as file:
            self.main = subprocess.Popen(
                [sys.executable, "-m", "prove.main", *words],
                cwd=ROOT,
                env=environment,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=hear_interrupts,
            )
        self.seen.add(psutil.Process(self.main.pid))

    def reach_step(self, step: int, limit: float) -> None:
        """Returns when the line of the step before is written. Raises Stuck."""
        self._until(lambda: step - 1 in steps(self.run / "metrics.jsonl"), limit, f"step {step}")

    def reach_validation(self, limit: float) -> None:
        """Returns when the first episode of validation is written. Raises Stuck."""
        self._until(lambda: any(self.run.glob("episodes/validation/*.jsonl")), limit, "validation")

    def next_call(self, limit: float) -> psutil.Process:
        """The server process that reads a call at this moment. Raises Stuck.

        The episodes of a step begin together and each has its worlds opened first: the first requests are no calls yet.
        While the policy then writes, the servers rest, and what they read next is a call.
        """
        self.look()
        servers = {one: read_bytes(one) for one in self.living() if "servers" in words_of(one)[2:3]}
        rested = time.monotonic() + limit  # nothing was read yet
        busy: list[psutil.Process] = []

        def reading() -> bool:
            nonlocal rested
            now = {one: read_bytes(one) for one in servers}
            busy[:] = [one for one in servers if now[one] > servers[one]]
            servers.update(now)
            called = bool(busy) and time.monotonic() - rested > REST_SECONDS
            rested = time.monotonic() if busy else rested
            return called

        self._until(reading, limit, "a call", pause=0.001)
        return busy[0]

    def worker(self, title: str) -> psutil.Process:
        """Ray's worker process of this title, e.g. `CpuServer`. Raises Stuck."""
        self.look()
        for one in self.living():
            if " ".join(words_of(one)).startswith(f"ray::{title}"):
                return one
        raise Stuck(f"there is no worker {title}")

    def end(self, quiet: float) -> int | None:
        """Exit status. None: neither a number nor an episode was written for `quiet` seconds; it has been killed."""
        size, since = -1, time.monotonic()
        while self.main.poll() is None:
            self.look()
            if (now := written(self.run)) != size:
                size, since = now, time.monotonic()
            if time.monotonic() - since > quiet:
                self.clear_away()
                return None
            time.sleep(LOOK_SECONDS)
        return self.main.returncode

    def left(self) -> list[str]:
        """Titles of processes that outlive the job by GONE_SECONDS."""
        ended = time.monotonic()
        while self.living() and time.monotonic() - ended < GONE_SECONDS:
            self.look()
            time.sleep(LOOK_SECONDS)
        return sorted(title_of(one) for one in self.living())

    def clear_away(self) -> None:
        """Kills what is left of the job."""
        while living := self.living():
            for one in living:
                kill(one)
            self.look()
            time.sleep(LOOK_SECONDS)
        self.main.poll()

    def look(self) -> None:
        """Learns of new descendants; they stay known when their parents have died."""
        parents = {one.pid for one in self.living()}
        found = True
        while found:
            found = [one for one in psutil.process_iter() if one not in self.seen and parent_of(one) in parents]
            self.seen.update(found)
            parents.update(one.pid for one in found)

    def living(self) -> list[psutil.Process]:
        return [one for one in self.seen if lives(one)]

    def said(self) -> list[str]:
        """The lines it printed."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]

    def _until(self, reached: Callable[[], bool], limit: float, what: str, pause: float = LOOK_SECONDS) -> None:
        begun = time.monotonic()
        while not reached():
            if self.main.poll() is not None or time.monotonic() - begun > limit:
                raise Stuck(f"the job did not reach {what}; it said: {' / '.join(self.said()[-3:])}")
            time.sleep(pause)


def hear_interrupts() -> None:
    """A shell without job control starts its background jobs deaf to SIGINT; a user's job is not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def steps(path: Path) -> list[int]:
    """The steps whose whole line is in metrics.jsonl."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [int(json.loads(line)["step"]) for line in lines if line.endswith("}\n")]


def written(run: Path) -> int:
    """Bytes of numbers and episodes."""
    return sum(path.stat().st_size for path in [*run.glob("*.jsonl"), *run.glob("episodes/*/*.jsonl")])


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def parent_of(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0


def words_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def title_of(process: psutil.Process) -> str:
    """`ray::CpuServer`, `servers banking`, `raylet`."""
    words = words_of(process)
    named = words[2:4] if words[1:2] == ["-m"] else [Path(words[0]).name if words else "?"]
    return " ".join(named).split(".")[0]


def read_bytes(process: psutil.Process) -> int:
    try:
        return process.io_counters().read_chars
    except psutil.NoSuchProcess:
        return 0


def kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        pass
