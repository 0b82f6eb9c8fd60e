"""What must go into what without a rest; verl finds most of it only inside its workers, when minutes have passed.

prompts = mini-batches x prompts of one             episodes of a mini-batch = GPUs x episodes of one
GPUs of a node = replicas x tensor parallel         heads = tensor parallel x heads of one GPU
prompt + response <= what a rollout replica takes
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def uneven(verl: Mapping[str, Any], heads: int | None) -> str | None:
    """One sentence about the first division with a rest in verl's whole configuration, or None.

    `heads`: of the model's attention; None where they are not known.
    """
    data, actor, rollout = verl["data"], verl["actor_rollout_ref"]["actor"], verl["actor_rollout_ref"]["rollout"]
    node, nodes = verl["trainer"]["n_gpus_per_node"], verl["trainer"]["nnodes"]
    batch, mini, group = data["train_batch_size"], actor["ppo_mini_batch_size"], rollout["n"]
    parallel, room = rollout["tensor_model_parallel_size"], rollout["max_model_len"]
    split = verl["trainer"]["device"] != "cpu"  # the CPU's engine is one process, whatever a model asks for
    longest = data["max_prompt_length"] + data["max_response_length"]
    checks = {
        f"ppo_mini_batch_size={mini} does not divide the {batch} prompts of a step (trainer.batch)": batch % mini,
        f"{mini} prompts x {group} episodes (trainer.batch, trainer.group) cannot be shared out evenly among "
        f"{node * nodes} GPUs": mini * group % (node * nodes),
        f"model.tensor_parallel={parallel} does not divide the {node} GPUs of a node": split and node % parallel,
        f"model.tensor_parallel={parallel} does not divide the model's {heads} heads": split
        and (heads or 0) % parallel,
        f"rollout.prompt_tokens + rollout.response_tokens is {longest}, more than max_model_len={room}": (
            room is not None and longest > room
        ),
    }
    return next((sentence for sentence, wrong in checks.items() if wrong), None)
