"""Continuous batching on a CPU with exact log-probabilities: what a rollout, `prove.play` and evaluation generate with.

    submit -> waiting -> admitted (prompt shared or read, kept tokens reused) -> one token per step -> finished -> kept

- A prompt is read once and shared: the 16 episodes of a GRPO group start from the same keys and values. One that
  nobody shares, as in evaluation, goes into its row.
- A finished turn keeps its keys and values under its `request_id`; the next turn feeds only what is new. The kept
  tokens are compared with the new prompt, so that a changed history is recomputed from where it differs.
- New weights drop everything kept; a request in flight is read again and goes on.
torch only: no ray, no verl.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

import torch

from prove.cpu import CORES
from prove.cpu.memory import give_back
from prove.cpu.qwen3 import NONE, Prompt, Qwen3, Slots, padded, sorted_blocks
from prove.cpu.sampling import Sampling, draw

PREFILL_TOKENS = 4096  # per pass: bounds its memory and how long running rows wait for it
WASTE = 1.2  # padding that is worth moving rows for
SMALL = 20_000_000  # parameters; one thread is faster below (experiments/side_by_side): parts of a step are too short
CLEANING = 100  # steps between two times that memory is given back
PROMPT_TOKENS = 16384  # tokens of remembered prompts; those in use are held by their requests


@dataclass(frozen=True)
class Completion:
    """Generated token ids, their log-probabilities, and why it ended: `stop` or `length`."""

    tokens: list[int]
    log_probs: list[float]
    reason: str


@dataclass(frozen=True)
class Kept:
    """A finished turn: all its tokens that have keys and values, the shared prompt and the own part behind it."""

    tokens: list[int]
    prompt: Prompt
    keys: torch.Tensor
    values: torch.Tensor


@dataclass(eq=False)
class Request:
    """`tokens` grows from the given prompt; the first `len(prompt.ids) + own` of them have keys and values."""

    tokens: list[int]
    limit: int
    stop: frozenset[int]
    sampling: Sampling
    request_id: str | None
    future: Future
    log_probs: list[float] = field(default_factory=list)
    prompt: Prompt | None = None
    own: int = 0

    @property
    def pending(self) -> list[int]:
        """Tokens that have no keys and values yet."""
        return self.tokens[len(self.prompt.ids) + self.own :]

    @property
    def done(self) -> bool:
        return len(self.log_probs) >= self.limit or self.tokens[-1] in self.stop

    @property
    def completion(self) -> Completion:
        made = self.tokens[len(self.tokens) - len(self.log_probs) :]
        return Completion(made, self.log_probs, "stop" if made and made[-1] in self.stop else "length")


class Engine:
    """`model`: a path or a Hugging Face Qwen3 causal LM. `max_len` bounds prompt + generated tokens of a request.

    `threads`: of a model that is not SMALL, which gets one (default: every core).
    """

    def __init__(self, model, max_slots: int = 64, max_len: int = 2048, threads: int | None = None) -> None:
        self.network = Qwen3(open_model(model), max_len)
        self.slots = Slots(self.network, max_slots, max_len)
        self.max_slots, self.max_len = max_slots, max_len
        self.threads = 1 if self.network.parameters < SMALL else threads or CORES
        self.active: list[Request] = []  # row i lives in slot i
        self.waiting: list[Request] = []
        self.prompts: OrderedDict[tuple[int, ...], Prompt] = OrderedDict()
        self.kept: OrderedDict[str, Kept] = OrderedDict()
        self.inbox: queue.SimpleQueue = queue.SimpleQueue()
        self.closing, self.steps = False, 0
        self.lock = threading.Lock()  # held during a step; load() changes weights between steps
        self.thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self.thread.start()

    def submit(
        self,
        ids: list[int],
        *,
        max_tokens: int,
        stop: Iterable[int] = (),
        sampling: Sampling | None = None,
        request_id: str | None = None,
    ) -> Future:
        """A future of `Completion`. A request that cannot run fails alone, with ValueError in its future.

        `request_id` names a conversation: its next request reuses what this one computed.
        """
        future: Future = Future()
        problem = self._problem(ids, max_tokens)
        if problem:
            future.set_exception(ValueError(problem))
            return future
        limit = min(max_tokens, self.max_len - len(ids))
        request = Request(list(ids), limit, frozenset(stop), sampling or Sampling(), request_id, future)
        self.inbox.put(request)
        return future

    def load(self, named: Iterable[tuple[str, torch.Tensor]]) -> None:
        """Replace weights by name, between two steps; unknown names are ignored (tied heads, buffers)."""
        with self.lock, torch.no_grad():
            own = dict(self.network.model.named_parameters())
            for name, tensor in named:
                if name in own:
                    own[name].copy_(tensor)
            self.network.refresh()
            self._forget()

    def close(self) -> None:
        """Stop; whatever has not finished fails."""
        self.closing = True
        self.inbox.put(None)
        self.thread.join()

    def _problem(self, ids: list[int], max_tokens: int) -> str | None:
        if self.closing:
            return "the engine is closed"
        if not ids or max_tokens < 1:
            return f"nothing to do: {len(ids)} prompt tokens, max_tokens {max_tokens}"
        if len(ids) >= self.max_len:
            return f"prompt of {len(ids)} tokens leaves no room in max_len {self.max_len}"
        if not all(0 <= token < self.network.vocabulary for token in ids):
            return f"token ids must be in 0..{self.network.vocabulary - 1}"
        return None

    def forget(self) -> None:
        """Drop everything kept; running requests go back to the queue with the tokens they have, to be read again."""
        with self.lock:
            self._forget()

    def _forget(self) -> None:
        self.prompts.clear()
        self.kept.clear()
        for request in self.active:
            request.prompt, request.own = None, 0
        self.waiting, self.active = self.active + self.waiting, []

    @torch.inference_mode()
    def _run(self) -> None:
        torch.set_num_threads(self.threads)  # of this thread, and of those that begin later
        while not self.closing:
            self._receive()
            with self.lock:
                room = self.max_slots - len(self.active)
                new, self.waiting = self.waiting[:room], self.waiting[room:]
                self._guard(self._admit, new)
                self._guard(self._decode, list(self.active))
        for request in self.active + self.waiting:
            request.future.set_exception(RuntimeError("the engine was closed"))

    def _receive(self) -> None:
        """Take what has arrived; sleep only when there is nothing to compute."""
        idle = not self.active and not self.waiting
        while idle or not self.inbox.empty():
            request = self.inbox.get()
            idle = False
            if request is not None and request.future.set_running_or_notify_cancel():
                self.waiting.append(request)

    def _guard(self, work, requests: list[Request]) -> None:
        """An unforeseen error fails the requests being computed, never the engine."""
        try:
            if requests:
                work(requests)
        except Exception as error:
            for request in requests:
                if not request.future.done():
                    request.future.set_exception(error)
            self.active = [request for request in self.active if not request.future.done()]

    def _admit(self, new: list[Request]) -> None:
        """Give each request a slot, feed what has no keys and values yet, and draw its first token."""
        kept = {id(request): self._resume(request) for request in new}
        unread = [request for request in new if request.prompt is None]
        lonely = self._read_prompts(unread)
        kept |= {id(request): self._take_over(request) for request in lonely}
        new.sort(key=lambda request: len(request.pending))  # what has nothing pending comes first: see _chunks
        first = len(self.active)
        for slot, request in enumerate(new, first):
            self.active.append(request)
            if kept[id(request)]:
                self.slots.copy_in(slot, kept[id(request)].keys, kept[id(request)].values, request.own)
        self._draw(first, torch.cat([self._feed(start, stop) for start, stop in self._chunks(first)]))

    def _decode(self, active: list[Request]) -> None:
        self.steps += 1
        if self.steps % CLEANING == 0:
            give_back()
        self._order()
        self._draw(0, self._feed(0, len(active)))

    def _order(self) -> None:
        """Rows of similar length side by side, when a fifth of what attention reads would be padding otherwise."""
        lengths = [request.own for request in self.active]
        order = sorted_blocks(lengths)
        if padded(lengths) > WASTE * padded([lengths[row] for row in order]):
            self.slots.reorder(order, lengths)
            self.active = [self.active[row] for row in order]

    def _resume(self, request: Request) -> Kept | None:
        """Reuse the kept turn as far as its tokens agree with the new ones; the last token is always fed again."""
        kept = self.kept.pop(request.request_id, None)
        if kept is None:
            return None
        same = agreement(kept.tokens, request.tokens[:-1])
        if same < len(kept.prompt.ids):
            return None
        request.prompt, request.own = kept.prompt, same - len(kept.prompt.ids)
        return kept

    def _take_over(self, request: Request) -> Kept:
        """A prompt that nobody else has becomes the row's own; its last token is fed again."""
        alone, request.prompt, request.own = request.prompt, NONE, len(request.tokens) - 1
        return Kept(request.tokens[:-1], NONE, alone.keys, alone.values)

    def _read_prompts(self, requests: list[Request]) -> list[Request]:
        """Each different prompt once; those of earlier requests are remembered, the oldest forgotten first.

        Returns the requests whose prompt nobody else has had.
        """
        wanted = Counter(tuple(request.tokens) for request in requests)
        unread = wanted.keys() - self.prompts.keys()
        for some in batches(sorted(unread, key=len)):
            self.prompts.update((prompt.ids, prompt) for prompt in self.network.read(some))
        for request in requests:
            request.prompt = self.prompts[tuple(request.tokens)]
            self.prompts.move_to_end(request.prompt.ids)
        forget_oldest(self.prompts, PROMPT_TOKENS, lambda prompt: len(prompt.ids))
        return [one for one in requests if wanted[one.prompt.ids] == 1 and one.prompt.ids in unread]

    def _chunks(self, first: int) -> Iterable[tuple[int, int]]:
        """Slot ranges from `first` on that are fed together; rows that have nothing pending, the first ones, alone."""
        start, tokens = first, 0
        for slot in range(first, len(self.active)):
            pending = len(self.active[slot].pending)
            if slot > start and (tokens + pending > PREFILL_TOKENS or (pending and not tokens)):
                yield start, slot
                start, tokens = slot, 0
            tokens += pending
        yield start, len(self.active)

    def _feed(self, start: int, stop: int) -> torch.Tensor:
        """Logits [stop - start, vocabulary] after the last token of these rows."""
        rows = self.active[start:stop]
        if not rows[-1].pending:
            return torch.stack([row.prompt.logits for row in rows])
        pending = [row.pending for row in rows]
        logits = self.slots.extend(start, pending, [row.own for row in rows], [row.prompt for row in rows])
        for row, tokens in zip(rows, pending, strict=True):
            row.own += len(tokens)
        return logits

    def _draw(self, first: int, logits: torch.Tensor) -> None:
        """One token for each row from `first` on; rows that are done leave."""
        rows = self.active[first:]
        tokens, log_probs = draw(logits, [row.sampling for row in rows], [len(row.tokens) for row in rows])
        for row, token, log_prob in zip(rows, tokens, log_probs, strict=True):
            row.tokens.append(token)
            row.log_probs.append(log_prob)
        for slot in range(len(self.active) - 1, first - 1, -1):  # from the end: what fills the hole has been looked at
            if self.active[slot].done:
                self._finish(slot)

    def _finish(self, slot: int) -> None:
        request, last = self.active[slot], self.active.pop()
        if request.request_id is not None:
            self._keep(slot, request)
        if last is not request:
            self.active[slot] = last
            self.slots.move(len(self.active), slot, last.own)
        request.future.set_result(request.completion)

    def _keep(self, slot: int, request: Request) -> None:
        tokens = request.tokens[: len(request.prompt.ids) + request.own]
        self.kept[request.request_id] = Kept(tokens, request.prompt, *self.slots.copy_out(slot, request.own))
        forget_oldest(self.kept, 2 * self.max_slots, lambda _: 1)  # nobody says which conversation has ended


def agreement(left: list[int], right: list[int]) -> int:
    """Length of the common prefix."""
    if left == right[: len(left)]:
        return len(left)
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def batches(prompts: list[tuple[int, ...]]) -> Iterable[list[tuple[int, ...]]]:
    """Prompts in order of length, in lists of at most PREFILL_TOKENS padded tokens (one at least)."""
    some: list[tuple[int, ...]] = []
    for prompt in prompts:
        if some and (len(some) + 1) * len(prompt) > PREFILL_TOKENS:
            yield some
            some = []
        some.append(prompt)
    if some:
        yield some


def forget_oldest(store: OrderedDict, limit: int, size) -> None:
    """Keep the newest entries whose sizes sum to at most `limit`."""
    total = sum(map(size, store.values()))
    while total > limit:
        total -= size(store.popitem(last=False)[1])


def open_model(model) -> torch.nn.Module:
    """A path becomes a float32 model in evaluation mode; a model is used as it is."""
    if isinstance(model, torch.nn.Module):
        return model.eval()
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
