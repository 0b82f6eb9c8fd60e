"""What a run has learned: held-out episodes before and after, paired by example, as a table, JSON and a picture."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first: no screen is needed)

MEASURES = ("total", "validity", "coverage", "efficiency", "name", "arg", "exact")
Z95 = 1.96


def read_episodes(path: Path) -> dict[str, dict[str, float]]:
    """example id -> reward numbers, those that only a preset has after the others.

    Of a line written twice (a killed and resumed step) the last one counts.
    """
    rewards: dict[str, dict[str, float]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            episode = json.loads(line)
            numbers = {key: float(value) for key, value in episode["reward"].items() if key != "reasons"}
            rewards[episode["example_id"]] = {key: numbers[key] for key in [*MEASURES, *sorted(numbers)]}
    return rewards


def compare(before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Means before and after over the examples both have, and each paired difference with its 95 % interval."""
    shared = sorted(before.keys() & after.keys())
    if not shared:
        raise ValueError("no held-out example was played both before and after")
    episodes = [rewards[one] for rewards in (before, after) for one in shared]
    measures = [key for key in episodes[0] if all(key in episode for episode in episodes)]
    differences = {key: paired([after[one][key] - before[one][key] for one in shared]) for key in measures}
    return {
        "n": len(shared),
        "before": {key: _mean(before[one][key] for one in shared) for key in measures},
        "after": {key: _mean(after[one][key] for one in shared) for key in measures},
        "delta": differences["total"][0],
        "ci95": differences["total"][1],
        "deltas": {key: {"delta": mean, "ci95": interval} for key, (mean, interval) in differences.items()},
    }


def paired(differences: list[float]) -> tuple[float, list[float]]:
    """Mean of paired differences and its normal 95 % interval."""
    n, mean = len(differences), _mean(differences)
    variance = sum((value - mean) ** 2 for value in differences) / max(1, n - 1)
    half = Z95 * math.sqrt(variance / n)
    return mean, [mean - half, mean + half]


def summarise(run: Path, seconds: float, about: dict[str, Any]) -> dict[str, Any]:
    """Writes summary.json and curves.png into a run's folder; returns the summary."""
    played = sorted((run / "episodes" / "heldout").glob("*.jsonl"))
    summary: dict[str, Any] = {**about, "seconds": round(seconds, 1)}
    if len(played) > 1:
        summary["heldout"] = compare(read_episodes(played[0]), read_episodes(played[-1]))
    draw(read_metrics(run / "metrics.jsonl"), summary.get("heldout"), run / "curves.png")
    (run / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """One dict per step, in order; a step that was run again after a kill appears once, as it was last."""
    steps: dict[int, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            steps[int(row["step"])] = {**steps.get(int(row["step"]), {}), **row}
    return [steps[step] for step in sorted(steps)]


def table(summary: Mapping[str, Any]) -> str:
    """The held-out table as text."""
    heldout = summary["heldout"]
    lines = [f"held-out episodes on worlds never trained on, n = {heldout['n']}", ""]
    lines.append(f"{'':<12}{'before':>9}{'after':>9}{'change':>9}   95% interval (paired)")
    for key, change in heldout["deltas"].items():
        low, high = change["ci95"]
        label = "exact match" if key == "exact" else key
        lines.append(
            f"{label:<12}{heldout['before'][key]:>9.3f}{heldout['after'][key]:>9.3f}{change['delta']:>+9.3f}"
            f"   [{low:+.3f}, {high:+.3f}]"
        )
    return "\n".join(lines)


def draw(metrics: list[dict[str, Any]], heldout: Mapping[str, Any] | None, path: Path) -> None:
    """Two panels: training reward and its components by step; held-out before and after."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), width_ratios=(2, 1))
    for key in MEASURES:
        points = [(row["step"], row[f"reward/{key}"]) for row in metrics if f"reward/{key}" in row]
        if points:
            left.plot(*zip(*points, strict=True), label=key, linewidth=2.5 if key == "total" else 1)
    left.set(xlabel="step", ylabel="mean over sampled episodes", title="training")
    left.legend(fontsize=8, ncols=2)
    if heldout:
        _bars(right, heldout)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _bars(axes: Any, heldout: Mapping[str, Any]) -> None:
    keys = ["total", "coverage", "arg", "exact"]
    for offset, when in ((-0.2, "before"), (0.2, "after")):
        axes.bar([place + offset for place in range(len(keys))], [heldout[when][key] for key in keys], 0.38, label=when)
    axes.set_xticks(range(len(keys)), keys)
    axes.set_title(f"held-out worlds, n = {heldout['n']}")
    axes.legend(fontsize=8)


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)
