"""How often the intervals hold the truth, on made-up grids of which it is known.

    D[s, e] = seed_s + example_e + noise_se, the true mean 0; S = 3, E = 300
    crossed   ours: seeds and examples drawn        examples   1.96 standard errors of each example's mean over seeds

python -m experiments.replication.coverage      a few seconds
"""

from __future__ import annotations

import numpy as np

from prove.reports.intervals import weights
from prove.reports.markdown import grid

SEEDS, EXAMPLES, GRIDS, DRAWS = 3, 300, 1000, 1000
SPREADS = ((0.0, 0.2, 0.35), (0.01, 0.2, 0.35), (0.02, 0.2, 0.35), (0.04, 0.2, 0.35))


def crossed(values: np.ndarray) -> tuple[float, float]:
    """As prove.reports.intervals, with fewer draws."""
    seeds, examples = (several[:DRAWS] for several in weights(*values.shape))
    low, high = np.quantile(((seeds @ values) * examples).sum(axis=1), [0.025, 0.975])
    return low, high


def by_example(values: np.ndarray) -> tuple[float, float]:
    means = values.mean(axis=0)
    half = 1.96 * means.std(ddof=1) / len(means) ** 0.5
    return means.mean() - half, means.mean() + half


def simulated(spread: tuple[float, float, float], generator: np.random.Generator) -> list[str]:
    """For one choice of standard deviations: how many of the intervals hold 0, and how wide they are."""
    of_seed, of_example, of_noise = spread
    found: list[list[tuple[float, float]]] = [[], []]
    for _ in range(GRIDS):
        noise = of_noise * generator.normal(size=(SEEDS, EXAMPLES))
        values = of_seed * generator.normal(size=(SEEDS, 1)) + of_example * generator.normal(size=(1, EXAMPLES)) + noise
        for intervals, method in zip(found, (crossed, by_example), strict=True):
            intervals.append(method(values))
    cells = [f"{100 * np.mean([low <= 0 <= high for low, high in intervals]):.1f} %" for intervals in found]
    widths = [f"{np.mean([high - low for low, high in intervals]):.3f}" for intervals in found]
    return [*map(str, spread), cells[0], widths[0], cells[1], widths[1]]


def main() -> None:
    generator = np.random.default_rng(0)
    head = ["sd of seeds", "sd of examples", "sd of noise", "crossed holds", "width", "examples holds", "width"]
    print(grid(head, [simulated(spread, generator) for spread in SPREADS]))


if __name__ == "__main__":
    main()
