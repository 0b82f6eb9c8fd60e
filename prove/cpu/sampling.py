"""Draw the next token: seeded per request, so that who else is in the batch changes nothing.

    u = hash(seed, position) in [0, 1)      token = smallest t with CDF(t) > u      (inverse transform sampling)

The log-probability is that of the temperature-scaled distribution before top-k and top-p, which is what verl's trainer
recomputes (logits / temperature, then log-softmax). A temperature of 0 takes the most likely token, unscaled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

GOLDEN, MIX_1, MIX_2 = (np.uint64(v) for v in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


@dataclass(frozen=True)
class Sampling:
    """How one request is sampled: top_k <= 0 and top_p = 1 mean no filter."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = -1
    seed: int = 0

    @property
    def filtered(self) -> bool:
        return self.temperature > 0 and (self.top_p < 1 or self.top_k > 0)


def draw(logits: torch.Tensor, how: list[Sampling], positions: list[int]) -> tuple[list[int], list[float]]:
    """Logits [B, vocabulary] to one token and its log-probability per row; position = index of the drawn token."""
    greedy = torch.tensor([row.temperature <= 0 for row in how])
    temperature = torch.tensor([row.temperature if row.temperature > 0 else 1.0 for row in how])
    log_probs = torch.log_softmax(logits / temperature[:, None], dim=-1)
    tokens = inverse_cdf(keep_likely(log_probs.exp(), how), uniform([row.seed for row in how], positions))
    if greedy.any():
        tokens = torch.where(greedy, log_probs.argmax(-1), tokens)
    return tokens.tolist(), log_probs.gather(1, tokens[:, None])[:, 0].tolist()


def inverse_cdf(weights: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Weights need not sum to one; a token of weight 0 is never drawn."""
    cdf = weights.cumsum(-1)
    drawn = torch.searchsorted(cdf, (u[:, None] * cdf[:, -1:]).to(cdf.dtype), right=True)[:, 0]
    last = weights.shape[-1] - 1 - (weights > 0).flip(-1).int().argmax(-1)  # u can round up to the whole sum
    return torch.minimum(drawn, last)


def uniform(seeds: list[int], positions: list[int]) -> torch.Tensor:
    """splitmix64 of (seed, position), its upper 53 bits as float64 in [0, 1)."""
    x = np.array([seed % 2**64 for seed in seeds], dtype=np.uint64) * MIX_2
    x = x + (np.array(positions, dtype=np.uint64) + np.uint64(1)) * GOLDEN
    x = (x ^ (x >> np.uint64(30))) * MIX_1
    x = (x ^ (x >> np.uint64(27))) * MIX_2
    return torch.from_numpy(((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def keep_likely(probs: torch.Tensor, how: list[Sampling]) -> torch.Tensor:
    """Zero what top-k and top-p exclude, in the rows that ask for it; the most likely token always stays."""
    rows = [index for index, row in enumerate(how) if row.filtered]
    if not rows:
        return probs
    ordered, order = probs[rows].sort(dim=-1, descending=True)
    size = probs.shape[-1]
    top_k = torch.tensor([how[row].top_k if how[row].top_k > 0 else size for row in rows])[:, None]
    top_p = torch.tensor([how[row].top_p for row in rows])[:, None]
    excluded = (torch.arange(size) >= top_k) | (ordered.cumsum(-1) - ordered >= top_p)
    excluded[:, 0] = False
    probs = probs.clone()
    probs[rows] = torch.zeros_like(ordered).scatter_(-1, order, ordered.masked_fill(excluded, 0.0))
    return probs
