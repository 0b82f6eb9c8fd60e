"""Estimates memory per GPU and GPU-hours of a choice, with every assumption. Nothing is started, no GPU is needed.

python -m prove.estimate model=qwen3-8b trainer=fsdp_8gpu
python -m prove.estimate model=qwen3-4b trainer=fsdp_1gpu estimate.episode.written=3000 rollout.response_tokens=8192
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import hydra
from omegaconf import DictConfig, OmegaConf

from prove.estimates.hours import Duration, duration
from prove.estimates.memory import (
    GIB,
    Layout,
    Phase,
    Shape,
    cached_tokens,
    host_bytes,
    misfit,
    phases,
    read_layout,
    read_shape,
)
from prove.options.overrides import problem

CONF = Path(__file__).resolve().parent.parent / "conf"
CANNOT = 2  # exit status: the words are wrong, or ask for what has no estimate


def report(cfg: DictConfig) -> str:
    """All tables, as text. ValueError: a trainer without GPUs, a model whose shape is not known."""
    shape, layout = read_shape(cfg), read_layout(cfg)
    used, time = phases(shape, layout, cfg.estimate), duration(cfg, shape, layout)
    parts = [
        "\n".join(setting(cfg, shape, layout)),
        "\n".join(memory_table(cfg, shape, layout, used)),
        misfit(cfg) or f"it fits, with {cfg.estimate.gpu.memory - most(used):.0f} GiB to spare",
        "\n".join(time_table(time)),
        "assumed, beside what the words above say (conf/trainer/_h100.yaml):\n"
        + OmegaConf.to_yaml(cfg.estimate).strip(),
        "Estimated by arithmetic, not run.",
    ]
    return "\n\n".join(parts)


def most(used: list[Phase]) -> float:
    """GiB of the largest phase."""
    return max(phase.bytes for phase in used) / GIB


def setting(cfg: DictConfig, shape: Shape, layout: Layout) -> Iterator[str]:
    yield f"model    {cfg.model.name}: {shape.parameters / 1e9:.2f} billion parameters"
    yield f"trainer  {cfg.trainer.name}: {layout.nodes} x {layout.gpus} {cfg.estimate.gpu.name}, FSDP2 over all"
    if not layout.fine_tuning:
        replicas = layout.total // layout.tensor_parallel
        tokens = cached_tokens(shape, layout, cfg.estimate)
        yield f"rollout  {replicas} replicas on {layout.tensor_parallel} GPUs each, with a cache of {tokens:,} tokens"
    yield f"host     {host_bytes(shape, layout) / GIB:.0f} GiB of a node's memory for weights, Adam, reference"


def memory_table(cfg: DictConfig, shape: Shape, layout: Layout, used: list[Phase]) -> Iterator[str]:
    title = f"GiB of {cfg.estimate.gpu.memory:g}, episode of {layout.longest}"
    yield row(title, [phase.name for phase in used])
    for item in dict.fromkeys(name for phase in used for name in phase.items):
        yield row(item, [f"{phase.items.get(item, 0) / GIB:.1f}" for phase in used])
    yield row("together", [f"{phase.bytes / GIB:.1f}" for phase in used])


def row(name: str, cells: list[str]) -> str:
    return f"{name:<36}" + "".join(f"{cell:>11}" for cell in cells)


def time_table(time: Duration) -> Iterator[str]:
    yield row("seconds of a step", [])
    for name, seconds in time.step.items():
        yield row(name, [f"{seconds:.1f}"])
    yield row("together", [f"{sum(time.step.values()):.1f}"])
    others = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in time.around.items())
    yield f"{time.steps} steps, {others}: {time.hours:.1f} hours, {time.gpu_hours:.0f} GPU-hours"


@hydra.main(config_path="../conf", config_name="config", version_base="1.3")
def main(cfg: DictConfig) -> None:
    try:
        print(report(cfg))
    except ValueError as error:
        refuse(str(error))


def refuse(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(CANNOT)


if __name__ == "__main__":
    wrong = problem(sys.argv[1:], CONF, "config")
    if wrong:
        refuse(wrong)
    main()
