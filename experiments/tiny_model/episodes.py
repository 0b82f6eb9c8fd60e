"""From conversations on disk to padded batches: spoil -> render -> rename -> encode -> weigh -> sort -> batch.

Everything random is drawn from (seed, epoch, row or chunk), so a resumed run sees exactly what it would have seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from experiments.tiny_model.flaws import Flaws, careless
from experiments.tiny_model.rename import Renaming, nameable, rename
from experiments.tiny_model.tokenizer import TURN, render

CHUNK = 1024  # rows rendered and sorted together: lengths of neighbours agree, order stays random


class Encoded(NamedTuple):
    """One conversation: token ids, and the loss weight of each (0 on what the policy does not write)."""

    tokens: np.ndarray
    weights: np.ndarray


class Batch(NamedTuple):
    """Right-padded: tokens [batch, time], their loss weights (0 on padding), and the true lengths [batch]."""

    tokens: Tensor
    weights: Tensor
    lengths: Tensor


class Place(NamedTuple):
    """Where in the data a run stands: the next batch is number `batch` of chunk `chunk` of this epoch."""

    epoch: int = 0
    chunk: int = 0
    batch: int = 0


@dataclass(frozen=True)
class Encoder:
    """Turns conversations into tokens and weights; conversations over `longest` tokens are left out.

    A text turn's first token, which is the decision to make no call, and its end weigh 1 as a call's tokens do; the
    words between weigh `text_weight`.
    """

    tokenizer: PreTrainedTokenizerFast
    text_weight: float
    longest: int

    def __call__(self, texts: list[str]) -> list[Encoded]:
        found = self.tokenizer.backend_tokenizer.encode_batch(texts)
        return [self._weigh(np.array(one.ids)) for one in found if len(one.ids) <= self.longest]

    def _weigh(self, tokens: np.ndarray) -> Encoded:
        weights = np.zeros(len(tokens), np.float32)
        call = self.tokenizer.convert_tokens_to_ids("<tool_call>")
        for start, stop in self._written(tokens):
            weights[start:stop] = 1.0
            if call not in tokens[start:stop]:
                weights[start + 1 : stop - 1] = self.text_weight
        return Encoded(tokens, weights)

    def _written(self, tokens: np.ndarray) -> Iterator[tuple[int, int]]:
        """Spans of the assistant's turns: from behind the header to the end marker, which is written too."""
        header = self.tokenizer.encode(f"{TURN}assistant\n", add_special_tokens=False)
        ends = np.flatnonzero(tokens == self.tokenizer.eos_token_id)
        for turn in np.flatnonzero(tokens == header[0]):
            start = turn + len(header)
            if tokens[turn:start].tolist() == header:
                stop = ends[np.searchsorted(ends, start)] + 1
                yield int(start), int(stop)


@dataclass(frozen=True)
class Corpus:
    """The training conversations (JSON lines), kept as text: they are rendered when their chunk comes up."""

    lines: list[str]
    nouns: list[str]
    encode: Encoder
    flaws: Flaws
    renaming: Renaming
    batch_tokens: int
    seed: int

    def batches(self, place: Place) -> Iterator[tuple[Batch, Place]]:
        """Endless; each batch comes with the place of the one after it."""
        while True:
            batches = self._chunk(place.epoch, place.chunk)
            for index in range(place.batch, len(batches)):
                yield pad(batches[index]), Place(place.epoch, place.chunk, index + 1)
            last = (place.chunk + 1) * CHUNK >= len(self.lines)
            place = Place(place.epoch + 1) if last else Place(place.epoch, place.chunk + 1)

    def _chunk(self, epoch: int, chunk: int) -> list[list[Encoded]]:
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.lines))
        rows = order[chunk * CHUNK : (chunk + 1) * CHUNK]
        encoded = self.encode([self._text(int(row), epoch) for row in rows])
        batches = group(sorted(encoded, key=lambda one: len(one.tokens)), self.batch_tokens)
        Random(f"{self.seed}/{epoch}/{chunk}").shuffle(batches)
        return batches

    def _text(self, row: int, epoch: int) -> str:
        random = Random(f"{self.seed}/{epoch}/{row}")
        conversation = careless(json.loads(self.lines[row]), self.flaws, random)
        text = render(self.encode.tokenizer, conversation)
        return rename(text, conversation, self.renaming, self.nouns, random)


def read_lines(path: str | Path) -> list[str]:
    return [line for line in Path(path).read_text().splitlines() if line.strip()]


def kind(conversation: dict[str, Any]) -> str:
    """What the data calls this kind of conversation, else its number of calls."""
    calls = sum(len(message.get("tool_calls") or ()) for message in conversation["messages"])
    return conversation.get("kind") or f"{calls} calls"


def nouns_of(lines: list[str]) -> list[str]:
    """All nameable words of the data: what renamed words are replaced by."""
    return sorted(set().union(*(nameable(json.loads(line)) for line in lines)))


def group(encoded: list[Encoded], budget: int) -> list[list[Encoded]]:
    """Cuts a length-sorted list where one more row would take its batch over `budget` padded tokens."""
    batches: list[list[Encoded]] = []
    for one in encoded:
        if not batches or (len(batches[-1]) + 1) * len(one.tokens) > budget:
            batches.append([])
        batches[-1].append(one)
    return batches


def pad(batch: list[Encoded]) -> Batch:
    shape = len(batch), max(len(one.tokens) for one in batch)
    tokens, weights = torch.zeros(shape, dtype=torch.long), torch.zeros(shape)
    for row, one in enumerate(batch):
        tokens[row, : len(one.tokens)] = torch.from_numpy(one.tokens)
        weights[row, : len(one.tokens)] = torch.from_numpy(one.weights)
    return Batch(tokens, weights, torch.tensor([len(one.tokens) for one in batch]))
