"""One evaluation that is played here: check, announce, play what is missing, report.

items (heldout | complexfuncbench_cache) --limit--> tries - finished --play--> items.jsonl --> results.csv, table
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import complexfuncbench_cache, heldout, origin, results, slices
from prove.benchmarks.audit import audit, of_tasks
from prove.benchmarks.concluded import Concluded
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line, Task, Try, sample, tries_of
from prove.benchmarks.players import check_policy, players, who
from prove.benchmarks.playing import play
from prove.benchmarks.protocols import Asked
from prove.benchmarks.statistics import Settings, smallest_difference
from prove.episode import Limits
from prove.interfaces.choice import Choice
from prove.interfaces.choice import check as check_interface
from prove.rewards.choice import Reward
from prove.schemas import to_openai
from prove.sessions import ServerPool
from prove.types import Episode

Config = Mapping[str, Any]
SCORES = {"heldout": heldout.score, "complexfuncbench_cache": complexfuncbench_cache.score}


async def evaluate(cfg: Config, command: str) -> Concluded:
    """The finished evaluation. ValueError: it cannot be played; nothing was written then."""
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
            return conclude(cfg, folder, tries, command)


def check_words(cfg: Config) -> None:
    """ValueError: a word that makes no sense, or data that is not here or wrong."""
    check(cfg)
    node = cfg["benchmark"]
    if node["kind"] == "heldout":
        _rows(cfg)
    else:
        complexfuncbench_cache.require(Path(node["traces"]))


def check(cfg: Config) -> None:
    """ValueError: a number or a name that makes no sense."""
    check_policy(cfg)
    check_interface(cfg["interface"], cfg["interfaces"])
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
        return _rows(cfg)
    if len(names) != 1:
        raise ValueError(f"benchmark={node['name']} is played on one recorded server, not on {', '.join(names)}")
    tasks = complexfuncbench_cache.tasks_of(Path(node["traces"]), names[0], await pool.tools(names[0]), node["offered"])
    session = await pool.open(names, 0)
    try:
        return [await complexfuncbench_cache.with_reach(task, session) for task in tasks]
    finally:
        await session.close()


def _rows(cfg: Config) -> list[Task]:
    node, data, names = cfg["benchmark"], cfg["data"], cfg["servers"]["names"]
    if slices.chosen(node):
        return heldout.sliced(node, data["train"], names)
    return heldout.tasks_of(Path(data["heldout"]), names)


def data_files(cfg: Config) -> list[Path]:
    """Where the items are."""
    node = cfg["benchmark"]
    if node["kind"] != "heldout":
        return [Path(node["traces"])]
    return list(slices.files(node).values()) or [Path(cfg["data"]["heldout"])]


def about(cfg: Config) -> dict[str, Any]:
    """What makes two evaluations the same; limit, seeds and trials may grow, so they are not in it."""
    caps = {key: cfg["rollout"][key] for key in (*Limits.__dataclass_fields__, "max_turn_tokens", "response_tokens")}
    return {
        "benchmark": cfg["benchmark"]["name"],
        "data": origin.digest(data_files(cfg)),
        "offered": cfg["benchmark"].get("offered", ""),
        "servers": list(cfg["servers"]["names"]),
        **who(cfg),
        "caps": caps,
        "rewards": cfg["benchmark"]["rewards"],
        **_sliced(cfg["benchmark"]),
        **_interface(cfg),
    }


def _sliced(node: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of slices; nothing without them, as in folders from before there were any."""
    names = slices.chosen(node)
    return {"slices": list(names), "at_least": slices.caps(node)} if names else {}


def _interface(cfg: Config) -> dict[str, Any]:
    """Of an interface that is not the ordinary one, with its numbers."""
    name = cfg["interface"]
    return {} if name == "atomic" else {"interface": name, "numbers": cfg["interfaces"][name]}


def announcement(cfg: Config, tasks: Sequence[Task], chosen: Sequence[Task], tries: Sequence[Try], missing: int) -> str:
    """What is about to be played, and how small a difference it can show."""
    node, rollout = cfg["benchmark"], cfg["rollout"]
    lines = [
        f"{node['name']}: {len(chosen)} of {len(tasks)} items x {len(cfg['seeds'])} seeds x {cfg['trials']} trials = "
        f"{len(tries)} episodes, {len(tries) - missing} done before",
        f"policy {cfg['policy']}, model {cfg['model']['path']}, temperature {cfg['temperature']:g}; at most "
        f"{rollout['max_assistant_turns']} assistant turns of {rollout['max_turn_tokens']} tokens"
        + ("" if cfg["interface"] == "atomic" else f"; interface {cfg['interface']}"),
        smallest_difference(len(chosen), Settings(**cfg["statistics"])),
    ]
    if slices.chosen(node):
        fewest = min(Counter(task.groups[slices.GROUP] for task in chosen).values())
        lines.append(f"within a slice: {smallest_difference(fewest, Settings(**cfg['statistics']))}")
        lines += [note] if (note := heldout.seen(chosen, cfg["data"]["train"])) else []
    if node["kind"] == "complexfuncbench_cache":
        lines.append(complexfuncbench_cache.about(chosen))
    return "\n".join(lines)


async def fill(cfg: Config, pool: ServerPool, folder: Folder, missing: Sequence[Try]) -> None:
    """Plays the missing tries; each is a line at once."""
    if not missing:
        return
    rewards = [Reward.of(node) for node in cfg["benchmark"]["rewards"].values()]
    limits = Limits.of(cfg["rollout"])
    score, commit = SCORES[cfg["benchmark"]["kind"]], origin.commit()
    listed = await _listed(cfg, pool)
    choice = Choice.of(cfg["interface"], cfg["interfaces"], [to_openai(tool) for _, tool in listed])
    owners = {tool["name"]: server for server, tool in listed}
    async with players(cfg, choice) as player:
        with tqdm(total=len(missing), unit="episode") as bar:
            done = partial(_keep, folder, bar, rewards, score, commit)
            await play(missing, pool, player, limits, rewards[0], cfg["concurrency"], done, choice, owners)


async def _listed(cfg: Config, pool: ServerPool) -> list[tuple[str, dict[str, Any]]]:
    """(server, tool) of all servers where they can be searched for; nothing is started for another interface."""
    names = cfg["servers"]["names"] if cfg["interface"] == "search" else ()
    return [(name, tool) for name in names for tool in await pool.tools(name)]


def _keep(
    folder: Folder, bar: tqdm, rewards: Sequence[Reward], score: Any, commit: str, each: Try, episode: Episode
) -> None:
    world = " ".join(f"{server}={text}" for server, text in sorted(episode.hash_before.items()))
    counts = score(each.task, episode, rewards)
    line = Line(*each.key, counts, each.task.groups, world, commit)
    folder.append(line, json.loads(episode.to_json()))
    bar.update()


def conclude(cfg: Config, folder: Folder, tries: Sequence[Try], command: str) -> Concluded:
    """Writes results.csv of what this command asked for; the same as a table, with the overlap audit under it."""
    node, wanted = cfg["benchmark"], {each.key for each in tries}
    facts = results.About(cfg["model"]["name"], cfg["method"], node["name"], origin.versions(), command)
    settings = Settings(**cfg["statistics"])
    lines = [line for line in folder.lines() if line.key in wanted]
    rows = results.rows_of(lines, facts, settings)
    overlap, overlaps = audit(cfg, of_tasks(each.task for each in tries), facts)
    results.write(folder.path / "results.csv", [*rows, *overlaps])
    names = slices.chosen(node)
    shown = [row for row in rows if not names or "@" not in row.metric]
    blocks = [results.table(shown, settings), slices.table(rows, lines, names), overlap]
    text = "\n" + "\n\n".join(block for block in [*blocks, str(folder.path / "results.csv")] if block)
    return Concluded(text, lines, rows, Asked(node["kind"], cfg["seeds"][0], cfg["limit"]))
