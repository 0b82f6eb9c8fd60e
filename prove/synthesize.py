"""Makes training data from live servers.

python -m prove.synthesize                          the paper's mixture: 13,517 rows of all 20 servers, scripted teacher
python -m prove.synthesize synthesis=tiny           the laptop's rows: short, three servers
python -m prove.synthesize teacher=gemma-4-31b      written by a model behind an OpenAI-compatible endpoint
python -m prove.synthesize synthesis=leave_domains_out
python -m prove.synthesize synthesis=warm_start     conversations for the default policy's warm start
python -m prove.synthesize synthesis=import source=DIR       the public BookingAPI data as a cache, servers=booking
python -m prove.synthesize synthesis=record servers=banking  what live servers answer, as caches
python -m prove.synthesize synthesis=replay                  the imported traces, played on their cache
python -m prove.synthesize synthesis=templates servers=booking   rows sampled from workflow templates over a cache
python -m prove.synthesize synthesis=heldout_slices          what benchmark=heldout plays apart: new worlds, servers, …

An interrupted run goes on with the same command. `--help` lists every choice.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from time import perf_counter
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from prove.schemas import to_openai
from prove.synthesis.booking_import import import_booking
from prove.synthesis.card import write_card
from prove.synthesis.dataset import conversation_of, row_of, save_lines, save_rows
from prove.synthesis.imports import imported
from prove.synthesis.live import LiveServers, in_process, unusable
from prove.synthesis.pages import write_pages
from prove.synthesis.parts import Parts
from prove.synthesis.pipeline import Pipeline, Split, build_graphs, check, served, servers_of
from prove.synthesis.record import record
from prove.synthesis.replay import replay_booking
from prove.synthesis.settings import settings_of
from prove.synthesis.slices import make_slices
from prove.synthesis.statistics import asked_of, summarise
from prove.synthesis.teachers import endpoint_of
from prove.synthesis.templates.run import make_templates
from prove.synthesis.tokens import measure
from prove.synthesis.whole import write_whole
from prove.synthesis.writer import STREAMS


def synthesize(cfg: DictConfig, command: str = "python -m prove.synthesize") -> Path:
    """Writes every split of the configuration, with stats.json and card.md; returns the folder.

    `command` is noted in the card.
    """
    started = perf_counter()
    plain: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    plain["splits"] = {name: one for name, one in plain["splits"].items() if any(one.get(stream) for stream in STREAMS)}
    out = Path(plain["out"])
    try:
        check(plain)
        if wrong := unusable(plain["servers"]):
            raise ValueError(wrong)
        from_files = imported(plain)
        out.mkdir(parents=True, exist_ok=True)
        with in_process(plain["servers"]) as live:
            listed = _functions(live, plain["servers"]["names"])
        build_graphs(plain)
        parts = Parts(out, plain)
        splits = Pipeline(plain, parts, from_files).run()
        stats = _save(out, plain, splits, listed, perf_counter() - started)
        write_card(out, plain, stats, command)
    except ValueError as error:
        raise SystemExit(f"prove.synthesize: {error}") from None
    except (OSError, RuntimeError) as error:
        raise SystemExit(_stopped(error, out)) from None
    except KeyboardInterrupt:
        raise SystemExit(f"\ninterrupted; finished pieces are in {out}/.parts, the same command goes on") from None
    parts.clear()
    return out


def _stopped(error: Exception, out: Path) -> str:
    """Why a run ended early, for a full disk, an endpoint that does not answer, a worker that was killed."""
    why = "a worker process was killed, perhaps for memory" if isinstance(error, BrokenProcessPool) else str(error)
    return f"prove.synthesize stopped: {why}\nfinished pieces are in {out}/.parts, the same command goes on"


def _functions(live: LiveServers, names: list[str]) -> dict[str, dict[str, Any]]:
    """Server -> tool -> function schema."""
    return {name: {tool["name"]: to_openai(tool) for tool in live.tools(name)} for name in names}


def _save(
    out: Path, cfg: Mapping[str, Any], splits: Mapping[str, Split], listed: dict[str, dict[str, Any]], seconds: float
) -> dict[str, Any]:
    """Writes the rows and the numbers of every split; returns the numbers of stats.json."""
    functions = {name: function for tools in listed.values() for name, function in tools.items()}
    stats: dict[str, Any] = {}
    for name, split in splits.items():
        if cfg["format"] == "jsonl":
            save_lines(out / f"{name}.jsonl", [conversation_of(one, functions) for one in split.written])
        rows = [row_of(one, functions) for one in split.written]
        if cfg["format"] == "parquet":
            save_rows(out / f"{name}.parquet", rows)
        stats[name] = _describe(cfg, name, split, rows, listed)
        if name == "train" and cfg["pages"]:
            write_pages(rows, out, cfg["pages"], cfg["seed"])
    _write_json(out / "stats.json", stats)
    kept = sum(len(split.written) for split in splits.values())
    spent = {"endpoint": endpoint_of(cfg).usage.row(kept)} if served(cfg) else {}
    _write_json(out / "timing.json", {**timing(splits, seconds), **spent})
    return stats


def _describe(
    cfg: Mapping[str, Any], name: str, split: Split, rows: list[dict[str, Any]], listed: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    tools = {server: list(listed[server]) for server in servers_of(cfg, name)}
    tokens = measure(rows, cfg["tokenizer"], cfg["prompt_tokens"]) if cfg["tokenizer"] else None
    summary = summarise(rows, split.stages, tools, asked_of(settings_of(cfg).knobs), tokens)
    return {**summary, "missing_rows": split.short}


def timing(splits: Mapping[str, Split], seconds: float) -> dict[str, Any]:
    """Wall time, and per stage: seconds summed over the workers, and kept conversations per such second."""
    kept = sum(len(split.written) for split in splits.values())
    stages: dict[str, float] = {}
    for split in splits.values():
        for stage, spent in split.seconds.items():
            stages[stage] = stages.get(stage, 0.0) + spent
    rates = {
        stage: {"seconds": round(spent, 1), "kept_per_second": round(kept / spent, 1) if spent else None}
        for stage, spent in stages.items()
    }
    return {"wall_seconds": round(seconds, 1), "kept": kept, "stages": rates}


def _write_json(path: Path, value: Any) -> None:
    write_whole(path, json.dumps(value, indent=2) + "\n")


def other_way(cfg: Mapping[str, Any]) -> list[str]:
    """A choice of synthesis that makes no conversations, by its `way`; what came out, in lines. Raises ValueError."""
    place = {name: cfg[name] for name in ("traces", "out", "caches", "name") if name in cfg}
    match cfg["way"]:
        case "import":
            return [import_booking(cfg["source"], **place), *map(str, replay_booking(**place))]
        case "replay":
            return [str(each) for each in replay_booking(**place)]
        case "record":
            return record(cfg)
        case "templates":
            return make_templates(cfg, _command())
        case "slices":
            return make_slices(cfg)
    raise ValueError(f"way={cfg['way']} is none of import, replay, record, templates, slices")


def _command() -> str:
    return " ".join(["python -m prove.synthesize", *HydraConfig.get().overrides.task])


def _refused(error: Exception) -> int:
    print(f"prove.synthesize: {error}", file=sys.stderr)
    return 2


@hydra.main(config_path="../conf", config_name="synthesize", version_base="1.3")
def main(cfg: DictConfig) -> None:
    if "way" in cfg:
        try:
            print("\n".join(other_way(OmegaConf.to_container(cfg, resolve=True))))  # type: ignore[arg-type]
        except (ValueError, OSError) as error:
            sys.exit(_refused(error))
        except KeyboardInterrupt:
            raise SystemExit("\ninterrupted; the same command may be given again") from None
        return
    out = synthesize(cfg, _command())
    print(f"written to {out}; see {out}/card.md")


if __name__ == "__main__":
    main()
