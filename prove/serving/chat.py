"""One answer of the laptop engine to a chat request, whole or piece by piece.

    ChatRequest -> tokens -> engine, pieces of some tokens where somebody looks meanwhile -> Piece … Piece (done)

Same request and seed, same answer, whatever runs beside it: the engine draws by seed and position. A request without a
seed gets the next number.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count

from prove.cpu.engine import Engine
from prove.cpu.sampling import Sampling
from prove.serving.reply import Reply, cut, reply_of
from prove.serving.request import ChatRequest, Refused
from prove.serving.stream import calls_before, opening_of, rendered, tokens_of
from prove.template import Template


@dataclass(frozen=True)
class Answer:
    """`text` grows from piece to piece; `reason` (stop, length) is there at the end. `whole`: the tokens spell it."""

    text: str
    tokens: tuple[int, ...]
    prompt_tokens: int
    reason: str | None
    whole: bool = True

    @property
    def usage(self) -> dict[str, int]:
        made = len(self.tokens)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": made,
            "total_tokens": self.prompt_tokens + made,
        }


class Chat:
    """A model with its template. `names`: those it answers to; `piece`: tokens between two looks at a stream."""

    def __init__(self, names: tuple[str, ...], engine: Engine, template: Template, piece: int, seed: int):
        self.names = names
        self._engine, self._template, self._piece = engine, template, piece
        self._seeds, self._numbers = count(seed), count()

    async def answer(self, asked: ChatRequest) -> Answer:
        """The whole one. Refused: the conversation does not fit, or is no conversation."""
        pieces = [piece async for piece in self.pieces(asked, self._piece if asked.stops else None)]
        return pieces[-1]

    async def pieces(self, asked: ChatRequest, size: int | None) -> AsyncIterator[Answer]:
        """The answer as it grows, every `size` tokens; None: once."""
        prompt, sampling = self._prepared(asked), self._sampling(asked)
        room = min(asked.limit or self._engine.max_len, self._engine.max_len - len(prompt))
        name = _conversation(asked, sampling) if size is None else f"piece {next(self._numbers)}"
        made: list[int] = []
        reason = None
        while reason is None:
            wanted = min(size or room, room - len(made))
            future = self._engine.submit(
                prompt + made, max_tokens=wanted, stop=[self._template.end], sampling=sampling, request_id=name
            )
            done = await asyncio.wrap_future(future)
            made += done.tokens
            reason = "stop" if done.reason == "stop" else "length" if len(made) >= room else None
            text, stopped = cut(self._template.text(made), asked.stops)
            reason = "stop" if stopped else reason
            yield Answer(text, tuple(made), len(prompt), reason, not stopped)

    def reply(self, asked: ChatRequest, answer: Answer) -> Reply:
        return reply_of(answer.text, bool(asked.offered))

    def message(self, asked: ChatRequest, answer: Answer) -> dict:
        """The message of an answer, with its tokens where they spell it."""
        tokens = answer.tokens if answer.whole else None
        return self.reply(asked, answer).message(calls_before(asked.messages), tokens)

    def _prepared(self, asked: ChatRequest) -> list[int]:
        if asked.model not in self.names:
            known = ", ".join(self.names)
            raise Refused(f"there is no model {asked.model} here, only {known}", 404, "model_not_found")
        ids, most = tokens_of(asked, self._template), self._engine.max_len
        if len(ids) >= most:
            raise Refused(
                f"This model's maximum context length is {most} tokens. However, your messages resulted in {len(ids)} "
                "tokens. Please reduce the length of the messages.",
                code="context_length_exceeded",
            )
        return ids

    def _sampling(self, asked: ChatRequest) -> Sampling:
        temperature = 1.0 if asked.temperature is None else asked.temperature
        seed = next(self._seeds) if asked.seed is None else asked.seed
        return Sampling(temperature=temperature, top_p=1.0 if asked.top_p is None else asked.top_p, seed=seed)


def _conversation(asked: ChatRequest, sampling: Sampling) -> str:
    """Turns of one conversation share a name, so that the engine keeps what it computed. Two that share it by chance
    lose time only: the engine compares the tokens."""
    said = [rendered(message) for message in opening_of(asked)]
    return hashlib.sha256(f"{said}{sampling.seed}".encode()).hexdigest()
