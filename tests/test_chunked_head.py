"""model.chunked_head is on only where verl's pieces of the head give the log-probabilities of the whole one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from tensordict import TensorDict
from transformers import AutoModelForCausalLM, GraniteConfig, PretrainedConfig, PreTrainedModel, Qwen3Config
from verl.models.transformers.monkey_patch import apply_monkey_patch
from verl.utils import tensordict_utils as tu
from verl.workers.engine.fsdp.transformer_impl import FSDPEngineWithLMHead

CONF = Path(__file__).resolve().parent.parent / "conf" / "model"
LENGTHS = [37, 120]
SIZE = {
    "vocab_size": 512,
    "hidden_size": 64,
    "intermediate_size": 160,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


class Engine(SimpleNamespace):
    """What verl's FSDP engine does before and after the model, without a process group."""

    prepare_model_inputs = FSDPEngineWithLMHead.prepare_model_inputs
    prepare_model_outputs = FSDPEngineWithLMHead.prepare_model_outputs


def random_model(config: PretrainedConfig) -> PreTrainedModel:
    """With weights large enough for uneven probabilities."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa")
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(5 if weights.dim() > 1 else 1)
    return model


def rows(pieces: bool) -> TensorDict:
    generator = torch.Generator().manual_seed(1)
    ids = [torch.randint(3, SIZE["vocab_size"], (length,), generator=generator) for length in LENGTHS]
    places = [torch.arange(length) for length in LENGTHS]
    nested = {"input_ids": ids, "position_ids": places}
    jagged = {name: torch.nested.as_nested_tensor(several, layout=torch.jagged) for name, several in nested.items()}
    data = tu.get_tensordict(jagged)
    settings: dict[str, Any] = {"use_remove_padding": False, "use_fused_kernels": pieces, "temperature": 1.0}
    tu.assign_non_tensor(data, pad_token_id=0, calculate_entropy=False, **settings)
    return data


def log_probs(model: PreTrainedModel, pieces: bool) -> torch.Tensor:
    """Of every token that follows one in its row, [sum of lengths - rows]; gradients go to the model."""
    engine = Engine(module=model, pad_to_length=False, use_ulysses_sp=False, engine_config=SimpleNamespace())
    data = rows(pieces)
    inputs, kept = engine.prepare_model_inputs(data)
    found = engine.prepare_model_outputs(model(**inputs, use_cache=False), kept, data, None)["log_probs"]
    return torch.cat([row[:-1] for row in found.unbind()])


@pytest.fixture
def in_pieces() -> Iterator[Any]:
    """Makes a model compute its head in pieces, as verl does it: on the class, which is put back."""
    patched: list[tuple[type, Any]] = []

    def patch(model: PreTrainedModel) -> PreTrainedModel:
        patched.append((type(model), type(model).forward))
        apply_monkey_patch(model, use_remove_padding=False, use_fused_kernels=True, fused_kernels_backend="torch")
        return model

    yield patch
    for model, forward in patched:
        model.forward = forward


def gradients(model: PreTrainedModel, values: torch.Tensor) -> list[torch.Tensor]:
    model.zero_grad()
    (values * torch.linspace(-1, 1, len(values))).sum().backward()
    return [weights.grad.clone() for weights in model.parameters()]


def test_pieces_are_the_whole_for_a_tied_qwen3(in_pieces: Any) -> None:
    model = random_model(Qwen3Config(head_dim=16, **SIZE))
    whole = log_probs(model, pieces=False)
    before = gradients(model, whole)
    pieces = log_probs(in_pieces(model), pieces=True)
    assert whole.mean() < -1, "probabilities that differ from 1 and from each other"
    assert torch.allclose(pieces, whole, atol=1e-4)
    for one, other in zip(gradients(model, pieces), before, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-3 * float(other.abs().max()))


def test_pieces_are_wrong_for_granite_which_scales_its_logits(in_pieces: Any) -> None:
    """Once this fails, verl has learned it, and granite-4.1-8b may have chunked_head: true."""
    model = random_model(GraniteConfig(logits_scaling=16.0, **SIZE))
    whole = log_probs(model, pieces=False)
    assert (log_probs(in_pieces(model), pieces=True) - whole).abs().max() > 0.1


def test_pieces_are_on_for_tied_heads_without_scaling_and_for_no_other() -> None:
    models = [yaml.safe_load(path.read_text())["model"] for path in sorted(CONF.glob("*.yaml"))]
    for model in models:
        tied = model.get("shape", {"tied": True})["tied"]  # the embedded policy is a tied Qwen3
        assert model["chunked_head"] == (tied and model["family"] != "granite"), model["name"]
