"""The laptop's rollout engine: exact log-probabilities, whatever is shared, kept, batched or reloaded."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from prove.cpu import qwen3
from prove.cpu.engine import Engine
from prove.cpu.replica import CpuServer
from prove.cpu.sampling import Sampling, draw

VOCABULARY, TEMPERATURE = 97, 0.7


def make_model(kv_heads: int = 2, seed: int = 0) -> Qwen3ForCausalLM:
    """Random and sharp: with the usual tiny weights every distribution would be flat and every engine exact."""
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=kv_heads,
        head_dim=16,
        tie_word_embeddings=True,
    )
    model = Qwen3ForCausalLM(config)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model.eval()


@pytest.fixture
def model() -> Qwen3ForCausalLM:
    return make_model()


@pytest.fixture
def engine(model):
    engine = Engine(model, max_slots=8, max_len=256)
    yield engine
    engine.close()


@torch.no_grad()
def reference(model, ids: list[int], made: list[int], temperature: float = TEMPERATURE) -> torch.Tensor:
    """Hugging Face's log-probabilities of `made` after `ids`, in one pass without any cache."""
    logits = model(torch.tensor([ids + made])).logits[0, len(ids) - 1 : -1] / temperature
    return logits.log_softmax(-1).gather(1, torch.tensor(made)[:, None])[:, 0]


def assert_exact(model, ids: list[int], made) -> None:
    gap = (torch.tensor(made.log_probs) - reference(model, ids, made.tokens)).abs().max()
    assert gap < 1e-4, f"log-probabilities differ by {gap}"


def prompt_of(length: int, seed: int = 0) -> list[int]:
    rng = random.Random(f"{length}:{seed}")
    return [rng.randrange(VOCABULARY) for _ in range(length)]


def at(seed: int, **how) -> Sampling:
    return Sampling(temperature=TEMPERATURE, seed=seed, **how)


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_log_probs_equal_hugging_face_over_turns_in_a_mixed_batch(kv_heads: int) -> None:
    model, rng = make_model(kv_heads), random.Random(1)
    engine = Engine(model, max_slots=8, max_len=256)  # 18 conversations: more than slots
    talks = {(length, member): prompt_of(length) for length in (5, 17, 40) for member in range(6)}
    for _ in range(3):
        futures = {
            key: engine.submit(ids, max_tokens=rng.randrange(1, 20), stop=[3], sampling=at(key[1]), request_id=str(key))
            for key, ids in talks.items()
        }
        for key, future in futures.items():
            made = future.result(30)
            assert_exact(model, talks[key], made)
            talks[key] = talks[key] + made.tokens + prompt_of(rng.randrange(1, 9), key[1])
    engine.close()


def test_answers_that_do_not_fit_into_one_pass_are_read_in_several(model, engine, monkeypatch) -> None:
    monkeypatch.setattr("prove.cpu.engine.PREFILL_TOKENS", 16)
    talks = {member: prompt_of(10) for member in range(6)}
    for turn in range(3):
        futures = {
            member: engine.submit(ids, max_tokens=5, sampling=at(member), request_id=str(member))
            for member, ids in talks.items()
        }
        for member, future in futures.items():
            assert_exact(model, talks[member], future.result())
            talks[member] = talks[member] + future.result().tokens + prompt_of(1 + 7 * member, turn)


def test_rows_of_different_length_change_places_and_stay_exact(model, monkeypatch) -> None:
    monkeypatch.setattr(qwen3, "BLOCK", 16)
    engine, rng, moved = Engine(model, max_slots=80, max_len=256), random.Random(2), []
    reorder = engine.slots.reorder
    monkeypatch.setattr(engine.slots, "reorder", lambda order, lengths: moved.append(order) or reorder(order, lengths))
    talks = {member: prompt_of(10 + member % 3) for member in range(80)}
    for _ in range(2):
        futures = {
            member: engine.submit(ids, max_tokens=rng.randrange(1, 70), sampling=at(member), request_id=str(member))
            for member, ids in talks.items()
        }
        for member, future in futures.items():
            made = future.result(60)
            assert_exact(model, talks[member], made)
            talks[member] = talks[member] + made.tokens + prompt_of(3, member)
    engine.close()
    assert moved


def test_a_kept_turn_is_not_computed_again(engine, model) -> None:
    first = engine.submit(prompt_of(30), max_tokens=5, request_id="talk").result(30)
    read = []
    engine.network.read = lambda prompts: read.append(prompts) or pytest.fail("the prompt was read again")
    again = prompt_of(30) + first.tokens + prompt_of(4)
    made = engine.submit(again, max_tokens=5, sampling=at(0), request_id="talk").result(30)
    assert not read
    assert_exact(model, again, made)


def test_the_turns_of_a_training_episode_continue_each_other_though_verl_names_each_anew(engine, model) -> None:
    server = object.__new__(CpuServer)
    server.engine, server.stop, server.requests, server.global_steps = engine, set(), 0, None
    server.config = SimpleNamespace(prompt_length=100, response_length=100, seed=0)
    read, original = [], engine.network.read
    engine.network.read = lambda prompts: read.extend(prompts) or original(prompts)

    def turn(name: str, ids: list[int]):
        return asyncio.run(server.generate(name, ids, {"seed": 7, "max_tokens": 5, "logprobs": True}))

    first = turn("one", prompt_of(30))
    again = prompt_of(30) + first.token_ids + prompt_of(4)
    assert turn("another", again).token_ids and len(read) == 1


def test_a_changed_history_is_recomputed(engine, model) -> None:
    engine.submit(prompt_of(30), max_tokens=9, request_id="talk").result(30)
    for changed in (prompt_of(30) + prompt_of(20, seed=1), prompt_of(31, seed=2), prompt_of(30)[:12]):
        made = engine.submit(changed, max_tokens=9, sampling=at(1), request_id="talk").result(30)
        assert_exact(model, changed, made)


def test_a_group_reads_its_prompt_once(engine) -> None:
    read, original = [], engine.network.read
    engine.network.read = lambda prompts: read.extend(prompts) or original(prompts)
    futures = [engine.submit(prompt_of(20), max_tokens=4, sampling=at(member)) for member in range(16)]
    made = [tuple(future.result(30).tokens) for future in futures]
    assert len(read) == 1
    assert len(set(made)) > 1, "members of a group sample differently"


def test_the_same_seed_gives_the_same_tokens_whoever_else_is_in_the_batch(engine) -> None:
    def generate(seed: int):
        return engine.submit(prompt_of(12), max_tokens=12, sampling=at(seed))

    alone = generate(7).result(30).tokens
    others = [engine.submit(prompt_of(n), max_tokens=20, sampling=at(n)) for n in range(3, 9)]
    assert generate(7).result(30).tokens == alone
    assert generate(8).result(30).tokens != alone
    assert all(other.result(30).tokens for other in others)


def test_greedy_takes_the_most_likely_token(engine, model) -> None:
    ids = prompt_of(9)
    made = engine.submit(ids, max_tokens=6, sampling=Sampling(temperature=0)).result(30)
    with torch.no_grad():
        logits = model(torch.tensor([ids + made.tokens])).logits[0, len(ids) - 1 : -1]
    assert made.tokens == logits.argmax(-1).tolist()


def test_generation_ends_at_a_stop_token_or_at_a_limit(engine) -> None:
    free = engine.submit(prompt_of(9), max_tokens=20, sampling=at(1)).result(30)
    assert (len(free.tokens), free.reason) == (20, "length")
    stop = free.tokens[7]
    stopped = engine.submit(prompt_of(9), max_tokens=20, stop=[stop], sampling=at(1)).result(30)
    assert stopped.reason == "stop"
    assert stopped.tokens == free.tokens[: free.tokens.index(stop) + 1]
    full = engine.submit(prompt_of(250), max_tokens=20, sampling=at(1)).result(30)
    assert len(full.tokens) == 6, "max_len 256 leaves six"


def test_new_weights_drop_what_was_kept(engine, model) -> None:
    made = engine.submit(prompt_of(30), max_tokens=5, request_id="talk").result(30)
    other = make_model(seed=1)
    engine.load(list(other.named_parameters()))
    for ids, name in ((prompt_of(30) + made.tokens + [4], "talk"), (prompt_of(30), "new")):
        assert_exact(other, ids, engine.submit(ids, max_tokens=5, sampling=at(0), request_id=name).result(30))


def test_a_request_in_flight_survives_new_weights(engine) -> None:
    future = engine.submit(prompt_of(30), max_tokens=200, sampling=at(0))
    engine.load(list(make_model(seed=1).named_parameters()))
    assert len(future.result(30).tokens) == 200


@pytest.mark.parametrize("ids, tokens", [([], 5), ([1] * 256, 5), ([VOCABULARY], 5), ([1, 2], 0)])
def test_a_request_that_cannot_run_fails_alone(engine, ids: list[int], tokens: int) -> None:
    good = engine.submit(prompt_of(9), max_tokens=5)
    with pytest.raises(ValueError):
        engine.submit(ids, max_tokens=tokens).result(30)
    assert len(good.result(30).tokens) == 5


def test_an_error_inside_a_batch_reaches_its_requests_and_the_engine_goes_on(engine) -> None:
    original, engine.slots.extend = engine.slots.extend, lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        engine.submit(prompt_of(9), max_tokens=5).result(30)
    engine.slots.extend = original
    assert len(engine.submit(prompt_of(9), max_tokens=5).result(30).tokens) == 5


def test_closing_fails_what_has_not_finished_and_refuses_the_rest(model) -> None:
    engine = Engine(model, max_slots=1, max_len=20_000)
    future = engine.submit(prompt_of(9), max_tokens=19_000)
    engine.close()
    with pytest.raises(RuntimeError):
        future.result(30)
    with pytest.raises(ValueError, match="closed"):
        engine.submit(prompt_of(9), max_tokens=5).result(30)


def test_another_architecture_is_refused_in_one_sentence() -> None:
    config = LlamaConfig(vocab_size=9, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    with pytest.raises(ValueError, match="plain Qwen3 models, not llama"):
        Engine(LlamaForCausalLM(config))


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([[0.0, 1.0, 2.0, -1.0]]).repeat(20_000, 1)
    tokens, log_probs = draw(logits, [Sampling(seed=n) for n in range(20_000)], [0] * 20_000)
    shares = torch.bincount(torch.tensor(tokens), minlength=4) / 20_000
    assert torch.allclose(shares, logits[0].softmax(-1), atol=0.015)
    assert log_probs[0] == pytest.approx(logits[0].log_softmax(-1)[tokens[0]].item(), abs=1e-6)


@pytest.mark.parametrize("how, allowed", [({"top_k": 2}, {1, 2}), ({"top_p": 0.6}, {2}), ({"top_p": 0.7}, {1, 2})])
def test_filters_exclude_tokens_but_not_from_the_log_probability(how: dict, allowed: set[int]) -> None:
    """Probabilities are .09 .24 .64 .03; verl recomputes log-probabilities without filters."""
    logits = torch.tensor([[0.0, 1.0, 2.0, -1.0]]).repeat(500, 1)
    tokens, log_probs = draw(logits, [Sampling(seed=n, **how) for n in range(500)], [0] * 500)
    assert set(tokens) == allowed
    assert log_probs[0] == pytest.approx(logits[0].log_softmax(-1)[tokens[0]].item(), abs=1e-6)
