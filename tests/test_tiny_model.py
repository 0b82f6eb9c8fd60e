"""The embedded policy: what it reads, what its tokens are, how it is born able to copy, and how it is trained."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from experiments.tiny_model import exactness, pretrain
from experiments.tiny_model.architecture import Induction, Shape, build
from experiments.tiny_model.episodes import Corpus, Encoder, Place, nouns_of
from experiments.tiny_model.flaws import Flaws, careless
from experiments.tiny_model.forward import hidden_states, logits, rotations
from experiments.tiny_model.rename import Renaming, rename
from experiments.tiny_model.tokenizer import blank_tokenizer, render, train_tokenizer

EMBEDDED = Path("experiments/tiny_model/model")
SMALL = Shape(hidden=64, layers=2, heads=2, head_dim=16, ffn=64, rope_theta=1e6, positions=512)
COPYING = Induction(pairs=2, quiet=0.1, fast=4, slow=0.003, note=2, copy=4, sharp_previous=2.2, sharp_match=2.2)
EVERYTHING = Renaming(episodes=1.0, words=1.0, verbs=1.0, prefixes=1.0, invented=0.5)


def offered(name: str, required: tuple[str, ...], **optional: dict) -> dict:
    properties = {argument: {"type": "string"} for argument in required} | optional
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "description": "…", "parameters": parameters}}


TOOLS = [
    offered("find_payee", ("name",), limit={"type": "integer", "default": 10}),
    offered("wake_call", ("payee_id", "time")),
    offered(
        "set_status",
        ("account_id",),
        status={"anyOf": [{"enum": ["active", "frozen"]}, {"type": "null"}]},
        tags={"type": "array", "items": {"type": "string"}},
    ),
]


def calling(*calls: tuple[str, dict]) -> dict:
    tool_calls = [{"type": "function", "function": {"name": name, "arguments": given}} for name, given in calls]
    return {"role": "assistant", "content": "", "tool_calls": tool_calls}


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def conversation(number: int = 48213) -> dict:
    rows = {"payees": [{"payee_id": f"PAY-{number}", "name": "Mira Holt", "city": "Ørsted"}]}
    return {
        "kind": "chain",
        "tools": TOOLS,
        "messages": [
            {"role": "system", "content": "Today is 2026-03-14."},
            {"role": "user", "content": "Wake payee Mira Holt at 14:30, freeze account ACC-00412"},
            calling(("find_payee", {"name": "Mira Holt"}), ("find_payee", {"name": "Bo", "limit": 2})),
            {"role": "tool", "name": "find_payee", "content": compact(rows)},
            {"role": "tool", "name": "find_payee", "content": '{"error":"no payee Bo"}'},
            calling(("wake_call", {"payee_id": f"PAY-{number}", "time": "14:30"})),
            {"role": "tool", "name": "wake_call", "content": '{"status":"ok"}'},
            {"role": "assistant", "content": "Done."},
            {"role": "user", "content": "Thanks"},
            {"role": "assistant", "content": "You are welcome."},
        ],
    }


@pytest.fixture(scope="module")
def tokenizer():
    texts = [render(blank_tokenizer(), conversation(number)) for number in range(10_000, 10_050)]
    return train_tokenizer(texts, vocab_size=420, max_length=512)


def test_offered_tools_are_one_short_line_each(tokenizer):
    text = tokenizer.apply_chat_template(conversation()["messages"][:2], tools=TOOLS, tokenize=False)
    assert text == (
        "<|im_start|>system\nToday is 2026-03-14.\n"
        "find_payee(name,limit?)\nwake_call(payee_id,time)\nset_status(account_id,status?:active|frozen,tags?[])"
        "<|im_end|>\n<|im_start|>user\nWake payee Mira Holt at 14:30, freeze account ACC-00412<|im_end|>\n"
    )


def test_calls_are_compact_json_and_their_results_share_one_turn(tokenizer):
    text = render(tokenizer, conversation())
    assert (
        '<|im_start|>assistant\n<tool_call>{"name":"find_payee","arguments":{"name":"Mira Holt"}}</tool_call>'
        '<tool_call>{"name":"find_payee","arguments":{"name":"Bo","limit":2}}</tool_call><|im_end|>\n'
        '<|im_start|>user\n<tool_response>{"payees":[{"payee_id":"PAY-48213","name":"Mira Holt","city":"Ørsted"}]}'
        '</tool_response><tool_response>{"error":"no payee Bo"}</tool_response><|im_end|>\n'
    ) in text


def test_without_tools_and_system_message_there_is_no_system_turn(tokenizer):
    assert tokenizer.apply_chat_template(
        [{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True
    ) == ("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")


def test_a_longer_conversation_only_adds_text(tokenizer):
    whole = conversation()
    ends = [end for end in range(1, 11) if end == 10 or whole["messages"][end]["role"] != "tool" or end in (3, 6)]
    texts = [render(tokenizer, {**whole, "messages": whole["messages"][:end]}) for end in ends]
    assert all(longer.startswith(shorter) for shorter, longer in zip(texts, texts[1:], strict=False))
    assert len(set(texts)) == len(ends)


def test_a_call_written_by_the_policy_renders_as_it_was_written(tokenizer):
    raw = '<tool_call>{"name":"wake_call","arguments":{"payee_id":"PAY-48213","time":"14:30"}}</tool_call>'
    structured = conversation()["messages"][5]
    written = {"role": "assistant", "content": raw}
    assert render(tokenizer, {"messages": [written]}) == render(tokenizer, {"messages": [structured]})
    assert render(tokenizer, {"messages": [{**structured, "content": raw}]}).count("<tool_call>") == 1


def test_arguments_may_be_json_text_as_some_clients_send_them(tokenizer):
    sent = calling(("find_payee", '{"name":"Mira Holt"}'))
    assert '{"name":"find_payee","arguments":{"name":"Mira Holt"}}' in render(tokenizer, {"messages": [sent]})


def test_tokens_merged_turn_by_turn_equal_the_tokens_of_the_whole_conversation(tokenizer):
    from verl.utils.tokenizer import continuous_token_wiring as wiring

    builder = wiring.create_continuous_token_builder(tokenizer, hf_model_type="qwen3")
    whole = conversation()
    messages, tokens = whole["messages"][:2], builder.build_initial_tokens(whole["messages"][:2], tools=TOOLS)
    for end in (5, 7, 9, 10):
        spoken, *context = whole["messages"][len(messages) : end]
        written = render(tokenizer, {"messages": [spoken]}).removeprefix("<|im_start|>assistant\n").strip("\n")
        tokens = builder.merge_assistant_tokens(tokens, tokenizer.encode(written)).token_ids
        before, messages = [*messages, spoken], [*messages, spoken, *context]
        if context:
            tokens = builder.merge_context_tokens(before, messages, tokens, tools=TOOLS).token_ids
    assert tokenizer.decode(tokens) + "\n" == render(tokenizer, whole)
    assert tokens == tokenizer.encode(render(tokenizer, whole))[:-1]


@given(text=st.text())
def test_decoding_gives_back_every_text(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_word_is_the_same_token_in_a_sentence_a_name_and_json(tokenizer):
    (word,) = tokenizer.encode("payee")
    for text in ("the payee", "find_payee(", '"payee_id":'):
        assert word in tokenizer.encode(text)


@given(digits=st.text("0123456789", min_size=1, max_size=12))
def test_every_digit_is_a_token_of_its_own(tokenizer, digits):
    assert [tokenizer.decode(token) for token in tokenizer.encode(digits)] == list(digits)


def test_tool_tags_survive_where_special_tokens_are_skipped(tokenizer):
    tokens = tokenizer.encode("<tool_call>{}</tool_call><|im_end|>")
    assert tokenizer.decode(tokens, skip_special_tokens=True) == "<tool_call>{}</tool_call>"


def test_the_fast_forward_computes_what_the_library_computes(tokenizer):
    model = build(SMALL, COPYING, tokenizer, seed=1)
    tokens = torch.randint(len(tokenizer), (3, 70), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours = logits(model, hidden_states(model, tokens, rotations(model)))
        torch.testing.assert_close(ours, model(input_ids=tokens).logits, atol=1e-4, rtol=1e-4)


def copied(tokenizer, **changes) -> float:
    """Share of the tokens an untrained model gets right when random tokens come a second time."""
    shape = Shape(hidden=128, layers=4, heads=4, head_dim=32, ffn=320, rope_theta=1e6, positions=512)
    model = build(shape, replace(COPYING, **changes), tokenizer, seed=0)
    first = torch.stack([torch.randperm(len(tokenizer))[:100] for _ in range(8)])
    with torch.no_grad():
        best = model(input_ids=torch.cat([first, first], dim=1)).logits[:, 100:-1].argmax(-1)
    return (best == first[:, 1:]).float().mean().item()


def test_an_untrained_model_continues_what_it_saw_before(tokenizer):
    assert copied(tokenizer) > 0.7
    assert copied(tokenizer, pairs=0) < 0.1


def test_the_same_seed_builds_the_same_model(tokenizer):
    first, same, other = (build(SMALL, COPYING, tokenizer, seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], other["lm_head.weight"])


@given(seed=st.integers(0, 10_000))
def test_renaming_keeps_every_call_readable_and_offered(seed):
    row = conversation()
    text = render(blank_tokenizer(), row)
    renamed = rename(text, row, EVERYTHING, nouns_of([json.dumps(row)]) + ["lantern", "comet"], Random(seed))
    system, *turns = renamed.split("<|im_start|>")[1:]
    signatures = dict(line.rstrip(")").split("(") for line in system.split("<|im_end|>")[0].splitlines()[2:])
    calls = [part.split("</tool_call>")[0] for turn in turns for part in turn.split("<tool_call>")[1:]]
    assert len(calls) == 3
    for call in map(json.loads, calls):
        assert set(call) == {"name", "arguments"}
        assert set(call["arguments"]) <= {part.split("?")[0] for part in signatures[call["name"]].split(",")}
    assert [turn.split("\n")[0] for turn in turns] == ["user", "assistant"] * 4


def test_renaming_is_consistent_over_the_episode():
    row = conversation()
    text = render(blank_tokenizer(), row)
    renamed = rename(text, row, EVERYTHING, ["lantern"], Random(3))
    assert "payee" not in renamed and "PAY-" not in renamed and "48213" in renamed
    (prefix,) = {renamed[at - 4 : at] for at in range(len(renamed)) if renamed.startswith("48213", at)}
    assert renamed.count(prefix + "48213") == text.count("PAY-48213")


def test_a_plural_follows_its_singular():
    row = {"tools": [offered("list_accounts", ("account_id",))], "messages": [{"role": "user", "content": "Hi"}]}
    shares = replace(EVERYTHING, verbs=0.0, invented=0.0)
    renamed = rename(render(blank_tokenizer(), row), row, shares, ["lantern"], Random(0))
    assert "list_lanterns(lantern_id)" in renamed


def test_without_shares_nothing_is_renamed():
    row = conversation()
    text = render(blank_tokenizer(), row)
    assert rename(text, row, Renaming(0, 1, 1, 1, 1), ["lantern"], Random(0)) == text


def roles(row: dict) -> str:
    """A conversation in letters: system, user, call, tool result, assistant text."""
    return "".join("c" if message.get("tool_calls") else message["role"][0] for message in row["messages"])


def test_a_careless_turn_ends_before_its_act_or_looks_up_twice():
    assert roles(conversation()) == "sucttctaua"
    assert roles(careless(conversation(), Flaws(early=1.0, repeats=0.0), Random(0))) == "suct" + "taua"
    assert roles(careless(conversation(), Flaws(early=0.0, repeats=1.0), Random(0))) == "suctt" + "cttctaua"
    assert careless(conversation(), Flaws(early=0.0, repeats=0.0), Random(0)) == conversation()


def test_a_turn_whose_result_is_used_later_never_ends_early():
    row = conversation()
    row["messages"][6]["content"] = '{"alarm_id":"ALM-30001"}'
    row["messages"][9:] = [calling(("cancel_alarm", {"alarm_id": "ALM-30001"}))]
    assert careless(row, Flaws(early=1.0, repeats=0.0), Random(0)) == row


def test_loss_falls_on_what_the_policy_writes_and_on_the_choice_to_speak_more_than_on_the_words(tokenizer):
    (one,) = Encoder(tokenizer, text_weight=0.5, longest=512)([render(tokenizer, conversation())])
    written = tokenizer.decode(one.tokens[one.weights > 0])
    assert written.startswith("<tool_call>") and written.count("<|im_end|>") == 4
    decisive = tokenizer.decode(one.tokens[one.weights == 1])
    assert decisive.startswith("<tool_call>") and decisive.count("<|im_end|>") == 4
    assert "Done.<|im_end|>" in written and "Done.<|im_end|>" not in decisive


def corpus(tokenizer, **changes) -> Corpus:
    lines = [json.dumps(conversation(number)) for number in range(20_000, 20_030)]
    kept = {"batch_tokens": 2000, "seed": 0, "renaming": EVERYTHING, "nouns": ["lantern", "comet", "anchor"]}
    kept["flaws"] = Flaws(early=0.5, repeats=0.2)
    return Corpus(lines=lines, encode=Encoder(tokenizer, 1.5, 2048), **kept | changes)


def test_batches_from_a_place_are_those_that_would_have_come(tokenizer):
    run = corpus(tokenizer).batches(Place())
    passed = [next(run) for _ in range(9)]
    later = corpus(tokenizer).batches(passed[4][1])
    for batch, _ in passed[5:]:
        assert torch.equal(batch.tokens, next(later)[0].tokens)


def test_batches_stay_inside_their_token_budget(tokenizer):
    batches = corpus(tokenizer).batches(Place())
    assert all(next(batches)[0].tokens.numel() <= 2000 for _ in range(8))


def test_exactness_tells_a_wrong_call_from_a_call_where_text_was_due(tokenizer, monkeypatch):
    tags = tuple(tokenizer.convert_tokens_to_ids(["<tool_call>", "</tool_call>"]))
    (one,) = Encoder(tokenizer, 0.5, 512)([render(tokenizer, conversation())])
    digit = int((one.tokens == tags[0]).argmax()) + 3
    text = int((one.weights == 0.5).argmax()) - 1

    def measured(at: int | None, token: int = 0) -> tuple[float, float]:
        guess = one.tokens.copy()
        if at is not None:
            guess[at] = token
        monkeypatch.setattr(exactness, "_guesses", lambda model, batch: [guess])
        found = exactness.measure(None, [exactness.HeldOut("chain", one, tags)])
        return round(found.call, 3), found.by_kind["chain"]

    assert measured(None) == (1.0, 1.0)
    assert measured(digit) == (0.667, 0.0)
    assert measured(text, tags[0]) == (1.0, 0.0)
    assert measured(text) == (1.0, 1.0)


def small_run(folder: Path, out: str):
    data = folder / "data.jsonl"
    data.write_text("\n".join(json.dumps(conversation(number)) for number in range(30_000, 30_060)))
    shape = [f"shape.{name}={value}" for name, value in vars(SMALL).items()]
    numbers = ["steps=6", "checkpoint_every=2", "evaluate_every=3", "held_out_rows=4", "vocabulary=400", "threads=1"]
    return pretrain.read_config([f"data={data}", f"out={folder / out}", "batch_tokens=1500", *numbers, *shape])


def test_a_killed_run_goes_on_to_the_weights_of_an_uninterrupted_one(tmp_path, monkeypatch):
    whole = pretrain.pretrain(small_run(tmp_path, "whole")).model.state_dict()
    steps = count()
    honest = pretrain._step

    def killed(run, *rest):
        if next(steps) == 5:
            raise KeyboardInterrupt
        return honest(run, *rest)

    monkeypatch.setattr(pretrain, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        pretrain.pretrain(small_run(tmp_path, "killed"))
    run = pretrain.pretrain(small_run(tmp_path, "killed"))
    assert next(steps) == 8, "steps 5 and 6 were to be taken once more, not all six"
    assert all(torch.equal(whole[name], weight) for name, weight in run.model.state_dict().items())


def test_the_exported_folder_is_the_trained_model(tmp_path):
    run = pretrain.pretrain(small_run(tmp_path, "model"))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert render(tokenizer, conversation()) == render(run.tokenizer, conversation())
    assert model.config.model_type == "qwen3" and model.generation_config.eos_token_id == tokenizer.eos_token_id
    tokens = tokenizer("find_payee(name)", return_tensors="pt")["input_ids"]
    torch.testing.assert_close(model(input_ids=tokens).logits, run.model(input_ids=tokens).logits)
    assert not (tmp_path / "model" / "checkpoint.pt").exists()


def test_an_unknown_setting_is_refused():
    with pytest.raises(Exception, match="learning_rate"):
        pretrain.read_config(["learning_rate=1"])


def test_the_embedded_policy_is_small_and_writes_a_well_formed_call():
    assert sum(file.stat().st_size for file in EMBEDDED.iterdir()) < 8e6
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED)
    model = AutoModelForCausalLM.from_pretrained(EMBEDDED)
    asked = [{"role": "user", "content": "Do I have Mira Holt saved as a payee?"}]
    prompt = tokenizer.apply_chat_template(
        asked, tools=TOOLS, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    written = model.generate(**prompt, max_new_tokens=80, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    call = tokenizer.decode(written).split("<tool_call>")[1].split("</tool_call>")[0]
    assert json.loads(call)["name"] in {tool["function"]["name"] for tool in TOOLS}
