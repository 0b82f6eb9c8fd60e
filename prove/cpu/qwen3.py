"""Qwen3's forward pass with caches of our own: the weights of a Hugging Face model, without its cache and its overhead.

    x <- x + W_o attention(rope(norm(W_q x)), rope(norm(W_k x)), W_v x)        (per layer, after an RMS norm)
    x <- x + W_down (silu(W_gate x) * W_up x)

A sequence is a *prompt*, whose keys and values are stored once and shared by every row that starts with it (a GRPO
group has 16), and *own* tokens, written in place into the row's slot; a row that shares with nobody has only those.
Attention is one softmax over both parts.
Shapes: B rows, T new tokens, H query heads, K key-value heads, D head size, P prompt length, S own length. float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

NEVER = float("-inf")
BLOCK = 64  # rows whose own tokens are padded to the same length when attention reads them


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


NONE = Prompt((), torch.empty(0), torch.empty(0), torch.empty(0))  # of a row that shares no prompt: all is its own


class Qwen3:
    """Raises ValueError for a model that is not plain Qwen3: the formula above would be another one."""

    def __init__(self, model: torch.nn.Module, max_len: int) -> None:
        refuse_other_models(model.config)
        config = model.config
        self.model, self.eps = model, config.rms_norm_eps
        self.parameters = sum(weight.numel() for weight in model.parameters())
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

    Memory is touched when written: an unused slot or length costs nothing.
    """

    def __init__(self, network: Qwen3, slots: int, max_len: int) -> None:
        shape = (len(network.layers), slots, network.kv_heads, max_len, network.head_dim)
        self.network = network
        self.keys, self.values = untouched_zeros(shape), untouched_zeros(shape)  # masked must be finite too: 0 * nan
        self.prompts = Prompts([])

    def copy_out(self, slot: int, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.keys[:, slot, :, :length].clone(), self.values[:, slot, :, :length].clone()

    def copy_in(self, slot: int, keys: torch.Tensor, values: torch.Tensor, length: int) -> None:
        self.keys[:, slot, :, :length] = keys[:, :, :length]
        self.values[:, slot, :, :length] = values[:, :, :length]

    def move(self, source: int, target: int, length: int) -> None:
        self.copy_in(target, self.keys[:, source], self.values[:, source], length)

    def reorder(self, order: list[int], lengths: list[int]) -> None:
        """Slot i gets what was in slot order[i]; `lengths` are those before."""
        moves = [(target, source) for target, source in enumerate(order) if target != source]
        contents = [self.copy_out(source, lengths[source]) for _, source in moves]
        for (target, source), (keys, values) in zip(moves, contents, strict=True):
            self.copy_in(target, keys, values, lengths[source])

    def extend(self, first: int, tokens: list[list[int]], lengths: list[int], prompts: list[Prompt]) -> torch.Tensor:
        """Feed new tokens to the rows in slots first, first+1, …: the logits [B, vocabulary] after each row's last one.

        `lengths` counts the own tokens already stored; keys and values of the new ones are stored behind them.
        """
        one_each = all(len(new) == 1 for new in tokens)
        return (self._step if one_each else self._pass)(first, tokens, lengths, prompts)

    def _step(self, first: int, tokens: list[list[int]], lengths: list[int], prompts: list[Prompt]) -> torch.Tensor:
        """One token for each row, [B, 1]: what is shared is computed together."""
        own = torch.tensor(lengths)[:, None]
        start = torch.tensor([len(prompt.ids) for prompt in prompts])[:, None]
        self.prompts = self.prompts.holding(prompts)
        attention = Attention(self, first, own, Shares(self.prompts, prompts))
        return self.network.logits(self.network.hidden(torch.tensor(tokens), start + own, attention)[:, 0])

    def _pass(self, first: int, tokens: list[list[int]], lengths: list[int], prompts: list[Prompt]) -> torch.Tensor:
        """Any number of tokens, the rows one behind the other, [1, all their tokens]: nothing is padded."""
        rows, start = [], 0
        for slot, (new, own, prompt) in enumerate(zip(tokens, lengths, prompts, strict=True), first):
            rows.append(Row(slot, slice(start, start + len(new)), own, prompt))
            start += len(new)
        ids = torch.tensor([token for new in tokens for token in new])[None]
        positions = torch.cat([row.positions for row in rows])[None]
        states = self.network.hidden(ids, positions, PackedAttention(self, rows))
        return self.network.logits(states[0, [row.new.stop - 1 for row in rows]])


@dataclass(frozen=True)
class Row:
    """New tokens of a slot and where they stand among those of all rows; `own` tokens are stored before them."""

    slot: int
    new: slice
    own: int
    prompt: Prompt

    @property
    def positions(self) -> torch.Tensor:
        """[T], counted from the beginning of the prompt."""
        start = len(self.prompt.ids) + self.own
        return torch.arange(start, start + self.new.stop - self.new.start)


class Prompts:
    """Several prompts side by side: keys and values [layers, G, K, P, D], zeros behind the shorter ones."""

    def __init__(self, prompts: list[Prompt]) -> None:
        self.place = {prompt: place for place, prompt in enumerate(prompts)}
        self.lengths = torch.tensor([len(prompt.ids) for prompt in prompts], dtype=torch.long)
        self.longest = max((len(prompt.ids) for prompt in prompts), default=0)
        self.keys, self.values = self.stack([p.keys for p in prompts]), self.stack([p.values for p in prompts])

    def stack(self, parts: list[torch.Tensor]) -> torch.Tensor:
        if not parts:
            return torch.empty(0)
        layers, heads, _, size = parts[0].shape
        whole = torch.zeros(layers, len(parts), heads, self.longest, size)
        for place, part in enumerate(parts):
            whole[:, place, :, : part.shape[2]] = part
        return whole

    def holding(self, prompts: list[Prompt]) -> Prompts:
        """These, if they hold all that is wanted; new ones otherwise."""
        wanted = dict.fromkeys(prompt for prompt in prompts if prompt.ids)
        return self if wanted.keys() <= self.place.keys() else Prompts(list(wanted))


class Shares:
    """Which rows share which prompt: row `rows[i]` is number `member[i]` of group `group[i]`.

    All groups are computed in one product, padded to the largest: a loop over them costs more than their arithmetic.
    """

    def __init__(self, prompts: Prompts, of_row: list[Prompt]) -> None:
        sharing = [(row, prompts.place[prompt]) for row, prompt in enumerate(of_row) if prompt.ids]
        places = sorted({place for _, place in sharing})
        members: dict[int, int] = dict.fromkeys(places, 0)
        member = []
        for _, place in sharing:
            member.append(members[place])
            members[place] += 1
        rank = {place: number for number, place in enumerate(places)}
        all_of_them = len(places) == len(prompts.place)
        self.prompts, self.places = prompts, None if all_of_them else torch.tensor(places, dtype=torch.long)
        self.rows = torch.tensor([row for row, _ in sharing], dtype=torch.long)
        self.group = torch.tensor([rank[place] for _, place in sharing], dtype=torch.long)
        self.member = torch.tensor(member, dtype=torch.long)
        self.size = len(places), max(members.values(), default=0)
        self.length = prompts.longest if sharing else 0
        lengths = prompts.lengths if self.places is None else prompts.lengths[self.places]
        hidden = torch.arange(self.length) >= lengths[:, None]
        self.mask = torch.zeros(hidden.shape).masked_fill_(hidden, NEVER)[:, None, None]  # [G, 1, 1, P]

    def scores(self, layer: int, q: torch.Tensor) -> torch.Tensor:
        """Queries [B, K, T, D] to scores [B, K, T, P] against each row's own prompt; never for rows without one."""
        scores = q.new_full((*q.shape[:3], self.length), NEVER)
        if self.length:
            product = torch.matmul(self.grouped(q), self.chosen(self.prompts.keys, layer).mT).add_(self.mask)
            scores[self.rows] = self.by_row(product)
        return scores

    def mix(self, layer: int, weights: torch.Tensor, mixed: torch.Tensor) -> None:
        """Adds the prompts' values, weighted by [B, K, T, P], to `mixed` [B, K, T, D]."""
        if self.length:
            product = torch.matmul(self.grouped(weights), self.chosen(self.prompts.values, layer))
            mixed[self.rows] += self.by_row(product)

    def chosen(self, stacked: torch.Tensor, layer: int) -> torch.Tensor:
        return stacked[layer] if self.places is None else stacked[layer][self.places]

    def grouped(self, x: torch.Tensor) -> torch.Tensor:
        """[B, K, T, X] to [G, K, n * T, X], zeros where a group has fewer than n rows."""
        groups = x.new_zeros((*self.size, *x.shape[1:]))
        groups[self.group, self.member] = x[self.rows]
        return groups.transpose(1, 2).flatten(2, 3)

    def by_row(self, x: torch.Tensor) -> torch.Tensor:
        """[G, K, n * T, X] to [rows, K, T, X]."""
        return x.unflatten(2, (self.size[1], -1)).transpose(1, 2)[self.group, self.member]


class Attention:
    """Of one new token per row, rows first..first+B of the slots: one softmax over a shared prompt and its own part."""

    def __init__(self, slots: Slots, first: int, own: torch.Tensor, shares: Shares) -> None:
        rows = torch.arange(len(own))
        self.slots, self.own, self.shares = slots, own, shares
        self.first, self.row_index = first, first + rows[:, None]
        self.scale = slots.network.head_dim**-0.5
        self.blocks = [self.block(some) for some in rows.split(BLOCK)]

    def block(self, rows: torch.Tensor) -> tuple[slice, slice, torch.Tensor]:
        """Neighbouring rows as slices of batch and slots, and the mask [b, 1, 1, S] of their own part."""
        own = self.own[rows]
        hidden = torch.arange(int(own.max()) + 1) > own  # [b, S]
        mask = torch.zeros(hidden.shape).masked_fill_(hidden, NEVER)[:, None, None]
        start, stop = int(rows[0]), int(rows[-1]) + 1
        return slice(start, stop), slice(self.first + start, self.first + stop), mask

    def __call__(self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Queries [B, H, 1, D] to outputs [B, H, 1, D]; stores k and v [B, K, 1, D] first."""
        keys, values = self.slots.keys[layer], self.slots.values[layer]
        keys[self.row_index, :, self.own] = k.transpose(1, 2)
        values[self.row_index, :, self.own] = v.transpose(1, 2)
        shared = q.mul(self.scale).reshape(len(k), k.shape[1], -1, k.shape[3])  # heads of one key head side by side
        weights, mixed = self.shares.scores(layer, shared), torch.empty_like(shared)
        for rows, slots, mask in self.blocks:
            own = torch.matmul(shared[rows], keys[slots, :, : mask.shape[-1]].mT).add_(mask)
            both = torch.softmax(torch.cat((weights[rows], own), dim=-1), dim=-1)
            weights[rows] = both[..., : self.shares.length]
            mixed[rows] = torch.matmul(both[..., self.shares.length :], values[slots, :, : mask.shape[-1]])
        self.shares.mix(layer, weights, mixed)
        return mixed.view(q.shape)


class PackedAttention:
    """Of rows that lie one behind the other: each looks at its prompt and its own tokens."""

    def __init__(self, slots: Slots, rows: list[Row]) -> None:
        self.slots, self.rows = slots, rows
        self.grouped = slots.network.heads != slots.network.kv_heads
        self.seen = [row.positions[:, None] >= torch.arange(int(row.positions[-1]) + 1) for row in rows]  # [T, P + S]

    def __call__(self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Queries [1, H, all T, D] to outputs of that shape; stores k and v [1, K, all T, D] first."""
        mixed = torch.empty_like(q)
        for row, seen in zip(self.rows, self.seen, strict=True):
            keys = self._stored(self.slots.keys, layer, row, row.prompt.keys, k)
            values = self._stored(self.slots.values, layer, row, row.prompt.values, v)
            mixed[:, :, row.new] = F.scaled_dot_product_attention(
                q[:, :, row.new], keys, values, attn_mask=seen, enable_gqa=self.grouped
            )
        return mixed

    @staticmethod
    def _stored(slots: torch.Tensor, layer: int, row: Row, shared: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
        """Puts what is new into the slot; returns prompt and own part together, [1, K, P + S, D]."""
        end = row.own + row.new.stop - row.new.start
        own = slots[layer, row.slot, :, :end]
        own[:, row.own :] = new[0, :, row.new]
        return (torch.cat((shared[layer], own), dim=1) if row.prompt.ids else own)[None]


def untouched_zeros(shape: tuple[int, ...]) -> torch.Tensor:
    """float32; torch.zeros would write every page, and a page costs memory from its first write on."""
    return torch.from_numpy(np.zeros(shape, np.float32))


def padded(lengths: list[int]) -> int:
    """Own tokens that attention reads for rows of these lengths, in this order."""
    blocks = (lengths[start : start + BLOCK] for start in range(0, len(lengths), BLOCK))
    return sum(len(block) * max(block) for block in blocks)


def sorted_blocks(lengths: list[int]) -> list[int]:
    """An order in which each block has rows of similar length; rows that are in their block already stay in place."""
    ranked = sorted(range(len(lengths)), key=lengths.__getitem__)
    target = {row: rank // BLOCK for rank, row in enumerate(ranked)}
    staying = {row for row, block in target.items() if row // BLOCK == block}
    coming = iter(sorted((row for row in ranked if row not in staying), key=target.__getitem__))
    return [row if row in staying else next(coming) for row in range(len(lengths))]


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
