"""MCPAgentLoop: an episode inside verl. Tokens in, tokens out; loss only on what the policy wrote.

verl makes one loop per episode inside its rollout workers; all loops of a worker share one pool of servers.
Whatever goes wrong ends that episode with reward 0, never its group.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import logging
import os
import zlib
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput

from prove.episode import Limits, Transcript, run_episode, statistics
from prove.parsing import THINK
from prove.rewards.choice import Reward
from prove.sessions import ServerPool
from prove.template import InertTokenizer
from prove.types import Episode, Example

log = logging.getLogger(__name__)
_pools: dict[int, tuple[asyncio.Lock, list[ServerPool]]] = {}


async def shared_pool(servers: dict[str, Any]) -> ServerPool:
    """The pool of this worker's event loop, started once."""
    lock, started = _pools.setdefault(id(asyncio.get_running_loop()), (asyncio.Lock(), []))
    async with lock:
        if not started:
            options = dict(servers)
            started.append(await ServerPool(options.pop("names"), **options).__aenter__())
    return started[0]


class MCPAgentLoop(AgentLoopBase):
    """verl's agent loop for multi-turn tool use on live MCP servers.

    `settings` (from the agent file that prove.training writes) is JSON: `servers` for the pool, `reward` choice,
    `rollout` caps, `policy` name, `seed` of the run, `episodes` folder for JSONL (or null). It is text because Hydra,
    which makes a loop per episode, takes 15 ms to copy it as a tree.
    """

    def __init__(self, *args: Any, settings: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.continuous_token_builder.tokenizer = InertTokenizer(self.tokenizer)
        self._settings: dict[str, Any] = json.loads(settings)
        rollout = self._settings["rollout"]
        self._limits = Limits.of(rollout)
        self.reward = Reward.of(self._settings["reward"])

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """One episode of one dataset row; never raises."""
        example = Example.from_json(row["extra_info"]["example"])
        functions = json.loads(row["tools"])
        sampling = {**sampling_params, "seed": _seed(self._settings["seed"], example, row)}
        tokens = TokenPolicy(self, sampling, int(row.get("global_steps", 0)))
        try:
            episode = await self._play(example, functions, tokens)
        except Exception:
            log.exception("episode %s crashed; it scores 0", example.id)
            episode = None
        if episode is not None and self._settings["episodes"]:
            self._write(episode, example, row)
        return tokens.output(episode)

    async def _play(self, example: Example, functions: list[dict[str, Any]], tokens: TokenPolicy) -> Episode:
        pool = await shared_pool(self._settings["servers"])
        session = await pool.open(example.servers, example.world_seed)
        try:
            return await run_episode(example, functions, session, tokens, self._limits, self.reward)
        finally:
            await session.close()

    def _write(self, episode: Episode, example: Example, row: dict[str, Any]) -> None:
        """Appends one line to episodes/SPLIT/STEP.jsonl."""
        split = row["extra_info"].get("split", "train")
        path = Path(self._settings["episodes"]) / split / f"{int(row.get('global_steps', 0)):05d}.jsonl"
        try:
            append_line(path, episode.to_json())
        except OSError as error:  # a full disk must not cost the episode
            log.warning("episode %s was not written: %s", example.id, error)


def append_line(path: Path, line: str) -> None:
    """The whole line or nothing: half of one would be read as part of the next. Workers write one after the other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end, content = file.seek(0, os.SEEK_END), line.encode() + b"\n"
        if file.write(content) < len(content):
            file.truncate(end)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class TokenPolicy:
    """The policy behind verl's rollout server, keeping the exact token stream.

    ids = prompt + every token since; mask is 1 where the policy wrote a token; log-probabilities are 0 elsewhere.
    What the policy wrote is never tokenised again: a template that would render it otherwise has no say.
    """

    def __init__(self, loop: MCPAgentLoop, sampling: dict[str, Any], step: int):
        self.name = loop._settings["policy"]
        self._loop = loop
        self._sampling = sampling
        self._request = uuid4().hex
        self._room = int(loop.rollout_config.response_length)
        self._turn_tokens = int(loop._settings["rollout"]["max_turn_tokens"])
        self._messages: list[dict[str, Any]] = []
        self._ids: list[int] = []
        self._mask: list[int] = []
        self._logprobs: list[float] = []
        self._closing: list[int] = []
        self._missing: list[int] = []
        # Of the weights; verl wants them even of an episode that crashed before its first token.
        self._versions: dict[str, Any] = {"min_global_steps": step, "max_global_steps": step}
        self._generate_seconds = 0.0
        self._turns = 0

    async def start(self, messages: list[dict[str, Any]], functions: list[dict[str, Any]]) -> None:
        self._messages = list(messages)
        self._ids = await self._loop.ct_build_initial_tokens(messages, tools=functions)
        self._closing = self._template_closing()

    async def generate(self) -> str | None:
        room = min(self._turn_tokens, self._room - len(self._mask))
        if room <= 0:
            return None
        started = perf_counter()
        out = await self._loop.server_manager.generate(
            request_id=self._request, prompt_ids=self._ids, sampling_params={**self._sampling, "max_tokens": room}
        )
        self._generate_seconds += perf_counter() - started
        self._turns += 1
        self._versions.update({key: value for key, value in out.extra_fields.items() if value is not None})
        merged, self._mask, self._logprobs = await self._loop.ct_merge_assistant_token(
            self._ids, out.token_ids, self._mask, self._logprobs, out.log_probs
        )
        text = self._text(self._ids, out.token_ids)
        self._ids = merged.token_ids
        # verl adds the line break after the end of a turn for families that it knows, Granite is none of them; and a
        # turn that the budget cut has no end at all.
        self._missing = self._closing[1:] if out.token_ids[-1:] == self._closing[:1] else self._closing
        self._messages.append({"role": "assistant", "content": text})
        return text

    async def append(self, messages: list[dict[str, Any]]) -> bool:
        updated, gap = self._messages + messages, len(self._missing)
        # Without tools: the part of a template after the last message does not depend on them, and it is cheaper.
        merged, mask, logprobs = await self._loop.ct_merge_context_msg(
            self._messages,
            updated,
            self._ids + self._missing,
            self._mask + [0] * gap,
            self._logprobs + [0.0] * gap,
        )
        if len(mask) >= self._room:
            return False
        self._messages, self._ids, self._mask, self._logprobs = updated, merged.token_ids, mask, logprobs
        return True

    def output(self, episode: Episode | None) -> AgentLoopOutput:
        """What verl trains on. A crashed episode keeps its tokens and gets 0."""
        reward = episode.reward if episode else self._loop.reward.nothing()
        numbers = episode.stats if episode else {**statistics(Transcript()), "crashed": 1.0}
        if not self._mask:  # nothing was generated: one masked token keeps the shapes
            self._ids, self._mask, self._logprobs = [*self._ids, self._loop.tokenizer.eos_token_id], [0], [0.0]
        start = len(self._ids) - len(self._mask)
        return AgentLoopOutput(
            prompt_ids=self._ids[:start] or [self._loop.tokenizer.eos_token_id],
            response_ids=self._ids[start:],
            response_mask=self._mask,
            response_logprobs=self._logprobs or None,
            reward_score=reward.total,
            num_turns=2 * self._turns,
            metrics=AgentLoopMetrics(
                generate_sequences=self._generate_seconds, tool_calls=numbers["tool_seconds"], num_preempted=0
            ),
            extra_fields={
                **self._versions,
                "reward_extra_info": reward.numbers(),
                "episode": numbers,
                "turn_scores": [],
                "tool_rewards": [],
            },
        )

    def _text(self, before: list[int], ids: list[int]) -> str:
        """The turn as text, without the token that ended it and with the <think> that the prompt may have opened."""
        tokenizer = self._loop.tokenizer
        ended = ids[-1:] in ([tokenizer.eos_token_id], [tokenizer.pad_token_id])
        opened = _decode(tokenizer, before[-16:]).rstrip().endswith(THINK)
        return (f"{THINK}\n" if opened else "") + _decode(tokenizer, ids[:-1] if ended else ids)

    def _template_closing(self) -> list[int]:
        """What the template puts after an assistant turn: the end token, most often a line break too."""
        turns = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "closing"}]
        text = self._loop.tokenizer.apply_chat_template(turns, tokenize=False, **self._loop.apply_chat_template_kwargs)
        return self._loop.tokenizer.encode(text.rpartition("closing")[2], add_special_tokens=False)


def _decode(tokenizer: Any, ids: list[int]) -> str:
    """Exact text: no cleaning up of spaces, which would change the values in a call."""
    return tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)


def _seed(run: int, example: Example, row: dict[str, Any]) -> int:
    """Of this episode's sampling: another one for each run, step and member of the group.

    Evaluation draws the same numbers at every step, so that before and after are paired by more than the example.
    """
    step = row.get("global_steps", 0) if row["extra_info"].get("split", "train") == "train" else 0
    key = f"{run}:{example.id}:{row.get('session_id', 0)}:{step}"
    return zlib.crc32(key.encode())
