"""From conversations to files: parquet rows for training, JSONL conversations for the warm start, stats, card.

A row: data_source, agent_name, prompt, tools (JSON of the offered function schemas), extra_info.example (JSON).
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from prove.schemas import reads_only, required_of, to_openai
from prove.synthesis import robustness, validation
from prove.synthesis.live import LiveServers
from prove.synthesis.orchestrator import Conversation, converse
from prove.synthesis.sampler import Catalog
from prove.types import Example, GroundTruth

ATTEMPTS = 40
ABSTENTION = "I have no tool for that."


@dataclass(frozen=True)
class Settings:
    """How conversations are drawn; the numbers come from conf/synthesis/."""

    turns: dict[int, float]
    """Share of conversations with so many user turns."""
    follow_up: float
    """Share of later turns that refer to something mentioned before."""
    max_calls: int
    max_chars: int
    """Longest conversation kept, in characters of calls and results: what the policy's context can hold."""
    knobs: robustness.Knobs


def settings_of(cfg: dict[str, Any]) -> Settings:
    """Reads a configuration composed from conf/synthesis/."""
    knobs = robustness.Knobs(
        offered=tuple(cfg["knobs"]["offered"]),
        distractor_share=cfg["knobs"]["distractor_share"],
        distractors=tuple(cfg["knobs"]["distractors"]),
        abstention=cfg["knobs"]["abstention"],
    )
    turns = {int(number): share for number, share in cfg["turns"].items()}
    return Settings(turns, cfg["follow_up"], cfg["max_calls"], cfg["max_chars"], knobs)


@dataclass(frozen=True)
class Written:
    """One kept conversation with the tools offered beside it."""

    example: Example
    offered: tuple[str, ...]
    conversation: Conversation


class Writer:
    """Writes examples against live servers. One per process."""

    def __init__(self, servers: LiveServers, settings: Settings, seed: int):
        self._servers = servers
        self._settings = settings
        self._seed = seed
        self._catalog = Catalog(servers)
        listed = {tool["name"]: tool for name in servers.servers for tool in servers.tools(name)}
        self.functions = {name: to_openai(tool) for name, tool in listed.items()}
        self._required = {name: set(required_of(function)) for name, function in self.functions.items()}
        self._reading = {name for name, tool in listed.items() if reads_only(tool)}
        self.dropped: Counter[str] = Counter()

    def write(self, split: str, index: int, world_seed: int) -> Written | None:
        """The example of one index: depends on its arguments alone, so any split of the work gives the same rows."""
        rng = random.Random(f"{self._seed}:{world_seed}:{index}")
        server = self._servers.servers[index % len(self._servers.servers)]
        for _ in range(ATTEMPTS):
            conversation = self._attempt(server, world_seed, rng)
            if conversation is not None:
                return self._finish(f"{split}-{index:05d}", conversation, rng)
        return None

    def _attempt(self, server: str, world_seed: int, rng: random.Random) -> Conversation | None:
        settings = self._settings
        turns = rng.choices(list(settings.turns), list(settings.turns.values()))[0]
        live = self._servers.open([server], world_seed)
        try:
            conversation = converse(
                live, self._catalog, self._required, server, world_seed, turns, settings.follow_up, rng
            )
        finally:
            live.close()
        if conversation is None:
            return self._drop("nothing to ask")
        if len(conversation.ground_truth.calls) > settings.max_calls or _chars(conversation) > settings.max_chars:
            return self._drop("too long")
        if validation.replays(self._servers, conversation) is None:
            return self._drop("did not replay")
        return conversation

    def _drop(self, reason: str) -> None:
        self.dropped[reason] += 1

    def _finish(self, identifier: str, conversation: Conversation, rng: random.Random) -> Written:
        own, knobs = self._catalog.tools(conversation.server), self._settings.knobs
        if rng.random() < knobs.abstention and self._irreplaceable(conversation):
            offered = robustness.withhold(conversation.tools, own, knobs, rng)
            example = _abstention(identifier, conversation, self._servers_of(conversation, offered))
            return Written(example, tuple(offered), conversation)
        foreign = [name for name in self.functions if name not in own]
        offered, drawn = robustness.offer(conversation.tools, own, foreign, knobs, rng)
        example = _example(identifier, conversation, self._servers_of(conversation, offered), drawn)
        return Written(example, tuple(offered), conversation)

    def _servers_of(self, conversation: Conversation, offered: Iterable[str]) -> tuple[str, ...]:
        """The servers whose tools are offered, that of the conversation first: a rollout opens only these."""
        owners = [self._catalog.server_of[tool] for tool in offered]
        return tuple(dict.fromkeys([conversation.server, *sorted(owners)]))

    def _irreplaceable(self, conversation: Conversation) -> bool:
        """Whether the first request changes something: what it reads, another tool might show as well."""
        return conversation.turns[0].waves[-1].calls[0].name not in self._reading


def _example(identifier: str, conversation: Conversation, servers: tuple[str, ...], knobs: dict[str, Any]) -> Example:
    truth = conversation.ground_truth
    return Example(
        id=identifier,
        kind="multi_turn",
        servers=servers,
        world_seed=conversation.seed,
        user_turns=tuple(turn.user for turn in conversation.turns),
        ground_truth=truth,
        knobs=knobs,
        stats={"calls": len(truth.calls), "steps": len(truth.steps), "turns": len(conversation.turns)},
    )


def _abstention(identifier: str, conversation: Conversation, servers: tuple[str, ...]) -> Example:
    return Example(
        id=identifier,
        kind="abstention",
        servers=servers,
        world_seed=conversation.seed,
        user_turns=(conversation.turns[0].user,),
        ground_truth=GroundTruth(),
        knobs={"withheld": sorted(conversation.tools)},
        stats={"calls": 0, "steps": 0, "turns": 1},
    )


def row_of(written: Written, functions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The parquet row of an example."""
    example = written.example
    split = example.id.split("-")[0]
    return {
        "data_source": "prove" if split == "train" else f"prove_{split}",
        "agent_name": "mcp",
        "prompt": [{"role": "user", "content": example.user_turns[0]}],
        "tools": json.dumps([functions[name] for name in written.offered], ensure_ascii=False),
        "extra_info": {"index": example.id, "split": split, "example": example.to_json()},
    }


def conversation_of(written: Written, functions: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The whole conversation as chat messages, for supervised training."""
    messages: list[dict[str, Any]] = []
    if written.example.kind == "abstention":
        messages = [_message("user", written.example.user_turns[0]), _message("assistant", ABSTENTION)]
    else:
        for turn in written.conversation.turns:
            messages += [_message("user", turn.user), *_lived(turn), _message("assistant", turn.reply)]
    return {"id": written.example.id, "tools": [functions[name] for name in written.offered], "messages": messages}


def _lived(turn: Any) -> Iterable[dict[str, Any]]:
    for wave in turn.waves:
        calls = [
            {"type": "function", "function": {"name": call.name, "arguments": call.arguments}} for call in wave.calls
        ]
        yield {"role": "assistant", "content": "", "tool_calls": calls}
        for call, output in zip(wave.calls, wave.outputs, strict=True):
            yield {"role": "tool", "name": call.name, "content": output}


def _message(role: str, content: str) -> dict[str, Any]:
    return {"role": role, "content": content}


def _chars(conversation: Conversation) -> int:
    return sum(
        len(turn.user) + sum(len(output) + 60 for wave in turn.waves for output in wave.outputs)
        for turn in conversation.turns
    )


def save_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes a parquet file in one go: a run that is killed leaves the old file or the new one."""
    part = path.with_suffix(".part")
    pq.write_table(pa.Table.from_pylist(rows), part)
    part.replace(path)


def summarise(examples: list[Example], dropped: Counter[str]) -> dict[str, Any]:
    """Counts for stats.json: kinds, servers, calls and turns per example, how often each tool is needed."""
    calls = [call.name for example in examples for call in example.ground_truth.calls]
    return {
        "examples": len(examples),
        "kinds": dict(Counter(example.kind for example in examples)),
        "servers": dict(Counter(example.servers[0] for example in examples)),
        "calls": dict(sorted(Counter(len(example.ground_truth.calls) for example in examples).items())),
        "turns": dict(sorted(Counter(len(example.user_turns) for example in examples).items())),
        "tools": dict(Counter(calls).most_common()),
        "dropped": dict(dropped),
    }
