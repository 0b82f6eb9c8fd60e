"""What the paper reports of a model under a method, read from the file that node `paper` of conf/evaluate.yaml names.

experiments/paper.yaml: main_results.BENCHMARK.MODEL.METHOD: scores 0-100 in the order of benchmarks.BENCHMARK
                        sft_baseline.MODEL.METHOD: the last measure of each benchmark, in their order
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

NAMES = {"bfcl": "bfcl_mt", "tau2": "tau2", "t_eval": "t_eval"}
"""Kind of a benchmark here -> its name there."""


def figures(path: str | None, kind: str, model: str, method: str) -> dict[str, float]:
    """Measure -> the paper's figure, 0 to 1; empty where it has none. ValueError: the file is none of these."""
    if not path or kind not in NAMES or not Path(path).is_file():
        return {}
    try:
        return _figures(yaml.safe_load(Path(path).read_text(encoding="utf-8")), NAMES[kind], model, method)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"paper={path} cannot be read: {error!r}") from None


def _figures(told: Mapping[str, Any], name: str, model: str, method: str) -> dict[str, float]:
    measures = told["benchmarks"][name]
    scores = told["main_results"][name].get(model, {}).get(method)
    if scores is not None:
        return {measure: score / 100 for measure, score in zip(measures, scores, strict=True)}
    overall = told["sft_baseline"].get(model, {}).get(method)
    return {} if overall is None else {measures[-1]: overall[list(told["benchmarks"]).index(name)] / 100}
