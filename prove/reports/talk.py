"""A chosen episode as a block to read: the shortened conversation, what was wanted, what each call was worth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prove.reports.blocks import Talk, Turn
from prove.reports.instructive import TITLES, Choice
from prove.reports.settings import SETTINGS
from prove.rewards.choice import Reward
from prove.stored import read_value


def talk(choice: Choice, reward: Reward) -> Talk:
    """Reads the episode's line again. The title names run, row and example; `facts` have reward, calls and reasons."""
    seen = choice.seen
    episode = _episode(seen.path, seen.played.offset)
    return Talk(
        title=f"{TITLES[choice.kind]}: {seen.arm}, seed {seen.seed}, {seen.example}",
        why=choice.why,
        facts={**_facts(episode, reward, str(seen.path)), **_before(choice, reward)},
        turns=turns(episode["messages"]),
    )


def _episode(path: Path, offset: int) -> dict[str, Any]:
    """The one whose line begins at a byte of a file."""
    with path.open("rb") as file:
        file.seek(offset)
        return json.loads(file.readline())


def _facts(episode: Mapping[str, Any], reward: Reward, path: str) -> dict[str, str]:
    scored = read_value(episode).score(reward)
    parts = ", ".join(f"{key} {value:.3f}" for key, value in scored.components().items())
    offered = ", ".join(tool["function"]["name"] for tool in episode["tools"])
    return {
        "reward": f"{scored.total:.3f} = {parts}; exact match: {'yes' if scored.exact else 'no'}",
        "wanted": "\n".join(_wanted(episode["ground_truth"]["steps"])) or "no call",
        "each call": "\n".join(scored.reasons) or "none was made",
        "tools offered": offered,
        "file": path,
    }


def _before(choice: Choice, reward: Reward) -> dict[str, str]:
    """What the row looked like earlier, where the gain is the reason."""
    earlier = choice.seen.before
    if choice.kind != "improved" or earlier is None:
        return {}
    episode = _episode(earlier.path, earlier.offset)
    said = [f"{turn.speaker}: {turn.text}" for turn in turns(episode["messages"]) if turn.speaker == "assistant"]
    return {f"{earlier.when}": "\n".join([*said, *read_value(episode).score(reward).reasons])}


def _wanted(steps: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    return [
        f"step {number}: {call['name']} {shortened(json.dumps(call['arguments'], ensure_ascii=False))}"
        for number, step in enumerate(steps)
        for call in step
    ]


def turns(messages: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """The first and the last messages, each cut; what is left out is counted."""
    room = SETTINGS.shown["messages"]
    told = [Turn(_speaker(message), shortened(str(message.get("content") or ""))) for message in messages]
    if len(told) <= room:
        return told
    first = room // 2
    gap = Turn("…", f"{len(told) - room} messages are left out")
    return [*told[:first], gap, *told[len(told) - (room - first) :]]


def _speaker(message: Mapping[str, Any]) -> str:
    return f"tool {message.get('name', '')}".strip() if message["role"] == "tool" else str(message["role"])


def shortened(text: str) -> str:
    room = SETTINGS.shown["text"]
    return text if len(text) <= room else f"{text[:room]}… ({len(text)} characters)"
