"""The CPU engine as a verl rollout: a Ray actor generates, a replica starts it, an adapter feeds it weights."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any

import ray
import torch
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
from verl.utils.config import omega_conf_to_dataclass
from verl.workers.rollout.base import BaseRollout
from verl.workers.rollout.replica import RolloutReplica, TokenOutput

from prove.cpu import CORES
from prove.cpu.engine import Engine
from prove.cpu.sampling import Sampling


class CpuServer:
    """One engine behind verl's server interface. Sleep and wake are about GPU memory: only the caches are dropped."""

    def __init__(self, config, model_config, replicas: int) -> None:
        self.config = omega_conf_to_dataclass(config)
        model = omega_conf_to_dataclass(model_config)
        length = self.config.max_model_len or self.config.prompt_length + self.config.response_length
        self.engine = Engine(model.local_path, self.config.max_num_seqs, length, max(1, CORES // replicas))
        self.stop = {model.tokenizer.eos_token_id}
        self.global_steps: int | None = None
        self.requests = 0

    async def generate(
        self,
        request_id: str,
        prompt_ids: list[int],
        sampling_params: dict[str, Any],
        image_data: Any = None,
        video_data: Any = None,
        **_: Any,
    ) -> TokenOutput:
        """verl's sampling parameters, plus `seed`; without one each request of a server gets the next number.

        verl names every turn anew; the seed is that of the whole episode, and so the name by which the engine knows
        what it has computed before.
        """
        self.requests += 1
        left = self.config.prompt_length + self.config.response_length - len(prompt_ids)
        limit = sampling_params.get("max_tokens") or sampling_params.get("max_new_tokens")
        future = self.engine.submit(
            list(prompt_ids),
            max_tokens=limit or min(self.config.response_length, left),
            stop=self.stop | set(sampling_params.get("stop_token_ids") or ()),
            sampling=self._sampling(sampling_params),
            request_id=str(sampling_params.get("seed", request_id)),
        )
        made = await asyncio.wrap_future(future)
        return TokenOutput(
            token_ids=made.tokens,
            log_probs=made.log_probs if sampling_params.get("logprobs") else None,
            stop_reason=made.reason,
            num_preempted=0,
            extra_fields={"global_steps": self.global_steps},
        )

    def _sampling(self, given: dict[str, Any]) -> Sampling:
        seed = given.get("seed")
        return Sampling(
            temperature=float(given.get("temperature", 1.0)),
            top_p=float(given.get("top_p", 1.0)),
            top_k=int(given.get("top_k", -1)),
            seed=int(seed) if seed is not None else self.config.seed + self.requests,
        )

    async def load_weights(self, named: list[tuple[str, torch.Tensor]], global_steps: int | None) -> None:
        await asyncio.to_thread(self.engine.load, named)
        if global_steps is not None:
            self.global_steps = global_steps

    async def ready(self) -> bool:
        return True

    async def sleep(self, *_: Any, **__: Any) -> None:
        await asyncio.to_thread(self.engine.forget)

    clear_kv_cache = release_kv_cache = sleep

    async def wake_up(self, *_: Any, **__: Any) -> None:
        pass

    resume_kv_cache = abort_all_requests = resume_generation = start_profile = stop_profile = wake_up


class CpuReplica(RolloutReplica):
    """Starts one server in its own process, beside the training worker."""

    async def launch_servers(self) -> None:
        name = f"cpu_server_{self.replica_rank}"
        here = NodeAffinitySchedulingStrategy(node_id=ray.get_runtime_context().get_node_id(), soft=True)
        actor = ray.remote(CpuServer).options(
            num_cpus=0, name=name, max_concurrency=self.max_concurrency, scheduling_strategy=here
        )
        server = actor.remote(self.config, self.model_config, self.gpus_per_node // self.world_size)
        await server.ready.remote()
        self.servers, self._server_handle, self._server_address = [server], server, name


class CpuServerAdapter(BaseRollout):
    """Lives in the training worker; sends its weights to the server of its replica."""

    def __init__(self, config, model_config, device_mesh, replica_rank: int = -1) -> None:
        super().__init__(config, model_config, device_mesh)
        size = self.config.tensor_model_parallel_size * self.config.data_parallel_size
        rank = int(os.environ["RANK"])
        self.replica_rank = rank // size if replica_rank == -1 else replica_rank
        self.is_leader = rank % size == 0

    async def resume(self, tags: list[str]) -> None:
        pass

    async def release(self) -> None:
        pass

    @torch.no_grad()
    async def update_weights(
        self,
        weights: Iterable[tuple[str, torch.Tensor]],
        global_steps: int | None = None,
        wire_format: str = "named_tensors",
        **_: Any,
    ) -> None:
        """Every rank reads every weight (gathering a sharded one is collective); the leader sends them."""
        named = [(name, tensor.detach().to("cpu", torch.float32).clone()) for name, tensor in weights]
        if self.is_leader:
            server = ray.get_actor(f"cpu_server_{self.replica_rank}")
            await server.load_weights.remote(named, global_steps)
