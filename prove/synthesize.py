"""Makes training data from live servers.

python -m prove.synthesize                          the laptop's rows: train, validation, heldout
python -m prove.synthesize splits.train.rows=500 out=runs/data
python -m prove.synthesize synthesis=warm_start     conversations for the default policy's warm start
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf
from tqdm import tqdm

from prove.synthesis.dataset import Writer, conversation_of, row_of, save_rows, settings_of, summarise
from prove.synthesis.live import in_process, unusable
from prove.types import Example

CHUNK = 40


def write_chunk(cfg: dict[str, Any], split: str, first: int, count: int) -> tuple[list[Any], Counter[str]]:
    """One process's share of a split: rows (or conversations) and why others were dropped."""
    base, sharing = cfg["splits"][split]["first_seed"], cfg["rows_per_world"]
    with in_process(cfg["servers"]) as live:
        writer = Writer(live, settings_of(cfg), cfg["seed"])
        written = [writer.write(split, index, base + index // sharing) for index in range(first, first + count)]
        render = row_of if cfg["format"] == "parquet" else conversation_of
        return [(one.example, render(one, writer.functions)) for one in written if one], writer.dropped


def write_split(cfg: dict[str, Any], split: str, out: Path) -> dict[str, Any]:
    """Writes one split and returns its statistics."""
    examples: list[Example] = []
    rows: list[dict[str, Any]] = []
    dropped: Counter[str] = Counter()
    for pairs, lost in _chunks(cfg, split):
        examples += [example for example, _ in pairs]
        rows += [row for _, row in pairs]
        dropped += lost
    if cfg["format"] == "parquet":
        save_rows(out / f"{split}.parquet", rows)
    else:
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    return summarise(examples, dropped)


def _chunks(cfg: dict[str, Any], split: str) -> Iterator[tuple[list[Any], Counter[str]]]:
    count = cfg["splits"][split]["rows"]
    starts = range(0, count, CHUNK)
    with ProcessPoolExecutor(cfg["workers"]) as pool:
        jobs = [pool.submit(write_chunk, cfg, split, start, min(CHUNK, count - start)) for start in starts]
        for job in tqdm(jobs, desc=split, unit="chunk", file=sys.stderr):
            yield job.result()


def synthesize(cfg: DictConfig) -> Path:
    """Writes every split of the configuration, with stats.json and card.md; returns the folder."""
    plain: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    plain["splits"] = {name: one for name, one in plain["splits"].items() if one["rows"] > 0}
    _check_seeds(plain["splits"])
    if wrong := unusable(plain["servers"]):
        raise SystemExit(wrong)
    out = Path(plain["out"])
    out.mkdir(parents=True, exist_ok=True)
    stats = {split: write_split(plain, split, out) for split in plain["splits"]}
    (out / "stats.json").write_text(json.dumps(stats, indent=2) + "\n", encoding="utf-8")
    (out / "card.md").write_text(card(plain, stats), encoding="utf-8")
    return out


def _check_seeds(splits: dict[str, Any]) -> None:
    """Worlds of different splits never overlap."""
    spans = sorted((one["first_seed"], one["first_seed"] + one["rows"], name) for name, one in splits.items())
    for (_, end, name), (start, _, other) in zip(spans, spans[1:], strict=False):
        if start < end:
            raise SystemExit(f"world seeds of {name} and {other} overlap at {start}")


def card(cfg: dict[str, Any], stats: dict[str, Any]) -> str:
    """A short data card: what is in the folder and how it was made."""
    lines = [
        "# Data card",
        "",
        f"Scripted conversations on {', '.join(cfg['servers']['names'])}, grounded in live state and replayed.",
        f"Teacher seed {cfg['seed']}. World seeds of the splits do not overlap.",
        "",
        "| split | rows | first world seed | kinds | mean calls |",
        "|---|---|---|---|---|",
    ]
    for split, one in stats.items():
        mean = sum(number * count for number, count in one["calls"].items()) / max(1, one["examples"])
        kinds = ", ".join(f"{count} {kind}" for kind, count in one["kinds"].items())
        seed = cfg["splits"][split]["first_seed"]
        lines.append(f"| {split} | {one['examples']} | {seed} | {kinds} | {mean:.2f} |")
    return "\n".join(lines) + "\n"


@hydra.main(config_path="../conf", config_name="synthesize", version_base="1.3")
def main(cfg: DictConfig) -> None:
    out = synthesize(cfg)
    print((out / "card.md").read_text(encoding="utf-8"))
    print(f"written to {out}")


if __name__ == "__main__":
    main()
