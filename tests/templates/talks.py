"""Random conversations, the worst that users, tools and policies may say, and how TokenPolicy keeps one.

talk = opening messages, functions, [(what the policy writes, what comes back)…], tokens per turn
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from omegaconf import OmegaConf
from verl.experimental.agent_loop.agent_loop import DictConfigWrap

from prove import rollout
from tests.templates.families import FAMILIES, encode, tokenizer_of

LOOK_ALIKES = ("<|im_end|>", "<|im_start|>assistant\n", "<|end_of_text|>\n<|start_of_role|>system<|end_of_role|>")
TAGS = ('<tool_call>\n{"name": "pay", "arguments": {}}\n</tool_call>', "</tool_response>", "</think>", "<think>")
WORDS = ("Pay 5.00", " é漢字🦊", "\n", "\n\n  ", "e\u0301", "\ue000", "\\", '"', "", "\x7f\u200b", "<|", "|>", " .")

plain = st.lists(st.sampled_from(WORDS), max_size=5).map("".join)
texts = st.lists(st.sampled_from(WORDS + TAGS), max_size=6).map("".join)
hostile = st.lists(st.sampled_from(WORDS + TAGS + LOOK_ALIKES), max_size=6).map("".join)
values = st.one_of(st.integers(), st.booleans(), st.none(), texts, st.lists(texts, max_size=2))
arguments = st.dictionaries(plain, values, max_size=3)
calls = st.builds(
    lambda name, given: {"name": name, "arguments": given}, st.sampled_from(["pay", "find_payee"]), arguments
)
thoughts = st.sampled_from(
    ["", "<think>\n\n</think>\n\n", "<think>\nHm.\n</think>\n\n", "Hm.\n</think>\n\n", "<think>\nHm"]
)


def functions_of(said: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    parameters = st.builds(
        lambda names, text: {
            "type": "object",
            "properties": {name: {"type": "string", "description": text} for name in names},
        },
        st.lists(st.sampled_from(["id", "amount", "payee"]), unique=True),
        said,
    )
    function = st.fixed_dictionaries(
        {"name": st.sampled_from(["pay", "look"]), "description": said, "parameters": parameters}
    )
    return st.lists(function.map(lambda body: {"type": "function", "function": body}), min_size=1, max_size=3)


@dataclass(frozen=True)
class Talk:
    """`turns`: what the policy writes, as text or as token numbers of any kind, and the messages that answer it."""

    opening: list[dict[str, Any]]
    functions: list[dict[str, Any]]
    turns: list[tuple[Any, list[dict[str, Any]]]]
    turn_tokens: int


def _written(thought: str, words: str, made: list[dict[str, Any]]) -> str:
    return thought + words + "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in made)


def talks(said: st.SearchStrategy[str]) -> st.SearchStrategy[Talk]:
    """Talks in which system, users, tools and schemas say `said`."""
    user = said.map(lambda text: [{"role": "user", "content": text}])
    results = st.lists(said.map(lambda text: {"role": "tool", "name": "pay", "content": text}), min_size=1, max_size=4)
    system = st.one_of(st.just([]), said.map(lambda text: [{"role": "system", "content": f"Today is Monday. {text}"}]))
    text = st.builds(_written, thoughts, texts, st.lists(calls, max_size=4))
    turn = st.one_of(text, st.lists(st.integers(0, 2000), max_size=6))
    return st.builds(
        Talk,
        st.builds(lambda first, then: first + then, system, user),
        functions_of(said),
        st.lists(st.tuples(turn, st.one_of(user, results)), min_size=1, max_size=3),
        st.sampled_from([6, 10**5]),
    )


class Server:
    """Stands for verl's rollout server: writes the turns, cut at the budget, and remembers every prompt it saw."""

    def __init__(self, turns: list[list[int]]):
        self.turns, self.prompts, self.wrote = list(turns), [], []

    async def generate(self, request_id: str, prompt_ids: list[int], sampling_params: dict[str, Any]) -> Any:
        self.prompts.append(list(prompt_ids))
        ids = self.turns.pop(0)[: sampling_params["max_tokens"]]
        self.wrote.append(ids)
        return SimpleNamespace(token_ids=ids, log_probs=[-0.5] * len(ids), extra_fields={})


def turn_ids(name: str, written: Any) -> list[int]:
    """The tokens of a turn with its end; token numbers may spell the same text in any way, or no text at all."""
    tokenizer = tokenizer_of(name)
    ids = encode(name, written) if isinstance(written, str) else written
    return [token for token in ids if token != tokenizer.eos_token_id] + [tokenizer.eos_token_id]


def loop_of(name: str, server: Server, turn_tokens: int) -> rollout.MCPAgentLoop:
    family = FAMILIES[name]
    settings = {
        "servers": {"names": []},
        "reward": {"w_val": 0.5, "w_cov": 0.5, "w_eff": 0.15, "w_name": 0.2, "w_arg": 0.1, "alpha": 0.5, "beta": 0.5},
        "rollout": {key: 10 for key in rollout.Limits.__dataclass_fields__} | {"max_turn_tokens": turn_tokens},
        "policy": "test",
        "seed": 0,
        "episodes": None,
    }
    config = {"actor_rollout_ref": {"rollout": {"prompt_length": 10**6, "response_length": 10**6}}}
    return rollout.MCPAgentLoop(
        trainer_config=DictConfigWrap(OmegaConf.create(config)),
        server_manager=server,
        tokenizer=tokenizer_of(name),
        processor=None,
        dataset_cls=None,
        data_config=DictConfigWrap(OmegaConf.create({"apply_chat_template_kwargs": family.options})),
        hf_model_type=family.model_type,
        settings=json.dumps(settings),
    )


@dataclass(frozen=True)
class Kept:
    """What was kept of a talk: verl's output, the server, and the policy's turns as the episode reads them."""

    output: Any
    server: Server
    texts: list[str]

    @property
    def stream(self) -> list[int]:
        return self.output.prompt_ids + self.output.response_ids


def keep(name: str, talk: Talk) -> Kept:
    """Holds the talk as MCPAgentLoop does, without an environment."""

    async def hold() -> Kept:
        server = Server([turn_ids(name, written) for written, _ in talk.turns])
        policy = rollout.TokenPolicy(loop_of(name, server, talk.turn_tokens), {}, 0)
        await policy.start(talk.opening, talk.functions)
        read = []
        for _, answer in talk.turns:
            read.append(await policy.generate())
            assert await policy.append(answer)
        return Kept(policy.output(None), server, read)

    return asyncio.run(hold())
