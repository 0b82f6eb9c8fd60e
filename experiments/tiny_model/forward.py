"""The same network as transformers' Qwen3, computed faster on a CPU: its weights, fewer and fused operations.

Right-padded sequences need no mask: attention is causal and padding carries no loss. Measured against the library's
forward in tests/test_tiny_model.py.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen3ForCausalLM


def rotations(model: Qwen3ForCausalLM) -> tuple[Tensor, Tensor]:
    """cos and sin [positions, head_dim] of the rotary embedding, for all positions of the model."""
    config = model.config
    exponents = torch.arange(0, config.head_dim, 2) / config.head_dim
    frequencies = config.rope_parameters["rope_theta"] ** -exponents
    angles = torch.outer(torch.arange(config.max_position_embeddings), frequencies).repeat(1, 2)
    return angles.cos(), angles.sin()


def hidden_states(model: Qwen3ForCausalLM, tokens: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """[batch, time] token ids -> [batch, time, hidden], after the last norm and before the head."""
    cos, sin = (table[: tokens.shape[1]] for table in rotation)
    stream = model.model.embed_tokens(tokens)
    for layer in model.model.layers:
        stream = stream + _attend(layer.self_attn, _norm(layer.input_layernorm, stream), cos, sin)
        stream = stream + _feed(layer.mlp, _norm(layer.post_attention_layernorm, stream))
    return _norm(model.model.norm, stream)


def logits(model: Qwen3ForCausalLM, states: Tensor) -> Tensor:
    return F.linear(states, model.model.embed_tokens.weight)


def _attend(attention: nn.Module, stream: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    projections = (attention.q_proj, attention.k_proj, attention.v_proj)
    together = F.linear(stream, torch.cat([projection.weight for projection in projections]))
    query, key, value = (part.unflatten(-1, (-1, attention.head_dim)) for part in together.chunk(3, dim=-1))
    query, key = (
        _turn(_norm(norm, part).transpose(1, 2), cos, sin)
        for norm, part in ((attention.q_norm, query), (attention.k_norm, key))
    )
    with torch.autocast("cpu", enabled=False):  # the flash kernel's bf16 backward is a third slower than fp32's
        seen = F.scaled_dot_product_attention(query, key, value.transpose(1, 2).float(), is_causal=True)
    return attention.o_proj(seen.transpose(1, 2).flatten(2))


def _feed(mlp: nn.Module, stream: Tensor) -> Tensor:
    gate, up = F.linear(stream, torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight])).chunk(2, dim=-1)
    return mlp.down_proj(F.silu(gate) * up)


def _turn(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    front, back = heads.chunk(2, dim=-1)
    return heads * cos + torch.cat([-back, front], dim=-1) * sin


def _norm(norm: nn.Module, stream: Tensor) -> Tensor:
    return F.rms_norm(stream.float(), norm.weight.shape, norm.weight, norm.variance_epsilon)
