"""Episodes that begin with the same prompt, computed as one sequence of tokens without padding and without repetition.

    tokens    [prompt 1 | prompt 2 | … | answer 1 | answer 2 | …]            N = sum of prompts once + sum of answers
    attention a prompt sees itself; an answer sees its prompt and itself     (causally; no other answer)

Everything but attention works token by token, so only attention has to know. A GRPO group of 16 shares one prompt: most
of a short episode's tokens. The function is registered with transformers under the name `packed`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from transformers import AttentionInterface

ROWS = 8  # answers of similar length attended together, padded to the longest of them


@dataclass(frozen=True)
class Chunk:
    """Some sequences padded to one shape: where their queries and keys are among the N tokens.

    queries [n, R], keys [n, P + R], mask [n, 1, R, P + R] to add (None: plain causal), real [n, R] marks no padding.
    """

    queries: torch.Tensor
    keys: torch.Tensor
    mask: torch.Tensor | None
    real: torch.Tensor


@dataclass(frozen=True)
class Packed:
    """ids and positions [1, N]; `last` [B, longest answer] is the place of the token before each answer token."""

    ids: torch.Tensor
    positions: torch.Tensor
    chunks: tuple[Chunk, ...]
    last: torch.Tensor


def pack(prompts: list[torch.Tensor], answers: list[torch.Tensor]) -> Packed:
    """Answers in order of length give the least padding; any order is right."""
    unique, owner = share(prompts)
    sizes = [len(part) for part in (*unique, *answers)]
    starts = torch.tensor([0, *sizes]).cumsum(0).tolist()
    offsets = [len(unique[group]) for group in owner]
    positions = [torch.arange(len(prompt)) for prompt in unique]
    positions += [offset + torch.arange(len(answer)) for offset, answer in zip(offsets, answers, strict=True)]
    prompt_spans = [(starts[group], len(unique[group])) for group in owner]
    answer_spans = [(starts[len(unique) + row], len(answer)) for row, answer in enumerate(answers)]
    chunks = [alone(start, len(prompt)) for start, prompt in zip(starts, unique, strict=False)]
    for first in range(0, len(answers), ROWS):
        chunks.append(after_prompts(prompt_spans[first : first + ROWS], answer_spans[first : first + ROWS]))
    ids = torch.cat([*unique, *answers])[None]
    return Packed(ids, torch.cat(positions)[None], tuple(chunks), places_before(prompt_spans, answer_spans))


def share(prompts: list[torch.Tensor]) -> tuple[list[torch.Tensor], list[int]]:
    """The different prompts, and which of them each row has."""
    number: dict[tuple[int, ...], int] = {}
    owner = [number.setdefault(tuple(prompt.tolist()), len(number)) for prompt in prompts]
    return [prompts[owner.index(group)] for group in range(len(number))], owner


def alone(start: int, length: int) -> Chunk:
    places = torch.arange(start, start + length)[None]
    return Chunk(places, places, None, torch.ones_like(places, dtype=torch.bool))


def after_prompts(prompts: list[tuple[int, int]], answers: list[tuple[int, int]]) -> Chunk:
    """Spans (start, length) of each row's prompt and answer."""
    before, real_before = span_places(prompts)
    places, real = span_places(answers)
    steps = torch.arange(places.shape[1])
    causal = (steps[None, :] <= steps[:, None]).expand(len(answers), -1, -1)
    seen = torch.cat([real_before[:, None].expand(-1, len(steps), -1), causal], dim=2)
    mask = torch.zeros(seen.shape).masked_fill_(~seen, float("-inf"))[:, None]
    return Chunk(places, torch.cat([before, places], dim=1), mask, real)


def span_places(spans: list[tuple[int, int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Places [n, longest] of spans, padded with their own first place, and which of them are real."""
    start, length = torch.tensor(spans).T[..., None]
    steps = torch.arange(int(length.max()))
    real = steps < length
    return torch.where(real, start + steps, start), real


def places_before(prompts: list[tuple[int, int]], answers: list[tuple[int, int]]) -> torch.Tensor:
    """The first answer token follows the prompt's last one, every other the answer token before it."""
    places, _ = span_places(answers)
    ends = torch.tensor([start + length - 1 for start, length in prompts])
    return torch.cat([ends[:, None], places[:, :-1]], dim=1)


def attend(module, query, key, value, attention_mask, scaling=None, packed: Packed | None = None, **_):
    """transformers' attention signature: [1, H, N, D] in, ([1, N, H, D], None) out."""
    several = query.shape[1] // key.shape[1]
    q, k, v = query[0].transpose(0, 1), spread(key, several), spread(value, several)
    return torch.cat([attend_chunk(q, k, v, chunk, scaling) for chunk in packed.chunks])[None], None


def spread(x: torch.Tensor, several: int) -> torch.Tensor:
    """[1, K, N, D] to [N, H, D]: each key head for the query heads that share it."""
    return x[0].repeat_interleave(several, dim=0).transpose(0, 1) if several > 1 else x[0].transpose(0, 1)


def attend_chunk(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, chunk: Chunk, scale: float | None) -> torch.Tensor:
    out = F.scaled_dot_product_attention(
        take(q, chunk.queries),
        take(k, chunk.keys),
        take(v, chunk.keys),
        attn_mask=chunk.mask,
        is_causal=chunk.mask is None,
        scale=scale,
    )
    return out.transpose(1, 2)[chunk.real]


def take(x: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """[N, H, D] at places [n, L] to [n, H, L, D]; index_select, whose gradient is a fast sum on a CPU."""
    return x.reshape(len(x), -1).index_select(0, places.flatten()).view(*places.shape, *x.shape[1:]).transpose(1, 2)


AttentionInterface.register("packed", attend)
