"""Trains the embedded policy from scratch on a CPU, from conversations, in minutes.

    python -m experiments.tiny_model.pretrain data=FILE.jsonl out=DIR seed=0 threads=2

Muon moves the matrices, AdamW the embedding and the norms (**ours**: AdamW alone erases the induction heads). Started
again with the same `out`, a killed run goes on from its checkpoint. Writes a Hugging Face model folder and `curve.csv`.
Numbers and their meaning: pretrain.yaml.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from omegaconf import DictConfig, OmegaConf
from torch import Tensor
from torch.optim import AdamW, Muon, Optimizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen3ForCausalLM

from experiments.tiny_model.architecture import Induction, Shape, build
from experiments.tiny_model.episodes import Batch, Corpus, Encoder, Place, kind, nouns_of, read_lines
from experiments.tiny_model.exactness import HeldOut, measure
from experiments.tiny_model.flaws import Flaws
from experiments.tiny_model.forward import hidden_states, logits, rotations
from experiments.tiny_model.rename import Renaming
from experiments.tiny_model.tokenizer import blank_tokenizer, render, train_tokenizer

DEFAULTS = Path(__file__).with_name("pretrain.yaml")


@dataclass
class Progress:
    """How far a run is; `seconds` counts training only, `tokens` what was trained on without padding."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    place: Place = field(default_factory=Place)

    def share(self, config: DictConfig) -> float:
        """0 at the start, 1 when the run is over."""
        return self.step / config.steps if config.steps else self.seconds / (60 * config.minutes)


@dataclass
class Run:
    """Everything a checkpoint must hold, and what is needed to take a step."""

    config: DictConfig
    model: Qwen3ForCausalLM
    tokenizer: PreTrainedTokenizerFast
    optimisers: list[Optimizer]
    progress: Progress

    @property
    def checkpoint(self) -> Path:
        return Path(self.config.out) / "checkpoint.pt"

    @property
    def curve(self) -> Path:
        return Path(self.config.out) / "curve.csv"

    def save(self) -> None:
        """Replaces the checkpoint in one move: a kill while writing leaves the old one."""
        state = {
            "model": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "progress": vars(self.progress) | {"place": tuple(self.progress.place)},
        }
        unfinished = self.checkpoint.with_suffix(".part")
        torch.save(state, unfinished)
        unfinished.replace(self.checkpoint)

    def restore(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.progress = Progress(**state["progress"] | {"place": Place(*state["progress"]["place"])})


def pretrain(config: DictConfig) -> Run:
    """Trains to the end of the schedule and exports the model to `config.out`."""
    torch.set_num_threads(config.threads)
    lines, kept_out = _split(config)
    run = _open_run(config, lines)
    encode = Encoder(run.tokenizer, config.text_weight, config.shape.positions)
    held_out = _hold_out(kept_out, encode)
    shares = Flaws(**config.flaws), Renaming(**config.renaming)
    corpus = Corpus(lines, nouns_of(lines), encode, *shares, config.batch_tokens, config.seed)
    print(f"{len(lines)} conversations, {sum(map(torch.numel, run.model.parameters())):,} parameters", flush=True)
    for losses in _train(run, corpus):
        _report(run, losses, held_out)
    export(run)
    return run


def export(run: Run) -> None:
    """The finished model as a Hugging Face folder; the checkpoint has served."""
    run.model.save_pretrained(run.config.out)
    run.tokenizer.save_pretrained(run.config.out)
    run.checkpoint.unlink(missing_ok=True)


def _split(config: DictConfig) -> tuple[list[str], list[str]]:
    lines = read_lines(config.data)
    if config.held_out:
        return lines, read_lines(config.held_out)
    return lines[: -config.held_out_rows], lines[-config.held_out_rows :]


def _open_run(config: DictConfig, lines: list[str]) -> Run:
    """A new run, or the one whose checkpoint lies in `config.out`."""
    known = (Path(config.out) / "checkpoint.pt").exists()
    tokenizer = AutoTokenizer.from_pretrained(config.out) if known else _learn_tokenizer(config, lines)
    model = build(Shape(**config.shape), Induction(**config.induction), tokenizer, config.seed)
    run = Run(config, model, tokenizer, _optimisers(model, config.optimiser), Progress())
    if known:
        run.restore()
        print(f"resumed at step {run.progress.step}", flush=True)
    else:
        run.curve.unlink(missing_ok=True)
    return run


def _learn_tokenizer(config: DictConfig, lines: list[str]) -> PreTrainedTokenizerFast:
    blank = blank_tokenizer()
    texts = (render(blank, json.loads(line)) for line in lines[: config.vocabulary_rows])
    tokenizer = train_tokenizer(texts, config.vocabulary, config.shape.positions)
    tokenizer.save_pretrained(config.out)
    return tokenizer


def _hold_out(lines: list[str], encode: Encoder) -> list[HeldOut]:
    """Never renamed: these are the names the policy will meet."""
    tags = tuple(encode.tokenizer.convert_tokens_to_ids(["<tool_call>", "</tool_call>"]))
    conversations = [json.loads(line) for line in lines]
    encoded = [encode([render(encode.tokenizer, conversation)]) for conversation in conversations]
    return [HeldOut(kind(row), *one, tags) for row, one in zip(conversations, encoded, strict=True) if one]


def _optimisers(model: Qwen3ForCausalLM, rates: DictConfig) -> list[Optimizer]:
    named = list(model.named_parameters())
    matrices = [weight for name, weight in named if weight.dim() == 2 and "embed" not in name]
    others = [weight for name, weight in named if weight.dim() == 1 or "embed" in name]
    return [
        Muon(matrices, lr=rates.muon, weight_decay=rates.weight_decay),
        AdamW(others, lr=rates.adamw, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def _train(run: Run, corpus: Corpus) -> Iterator[list[float]]:
    """Takes steps until the schedule ends; stops for evaluation with the losses since the last stop."""
    config, losses = run.config, []
    batches, rotation = corpus.batches(run.progress.place), rotations(run.model)
    while run.progress.share(config) < 1:
        started = time.perf_counter()
        batch, run.progress.place = next(batches)
        _set_rates(run)
        losses.append(_step(run, batch, rotation))
        run.progress.step += 1
        run.progress.tokens += int(batch.lengths.sum())
        run.progress.seconds += time.perf_counter() - started
        if run.progress.step % config.checkpoint_every == 0:
            run.save()
        if run.progress.step % config.evaluate_every == 0 or run.progress.share(config) >= 1:
            yield losses
            losses = []


def _step(run: Run, batch: Batch, rotation: tuple[Tensor, Tensor]) -> float:
    """One update: mean weighted cross entropy over what the policy writes; the head runs on those places only."""
    weights = batch.weights[:, 1:]
    written = weights > 0
    with torch.autocast("cpu", torch.bfloat16):
        states = hidden_states(run.model, batch.tokens[:, :-1], rotation)
        scores = logits(run.model, states[written])
    losses = F.cross_entropy(scores.float(), batch.tokens[:, 1:][written], reduction="none")
    loss = (losses * weights[written]).sum() / weights[written].sum()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), run.config.optimiser.clip)
    for optimiser in run.optimisers:
        optimiser.step()
        optimiser.zero_grad()
    return loss.item()


def _set_rates(run: Run) -> None:
    """Linear warm-up over the first steps, constant, then linear decay over the last share of the run."""
    rates, left = run.config.optimiser, 1 - run.progress.share(run.config)
    factor = min(1.0, (run.progress.step + 1) / rates.warmup) * max(rates.floor, min(1.0, left / rates.decay))
    for optimiser, rate in zip(run.optimisers, (rates.muon, rates.adamw), strict=True):
        for parameters in optimiser.param_groups:
            parameters["lr"] = rate * factor


def _report(run: Run, losses: list[float], held_out: list[HeldOut]) -> None:
    progress, exact = run.progress, measure(run.model, held_out)
    speed, loss = progress.tokens / progress.seconds, sum(losses) / len(losses)
    print(f"step {progress.step} {progress.seconds:.0f} s {speed:.0f} tok/s loss {loss:.3f} {exact}", flush=True)
    row = {"step": progress.step, "seconds": round(progress.seconds, 1), "tokens": progress.tokens}
    row |= {"loss": round(loss, 4), "call_exact": round(exact.call, 4), "episode_exact": round(exact.episode, 4)}
    new = not run.curve.exists()
    with run.curve.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)


def read_config(arguments: list[str]) -> DictConfig:
    """pretrain.yaml with `key=value` from the command line; a key that isn't there is an error."""
    config = OmegaConf.load(DEFAULTS)
    OmegaConf.set_struct(config, True)
    return OmegaConf.merge(config, OmegaConf.from_dotlist(arguments))


def main() -> None:
    arguments = sys.argv[1:]
    if {"-h", "--help"} & set(arguments):
        print(__doc__ + "\n" + DEFAULTS.read_text())
        return
    config = read_config(arguments)
    os.environ["RAYON_NUM_THREADS"] = str(config.threads)  # the tokenizer's threads
    pretrain(config)


if __name__ == "__main__":
    main()
