"""One evaluation that is played here: check, announce, play what is missing, report.

items (heldout | complexfuncbench_cache) --limit--> tries - finished --play--> items.jsonl --> results.csv, table
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import complexfuncbench_cache, heldout, origin, results
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line, Task, Try, sample, tries_of
from prove.benchmarks.players import check_policy, players
from prove.benchmarks.playing import play
from prove.benchmarks.statistics import Settings, smallest_difference
from prove.episode import Limits
from prove.rewards.choice import Reward
from prove.sessions import ServerPool
from prove.types import Episode

Config = Mapping[str, Any]
SCORES = {"heldout": heldout.score, "complexfuncbench_cache": complexfuncbench_cache.score}


async def evaluate(cfg: Config, command: str) -> str:
    """The table of the finished evaluation. ValueError: it cannot be played; nothing was written then."""
    check(cfg)
    options = dict(cfg["servers"])
    async with ServerPool(options.pop("names"), **options) as pool:
        tasks = await tasks_of(cfg, pool)
        chosen = sample(tasks, cfg["limit"])
        tries = tries_of(chosen, cfg["seeds"], cfg["trials"])
        with Folder(Path(cfg["out"]), about(cfg)) as folder:
            done = {line.key for line in folder.lines()}
            missing = [each for each in tries if each.key not in done]
            tqdm.write(announcement(cfg, tasks, chosen, tries, len(missing)))
            await fill(cfg, pool, folder, missing)
            return conclude(cfg, folder, {each.key for each in tries}, command)


def check(cfg: Config) -> None:
    """ValueError: a number or a name that makes no sense."""
    check_policy(cfg)
    check_numbers(cfg)


def check_numbers(cfg: Config) -> None:
    """ValueError: a number that makes no sense."""
    limit = cfg["limit"]
    for key in ("trials", "concurrency", *(["limit"] if limit is not None else [])):
        if type(cfg[key]) is not int or cfg[key] < 1:
            raise ValueError(f"{key}={cfg[key]} is no whole number of at least 1")
    if not cfg["seeds"] or any(type(seed) is not int for seed in cfg["seeds"]):
        raise ValueError(f"seeds={cfg['seeds']} is no list of whole numbers, as in seeds=[0,1]")


async def tasks_of(cfg: Config, pool: ServerPool) -> list[Task]:
    """The items of the benchmark. ValueError: the data is missing or wrong."""
    node, names = cfg["benchmark"], cfg["servers"]["names"]
    if node["kind"] == "heldout":
        return heldout.tasks_of(data_file(cfg), names)
    if len(names) != 1:
        raise ValueError(f"benchmark={node['name']} is played on one recorded server, not on {', '.join(names)}")
    tasks = complexfuncbench_cache.tasks_of(data_file(cfg), names[0], await pool.tools(names[0]), node["offered"])
    session = await pool.open(names, 0)
    try:
        return [await complexfuncbench_cache.with_reach(task, session) for task in tasks]
    finally:
        await session.close()


def data_file(cfg: Config) -> Path:
    """Where the items are."""
    return Path(cfg["data"]["heldout"] if cfg["benchmark"]["kind"] == "heldout" else cfg["benchmark"]["traces"])


def about(cfg: Config) -> dict[str, Any]:
    """What makes two evaluations the same; limit, seeds and trials may grow, so they are not in it."""
    path = Path(cfg["model"]["path"])
    weights = [*path.glob("*.safetensors"), *path.glob("*.json")] if cfg["policy"] == "default" else []
    caps = {key: cfg["rollout"][key] for key in (*Limits.__dataclass_fields__, "max_turn_tokens", "response_tokens")}
    return {
        "benchmark": cfg["benchmark"]["name"],
        "data": origin.digest([data_file(cfg)]),
        "offered": cfg["benchmark"].get("offered", ""),
        "servers": list(cfg["servers"]["names"]),
        "policy": cfg["policy"],
        "model": cfg["model"]["path"],
        "weights": origin.digest(weights) if weights else "",
        "temperature": cfg["temperature"],
        "caps": caps,
        "rewards": cfg["benchmark"]["rewards"],
    }


def announcement(cfg: Config, tasks: Sequence[Task], chosen: Sequence[Task], tries: Sequence[Try], missing: int) -> str:
    """What is about to be played, and how small a difference it can show."""
    node, rollout = cfg["benchmark"], cfg["rollout"]
    lines = [
        f"{node['name']}: {len(chosen)} of {len(tasks)} items x {len(cfg['seeds'])} seeds x {cfg['trials']} trials = "
        f"{len(tries)} episodes, {len(tries) - missing} done before",
        f"policy {cfg['policy']}, model {cfg['model']['path']}, temperature {cfg['temperature']:g}; at most "
        f"{rollout['max_assistant_turns']} assistant turns of {rollout['max_turn_tokens']} tokens",
        smallest_difference(len(chosen), Settings(**cfg["statistics"])),
    ]
    if node["kind"] == "complexfuncbench_cache":
        lines.append(complexfuncbench_cache.about(chosen))
    return "\n".join(lines)


async def fill(cfg: Config, pool: ServerPool, folder: Folder, missing: Sequence[Try]) -> None:
    """Plays the missing tries; each is a line at once."""
    if not missing:
        return
    rewards = [Reward.of(node) for node in cfg["benchmark"]["rewards"].values()]
    limits = Limits(**{key: cfg["rollout"][key] for key in Limits.__dataclass_fields__})
    score, commit = SCORES[cfg["benchmark"]["kind"]], origin.commit()
    async with players(cfg) as player:
        with tqdm(total=len(missing), unit="episode") as bar:
            done = partial(_keep, folder, bar, rewards, score, commit)
            await play(missing, pool, player, limits, rewards[0], cfg["concurrency"], done)


def _keep(
    folder: Folder, bar: tqdm, rewards: Sequence[Reward], score: Any, commit: str, each: Try, episode: Episode
) -> None:
    world = " ".join(f"{server}={text}" for server, text in sorted(episode.hash_before.items()))
    counts = score(each.task, episode, rewards)
    line = Line(*each.key, counts, each.task.groups, world, commit)
    folder.append(line, json.loads(episode.to_json()))
    bar.update()


def conclude(cfg: Config, folder: Folder, wanted: set[tuple[str, int, int]], command: str) -> str:
    """Writes results.csv of what this command asked for; the same as a table."""
    facts = results.About(cfg["model"]["name"], cfg["method"], cfg["benchmark"]["name"], origin.versions(), command)
    settings = Settings(**cfg["statistics"])
    rows = results.rows_of([line for line in folder.lines() if line.key in wanted], facts, settings)
    results.write(folder.path / "results.csv", rows)
    return f"\n{results.table(rows, settings)}\n\n{folder.path / 'results.csv'}"
