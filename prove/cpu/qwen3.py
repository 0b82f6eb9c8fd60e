"""Qwen3's forward pass with caches of our own: the weights of a Hugging Face model, without its cache and its overhead.

    x <- x + W_o attention(rope(norm(W_q x)), rope(norm(W_k x)), W_v x)        (per layer, after an RMS norm)
    x <- x + W_down (silu(W_gate x) * W_up x)

A sequence is a *prompt*, whose keys and values are stored once and shared by every row that starts with it (a GRPO
group has 16), and *own* tokens, written in place into the row's slot. Attention is one softmax over both parts.
Shapes: B rows, T new tokens, H query heads, K key-value heads, D head size, P prompt length, S own length. float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

NEVER = float("-inf")


@dataclass(frozen=True)
class Layer:
    """One block's matrices; queries, keys and values fused, gate and up fused: fewer, larger products."""

    qkv: torch.Tensor
    out: torch.Tensor
    q_norm: torch.Tensor
    k_norm: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor
    before_attention: torch.Tensor
    before_mlp: torch.Tensor


@dataclass(frozen=True, eq=False)
class Prompt:
    """Keys and values [layers, K, P, D] of a prompt and the logits [vocabulary] after its last token."""

    ids: tuple[int, ...]
    keys: torch.Tensor
    values: torch.Tensor
    logits: torch.Tensor


class Qwen3:
    """Raises ValueError for a model that is not plain Qwen3: the formula above would be another one."""

    def __init__(self, model: torch.nn.Module, max_len: int) -> None:
        refuse_other_models(model.config)
        config = model.config
        self.model, self.eps = model, config.rms_norm_eps
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.head_dim, self.vocabulary = config.head_dim, config.vocab_size
        position = torch.arange(max_len)[None]
        cos, sin = model.model.rotary_emb(torch.zeros(1), position)
        self.cos, self.sin = cos[0], sin[0]
        self.refresh()

    def refresh(self) -> None:
        """Read the weights again (after a weight sync)."""
        body = self.model.model
        self.embedding, self.norm, self.head = body.embed_tokens.weight, body.norm.weight, self.model.lm_head.weight
        self.layers = [fuse(layer) for layer in body.layers]

    def hidden(self, ids: torch.Tensor, positions: torch.Tensor, attend) -> torch.Tensor:
        """Ids and positions [B, T] to states [B, T, hidden]; `attend(layer, q, k, v)` owns the caches."""
        x = F.embedding(ids, self.embedding)
        cos, sin = self.cos[positions].unsqueeze(1), self.sin[positions].unsqueeze(1)
        for index, layer in enumerate(self.layers):
            q, k, v = self.project(layer, self.rms(x, layer.before_attention), cos, sin)
            x = x + F.linear(attend(index, q, k, v).transpose(1, 2).flatten(2), layer.out)
            gate, up = F.linear(self.rms(x, layer.before_mlp), layer.gate_up).chunk(2, -1)
            x = x + F.linear(F.silu(gate).mul_(up), layer.down)
        return x

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        return F.linear(self.rms(states, self.norm), self.head)

    def project(self, layer: Layer, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor):
        """Queries [B, H, T, D], keys and values [B, K, T, D], normed and rotated."""
        split = (self.heads + self.kv_heads, self.kv_heads)
        qk, v = F.linear(x, layer.qkv).unflatten(-1, (-1, self.head_dim)).transpose(1, 2).split(split, dim=1)
        q, k = qk.split((self.heads, self.kv_heads), dim=1)
        return rotate(self.rms(q, layer.q_norm), cos, sin), rotate(self.rms(k, layer.k_norm), cos, sin), v

    def rms(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(x, weight.shape, weight, self.eps)

    def read(self, prompts: list[tuple[int, ...]]) -> list[Prompt]:
        """Prefill prompts of any lengths together: padded on the right, where a causal model never looks."""
        ids = pad(prompts)
        stored: list[tuple[torch.Tensor, torch.Tensor]] = []

        def attend(_: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            stored.append((k, v))
            return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.kv_heads)

        states = self.hidden(ids, torch.arange(ids.shape[1]).expand_as(ids), attend)
        last = torch.tensor([len(prompt) - 1 for prompt in prompts])
        logits = self.logits(states[torch.arange(len(prompts)), last])
        return [self.cut(prompt, row, stored, logits[row]) for row, prompt in enumerate(prompts)]

    @staticmethod
    def cut(prompt: tuple[int, ...], row: int, stored: list, logits: torch.Tensor) -> Prompt:
        keys = torch.stack([k[row, :, : len(prompt)] for k, _ in stored])
        values = torch.stack([v[row, :, : len(prompt)] for _, v in stored])
        return Prompt(prompt, keys, values, logits.clone())


class Slots:
    """Own keys and values of the active rows [layers, slots, K, length, D]; rows are slots 0..n without holes.

    Memory is touched when written: an unused slot or length costs nothing. The last position takes what padding writes.
    """

    def __init__(self, network: Qwen3, slots: int, max_len: int) -> None:
        shape = (len(network.layers), slots, network.kv_heads, max_len + 1, network.head_dim)
        self.network, self.max_len = network, max_len
        self.keys, self.values = torch.zeros(shape), torch.zeros(shape)  # what is masked must still be finite: 0 * nan

    def copy_out(self, slot: int, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.keys[:, slot, :, :length].clone(), self.values[:, slot, :, :length].clone()

    def copy_in(self, slot: int, keys: torch.Tensor, values: torch.Tensor, length: int) -> None:
        self.keys[:, slot, :, :length] = keys[:, :, :length]
        self.values[:, slot, :, :length] = values[:, :, :length]

    def move(self, source: int, target: int, length: int) -> None:
        self.copy_in(target, self.keys[:, source], self.values[:, source], length)

    def extend(self, first: int, tokens: list[list[int]], lengths: list[int], prompts: list[Prompt]) -> torch.Tensor:
        """Feed new tokens to the rows in slots first, first+1, …: the logits [B, vocabulary] after each row's last one.

        `lengths` counts the own tokens already stored; keys and values of the new ones are stored behind them.
        """
        ids, own = pad(tokens), torch.tensor(lengths)[:, None] + torch.arange(max(map(len, tokens)))
        start = torch.tensor([len(prompt.ids) for prompt in prompts])[:, None]
        positions = (start + own).clamp_(max=len(self.network.cos) - 1)
        attention = Attention(self, first, own.clamp(max=self.max_len), group(prompts))
        states = self.network.hidden(ids, positions, attention)
        last = torch.tensor([len(new) - 1 for new in tokens])
        return self.network.logits(states[torch.arange(len(tokens)), last])


class Attention:
    """One softmax over a shared prompt and a row's own tokens, for rows first..first+B of the slots."""

    def __init__(self, slots: Slots, first: int, own: torch.Tensor, groups: list[tuple[Prompt, torch.Tensor]]) -> None:
        rows, new = own.shape
        self.slots, self.own, self.groups = slots, own, groups
        self.rows = slice(first, first + rows)
        self.row_index = torch.arange(first, first + rows)[:, None]
        self.seen = int(own.max()) + 1
        self.prompt_length = max(len(prompt.ids) for prompt, _ in groups)
        share = slots.network.heads // slots.network.kv_heads
        hidden = torch.arange(self.seen) > own[..., None]  # [B, T, S]
        self.mask = torch.zeros(hidden.shape).masked_fill_(hidden, NEVER).repeat(1, share, 1)[:, None]
        self.scale = slots.network.head_dim**-0.5

    def __call__(self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Queries [B, H, T, D] to outputs [B, H, T, D]; stores k and v [B, K, T, D] first."""
        keys, values = self.slots.keys[layer], self.slots.values[layer]
        keys[self.row_index, :, self.own] = k.transpose(1, 2)
        values[self.row_index, :, self.own] = v.transpose(1, 2)
        keys, values = keys[self.rows, :, : self.seen], values[self.rows, :, : self.seen]
        shared = q.mul(self.scale).reshape(len(k), k.shape[1], -1, k.shape[3])  # heads of one key head side by side
        weights = torch.softmax(self.scores(layer, shared, keys), dim=-1)
        mixed = torch.matmul(weights[..., self.prompt_length :], values)
        self.add_prompts(layer, weights, mixed)
        return mixed.view(q.shape)

    def scores(self, layer: int, q: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """[B, K, share * T, P + S]: first the prompt, each group with its own keys, then the own tokens."""
        scores = q.new_full((*q.shape[:3], self.prompt_length + self.seen), NEVER)
        torch.add(torch.matmul(q, keys.mT), self.mask, out=scores[..., self.prompt_length :])
        for prompt, rows in self.groups:
            several = q[rows].transpose(0, 1).flatten(1, 2)  # [K, n * share * T, D]
            part = torch.matmul(several, prompt.keys[layer].mT).unflatten(1, (len(rows), -1))
            scores[rows, :, :, : len(prompt.ids)] = part.transpose(0, 1)
        return scores

    def add_prompts(self, layer: int, weights: torch.Tensor, mixed: torch.Tensor) -> None:
        for prompt, rows in self.groups:
            several = weights[rows, :, :, : len(prompt.ids)].transpose(0, 1).flatten(1, 2)
            part = torch.matmul(several, prompt.values[layer]).unflatten(1, (len(rows), -1))
            mixed[rows] += part.transpose(0, 1)


def group(prompts: list[Prompt]) -> list[tuple[Prompt, torch.Tensor]]:
    """Rows by the prompt they share."""
    rows: dict[int, list[int]] = {}
    for row, prompt in enumerate(prompts):
        rows.setdefault(id(prompt), []).append(row)
    return [(prompts[members[0]], torch.tensor(members)) for members in rows.values()]


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotary embedding, halves convention: x cos + (-x2, x1) sin."""
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat((-right, left), -1) * sin


def pad(rows: list) -> torch.Tensor:
    """Lists of ids to [B, longest], zeros on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *(0,) * (longest - len(row))] for row in rows])


def fuse(layer: torch.nn.Module) -> Layer:
    attention, mlp = layer.self_attn, layer.mlp
    return Layer(
        qkv=torch.cat([attention.q_proj.weight, attention.k_proj.weight, attention.v_proj.weight]),
        out=attention.o_proj.weight,
        q_norm=attention.q_norm.weight,
        k_norm=attention.k_norm.weight,
        gate_up=torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]),
        down=mlp.down_proj.weight,
        before_attention=layer.input_layernorm.weight,
        before_mlp=layer.post_attention_layernorm.weight,
    )


def refuse_other_models(config) -> None:
    plain = config.model_type == "qwen3" and not config.attention_bias and not config.use_sliding_window
    if not plain or config.hidden_act != "silu":
        raise ValueError(f"the cpu engine runs plain Qwen3 models, not {config.model_type}; use a GPU trainer for it")
