"""How long a run takes, by arithmetic: seconds of each part of a step, and of everything around the steps.

    forward of T tokens    2 P T + 2 L d T^2 flops    P: parameters that are multiplied, d: width of attention, causal
    update                 4 forwards (forward, again for checkpointing, backward 2); 3 with LoRA
    old log-probabilities  1 forward, the reference 1
    generation             prefill by flops; then each token reads the weights and the cache, by bandwidth

Shares of what the GPU can do, and lengths of episodes, are assumed: conf/trainer/_h100.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from omegaconf import DictConfig

from prove.estimates.memory import Layout, Shape, cached_tokens, trained


@dataclass(frozen=True)
class Duration:
    """`step`: seconds of one step by part; `around`: seconds of the whole run outside steps, by part."""

    step: Mapping[str, float]
    around: Mapping[str, float]
    steps: int
    gpus: int

    @property
    def hours(self) -> float:
        return (self.steps * sum(self.step.values()) + sum(self.around.values())) / 3600

    @property
    def gpu_hours(self) -> float:
        return self.hours * self.gpus


def duration(cfg: DictConfig, shape: Shape, layout: Layout) -> Duration:
    return fine_tuning(cfg, shape, layout) if layout.fine_tuning else grpo(cfg, shape, layout)


def grpo(cfg: DictConfig, shape: Shape, layout: Layout) -> Duration:
    guess, trainer = cfg.estimate, cfg.trainer
    episodes = trainer.batch * trainer.group
    length = guess.episode.prompt + guess.episode.read + guess.episode.written
    forward = episodes * forward_flops(shape, length) / (guess.gpu.flops * layout.total)
    generation = generate(cfg, shape, layout, episodes, trainer.group)
    step = {
        **generation,
        "old log-probs": forward / guess.share.forward,
        "reference": forward / guess.share.forward if layout.reference else 0.0,
        "update": (3 if layout.lora_rank else 4) * forward / guess.share.training,
        "to and from host": host_bytes_moved(shape, layout, episodes) / guess.host,
        "the rest": guess.step,
    }
    validations = trainer.steps // trainer.validate_every + trainer.validate_first if trainer.validate_every > 0 else 0
    evaluation = sum(generate(cfg, shape, layout, guess.evaluated, 1).values())
    around = {"validation": validations * evaluation, **saving(cfg, shape, layout, trainer.steps)}
    return Duration(step, around, trainer.steps, layout.total)


def fine_tuning(cfg: DictConfig, shape: Shape, layout: Layout) -> Duration:
    """Steps of `trainer.batch` conversations, and two evaluations of the held-out rows."""
    guess = cfg.estimate
    steps = cfg.sft.epochs * (guess.rows // cfg.trainer.batch)
    steps = steps if cfg.trainer.steps is None else min(steps, cfg.trainer.steps)
    flops = 4 * cfg.trainer.batch * forward_flops(shape, guess.conversation)
    step = {"update": flops / (guess.gpu.flops * layout.total) / guess.share.training}
    evaluation = sum(generate(cfg, shape, layout, guess.evaluated, 1).values())
    return Duration(step, {"evaluation": 2 * evaluation, **saving(cfg, shape, layout, steps)}, steps, layout.total)


def forward_flops(shape: Shape, tokens: float) -> float:
    """Of one episode."""
    multiplied = shape.layers * shape.layer + shape.head
    return 2 * multiplied * tokens + 2 * shape.layers * shape.attention * tokens**2


def generate(cfg: DictConfig, shape: Shape, layout: Layout, episodes: int, group: int) -> dict[str, float]:
    """Seconds for so many episodes, shared out among the replicas. A prompt is read once per group and replica."""
    guess, replicas = cfg.estimate, layout.total / layout.tensor_parallel
    lengths, share = guess.episode, guess.share
    prompts = episodes / group * min(group, replicas)
    read = prompts * forward_flops(shape, lengths.prompt) + episodes * forward_flops(shape, lengths.read)
    each = episodes / replicas
    context = lengths.prompt + (lengths.read + lengths.written) / 2
    together = max(1.0, min(each, cached_tokens(shape, layout, guess) / context))

    def token(sequences: float) -> float:
        """Seconds for one more token of so many sequences."""
        read = 2 * shape.parameters + sequences * context * shape.cache
        return read / layout.tensor_parallel / (guess.gpu.bandwidth * share.decode) + guess.decode_overhead

    waves = each / together
    decode = lengths.written * waves * token(together) + (lengths.longest - lengths.written) * token(1)
    return {"prefill": read / (guess.gpu.flops * layout.total) / share.prefill, "decode": decode}


def host_bytes_moved(shape: Shape, layout: Layout, episodes: int) -> float:
    """Of one GPU in one step, over its link to the host.

    The reference always stays there and comes for every episode (verl's FSDP2, bfloat16). Offloaded weights come and go
    for log-probabilities and update, Adam for the update; streamed ones come three times an episode, and gradients go.
    """
    weights, adam = 4 * shape.parameters, 8 * trained(shape, layout)
    apart = layout.reference and not layout.lora_rank  # LoRA's reference is the model without its adapters
    moved = 2 * shape.parameters * episodes / layout.total if apart else 0.0
    if layout.stream:
        moved += (3 * weights + 4 * trained(shape, layout)) * episodes / layout.total
    elif layout.offload:
        moved += 4 * weights + 2 * adam
    return moved / layout.total


def saving(cfg: DictConfig, shape: Shape, layout: Layout, steps: int) -> dict[str, float]:
    saved = steps // cfg.trainer.save_every if cfg.trainer.save_every > 0 else 0
    checkpoint = 4 * shape.parameters + 8 * trained(shape, layout)
    return {"checkpoints": saved * checkpoint / cfg.estimate.disk, "start": cfg.estimate.start}
