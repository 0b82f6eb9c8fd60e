"""Training packs a group into one sequence: the numbers are those of separate, padded sequences."""

from __future__ import annotations

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from prove.cpu.packing import ROWS, pack

VOCABULARY = 61


def make_model(kv_heads: int) -> Qwen3ForCausalLM:
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=kv_heads,
        head_dim=16,
    )
    model = Qwen3ForCausalLM(config)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


def episodes(rows: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Three prompts of different lengths, shared in turn; answers of 1 to 24 tokens."""
    torch.manual_seed(1)
    prompts = [torch.randint(VOCABULARY, (length,)) for length in (4, 19, 7)]
    answers = [torch.randint(VOCABULARY, (int(torch.randint(1, 25, ())),)) for _ in range(rows)]
    return [prompts[row % 3] for row in range(rows)], answers


def log_probs(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    return logits.log_softmax(-1).gather(-1, tokens[:, None])[:, 0]


def separately(model, prompts, answers) -> list[torch.Tensor]:
    model.set_attn_implementation("sdpa")
    whole = [torch.cat(pair)[None] for pair in zip(prompts, answers, strict=True)]
    states = [model(ids).logits[0, -len(answer) - 1 : -1] for ids, answer in zip(whole, answers, strict=True)]
    return [log_probs(logits, answer) for logits, answer in zip(states, answers, strict=True)]


def together(model, prompts, answers) -> list[torch.Tensor]:
    model.set_attn_implementation("packed")
    packed = pack(prompts, answers)
    logits = model(packed.ids, position_ids=packed.positions, use_cache=False, packed=packed).logits[0]
    places = [row[: len(answer)] for row, answer in zip(packed.last, answers, strict=True)]
    return [log_probs(logits[at], answer) for at, answer in zip(places, answers, strict=True)]


@pytest.mark.parametrize("kv_heads", [1, 4])
@pytest.mark.parametrize("rows", [1, ROWS + 3])
def test_packed_log_probabilities_and_gradients_are_those_of_separate_sequences(rows: int, kv_heads: int) -> None:
    model, (prompts, answers) = make_model(kv_heads), episodes(rows)
    found = []
    for way in (separately, together):
        model.zero_grad()
        made = torch.cat(way(model, prompts, answers))
        (made * torch.linspace(-1, 1, len(made))).sum().backward()
        found.append((made.detach(), [weight.grad.clone() for weight in model.parameters()]))
    torch.testing.assert_close(found[0][0], found[1][0], atol=1e-4, rtol=1e-4)
    for apart, packed in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(apart, packed, atol=2e-3 * float(apart.abs().max()), rtol=1e-3)


def test_a_shared_prompt_is_computed_once() -> None:
    prompts, answers = episodes(12)
    packed = pack(prompts, answers)
    assert packed.ids.shape[1] == 4 + 19 + 7 + sum(map(len, answers))
