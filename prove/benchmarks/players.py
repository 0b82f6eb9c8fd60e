"""Who plays: a policy for each try, made when its episode begins.

default    a local model on the laptop engine, sampled as training's evaluation samples it
endpoint   a served model, any OpenAI-compatible endpoint
gold       the ground truth's calls, through the chosen interface: the ceiling
nothing    answers every turn without a call: the floor
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from prove.benchmarks import slices
from prove.benchmarks.items import Try
from prove.benchmarks.origin import digest
from prove.benchmarks.served import Client, Endpoint, ServedPolicy
from prove.episode import Policy
from prove.interfaces.choice import Choice
from prove.policies import EnginePolicy

POLICIES = ("default", "endpoint", "gold", "nothing")
ATOMIC = Choice()
Player = Callable[[Try], Policy]


class NothingPolicy:
    """Says that it cannot help, to everything."""

    name = "nothing"

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None: ...

    async def generate(self) -> str | None:
        return "I cannot help with that."

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        return True


class RoomyPolicy(EnginePolicy):
    """A local model to which a prompt that it cannot hold is an episode without tokens, not an error."""

    def __init__(self, *args: Any, longest: int):
        super().__init__(*args)
        self._longest = longest

    async def generate(self) -> str | None:
        return await super().generate() if len(self._ids) < self._longest else None


def who(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """Who is evaluated, for about.json: a local model by its weights too."""
    path = Path(cfg["model"]["path"])
    weights = [*path.glob("*.safetensors"), *path.glob("*.json")] if cfg["policy"] == "default" else []
    return {
        "policy": cfg["policy"],
        "model": cfg["model"]["path"],
        "weights": digest(weights) if weights else "",
        "temperature": cfg["temperature"],
    }


def check_policy(cfg: Mapping[str, Any]) -> None:
    """ValueError: there is no such policy, or its model is not here."""
    policy, path = cfg["policy"], cfg["model"]["path"]
    if policy not in POLICIES:
        near = difflib.get_close_matches(str(policy), POLICIES, n=1)
        raise ValueError(f"policy={policy} is none of {', '.join(POLICIES)}" + (f"; {near[0]}?" if near else ""))
    if policy == "default" and not Path(path).is_dir():
        raise ValueError(f"model.path={path} is no folder; policy=endpoint plays a model that is served")


@contextlib.asynccontextmanager
async def players(cfg: Mapping[str, Any], choice: Choice = ATOMIC) -> AsyncIterator[Player]:
    """The policy of each try; the engine or the client behind them is closed at the end."""
    match cfg["policy"]:
        case "gold":
            yield lambda one: choice.gold(one.task.example, one.task.functions)
        case "nothing":
            yield lambda one: NothingPolicy()
        case "endpoint":
            async with aiohttp.ClientSession() as session:
                yield _served(cfg, session)
        case _:
            engine, player = _local(cfg)
            try:
                yield player
            finally:
                engine.close()


def _served(cfg: Mapping[str, Any], session: aiohttp.ClientSession) -> Player:
    endpoint, tokens = Endpoint(**cfg["endpoint"]), cfg["rollout"]["max_turn_tokens"]
    model, temperature, client = cfg["model"]["path"], cfg["temperature"], Client(session, endpoint)
    return lambda one: ServedPolicy(client, model, endpoint, temperature, tokens, one.sampling_seed)


def _local(cfg: Mapping[str, Any]) -> tuple[Any, Player]:
    """The engine and who plays on it. Imports torch only when a local model is wanted."""
    from transformers import AutoTokenizer

    from prove.cpu.engine import Engine
    from prove.cpu.sampling import Sampling
    from prove.serving.model import positions

    path, rollout = cfg["model"]["path"], cfg["rollout"]
    raised = [one.get("response_tokens", 0) for one in slices.caps(cfg["benchmark"]).values()]
    room = max(rollout["response_tokens"], *raised, 0)
    longest = min(rollout["prompt_tokens"] + room, positions(Path(path)))
    engine = Engine(path, max_slots=cfg["concurrency"], max_len=longest)
    tokenizer = AutoTokenizer.from_pretrained(path)
    drawn = {"temperature": cfg["temperature"], "top_p": rollout["top_p"], "top_k": rollout["top_k"]}

    def player(one: Try) -> Policy:
        sampling = Sampling(seed=one.sampling_seed, **drawn)
        room = one.task.cap("response_tokens", rollout["response_tokens"])
        tokens = rollout["max_turn_tokens"]
        return RoomyPolicy(cfg["model"]["name"], engine, tokenizer, sampling, room, tokens, longest=longest)

    return engine, player
