"""A Qwen3 of 1M parameters that is born able to copy: the weights of two layers start as induction heads.

    layer 0, "previous token" heads   position j looks at j-1 and writes down which token stood there
    layer 1, "match and copy" heads   position i looks for a j whose written-down token equals the token at i,
                                      and makes the token at j likely to come next

With `... PAY-48213 ... PAY-` in the context the pair predicts `4`, then `8`, then `2`: what a tool call needs to carry
names from the signatures, values from the user and ids from earlier results. The heads cost nothing at run time: they
are plain Qwen3 weights, trained like all others. **Ours**: no paper does this; README.md compares with and without.

The residual stream is divided by one random orthonormal basis, so that the two notes do not blur each other:

    basis | constant | note of pair 0 | note of pair 1 | … | room of the token embeddings |
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM


@dataclass(frozen=True)
class Shape:
    """Size of the network; kv heads equal heads, because each initialised head needs its own keys."""

    hidden: int
    layers: int
    heads: int
    head_dim: int
    ffn: int
    rope_theta: float
    positions: int


@dataclass(frozen=True)
class Induction:
    """How the copying heads start. Numbers found by trying on repeated random tokens (README.md).

    pairs: heads of each kind; 0 leaves all of this out. quiet: factor on what all other parts write to the stream.
    fast: number of fastest rotary pairs that find the neighbour. slow: rotary frequency (radians per token) below
    which a pair hardly turns over an episode. note, copy: loudness of the two outputs. sharp_*: q and k norm gains.
    """

    pairs: int
    quiet: float
    fast: int
    slow: float
    note: float
    copy: float
    sharp_previous: float
    sharp_match: float


@dataclass(frozen=True)
class Room:
    """Directions of the residual stream, rows of one orthonormal basis, and the length of an embedding in it."""

    constant: Tensor
    notes: list[Tensor]
    tokens: Tensor
    length: float


def build(shape: Shape, induction: Induction, tokenizer: PreTrainedTokenizerFast, seed: int) -> Qwen3ForCausalLM:
    """The untrained policy: small random weights, then the pairs of induction heads."""
    model = Qwen3ForCausalLM(_config(shape, tokenizer))
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        _start_small(model, random)
        if induction.pairs:
            _give_induction_heads(model, shape, induction, random)
    return model


def _config(shape: Shape, tokenizer: PreTrainedTokenizerFast) -> Qwen3Config:
    return Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden,
        intermediate_size=shape.ffn,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        head_dim=shape.head_dim,
        max_position_embeddings=shape.positions,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _start_small(model: Qwen3ForCausalLM, random: torch.Generator) -> None:
    """N(0, (0.5/sqrt(fan_in))^2) for matrices, 1/sqrt(2 layers) of that where they write to the residual stream."""
    damping = 1 / math.sqrt(2 * model.config.num_hidden_layers)
    for name, weight in model.named_parameters():
        if weight.dim() == 1:
            weight.fill_(1.0)
        elif "embed_tokens" in name:
            weight.normal_(0, 0.02, generator=random)
        else:
            weight.normal_(0, 0.5 / math.sqrt(weight.shape[1]) * (damping if _writes(name) else 1), generator=random)


def _writes(name: str) -> bool:
    return name.endswith(("o_proj.weight", "down_proj.weight"))


def _give_induction_heads(model: Qwen3ForCausalLM, shape: Shape, induction: Induction, random: torch.Generator) -> None:
    frequencies = shape.rope_theta ** -(torch.arange(0, shape.head_dim, 2) / shape.head_dim)
    slow = torch.cat([frequencies, frequencies]) < induction.slow
    for name, weight in model.named_parameters():
        if _writes(name):
            weight *= induction.quiet
    room = _divide(model.model.embed_tokens.weight, induction.pairs, int(slow.sum()), random)
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    for pair, note in enumerate(room.notes):
        rows = slice(pair * shape.head_dim, (pair + 1) * shape.head_dim)
        seen = _some(room.tokens, shape.head_dim, random)
        _look_one_back(first, rows, seen, note, room, frequencies, induction)
        _match(second, rows, seen, note, slow, random)
        _copy(second, rows, _some(room.tokens, shape.head_dim, random), room, induction)
    _sharpen(first, induction.sharp_previous)
    _sharpen(second, induction.sharp_match)


def _divide(embedding: Tensor, pairs: int, note_size: int, random: torch.Generator) -> Room:
    """Moves the embeddings into their own room, then gives every token the same component along `constant`.

    A head can then form one query whatever the token is. Tied logits all move by the same amount, which the softmax
    ignores.
    """
    hidden = embedding.shape[1]
    basis = torch.linalg.qr(torch.randn(hidden, hidden, generator=random))[0].T
    constant, *notes, tokens = basis.split([1, *[note_size] * pairs, hidden - 1 - pairs * note_size])
    embedding.copy_(embedding @ tokens.T @ tokens)
    length = embedding.norm(dim=1).mean().item()
    embedding += length * constant
    return Room(constant[0], notes, tokens, length)


def _look_one_back(
    attention: nn.Module,
    rows: slice,
    seen: Tensor,
    note: Tensor,
    room: Room,
    frequencies: Tensor,
    induction: Induction,
) -> None:
    """Layer 0: query and key are the same vector for every token; the key is turned forward by one position.

    RoPE turns a vector at position p by p times its frequencies, so the product is largest at distance exactly 1.
    Only the fastest pairs take part: they alone tell neighbours apart. What the neighbour looks like in the directions
    `seen` is written into the room `note`, apart from what the position holds itself.
    """
    fast = (torch.arange(len(frequencies)) < induction.fast).float()
    query = torch.cat([fast, torch.zeros_like(fast)])
    key = torch.cat([fast * frequencies.cos(), fast * frequencies.sin()])
    attention.q_proj.weight[rows] = torch.outer(query, room.constant)
    attention.k_proj.weight[rows] = torch.outer(key, room.constant)
    attention.v_proj.weight[rows] = seen
    _write(attention, rows, note, room.length * induction.note)


def _match(
    attention: nn.Module, rows: slice, seen: Tensor, note: Tensor, slow: Tensor, random: torch.Generator
) -> None:
    """Layer 1: query = the token here, key = the note there of the token before it: equal ones attract.

    Only slow rotary pairs take part, so distance does not disturb the match; the others start with a little noise.
    """
    for projection, directions in ((attention.q_proj, seen[: len(note)]), (attention.k_proj, note)):
        matrix = torch.randn(seen.shape, generator=random) * 0.01 / math.sqrt(seen.shape[1])
        matrix[slow] += directions
        projection.weight[rows] = matrix


def _copy(attention: nn.Module, rows: slice, seen: Tensor, room: Room, induction: Induction) -> None:
    """Layer 1: value and output return the token found there to the embeddings' room: "this token next"."""
    attention.v_proj.weight[rows] = seen
    _write(attention, rows, seen, room.length * induction.copy)


def _write(attention: nn.Module, rows: slice, directions: Tensor, loudness: float) -> None:
    """The first rows of the head's value go to `directions`, the others nowhere."""
    output = torch.zeros(attention.head_dim, directions.shape[1])
    output[: len(directions)] = directions * loudness / math.sqrt(directions.shape[1])
    attention.o_proj.weight[:, rows] = output.T


def _sharpen(attention: nn.Module, gain: float) -> None:
    """Larger query and key norms make the softmax decide."""
    attention.q_norm.weight.fill_(gain)
    attention.k_norm.weight.fill_(gain)


def _some(directions: Tensor, count: int, random: torch.Generator) -> Tensor:
    return directions[torch.randperm(len(directions), generator=random)[:count]]
