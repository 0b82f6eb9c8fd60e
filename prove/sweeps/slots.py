"""Where jobs run side by side: each slot has cores, or GPUs, of its own.

CPU   slots = min(cores / cores_per_job, free memory / memory_per_job_gb), all cores shared out among them
GPU   slots = visible devices / trainer.gpus
more than one node: one slot, the cluster's
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from omegaconf import DictConfig

GB = 1e9


@dataclass(frozen=True)
class Slot:
    """`cores`: those a job is bound to, empty for all; `variables`: what its environment gets."""

    cores: tuple[int, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def slots_here(settings: DictConfig, jobs: Sequence[DictConfig]) -> list[Slot]:
    """At least one, and no more than jobs. ValueError: `sweeps.jobs` is more than the GPUs carry."""
    wanted = read_wanted(settings.jobs)
    gpus = max(cfg.trainer.gpus for cfg in jobs)
    if any(cfg.trainer.nodes > 1 for cfg in jobs):
        return [Slot()]
    if gpus:
        found = gpu_slots(devices_here(), wanted, gpus)
    else:
        memory = int(free_gb() / settings.memory_per_job_gb)
        found = cpu_slots(cores_here(), wanted, settings.cores_per_job, memory, len(jobs))
    return found[: len(jobs)]


def read_wanted(jobs: object) -> int | None:
    if jobs == "auto":
        return None
    if isinstance(jobs, int) and jobs > 0:
        return jobs
    raise ValueError(f"sweeps.jobs={jobs} is neither auto nor a number of jobs at once")


def cpu_slots(cores: Sequence[int], wanted: int | None, per_job: int, memory: int, jobs: int) -> list[Slot]:
    """`memory`: how many jobs it holds. Where more are wanted than there are cores, jobs share cores."""
    count = min(wanted or max(1, min(len(cores) // per_job, memory)), jobs)
    share = max(1, len(cores) // count)
    parts = [tuple(cores[(share * slot + one) % len(cores)] for one in range(share)) for slot in range(count)]
    return [Slot(part, {} if hasattr(os, "sched_setaffinity") else {"OMP_NUM_THREADS": str(share)}) for part in parts]


def gpu_slots(devices: Sequence[str], wanted: int | None, per_job: int) -> list[Slot]:
    """One unbound slot where the devices do not even carry one job: the job says in a sentence what it misses."""
    carried = len(devices) // per_job
    if wanted and wanted > max(1, carried):
        raise ValueError(
            f"sweeps.jobs={wanted} needs {wanted * per_job} GPUs, {per_job} a job, and {len(devices)} are visible"
        )
    parts = [devices[slot * per_job : (slot + 1) * per_job] for slot in range(min(wanted or carried, carried))]
    return [Slot((), {"CUDA_VISIBLE_DEVICES": ",".join(part)}) for part in parts] or [Slot()]


def cores_here() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def free_gb() -> float:
    """Of the machine, or of the container it looks out of (cgroup v2)."""
    free = psutil.virtual_memory().available
    limit, used = (Path("/sys/fs/cgroup") / name for name in ("memory.max", "memory.current"))
    if limit.exists() and used.exists() and limit.read_text().strip() != "max":
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    return free / GB


def devices_here() -> list[str]:
    """What CUDA_VISIBLE_DEVICES names, else what nvidia-smi lists; asking torch would take memory on each of them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        return [device for device in named.split(",") if device]
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True).stdout.split()


@contextlib.contextmanager
def bound_to(cores: Sequence[int]) -> Iterator[None]:
    """What is started inside inherits these cores and never runs on others. Nothing where the system cannot."""
    if not cores or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
