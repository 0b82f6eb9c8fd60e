"""Many episodes on the same servers: do memory and handles of client and servers grow?

    python -m experiments.chaos.soak episodes=5000 transport=stdio

soak.csv: a line every `sample` episodes. Printed: slope per 1000 episodes with its 95 % interval, of the second half,
when every world has been made and kept; soak.png shows all of it.
"""

from __future__ import annotations

import asyncio
import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from matplotlib.figure import Figure
from tqdm import trange

from experiments.chaos.gold import play, rows_of
from experiments.chaos.run import HERE, POOL, settings
from prove.benchmarks.items import Task
from prove.sessions import ServerPool

MEASURES = ("client_mb", "client_handles", "servers_mb", "servers_handles")
DRAWS = 2000


def sample(done: int) -> dict[str, float]:
    """Memory and open handles of this process and of those below it."""
    me = psutil.Process()
    below = me.children(recursive=True)
    memory = [process.memory_info().rss / 2**20 for process in (me, *below)]
    handles = [process.num_fds() for process in (me, *below)]
    numbers = (memory[0], handles[0], sum(memory[1:]), sum(handles[1:]))
    return {"episodes": done, **{name: round(value, 2) for name, value in zip(MEASURES, numbers, strict=True)}}


async def soak(cfg: dict[str, Any], rows: Sequence[Task]) -> list[dict[str, float]]:
    """Batches of `sample` episodes; a sample is taken between two, when no session is open."""
    samples, rng, options = [], random.Random(cfg["seed"]), {key: cfg[key] for key in POOL}
    async with ServerPool(cfg["servers"], cfg["transport"], **options) as pool:
        for start in trange(0, cfg["episodes"], cfg["sample"], unit="batch"):
            batch = [rows[number % len(rows)] for number in range(start, start + cfg["sample"])]
            outcomes = await asyncio.gather(*(play(row, pool, 0.0, rng) for row in batch))
            assert None not in outcomes and not pool.sessions
            samples.append(sample(start + cfg["sample"]))
    return samples


def slope(samples: Sequence[dict[str, float]], name: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """Of a straight line through the second half, per 1000 episodes; percentiles of resampled residuals around it."""
    half = samples[len(samples) // 2 :]
    x, y = (np.array([each[key] for each in half]) for key in ("episodes", name))
    fitted = y.mean() + _gradient(x, y) * (x - x.mean())
    drawn = [_gradient(x, fitted + rng.choice(y - fitted, len(y))) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return 1000 * _gradient(x, y), 1000 * low, 1000 * high


def _gradient(x: np.ndarray, y: np.ndarray) -> float:
    centred = x - x.mean()
    return float(centred @ y / (centred @ centred))


def draw(samples: Sequence[dict[str, float]], path: Path) -> None:
    figure = Figure(figsize=(8.6, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    x = [each["episodes"] for each in samples]
    for name in MEASURES:
        axes = left if name.endswith("mb") else right
        axes.plot(x, [each[name] for each in samples], label=name.partition("_")[0])
    for axes, title in ((left, "MB in memory"), (right, "open handles")):
        axes.set(title=title, xlabel="episodes", ylim=(0, None))
        axes.legend()
    figure.savefig(path, dpi=140)


def main() -> None:
    cfg = settings()
    samples = asyncio.run(soak(cfg, rows_of(Path(cfg["rows"]), cfg["servers"])))
    with (HERE / "soak.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, samples[0])
        table.writeheader()
        table.writerows(samples)
    draw(samples, HERE / "soak.png")
    rng = np.random.default_rng(cfg["seed"])
    for name in MEASURES:
        value, low, high = slope(samples, name, rng)
        last = samples[-1][name]
        print(f"{name:<16}{last:>9.1f} at the end, {value:+.3f} [{low:+.3f}, {high:+.3f}] per 1000 episodes")


if __name__ == "__main__":
    main()
