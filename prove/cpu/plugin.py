"""What verl imports in all its processes (`actor_rollout_ref.model.external_lib`): registers training and rollout.

Everything is keyed by device or name, and the process group is only made where the platform is the CPU: importing this
on a GPU machine changes nothing.
"""

from __future__ import annotations

import os

import torch.distributed
from verl.utils.device import get_device_name
from verl.workers.rollout.base import _ROLLOUT_REGISTRY
from verl.workers.rollout.replica import RolloutReplicaRegistry


def load_replica() -> type:
    from prove.cpu.replica import CpuReplica

    return CpuReplica


def join_process_group() -> None:
    """verl would ask for the backends "cpu:gloo,cpu:gloo", which torch refuses; it skips that when a group exists."""
    if "RANK" not in os.environ or torch.distributed.is_initialized():
        return
    rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.distributed.init_process_group(
        "gloo", rank=rank, world_size=size, init_method=os.environ.get("DIST_INIT_METHOD")
    )


# The adapter's table has no public way in (verl 0.9.1); this adds a key and replaces none.
_ROLLOUT_REGISTRY[("cpu", "async")] = "prove.cpu.replica.CpuServerAdapter"
RolloutReplicaRegistry.register("cpu", load_replica)

if get_device_name() == "cpu":
    import prove.cpu.fsdp  # noqa: F401  registers the training engine

    join_process_group()
