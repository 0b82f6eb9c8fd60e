"""Tokens a second of the laptop engine: groups of conversations of several turns, as a GRPO step has them.

ours                     as it is: prompts shared by a group, turns that go on where they ended, one thread
ours, every core         the same with a thread for every core
ours, nothing shared     every prompt another's, every turn read from its beginning
Hugging Face             generate() of transformers, so many conversations at once, every turn from its beginning

Prompts are those of held-out rows. The embedded policy writes so many tokens a turn as a draw says, whatever they are;
between its turns stand results of 20 to 149 tokens, drawn too. Every kind writes the same number of tokens.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow.parquet as pq
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from experiments.side_by_side.measures import Sample
from prove.cpu import engine
from prove.cpu.sampling import Sampling
from prove.template import Template

MODEL = "experiments/tiny_model/model"
LONGEST = 2048
VOCABULARY = 2000
AT_ONCE = 256
"""Conversations of ours computed together, as in training."""


@dataclass(frozen=True)
class Talk:
    """A conversation: its first tokens, how many it writes each turn, what it is answered."""

    name: str
    prompt: list[int]
    writes: tuple[int, ...]
    answers: tuple[list[int], ...]


Play = Callable[[list[Talk]], None]


def measured(settings: Mapping[str, Any]) -> Iterator[tuple[str, Sample]]:
    kinds: dict[str, Callable[[], Play]] = {
        "ours": lambda: ours(engine.SMALL),
        "ours, every core": lambda: ours(0),
        "ours, nothing shared": lambda: alone(ours(engine.SMALL)),
        "Hugging Face": lambda: stock(settings["generate_batch"]),
    }
    prompts = prompts_of(Path(settings["data"]), settings["groups"])
    for name, make in kinds.items():
        play = make()
        for members in settings["members"]:
            talks = talks_of(prompts, members, settings)
            play(talks)
            rates = tuple(rate(play, talks) for _ in range(settings["repeats"]))
            yield name, Sample("engine", members, "tokens/s", rates, f"{len(talks)} conversations")


def talks_of(prompts: list[list[int]], members: int, settings: Mapping[str, Any]) -> list[Talk]:
    """So many conversations of each prompt."""
    draw, talks = random.Random(settings["seed"]), []
    for group, prompt in enumerate(prompts):
        for member in range(members):
            writes = tuple(draw.randrange(10, 50) for _ in range(settings["turns"]))
            answers = tuple([draw.randrange(VOCABULARY) for _ in range(draw.randrange(20, 150))] for _ in writes[1:])
            talks.append(Talk(f"{group}.{member}", prompt, writes, answers))
    return talks


def prompts_of(path: Path, groups: int) -> list[list[int]]:
    """Of rows that are evenly apart. ValueError: there are not so many."""
    rows = pq.ParquetFile(path).read(columns=["prompt", "tools"]).to_pylist()
    if len(rows) < groups:
        raise ValueError(f"{path} has {len(rows)} rows, not {groups}")
    template = Template(AutoTokenizer.from_pretrained(MODEL))
    return [template.prompt(row["prompt"], json.loads(row["tools"])) for row in rows[:: len(rows) // groups][:groups]]


def rate(play: Play, talks: list[Talk]) -> float:
    """Tokens written per second."""
    begin = perf_counter()
    play(talks)
    return sum(sum(talk.writes) for talk in talks) / (perf_counter() - begin)


def ours(small: int) -> Play:
    """`small`: parameters below which a model gets one thread."""
    usual, engine.SMALL = engine.SMALL, small
    running = engine.Engine(MODEL, max_slots=AT_ONCE, max_len=LONGEST)
    engine.SMALL = usual

    def play(talks: list[Talk]) -> None:
        running.forget()
        left, over = len(talks), threading.Event()

        def turn(talk: Talk, number: int, history: list[int], named: str) -> None:
            future = running.submit(
                history, max_tokens=talk.writes[number], sampling=Sampling(seed=number), request_id=named
            )
            future.add_done_callback(lambda done: after(talk, number, history, named, done))

        def after(talk: Talk, number: int, history: list[int], named: str, done: Future) -> None:
            nonlocal left
            if number < len(talk.answers):
                turn(talk, number + 1, history + done.result().tokens + talk.answers[number], named)
                return
            left -= 1  # the engine's thread alone comes here
            if not left:
                over.set()

        for talk in talks:
            turn(talk, 0, talk.prompt, talk.name)
        over.wait()

    return play


def alone(play: Play) -> Play:
    """Each turn a conversation of its own, with a prompt that no other has."""

    def apart(talks: list[Talk]) -> None:
        history = [[number % VOCABULARY, *talk.prompt] for number, talk in enumerate(talks)]
        for turn in range(len(talks[0].writes)):
            play(
                [
                    replace(talk, name=f"{talk.name}.{turn}", prompt=said, writes=(talk.writes[turn],), answers=())
                    for talk, said in zip(talks, history, strict=True)
                ]
            )
            if turn < len(talks[0].answers):
                history = [
                    [*said, *[0] * talk.writes[turn], *talk.answers[turn]]
                    for talk, said in zip(talks, history, strict=True)
                ]

    return apart


def stock(batch: int) -> Play:
    """transformers, left-padded batches; what a batch writes beyond a conversation's own number is not counted."""
    model = AutoModelForCausalLM.from_pretrained(MODEL).eval()

    @torch.inference_mode()
    def play(talks: list[Talk]) -> None:
        history = [list(talk.prompt) for talk in talks]
        for turn in range(len(talks[0].writes)):
            for start in range(0, len(talks), batch):
                some, said = talks[start : start + batch], history[start : start + batch]
                for talk, tokens, made in zip(some, said, _written(model, some, said, turn), strict=True):
                    tokens += made[: talk.writes[turn]] + (talk.answers[turn] if turn < len(talk.answers) else [])

    return play


def _written(model: Any, talks: list[Talk], history: list[list[int]], turn: int) -> list[list[int]]:
    longest, most = max(map(len, history)), max(talk.writes[turn] for talk in talks)
    ids = torch.tensor([[0] * (longest - len(tokens)) + tokens for tokens in history])
    mask = torch.tensor([[0] * (longest - len(tokens)) + [1] * len(tokens) for tokens in history])
    made = model.generate(
        ids, attention_mask=mask, do_sample=True, min_new_tokens=most, max_new_tokens=most, pad_token_id=0
    )
    return made[:, longest:].tolist()
