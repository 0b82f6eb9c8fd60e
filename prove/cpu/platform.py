"""The CPU as a verl platform. Imported by `import verl` itself: VERL_USE_EXTERNAL_MODULES names this module.

Harmless on a GPU machine: it then reports itself unavailable and verl picks its own platform.
"""

from __future__ import annotations

import contextlib
import types
from typing import Any

import torch
from verl.plugin.platform import PlatformBase, PlatformRegistry

# What verl asks of torch.cuda and torch.cpu has not: memory is not accounted, caches do not exist.
ZEROS = ("memory_allocated", "memory_reserved", "max_memory_allocated", "max_memory_reserved", "device_count")
NOTHING = ("set_device", "synchronize", "empty_cache", "reset_peak_memory_stats", "ipc_collect")


class CpuDevice(types.ModuleType):
    """`torch.cpu` with the calls verl makes on `torch.cuda`."""

    def __getattr__(self, name: str) -> Any:
        if name in ZEROS:
            return lambda *_: 0
        if name in NOTHING:
            return lambda *_: None
        return getattr(torch.cpu, name)

    def is_available(self) -> bool:
        """False: there is no accelerator, so verl skips the branches that need one."""
        return False

    def current_device(self) -> str:
        """A string, because verl writes `tensor.to(get_device_id())`."""
        return "cpu"

    def get_device_name(self, *_: Any) -> str:
        return "CPU"

    def mem_get_info(self, *_: Any) -> tuple[int, int]:
        return 0, 0

    def get_rng_state(self, *_: Any) -> torch.Tensor:
        return torch.get_rng_state()

    def set_rng_state(self, state: torch.Tensor, *_: Any) -> None:
        torch.set_rng_state(state)


DEVICE = CpuDevice("torch_cpu_device")


@PlatformRegistry.register(platform="cpu")
class PlatformCPU(PlatformBase):
    """One CPU counts as one "GPU" of Ray: a logical resource, given by `ray_kwargs.ray_init.num_gpus`."""

    device_name = "cpu"
    vendor_name = "cpu"
    device_module = DEVICE

    def is_available(self) -> bool:
        return True

    def is_platform_available(self, use_smi_check: bool = False) -> bool:
        return not torch.cuda.is_available()

    def current_device(self) -> str:
        return "cpu"

    def device_count(self) -> int:
        return 0

    def set_device(self, device_index: Any) -> None:
        pass

    def synchronize(self, device_index: Any = None) -> None:
        pass

    def manual_seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    def manual_seed_all(self, seed: int) -> None:
        torch.manual_seed(seed)

    def set_allocator_settings(self, settings: str) -> None:
        pass

    def empty_cache(self) -> None:
        pass

    def get_device_capability(self, device_index: int = 0) -> tuple[None, None]:
        return None, None

    def communication_backend_name(self) -> str:
        return "gloo"

    def visible_devices_envvar(self) -> str:
        return "CUDA_VISIBLE_DEVICES"

    @contextlib.contextmanager
    def nvtx_range(self, msg: str):
        yield

    def profiler_start(self) -> None:
        pass

    def profiler_stop(self) -> None:
        pass

    def ray_resource_name(self) -> str:
        return "GPU"

    def ray_noset_envvars(self) -> list[str]:
        return ["RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES"]

    def is_ipc_supported(self) -> bool:
        return False

    def cudart(self) -> None:
        return None
