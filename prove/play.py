"""Plays one episode in the terminal: offered tools, turns, calls, results, the reward line by line.

python -m prove.play servers=banking
python -m prove.play servers=banking policy=gold world=3000007
python -m prove.play policy=endpoint model=qwen3-8b endpoint.base_url=http://127.0.0.1:8000/v1
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path
from typing import Any

import hydra
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from prove.episode import Limits, Policy, ServerLost, run_episode
from prove.parsing import CLOSE, OPEN, parse_calls, without_thoughts
from prove.policies import EndpointPolicy, EnginePolicy, GoldPolicy
from prove.rewards.choice import Reward
from prove.sessions import ServerPool
from prove.supervisor import Unavailable
from prove.synthesis.dataset import row_of
from prove.synthesis.live import in_process, unusable
from prove.synthesis.settings import settings_of
from prove.synthesis.writer import Writer
from prove.types import Episode, Example

console = Console(highlight=False, soft_wrap=True)


def choose(cfg: dict[str, Any]) -> tuple[Example, list[dict[str, Any]]]:
    """The example to play and its offered functions: a row of a file, or a new one from the world of a seed."""
    row = _row(cfg["example"]) if cfg["example"] else _new_row(cfg)
    return Example.from_json(row["extra_info"]["example"]), json.loads(row["tools"])


def _row(place: str) -> dict[str, Any]:
    path, _, number = place.rpartition(":")
    rows = pq.ParquetFile(path).read().to_pylist() if number.isdigit() and Path(path).is_file() else None
    if rows is None or int(number) >= len(rows):
        raise SystemExit(f"example={place}: name a row as FILE.parquet:ROW")
    return rows[int(number)]


def _new_row(cfg: dict[str, Any]) -> dict[str, Any]:
    with in_process(cfg["servers"]) as live:
        writer = Writer(live, settings_of(cfg), cfg["seed"])
        written = writer.write("play", cfg["world"], cfg["world"])
        if written is None:
            raise SystemExit(f"world={cfg['world']} led to no conversation; try another seed")
        return row_of(written, writer.functions)


def make_policy(cfg: dict[str, Any], example: Example) -> Policy:
    """The policy named in the configuration."""
    turn_tokens = cfg["rollout"]["max_turn_tokens"]
    if cfg["policy"] == "gold":
        return GoldPolicy(example)
    if cfg["policy"] == "endpoint":
        return EndpointPolicy(
            cfg["model"]["path"], temperature=cfg["temperature"], turn_tokens=turn_tokens, **cfg["endpoint"]
        )
    if cfg["policy"] != "default":
        raise SystemExit(f"policy={cfg['policy']} is none of default, gold, endpoint")
    return _local(cfg, turn_tokens)


def _local(cfg: dict[str, Any], turn_tokens: int) -> EnginePolicy:
    """Imports torch only when a local model is wanted."""
    from transformers import AutoTokenizer

    from prove.cpu.engine import Engine
    from prove.cpu.sampling import Sampling

    path = cfg["model"]["path"]
    if not Path(path).is_dir():
        raise SystemExit(f"model.path={path} is no folder; policy=endpoint plays a model that is served")
    engine = Engine(path, max_slots=1, max_len=cfg["max_len"])
    sampling = Sampling(temperature=cfg["temperature"], seed=cfg["seed"])
    tokenizer = AutoTokenizer.from_pretrained(path)
    return EnginePolicy(cfg["model"]["name"], engine, tokenizer, sampling, cfg["max_len"], turn_tokens)


async def play(cfg: dict[str, Any]) -> Episode:
    """Runs the episode and prints it as it happens."""
    example, functions = choose(cfg)
    _show_start(example, functions, cfg["policy"])
    policy = make_policy(cfg, example)
    limits = Limits.of(cfg["rollout"])
    options = dict(cfg["servers"])
    options.pop("names")
    async with ServerPool(example.servers, **options) as pool:
        session = await pool.open(example.servers, example.world_seed)
        reward = Reward.of(cfg["reward"])
        episode = await run_episode(example, functions, session, policy, limits, reward, _show_message)
    _show_reward(episode)
    return episode


def harmless(text: str) -> str:
    """What a model or a server wrote, without the marks that steer a terminal or turn the reading direction."""
    return "".join(each if _is_plain(each) else ascii(each)[1:-1] for each in text)


def _is_plain(mark: str) -> bool:
    return mark in "\n\t" or unicodedata.category(mark) not in ("Cc", "Cf", "Cs")


def _show_start(example: Example, functions: list[dict[str, Any]], policy: str) -> None:
    console.print(
        f"[bold]{example.id}[/] · {', '.join(example.servers)} · world {example.world_seed} · policy {policy}"
    )
    for function in functions:
        body = function["function"]
        arguments = ", ".join(body["parameters"].get("properties", {}))
        console.print(f"  [cyan]{body['name']}[/]({arguments})  [dim]{escape(harmless(body['description']))}[/]")


def _show_message(message: dict[str, Any]) -> None:
    text = harmless(message["content"])
    if message["role"] == "system":
        console.print(f"\n[dim]system     {escape(text)}[/]")
    elif message["role"] == "user":
        console.print(f"\n[bold green]user[/]       {escape(text)}")
    elif message["role"] == "tool":
        console.print(f"[yellow]result[/]     {escape(text)}")
    else:
        _show_turn(text)


def _show_turn(text: str) -> None:
    """What the policy wrote: its thoughts, its words, then what parse_calls reads as calls; never nothing."""
    calls, spoken = parse_calls(text), without_thoughts(text)
    # Thoughts come first in every template that we know; a turn with others is shown whole, then without them.
    thoughts = text.removesuffix(spoken)
    words, after = _words(spoken) if calls else (spoken, "")
    if (thoughts + words).strip() or not calls:
        _show_words(thoughts, words)
    for call in calls:
        shown = call.error or f"{call.name}({json.dumps(call.arguments, ensure_ascii=False)})"
        console.print(f"[bold blue]call[/]       {escape(shown)}")
    if after.strip():
        _show_words("", after)


def _words(spoken: str) -> tuple[str, str]:
    """The words before the first call and after the last one that is closed."""
    before, _, rest = spoken.partition(OPEN)
    return before, rest.rpartition(CLOSE)[2] if CLOSE in rest else ""


def _show_words(thoughts: str, words: str) -> None:
    """As Text, not markup: a policy may write brackets and backslashes."""
    said = [text for text in (Text(thoughts.strip(), "dim"), Text(words.strip())) if text]
    console.print(Text.assemble(("assistant", "bold blue"), "  ", Text("\n").join(said)))


def _show_reward(episode: Episode) -> None:
    console.print("\n[bold]reward[/]")
    for reason in episode.reward.reasons:
        console.print(f"  {escape(harmless(reason))}")
    for key, value in episode.reward.components().items():
        console.print(f"  {key:<13}{value:>7.3f}")
    console.print(f"  [bold]{'total':<13}{episode.reward.total:>7.3f}[/]   exact match: {episode.reward.exact}")
    console.print("[dim]ground truth:[/]")
    for number, step in enumerate(episode.ground_truth.steps):
        calls = "  ".join(f"{call.name}({json.dumps(call.arguments, ensure_ascii=False)})" for call in step.calls)
        console.print(f"[dim]  {number}. {escape(calls)}[/]")


@hydra.main(config_path="../conf", config_name="play", version_base="1.3")
def main(cfg: DictConfig) -> None:
    plain: dict[str, Any] = OmegaConf.to_container(cfg, resolve=True)  # type: ignore[assignment]
    if wrong := unusable(plain["servers"]):
        raise SystemExit(wrong)
    try:
        episode = asyncio.run(play(plain))
    except (ServerLost, Unavailable) as lost:
        raise SystemExit(str(lost)) from None
    if plain["save"]:
        with Path(plain["save"]).open("a", encoding="utf-8") as file:
            file.write(episode.to_json() + "\n")


if __name__ == "__main__":
    main()
