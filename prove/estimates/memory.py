"""What a run needs of its GPUs' memory, by arithmetic: the bytes of each phase of a step on one GPU.

    N parameters, n GPUs, T tokens of the longest episode, V entries of the vocabulary, L layers of width h

    rollout    vLLM's share (weights 2 N / tensor parallel, KV cache) + what the trainer leaves on the GPU
    log-probs  weights 4 N / n, Adam's 8 N / n + gathered layers + logits ~ T V
    update     the same + gradients 4 N / n + inputs of all layers 2 L h T + one layer computed again
    Adam       weights, gradients, Adam + 4 N / n that its step takes for a moment

float32 weights and Adam, sharded by FSDP2; bfloat16 arithmetic; activations of one layer at a time (checkpointing).
Only the longest episode counts: they go through one by one. Numbers that are no shape are in conf/trainer/_h100.yaml.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

GIB = 2.0**30
PIECE = 512  # tokens that verl's FusedLinearForPPO takes at once
CONFIG_JSON = {
    "layers": "num_hidden_layers",
    "hidden": "hidden_size",
    "heads": "num_attention_heads",
    "kv_heads": "num_key_value_heads",
    "head_size": "head_dim",
    "ffn": "intermediate_size",
    "vocabulary": "vocab_size",
    "tied": "tie_word_embeddings",
}


@dataclass(frozen=True)
class Shape:
    """A dense transformer with gated feed-forward layers and grouped attention; `tied`: head and embedding are one."""

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_size: int
    ffn: int
    vocabulary: int
    tied: bool

    @property
    def attention(self) -> int:
        """Width of all query heads together."""
        return self.heads * self.head_size

    @property
    def layer(self) -> int:
        """Parameters of one layer; norms and biases are left out (below 0.01 %)."""
        projections = self.hidden * self.head_size * 2 * (self.heads + self.kv_heads)
        return projections + 3 * self.hidden * self.ffn

    @property
    def head(self) -> int:
        return self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        return self.layers * self.layer + self.head * (1 if self.tied else 2)

    @property
    def cache(self) -> int:
        """Bytes of KV cache for one token, bfloat16."""
        return 2 * 2 * self.layers * self.kv_heads * self.head_size

    @property
    def activation(self) -> int:
        """Bytes for one token inside one layer that a backward pass needs: bfloat16, the norms' inputs float32."""
        heads = (self.heads + 2 * self.kv_heads) * self.head_size
        return 2 * (4 * self.ffn + 3 * heads + 2 * self.hidden) + 16 * self.hidden


@dataclass(frozen=True)
class Layout:
    """How a configuration lays the model out over its GPUs."""

    gpus: int
    nodes: int
    tensor_parallel: int
    share: float
    """Of each GPU, for vLLM."""
    longest: int
    """Tokens of an episode, at most."""
    offload: bool
    """Weights and Adam wait in host memory, and come for their phase."""
    stream: bool
    """They stay there; layers come one by one."""
    pieces: bool
    reference: bool
    lora_rank: int
    fine_tuning: bool

    @property
    def total(self) -> int:
        return self.gpus * self.nodes


@dataclass(frozen=True)
class Phase:
    name: str
    items: Mapping[str, float]
    """Bytes on one GPU, by what they are for."""

    @property
    def bytes(self) -> float:
        return sum(self.items.values())


def read_shape(cfg: DictConfig) -> Shape:
    """From config.json where the model is a folder here, else from `model.shape`. ValueError: neither is there."""
    found = Path(cfg.model.path) / "config.json"
    if found.is_file():
        told = json.loads(found.read_text(encoding="utf-8"))
        return Shape(**{ours: told[theirs] for ours, theirs in CONFIG_JSON.items()})
    shape = cfg.model.get("shape")
    if shape is None:
        raise ValueError(f"no estimate for model.path={cfg.model.path}: it is no folder here and has no model.shape")
    return Shape(**OmegaConf.to_container(shape))  # type: ignore[arg-type]


def read_layout(cfg: DictConfig) -> Layout:
    """ValueError: a trainer without GPUs."""
    if not cfg.trainer.gpus or "estimate" not in cfg:
        raise ValueError(f"estimates are for GPUs; trainer={cfg.trainer.name} has none")
    verl: Any = OmegaConf.to_container(cfg.verl, resolve=True)
    model, actor = verl["actor_rollout_ref"]["model"], verl["actor_rollout_ref"]["actor"]
    rollout, engine = verl["actor_rollout_ref"]["rollout"], actor["fsdp_config"]
    return Layout(
        gpus=cfg.trainer.gpus,
        nodes=cfg.trainer.nodes,
        tensor_parallel=rollout["tensor_model_parallel_size"],
        share=rollout["gpu_memory_utilization"],
        longest=verl["data"]["max_prompt_length"] + verl["data"]["max_response_length"],
        offload=bool(engine.get("param_offload") and engine.get("optimizer_offload")),
        stream=bool(engine.get("offload_policy")),
        pieces=bool(model.get("use_fused_kernels")),
        reference=bool(actor["use_kl_loss"]),
        lora_rank=model.get("lora_rank") or 0,
        fine_tuning="sft" in cfg,
    )


def trained(shape: Shape, layout: Layout) -> int:
    """Parameters with gradients: all, or the adapters of LoRA on every projection."""
    if not layout.lora_rank:
        return shape.parameters
    width = (shape.heads + shape.kv_heads) * shape.head_size
    return shape.layers * layout.lora_rank * (4 * shape.hidden + 2 * width + 3 * (shape.hidden + shape.ffn))


def phases(shape: Shape, layout: Layout, estimate: DictConfig) -> list[Phase]:
    """Rollout, log-probabilities, update and Adam's step (fine-tuning: the last two), the bytes of each on one GPU."""
    asleep = layout.offload or layout.stream
    weights = 0 if layout.stream else 4 * shape.parameters / layout.total
    adam = 0 if layout.stream else 8 * trained(shape, layout) / layout.total
    reserve = estimate.reserve * GIB
    gathered = 2 * (2 * shape.layer + shape.head)
    rollout = {
        "vLLM": layout.share * estimate.gpu.memory * GIB,
        "weights": 0 if asleep else weights,
        "Adam": 0 if asleep else adam,
        "reserve": reserve,
    }
    forward = {
        "weights": weights,
        "Adam": 0 if asleep else adam,
        "gathered": gathered,
        "one layer": shape.activation * layout.longest / 4,  # what it holds at once; nothing is kept
        "logits": logits(shape, layout, estimate, "forward"),
        "reserve": reserve,
    }
    update = {
        "weights": weights,
        "Adam": adam,
        "gradients": 0 if layout.stream else 4 * trained(shape, layout) / layout.total,
        "gathered": gathered + (0 if layout.lora_rank else 6 * shape.head),  # the head's gradient, bfloat16 and float32
        "layer inputs": 2 * shape.layers * shape.hidden * layout.longest,
        "one layer": shape.activation * layout.longest,
        "logits": logits(shape, layout, estimate, "update"),
        "reserve": reserve,
    }
    step = {name: update[name] for name in ("weights", "Adam", "gradients", "reserve")}
    learning = [Phase("update", update), Phase("Adam", {**step, "roots": update["gradients"]})]
    return learning if layout.fine_tuning else [Phase("rollout", rollout), Phase("log-probs", forward), *learning]


def logits(shape: Shape, layout: Layout, estimate: DictConfig, phase: str) -> float:
    """Bytes: of the whole episode, or of one piece of it."""
    if layout.pieces:
        return estimate.bytes.piece * PIECE * shape.vocabulary
    return estimate.bytes[phase] * layout.longest * shape.vocabulary


def cached_tokens(shape: Shape, layout: Layout, estimate: DictConfig) -> int:
    """Tokens whose keys and values one rollout replica holds; 0: its weights alone do not fit."""
    room = (layout.share * estimate.gpu.memory - estimate.engine) * GIB
    room -= 2 * shape.parameters / layout.tensor_parallel
    return max(0, int(room / (shape.cache / layout.tensor_parallel)))


def host_bytes(shape: Shape, layout: Layout) -> float:
    """Of one node: what is offloaded, and the reference in bfloat16."""
    kept = 4 * shape.parameters + 8 * trained(shape, layout) if layout.offload or layout.stream else 0
    gradients = 4 * trained(shape, layout) if layout.stream else 0
    reference = 2 * shape.parameters if layout.reference and not layout.fine_tuning and not layout.lora_rank else 0
    return (kept + gradients + reference) / layout.nodes


def positions(cfg: DictConfig) -> int:
    """Of a model that is a folder here; those on the hub are known to have enough."""
    found = Path(cfg.model.path) / "config.json"
    return json.loads(found.read_text(encoding="utf-8"))["max_position_embeddings"] if found.is_file() else 2**31


def misfit(cfg: DictConfig) -> str | None:
    """One sentence about a choice that will not fit its GPUs, or None: it does, or there is nothing to reckon with."""
    try:
        shape, layout = read_shape(cfg), read_layout(cfg)
    except ValueError:
        return None
    if layout.longest > positions(cfg):
        return (
            f"model={cfg.model.name} knows {positions(cfg)} positions and vLLM refuses more; rollout.prompt_tokens, "
            f"rollout.response_tokens and verl.actor_rollout_ref.rollout.max_model_len ask for {layout.longest}"
        )
    memory = cfg.estimate.gpu.memory
    worst = max(phases(shape, layout, cfg.estimate), key=lambda phase: phase.bytes)
    what = f"model={cfg.model.name} with trainer={cfg.trainer.name}"
    if worst.bytes > memory * GIB:
        return (
            f"{what} will hardly fit: the {worst.name} phase needs about {worst.bytes / GIB:.0f} GiB of the "
            f"{memory:g} of a GPU ({cfg.estimate.gpu.name}); `python -m prove.estimate` with the same words says why"
        )
    if not layout.fine_tuning and cached_tokens(shape, layout, cfg.estimate) < layout.longest:
        return f"{what} will hardly run: vLLM's share of a GPU holds less than one episode of {layout.longest} tokens"
    return None
