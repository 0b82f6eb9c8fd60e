"""One evaluation on BFCL Multi-Turn: check, announce, play and score what is missing, report.

items of the categories --limit--> plays - finished --official loop--> result --official verdict--> items.jsonl
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from prove.benchmarks import origin, results
from prove.benchmarks.abreast import abreast
from prove.benchmarks.bfcl.harness import Chat, Harness, Item, Message, TooLong
from prove.benchmarks.bfcl.players import Player, players
from prove.benchmarks.bfcl.scores import counts_of
from prove.benchmarks.concluded import Concluded, conclude
from prove.benchmarks.evaluation import check
from prove.benchmarks.folder import Folder
from prove.benchmarks.items import Line, drawn, sampling_seed
from prove.benchmarks.paper import figures
from prove.benchmarks.players import who
from prove.benchmarks.protocols import CATEGORIES, Asked
from prove.benchmarks.statistics import Settings, smallest_difference

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Play:
    """One conversation that is to be held."""

    item: Item
    seed: int
    trial: int

    @property
    def key(self) -> tuple[str, int, int]:
        return self.item.id, self.seed, self.trial

    @property
    def name(self) -> str:
        """Under which the harness keeps this play's worlds: no other play has it."""
        return f"prove{hashlib.sha256(repr(self.key).encode()).hexdigest()[:16]}"


async def evaluate(cfg: Config, command: str) -> Concluded:
    """The finished evaluation. ValueError: it cannot be played; nothing was written then."""
    check_words(cfg)
    node = cfg["benchmark"]
    async with Harness(node["python"], node["categories"], node["seconds"], node["memory"]) as harness:
        items = sample(await harness.items(), cfg["limit"])
        plays = [Play(item, seed, trial) for seed in cfg["seeds"] for trial in range(cfg["trials"]) for item in items]
        with Folder(Path(cfg["out"]), about(cfg, harness)) as folder:
            done = {line.key for line in folder.lines()}
            missing = [play for play in plays if play.key not in done]
            tqdm.write(announcement(cfg, harness, items, len(plays), len(missing)))
            await fill(cfg, harness, folder, missing)
            return report(cfg, harness, folder, {play.key for play in plays}, command)


def check_words(cfg: Config) -> None:
    """ValueError: a number or a name that makes no sense, or a limit that cannot be shared out evenly."""
    check(cfg)
    node, limit = cfg["benchmark"], cfg["limit"]
    for key in ("seconds", "memory"):
        if type(node[key]) is not int or node[key] < 1:
            raise ValueError(f"benchmark.{key}={node[key]} is no whole number of at least 1")
    chosen = node["categories"]
    for name in chosen:
        if name not in CATEGORIES:
            near = difflib.get_close_matches(str(name), CATEGORIES, n=1)
            hint = f"; {near[0]}?" if near else ""
            raise ValueError(f"benchmark.categories: {name} is none of {', '.join(CATEGORIES)}{hint}")
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError("benchmark.categories names each category once, as in benchmark.categories=[base]")
    if limit is not None and limit % len(chosen):
        near = max(len(chosen), limit - limit % len(chosen))
        raise ValueError(f"limit={limit} is not the same number of each of {len(chosen)} categories; limit={near} is")


def sample(items: Sequence[Item], limit: int | None) -> list[Item]:
    """The same conversations of every category, in an order that has nothing to do with them."""
    tasks = sorted({item.task for item in items}, key=lambda task: drawn(f"multi_turn_{task}"))
    categories = len({item.category for item in items})
    rank = {task: place for place, task in enumerate(tasks if limit is None else tasks[: limit // categories])}
    return sorted((item for item in items if item.task in rank), key=lambda item: rank[item.task])


def about(cfg: Config, harness: Harness) -> dict[str, Any]:
    """What makes two evaluations the same; categories, limit, seeds and trials may grow, so they are not in it."""
    files = [*harness.data.rglob("BFCL_v4_multi_turn_*.json"), *harness.data.glob("multi_turn_func_doc/*.json")]
    return {
        "benchmark": cfg["benchmark"]["name"],
        "data": origin.digest(files),
        "offered": "",
        "harness": f"bfcl-eval {harness.version}",
        **who(cfg),
        "max_tokens": cfg["benchmark"]["max_tokens"],
    }


def announcement(cfg: Config, harness: Harness, items: Sequence[Item], plays: int, missing: int) -> str:
    node = cfg["benchmark"]
    each = len(items) // len(node["categories"])
    return (
        f"bfcl: {', '.join(node['categories'])}, {each} items each x {len(cfg['seeds'])} seeds x {cfg['trials']} "
        f"trials = {plays} conversations, {plays - missing} done before; bfcl-eval {harness.version}\n"
        f"policy {cfg['policy']}, model {cfg['model']['path']}, temperature {cfg['temperature']:g}\n"
        f"each category: {smallest_difference(each, Settings(**cfg['statistics']))}"
    )


async def fill(cfg: Config, harness: Harness, folder: Folder, missing: Sequence[Play]) -> None:
    """Plays side by side; each is a line at once. The first failure of an endpoint stops the others and is raised."""
    if not missing:
        return
    commit = origin.commit()
    async with players(cfg) as player:
        with tqdm(total=len(missing), unit="conversation") as bar:

            async def one(play: Play) -> None:
                line, kept = await played(harness, play, player, commit)
                folder.append(line, kept)
                bar.update()

            await abreast(missing, cfg["concurrency"], one)


async def played(harness: Harness, play: Play, player: Player, commit: str) -> tuple[Line, dict[str, Any]]:
    """One conversation and its verdict, each in a process of its own."""
    item = play.item
    chat = Watched(player(item, sampling_seed(play.seed, item.id, play.trial)))
    found = await harness.play(item, play.name, chat)
    verdict = await harness.score(item, play.name, found.result)
    counts = counts_of(item, found, verdict, chat.too_long)
    line = Line(*play.key, counts, {"category": item.category}, commit=commit, cluster=item.task)
    return line, {"verdict": asdict(verdict), "result": found.result, "messages": list(found.messages)}


class Watched:
    """A chat that remembers whether the conversation stopped fitting."""

    def __init__(self, chat: Chat):
        self._chat = chat
        self.too_long = False

    async def __call__(self, messages: list[Message], tools: list[Message]) -> Message:
        try:
            return await self._chat(messages, tools)
        except TooLong:
            self.too_long = True
            raise


def report(cfg: Config, harness: Harness, folder: Folder, wanted: set[tuple[str, int, int]], command: str) -> Concluded:
    """Writes results.csv of what this command asked for; the same as a table, both protocols under it."""
    versions = f"bfcl-eval {harness.version}, {origin.versions()}"
    facts = results.About(cfg["model"]["name"], cfg["method"], cfg["benchmark"]["name"], versions, command)
    printed = figures(cfg["paper"], "bfcl", facts.model, facts.method)
    asked = Asked("bfcl", cfg["seeds"][0], cfg["limit"], printed=printed)
    return conclude(folder, wanted, facts, Settings(**cfg["statistics"]), asked)
