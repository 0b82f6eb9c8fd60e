"""MCPAgentLoop: what verl's trainer gets is exactly what the policy wrote plus the template's context."""

import asyncio
import json
from types import SimpleNamespace

import pytest
import yaml
from omegaconf import OmegaConf
from transformers import AutoTokenizer
from verl.experimental.agent_loop.agent_loop import DictConfigWrap

from prove import rollout
from prove.policies import hermes
from prove.types import Example, GroundTruth, Step, ToolCall

TOKENIZER = AutoTokenizer.from_pretrained("experiments/tiny_model/model")
FUNCTIONS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "",
            "parameters": {"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]},
        },
    }
    for name, argument in (("find_payee", "name"), ("get_account", "account_id"))
]
EXAMPLE = Example(
    id="train-00007",
    kind="multi_turn",
    servers=("banking",),
    world_seed=5,
    user_turns=("Find the payee a.", "Thanks. And payees with b?"),
    ground_truth=GroundTruth((Step((ToolCall("find_payee", {"name": "a"}),)),), (), (0,)),
)
ROW = {
    "extra_info": {"example": EXAMPLE.to_json(), "split": "train"},
    "tools": json.dumps(FUNCTIONS),
    "global_steps": 3,
}
LINES = [hermes([{"name": "find_payee", "arguments": {"name": "a"}}]), "Found.", "Nothing more."]


class Server:
    """Stands for verl's rollout server: says the lines, token by token, and remembers every prompt it saw."""

    def __init__(self, lines):
        self.lines, self.prompts, self.wrote = list(lines), [], []

    async def generate(self, request_id, prompt_ids, sampling_params):
        self.prompts.append(list(prompt_ids))
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            raise line
        ids = TOKENIZER.encode(f"{line}<|im_end|>", add_special_tokens=False)[: sampling_params["max_tokens"]]
        self.wrote += ids
        return SimpleNamespace(token_ids=ids, log_probs=[-0.5] * len(ids), extra_fields={"min_global_steps": 2})


def play(lines, episodes=None, response_tokens=2048):
    rollout._pools.clear()
    settings = {
        "servers": {"names": ["banking"], "transport": "inprocess"},
        "reward": dict(yaml.safe_load(open("conf/reward/prove.yaml"))),
        "rollout": {
            "max_user_turns": 5,
            "max_assistant_turns": 10,
            "max_calls_per_turn": 8,
            "max_result_chars": 4000,
            "max_failed_turns": 3,
            "max_turn_tokens": 200,
        },
        "policy": "test",
        "seed": 0,
        "episodes": str(episodes) if episodes else None,
    }
    config = {"actor_rollout_ref": {"rollout": {"prompt_length": 1024, "response_length": response_tokens}}, "data": {}}

    async def run():
        server = Server(lines)
        loop = rollout.MCPAgentLoop(
            trainer_config=DictConfigWrap(OmegaConf.create(config)),
            server_manager=server,
            tokenizer=TOKENIZER,
            processor=None,
            dataset_cls=None,
            data_config=DictConfigWrap(OmegaConf.create({})),
            hf_model_type="qwen3",
            settings=json.dumps(settings),
        )
        output = await loop.run({"temperature": 1.0}, **ROW)
        pool = await rollout.shared_pool(settings["servers"])
        open_sessions = len(pool.sessions)
        await pool.close()
        return output, server, open_sessions

    return asyncio.run(run())


def test_the_trainer_sees_the_tokens_that_the_policy_wrote_and_only_those_carry_loss():
    output, server, _ = play(LINES)
    assert len(output.response_ids) == len(output.response_mask) == len(output.response_logprobs)
    learned = [token for token, mask in zip(output.response_ids, output.response_mask, strict=True) if mask]
    assert learned == server.wrote
    assert all(lp == 0.0 for lp, mask in zip(output.response_logprobs, output.response_mask, strict=True) if not mask)


def test_every_prompt_continues_the_one_before_token_by_token():
    output, server, _ = play(LINES)
    whole = output.prompt_ids + output.response_ids
    for prompt in server.prompts:
        assert whole[: len(prompt)] == prompt


def test_the_stream_reads_like_the_template_rendered_the_conversation():
    output, _, _ = play(LINES)
    text = TOKENIZER.decode(output.prompt_ids + output.response_ids)
    roles = [part.split("\n")[0] for part in text.split("<|im_start|>")[1:]]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user", "assistant"]
    assert text.count("<tool_response>") == 1
    assert TOKENIZER.encode(text, add_special_tokens=False) == output.prompt_ids + output.response_ids


def test_reward_components_and_statistics_are_reported_as_numbers():
    output, _, _ = play(LINES)
    extra = output.extra_fields
    assert output.reward_score == pytest.approx(extra["reward_extra_info"]["total"]) == pytest.approx(1.3)
    assert extra["episode"]["calls"] == 1 and extra["episode"]["crashed"] == 0
    for numbers in (extra["reward_extra_info"], extra["episode"]):
        assert all(type(value) is float for value in numbers.values())


def test_an_exception_ends_its_episode_with_reward_zero_and_keeps_its_tokens():
    output, server, open_sessions = play([LINES[0], RuntimeError("the rollout server is gone")])
    assert output.reward_score == 0 and output.extra_fields["episode"]["crashed"] == 1
    assert [t for t, mask in zip(output.response_ids, output.response_mask, strict=True) if mask] == server.wrote
    assert open_sessions == 0


def test_an_exception_before_the_first_token_still_gives_verl_a_shape():
    output, _, _ = play([RuntimeError("at once")])
    assert output.response_mask == [0] and len(output.response_ids) == 1 and output.reward_score == 0
    assert type(output.extra_fields["min_global_steps"]) is int


def test_the_same_keys_are_reported_whatever_happens():
    good, _, _ = play(LINES)
    bad, _, _ = play([RuntimeError("at once")])
    for field in ("reward_extra_info", "episode"):
        assert good.extra_fields[field].keys() == bad.extra_fields[field].keys()


def test_an_episode_ends_when_the_response_budget_is_spent():
    output, _, _ = play(LINES, response_tokens=60)
    assert len(output.response_ids) <= 60
    assert output.extra_fields["episode"]["out_of_tokens"] == 1


def test_an_episode_is_written_as_one_line_and_its_session_is_closed(tmp_path):
    _, _, open_sessions = play(LINES, episodes=tmp_path)
    (line,) = (tmp_path / "train" / "00003.jsonl").read_text().splitlines()
    assert json.loads(line)["example_id"] == "train-00007"
    assert open_sessions == 0
