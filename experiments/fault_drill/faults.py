"""What is broken, and when: always in step 2, at the moment a server reads a call, if not said otherwise."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from experiments.fault_drill import disk
from experiments.fault_drill.job import Job

START_LIMIT = 1800.0  # seconds until the moment has come
AGAIN_SECONDS = 0.5  # between the first Ctrl-C and the second


@dataclass(frozen=True)
class Fault:
    """`do(job)` waits for the moment and breaks something; step 2 has begun. `disks`: folders of the run that get a
    filesystem of so many MB of their own, "" for the run's folder itself."""

    what: str
    do: Callable[[Job], None]
    disks: dict[str, float] = field(default_factory=dict)


def hit_server(number: signal.Signals) -> Callable[[Job], None]:
    return lambda job: job.next_call(START_LIMIT).send_signal(number)


def hit_worker(title: str) -> Callable[[Job], None]:
    def kill(job: Job) -> None:
        job.next_call(START_LIMIT)
        job.worker(title).kill()

    return kill


def interrupt(times: int) -> Callable[[Job], None]:
    """Ctrl-C: the terminal sends it to the whole group in the foreground."""

    def press(job: Job) -> None:
        job.next_call(START_LIMIT)
        for _ in range(times):
            os.killpg(job.main.pid, signal.SIGINT)
            job.look()
            time.sleep(AGAIN_SECONDS)

    return press


def hit_main(number: signal.Signals) -> Callable[[Job], None]:
    def send(job: Job) -> None:
        job.next_call(START_LIMIT)
        job.look()
        job.main.send_signal(number)

    return send


def hit_validation(job: Job) -> None:
    job.reach_validation(START_LIMIT)
    job.look()
    job.main.kill()


def fill(folder: str, leave: int = 0) -> Callable[[Job], None]:
    return lambda job: disk.fill(job.run / folder, leave)


FAULTS = {
    "nothing": Fault("the control: a second undisturbed run", lambda job: None),
    "server_killed": Fault("kill -9 of a server that is reading a call", hit_server(signal.SIGKILL)),
    "server_hung": Fault("SIGSTOP of a server that is reading a call", hit_server(signal.SIGSTOP)),
    "agent_loop_killed": Fault("kill -9 of the rollout worker", hit_worker("AgentLoopWorker")),
    "engine_killed": Fault("kill -9 of the engine that generates", hit_worker("CpuServer")),
    "trainer_killed": Fault("kill -9 of the training worker", hit_worker("WorkerDict")),
    "task_runner_killed": Fault("kill -9 of verl's task runner", hit_worker("TaskRunner")),
    "checkpoints_full": Fault(
        "7 MB left for a checkpoint of 16 MB", fill("checkpoints", 7 * 2**20), {"checkpoints": 64}
    ),
    "episodes_full": Fault("no byte left for episodes/", fill("episodes"), {"episodes": 8}),
    "run_full": Fault("no byte left for all but checkpoints/", fill(""), {"": 16, "checkpoints": 128}),
    "sigint": Fault("Ctrl-C", interrupt(1)),
    "sigint_twice": Fault("Ctrl-C, again after 0.5 s", interrupt(2)),
    "sigterm": Fault("SIGTERM to the main process", hit_main(signal.SIGTERM)),
    "main_killed": Fault("kill -9 of the main process", hit_main(signal.SIGKILL)),
    "validation_killed": Fault("kill -9 of it while the last step is evaluated", hit_validation),
}
