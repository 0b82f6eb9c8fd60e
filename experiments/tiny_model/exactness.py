"""How good the policy is on held-out conversations, teacher-forced: every token is predicted from the true past.

call exact      every token of `<tool_call>…</tool_call>` is the most likely one
episode exact   all calls exact, no call too many, and text where text is due
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from transformers import Qwen3ForCausalLM

from experiments.tiny_model.episodes import Encoded, group, pad
from experiments.tiny_model.forward import hidden_states, logits, rotations

PADDED_TOKENS = 16_384


@dataclass(frozen=True)
class HeldOut:
    """A conversation kept out of training; `tool_call` holds the ids of the opening and the closing tag."""

    kind: str
    encoded: Encoded
    tool_call: tuple[int, int]


@dataclass(frozen=True)
class Exactness:
    """Shares between 0 and 1; `by_kind` holds the episode share of each kind of conversation."""

    call: float
    episode: float
    by_kind: dict[str, float]

    def __str__(self) -> str:
        kinds = " ".join(f"{kind} {share:.2f}" for kind, share in sorted(self.by_kind.items()))
        return f"call {self.call:.3f} episode {self.episode:.3f} ({kinds})"


def measure(model: Qwen3ForCausalLM, held_out: list[HeldOut]) -> Exactness:
    ordered = iter(sorted(held_out, key=lambda one: len(one.encoded.tokens)))
    calls: list[bool] = []
    episodes: dict[str, list[bool]] = defaultdict(list)
    for batch in group(sorted((one.encoded for one in held_out), key=lambda one: len(one.tokens)), PADDED_TOKENS):
        for guess in _guesses(model, batch):
            one = next(ordered)
            exact = _calls_exact(one, guess)
            calls += exact
            episodes[one.kind].append(all(exact) and _text_and_ends_right(one, guess))
    every = [good for goods in episodes.values() for good in goods]
    by_kind = {kind: float(np.mean(goods)) for kind, goods in episodes.items()}
    return Exactness(float(np.mean(calls)) if calls else 0.0, float(np.mean(every)), by_kind)


@torch.no_grad()
def _guesses(model: Qwen3ForCausalLM, batch: list[Encoded]) -> list[np.ndarray]:
    """Per conversation the most likely token at each place the policy writes; elsewhere the token that is there."""
    tokens, weights, _ = pad(batch)
    written = weights[:, 1:] > 0
    with torch.autocast("cpu", torch.bfloat16):
        states = hidden_states(model, tokens[:, :-1], rotations(model))
        best = logits(model, states[written]).argmax(-1)
    guesses = tokens.clone()
    guesses[:, 1:][written] = best
    return [guesses[row, : len(one.tokens)].numpy() for row, one in enumerate(batch)]


def _calls_exact(one: HeldOut, guess: np.ndarray) -> list[bool]:
    tokens = one.encoded.tokens
    opened, closed = (np.flatnonzero((tokens == tag) & (one.encoded.weights > 0)) for tag in one.tool_call)
    spans = zip(opened, closed, strict=True)
    return [bool((guess[start : stop + 1] == tokens[start : stop + 1]).all()) for start, stop in spans]


def _text_and_ends_right(one: HeldOut, guess: np.ndarray) -> bool:
    """No call at the start of a text turn, and behind each call what is due: another call or the end of the turn."""
    tokens, written = one.encoded.tokens, one.encoded.weights > 0
    starts = np.flatnonzero(written[1:] & ~written[:-1]) + 1
    behind = np.flatnonzero((tokens == one.tool_call[1]) & written) + 1
    speaks = all(guess[start] != one.tool_call[0] for start in starts if tokens[start] != one.tool_call[0])
    return bool(speaks and (guess[behind] == tokens[behind]).all())
