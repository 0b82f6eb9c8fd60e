"""A small run as training writes one: two steps of two groups of four attempts, and a held-out step."""

from __future__ import annotations

import json
from pathlib import Path

from prove.reward_files import load_reward
from prove.rewards.choice import Reward
from prove.types import Ending, Episode, ExecutedCall, GroundTruth, Step, ToolCall

CONFIG = """
reward: {name: prove, w_val: 0.5, w_cov: 0.5, w_eff: 0.15, w_name: 0.2, w_arg: 0.1, alpha: 0.5, beta: 0.5}
verl:
  algorithm: {adv_estimator: grpo, norm_adv_by_std_in_grpo: true}
  actor_rollout_ref: {rollout: {n: 4}}
"""


def tool(name: str, /, **parameters: str) -> dict:
    properties = {key: {"type": kind, "description": f"the {key}"} for key, kind in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "description": f"Does {name}.", "parameters": schema}}


TOOLS = [tool("find_payee", name="string"), tool("pay", payee_id="string", amount="number"), tool("close_account")]
WANTED = GroundTruth(
    (
        Step((ToolCall("find_payee", {"name": "Rosa"}),)),
        Step((ToolCall("pay", {"payee_id": "PAY-1", "amount": 5}),)),
    ),
    ((0, 1),),
    (0, 0),
)
FIND = ExecutedCall("find_payee", {"name": "Rosa"}, True, '{"payee_id":"PAY-1"}', ms=2.0)
PAY = ExecutedCall("pay", {"payee_id": "PAY-1", "amount": 5}, True, '{"paid":5}', ms=3.0)
WRONG = ExecutedCall("pay", {"payee_id": "PAY-1", "amount": 7}, True, '{"paid":7}')
REFUSED = ExecutedCall("pay", {"payee_id": "PAY-9", "amount": 5}, False, '{"error":"no payee PAY-9"}')
UNREAD = ExecutedCall("", {}, False, '{"error":"the call is not valid JSON"}', error="the call is not valid JSON")
PAID = {"banking": {"payments": {"P-1": {"payee_id": "PAY-1", "amount": 5}}, "world": {"now": "2026-01-01T10:00"}}}
PAID_WRONG = {"banking": {"payments": {"P-1": {"payee_id": "PAY-1", "amount": 7}}}}

GOLD, DIFFERS, EARLY, FLOOD = (FIND, PAY), (FIND, WRONG), (PAY, FIND), (FIND, PAY, FIND, FIND, FIND)
ATTEMPTS = (GOLD, DIFFERS, EARLY, (UNREAD, REFUSED))


def written(call: ExecutedCall) -> str:
    if not call.name:
        return "<tool_call>{nothing</tool_call>"
    return f"<tool_call>{json.dumps({'name': call.name, 'arguments': call.arguments})}</tool_call>"


def episode(
    example: str,
    calls: tuple[ExecutedCall, ...],
    said: str = "Pay Rosa 5 euros.",
    last: str = "Done.",
    reward: Reward | None = None,
    wanted: GroundTruth = WANTED,
) -> Episode:
    """As the rollout makes it."""
    messages = [{"role": "user", "content": said}]
    for call in calls:
        messages += [
            {"role": "assistant", "content": written(call)},
            {"role": "tool", "name": call.name, "content": call.output},
        ]
    messages.append({"role": "assistant", "content": last})
    ending = Ending(PAID if PAY in calls else PAID_WRONG if WRONG in calls else {}, PAID if wanted.steps else {})
    scored = (reward or load_reward("prove"))(calls, wanted, TOOLS, ending)
    hashes = {"banking": "0" * 8, "email": "1" * 8}
    return Episode(example, "tiny", messages, TOOLS, calls, scored, wanted, hashes, hashes, {}, ending)


def write(path: Path, episodes: list[Episode]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps(json.loads(one.to_json())) for one in episodes
    ]  # plain ASCII: half a surrogate pair can be told
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def run(folder: Path, steps: int = 2) -> Path:
    """Each step a group of four different attempts and one of four equal ones. Held out: gold, an abstention broken."""
    reward = load_reward("prove")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    for step in range(1, steps + 1):
        mixed = [episode(f"train-{step}1", calls, reward=reward) for calls in ATTEMPTS]
        flat = [episode(f"train-{step}2", FLOOD, f"Rosa again, number {step}", reward=reward) for _ in range(4)]
        write(
            folder / f"episodes/train/{step:05d}.jsonl", [one for pair in zip(mixed, flat, strict=True) for one in pair]
        )
    held = [
        episode("heldout-1", GOLD, reward=reward),
        episode("heldout-2", (FIND,), "Close it.", wanted=GroundTruth(), reward=reward),
    ]
    write(folder / f"episodes/heldout/{steps:05d}.jsonl", held)
    return folder
