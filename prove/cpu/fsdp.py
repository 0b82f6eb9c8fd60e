"""verl's FSDP2 training engine on a CPU: the same losses and gradients with less arithmetic.

- Episodes of a group are computed together: their prompt once, no padding (packing.py).
- The language-model head runs only where a token of the policy is predicted: a quarter of an episode's positions.
  Elsewhere log-probabilities and entropies are 0; verl's losses mask those positions out.
"""

from __future__ import annotations

import os

import torch
from tensordict import TensorDict
from verl.utils import tensordict_utils as tu
from verl.utils.metric import AggregationType, Metric
from verl.workers.engine import EngineRegistry
from verl.workers.engine.fsdp.transformer_impl import FSDPEngineWithLMHead
from verl.workers.utils.padding import response_from_nested

from prove.cpu import CORES
from prove.cpu.memory import give_back
from prove.cpu.packing import pack

THREADS = max(1, CORES // int(os.environ.get("WORLD_SIZE", "1")))


@EngineRegistry.register(model_type="language_model", backend=["fsdp", "fsdp2"], device="cpu")
class CpuFsdpEngine(FSDPEngineWithLMHead):
    """Registered for device "cpu" only."""

    def _build_fsdp_module(self, module: torch.nn.Module) -> torch.nn.Module:
        """A forward-only engine would get a CPU offload policy that pins memory, which needs an accelerator."""
        module.set_attn_implementation("packed")
        module.lm_head.register_forward_pre_hook(lambda _, states: (states[0][0, self.places],))
        forward_only = self.engine_config.forward_only
        object.__setattr__(self.engine_config, "forward_only", False)
        try:
            return super()._build_fsdp_module(module)
        finally:
            object.__setattr__(self.engine_config, "forward_only", forward_only)

    def forward_backward_batch(self, data: TensorDict, loss_function, forward_only: bool = False):
        """Put groups together, similar lengths side by side; run; put the outputs back in order."""
        torch.set_num_threads(THREADS)  # each time: the transfer queue sets the number to its own after every read
        order = torch.tensor(group_order(data))
        data = tu.index_select_tensor_dict(data, order)
        tu.assign_non_tensor(data, micro_batch_size_per_gpu=divisor(len(order), data["micro_batch_size_per_gpu"]))
        output = super().forward_backward_batch(data, loss_function, forward_only)
        back = order.argsort().tolist()
        for name, nested in output["model_output"].items():
            rows = nested.unbind()
            output["model_output"][name] = torch.nested.as_nested_tensor([rows[i] for i in back], layout=torch.jagged)
        give_back()
        return output

    def prepare_model_inputs(self, micro_batch: TensorDict):
        """The packed tokens, and `places`: where among them the states lie that predict a token of the policy."""
        prompts, answers, written = split(micro_batch)
        packed = pack(prompts, answers)
        self.places = torch.cat(
            [places[: len(mask)][mask.bool()] for places, mask in zip(packed.last, written, strict=True)]
        )
        labels = torch.cat([answer[mask.bool()] for answer, mask in zip(answers, written, strict=True)])
        inputs = {"input_ids": packed.ids, "position_ids": packed.positions, "packed": packed}
        return inputs, {"labels": labels, "predicts": predicts(micro_batch)}

    def prepare_model_outputs(self, output, output_args, micro_batch: TensorDict, logits_processor_func):
        """Log-probabilities (and entropies) as jagged [B, prompt + answer], position t holding token t + 1."""
        temperature = micro_batch["temperature"]
        assert not isinstance(temperature, torch.Tensor), "one temperature per batch"
        log_probs = torch.log_softmax(output.logits / temperature, dim=-1)
        made = {"log_probs": log_probs.gather(1, output_args["labels"][:, None])[:, 0]}
        if tu.get_non_tensor_data(data=micro_batch, key="calculate_entropy", default=False):
            made["entropy"] = -(log_probs.exp() * log_probs).sum(-1)
        where, offsets = output_args["predicts"], micro_batch["input_ids"].offsets()
        spread = {name: values.new_zeros(len(where)).masked_scatter(where, values) for name, values in made.items()}
        return {name: torch.nested.nested_tensor_from_jagged(values, offsets) for name, values in spread.items()}

    def forward_step(self, micro_batch: TensorDict, loss_function, forward_only: bool):
        """Training also reports how far the rollout's log-probabilities are from ours: 0 up to rounding, or a bug."""
        loss, output = super().forward_step(micro_batch, loss_function, forward_only)
        if not forward_only and "old_log_probs" in micro_batch:
            ours = response_from_nested(output["model_output"]["log_probs"], micro_batch["response_mask"]).values()
            gap = (ours - micro_batch["old_log_probs"].values()) * micro_batch["response_mask"].values()
            output["metrics"]["rollout_gap"] = Metric(AggregationType.MAX, gap.abs().max())
        return loss, output


def split(data: TensorDict) -> tuple[list[torch.Tensor], list[torch.Tensor], list[torch.Tensor]]:
    """Prompts, answers and the answers' masks. An answer is what verl calls the response: all after the first prompt.

    In GRPO the mask has the answer's length. In supervised fine-tuning it covers the whole conversation, and the
    answer begins with the first token that is learned.
    """
    rows, masks = data["input_ids"].unbind(), data["loss_mask"].unbind()
    sizes = [answer_size(row, mask) for row, mask in zip(rows, masks, strict=True)]
    cut = [(row[:-size], row[-size:], mask[-size:]) for row, mask, size in zip(rows, masks, sizes, strict=True)]
    return tuple(list(parts) for parts in zip(*cut, strict=True))  # type: ignore[return-value]


def answer_size(row: torch.Tensor, mask: torch.Tensor) -> int:
    return len(mask) if len(mask) < len(row) else len(row) - int(mask.int().argmax())


def group_order(data: TensorDict) -> list[int]:
    """Rows with equal prompts follow each other, the shorter answers first."""
    prompts, answers, _ = split(data)
    keys = [(len(prompt), tuple(prompt.tolist())) for prompt in prompts]
    return sorted(range(len(answers)), key=lambda row: (keys[row], len(answers[row])))


def predicts(data: TensorDict) -> torch.Tensor:
    """True at the positions, of all prompts and answers in a row, whose next token the policy wrote."""
    prompts, _, masks = split(data)
    nothing = data["loss_mask"].values().new_zeros(1)
    rows = [
        torch.cat([nothing.expand(len(prompt) - 1), mask, nothing]) for prompt, mask in zip(prompts, masks, strict=True)
    ]
    return torch.cat(rows).bool()


def divisor(total: int, most: int) -> int:
    """The largest divisor of `total` up to `most`: verl cuts a batch into equal parts only."""
    return next(size for size in range(min(most, total), 0, -1) if total % size == 0)
