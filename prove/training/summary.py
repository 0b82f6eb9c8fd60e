"""What a run has learned, as a table, JSON and a picture.

after     means of the last held-out episodes, each with its 95 % interval
before    those of step 0, if they were played; then the differences too, paired by example
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first: no screen is needed)

from prove.training.checkpoints import replace_text  # noqa: E402

MEASURES = ("total", "validity", "coverage", "efficiency", "name", "arg", "exact")
ORDER = ("total", "atomic", "orchestration", *MEASURES[1:])  # of the columns, whichever of them a reward has
BARS = ("total", "atomic", "orchestration", "coverage", "arg", "exact")
LOSSES = {"train/loss": "loss", "val/loss": "loss on validation conversations"}
Z95 = 1.96


def read_episodes(path: Path) -> dict[str, dict[str, float]]:
    """example id -> the numbers its reward has, those that only a preset has after the others.

    Of a line written twice (a killed and resumed step) the last one counts.
    """
    rewards: dict[str, dict[str, float]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            episode = json.loads(line)
            numbers = {key: float(value) for key, value in episode["reward"].items() if key != "reasons"}
            rewards[episode["example_id"]] = {key: numbers[key] for key in [*ORDER, *sorted(numbers)] if key in numbers}
    return rewards


def compare(before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Means before and after over the examples both have, and each paired difference with its 95 % interval."""
    shared = sorted(before.keys() & after.keys())
    if not shared:
        raise ValueError("no held-out example was played both before and after")
    first, last = describe({one: before[one] for one in shared}), describe({one: after[one] for one in shared})
    measures = [key for key in last["after"] if key in first["after"]]
    differences = {key: paired([after[one][key] - before[one][key] for one in shared]) for key in measures}
    return {
        **last,
        "before": first["after"],
        "delta": differences["total"][0],
        "ci95": differences["total"][1],
        "deltas": {key: {"delta": mean, "ci95": interval} for key, (mean, interval) in differences.items()},
    }


def describe(played: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Number of examples, the means of what all of them have, and the means' 95 % intervals."""
    episodes = list(played.values())
    measures = [key for key in episodes[0] if all(key in episode for episode in episodes)]
    means = {key: paired([episode[key] for episode in episodes]) for key in measures}
    return {
        "n": len(episodes),
        "after": {key: mean for key, (mean, _) in means.items()},
        "intervals": {key: interval for key, (_, interval) in means.items()},
    }


def paired(differences: list[float]) -> tuple[float, list[float]]:
    """Mean of paired differences, or of plain values, and its normal 95 % interval."""
    n, mean = len(differences), _mean(differences)
    variance = sum((value - mean) ** 2 for value in differences) / max(1, n - 1)
    half = Z95 * math.sqrt(variance / n)
    return mean, [mean - half, mean + half]


def withdraw(run: Path) -> float:
    """Removes the summary of a run that begins again: it stands for a finished one. Returns the seconds it tells."""
    path = run / "summary.json"
    seconds = json.loads(path.read_text(encoding="utf-8"))["seconds"] if path.exists() else 0.0
    path.unlink(missing_ok=True)
    return seconds


def summarise(run: Path, seconds: float, about: dict[str, Any]) -> dict[str, Any]:
    """Writes summary.json and curves.png into a run's folder; returns the summary."""
    summary: dict[str, Any] = {**about, "seconds": round(seconds, 1), **heldout(run)}
    draw(read_metrics(run / "metrics.jsonl"), summary.get("heldout"), run / "curves.png")
    replace_text(run / "summary.json", json.dumps(summary, indent=2) + "\n")  # it says that the run is finished
    return summary


def heldout(run: Path) -> dict[str, Any]:
    """`heldout`: its `step` is that of the last evaluation; empty if there was none."""
    played = sorted(path for path in (run / "episodes" / "heldout").glob("*.jsonl") if path.stat().st_size)
    if not played:
        return {}
    first, last, step = played[0], read_episodes(played[-1]), int(played[-1].stem)
    before = read_episodes(first) if int(first.stem) == 0 < step else None
    return {"heldout": {"step": step, **(describe(last) if before is None else compare(before, last))}}


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
    title = f"held-out episodes on worlds never trained on, n = {heldout['n']}"
    return "\n".join([title, "", *(_changes(heldout) if "before" in heldout else _means(heldout))])


def _changes(heldout: Mapping[str, Any]) -> Iterable[str]:
    yield f"{'':<14}{'before':>9}{'after':>9}{'change':>9}   95% interval (paired)"
    for key, change in heldout["deltas"].items():
        low, high = change["ci95"]
        yield (
            f"{_label(key):<14}{heldout['before'][key]:>9.3f}{heldout['after'][key]:>9.3f}{change['delta']:>+9.3f}"
            f"   [{low:+.3f}, {high:+.3f}]"
        )


def _means(heldout: Mapping[str, Any]) -> Iterable[str]:
    yield f"{'':<14}{'mean':>9}   95% interval"
    for key, (low, high) in heldout["intervals"].items():
        yield f"{_label(key):<14}{heldout['after'][key]:>9.3f}   [{low:.3f}, {high:.3f}]"


def _label(key: str) -> str:
    return "exact match" if key == "exact" else key


def draw(metrics: list[dict[str, Any]], heldout: Mapping[str, Any] | None, path: Path) -> None:
    """Two panels: training reward and its components (or the losses) by step; held-out before and after."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), width_ratios=(2, 1))
    losses = [key for key in LOSSES if any(key in row for row in metrics)]
    for key in losses or [f"reward/{name}" for name in ORDER]:
        points = [(row["step"], row[key]) for row in metrics if key in row]
        if points:
            wide = key in ("reward/total", "val/loss")
            left.plot(*zip(*points, strict=True), label=LOSSES.get(key, key[7:]), linewidth=2.5 if wide else 1)
    what = "mean over learned tokens" if losses else "mean over sampled episodes"
    left.set(xlabel="step", ylabel=what, title="training")
    if left.lines:
        left.legend(fontsize=8, ncols=2)
    if heldout:
        _bars(right, heldout)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _bars(axes: Any, heldout: Mapping[str, Any]) -> None:
    keys = [key for key in BARS if key in heldout["after"]]
    for offset, when in ((-0.2, "before"), (0.2, "after")):
        if when in heldout:
            heights = [heldout[when][key] for key in keys]
            axes.bar([place + offset for place in range(len(keys))], heights, 0.38, label=when)
    axes.set_xticks(range(len(keys)), keys)
    axes.set_title(f"held-out worlds, n = {heldout['n']}")
    axes.legend(fontsize=8)


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)
