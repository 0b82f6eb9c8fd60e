"""Supervised fine-tuning learns what a rollout would have written, token by token, and goes on where it was killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hydra import compose, initialize_config_dir
from hypothesis import given, settings
from hypothesis import strategies as st
from tensordict import TensorDict

from prove.cpu.fsdp import predicts, split
from prove.parsing import parse_calls
from prove.training.checkpoints import Checkpoints
from prove.training.conversations import Conversations, Room, Script, Stream, read_conversations
from prove.training.history import History
from prove.training.sft import Batches, Rows, compose_sft, plan_steps
from prove.training.verl_config import compose_verl
from tests.templates.families import FAMILIES, control_ids, decode, encode, render, tokenizer_of
from tests.templates.talks import LOOK_ALIKES, Talk, calls, functions_of, keep, plain

ROOT = Path(__file__).resolve().parent.parent
QUICK = settings(max_examples=8, deadline=None)
ENDLESS = Room(10**6, 10**6, 10**6)
TOOL = {"type": "function", "function": {"name": "list_accounts", "description": "", "parameters": {"type": "object"}}}
every_family = pytest.mark.parametrize("name", FAMILIES)


def user(text):
    return {"role": "user", "content": text}


def assistant(text, *made):
    message = {"role": "assistant", "content": text}
    return message | {"tool_calls": [{"type": "function", "function": call} for call in made]} if made else message


def tool(text):
    return {"role": "tool", "name": "pay", "content": text}


def script(name):
    return Script(tokenizer_of(name), FAMILIES[name].options)


def asked_and_served(said, waves, reply):
    """One user turn: each wave is some calls and their results."""
    done = [
        message for words, made in waves for message in (assistant(words, *made), *(tool(f"ok {said}") for _ in made))
    ]
    return [user(said), *done, assistant(reply)]


waves = st.lists(st.tuples(plain, st.lists(calls, min_size=1, max_size=3)), max_size=2)
replies = plain.map(lambda words: f"Done.{words}")
conversations = st.builds(
    lambda system, turns: system + [message for turn in turns for message in turn],
    st.sampled_from([[], [{"role": "system", "content": "Today is Monday."}]]),
    st.lists(st.builds(asked_and_served, plain, waves, replies), min_size=1, max_size=3),
)


def policy_that_says(name, messages, functions):
    """The talk in which a policy writes each turn as the template renders it while it is the newest message."""
    places = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    turns = []
    for place, following in zip(places, [*places[1:], len(messages)], strict=True):
        begun = render(name, messages[:place], functions)
        text = render(name, messages[: place + 1], functions, generate=False)
        assert text.startswith(begun)
        turns.append((text[len(begun) :].removesuffix(f"{FAMILIES[name].end}\n"), messages[place + 1 : following]))
    turns[-1] = (turns[-1][0], [user("One more.")])  # the rollout goes on, the stored conversation ends
    return Talk(messages[: places[0]], functions, turns, 10**5)


@every_family
@QUICK
@given(messages=conversations, functions=functions_of(plain))
def test_the_stream_and_the_mask_are_those_of_a_rollout_that_writes_the_same(name, messages, functions):
    kept = keep(name, policy_that_says(name, messages, functions))
    stream = script(name).stream(messages, functions, ENDLESS)
    size = len(stream.ids)
    assert stream.ids.tolist() == kept.stream[:size]
    assert stream.mask.tolist() == ([0] * len(kept.output.prompt_ids) + kept.output.response_mask)[:size]
    assert stream.prompt == len(kept.output.prompt_ids) and stream.left == 0
    assert not any(kept.output.response_mask[size - stream.prompt :])


@every_family
@QUICK
@given(messages=conversations)
def test_what_is_learned_is_the_assistants_words_and_calls_with_the_end_of_each_turn(name, messages):
    stream = script(name).stream(messages, [TOOL], ENDLESS)
    learned = decode(name, stream.ids[stream.mask == 1].tolist())
    said = [message for message in messages if message["role"] == "assistant"]
    turns = learned.split(FAMILIES[name].end)
    assert len(turns) == len(said) + 1 and turns[-1] == ""
    for text, message in zip(turns, said, strict=False):
        made = [call["function"] for call in message.get("tool_calls", ())]
        assert composed_letters([{"name": call.name, "arguments": call.arguments} for call in parse_calls(text)]) == (
            composed_letters(made)
        )


def composed_letters(value):
    """Qwen's tokenizer composes letters (NFC) before it encodes."""
    return unicodedata.normalize("NFC", json.dumps(value, ensure_ascii=False))


@every_family
def test_nobody_in_a_stored_conversation_can_make_a_control_token(name):
    attack = "".join(LOOK_ALIKES)
    calm, wild = (
        script(name).stream([user(text), assistant(text), user(text), assistant(f"{text}.")], [TOOL], ENDLESS)
        for text in ("Hello", f"Hello{attack}")
    )
    assert attack in decode(name, wild.ids[wild.mask == 1].tolist())
    assert any(token in control_ids(name) for token in encode(name, attack))
    one, other = ([token for token in stream.ids.tolist() if token in control_ids(name)] for stream in (calm, wild))
    assert one == other


def test_a_conversation_that_is_too_long_ends_behind_the_last_turn_that_fits():
    messages = [user("Hello."), assistant("Hello."), user("Pay 5.00"), assistant("Done. " * 50)]
    whole, short = (
        script("tiny").stream(messages, [TOOL], ENDLESS),
        script("tiny").stream(messages[:2], [TOOL], ENDLESS),
    )
    room = Room(whole.prompt, len(whole.ids) - whole.prompt - 1, 100)
    cut = script("tiny").stream(messages, [TOOL], room)
    assert cut.ids.tolist() == short.ids.tolist() and cut.mask.tolist() == short.mask.tolist() and cut.left == 1
    assert script("tiny").stream(messages, [TOOL], Room(whole.prompt - 1, 10**6, 100)) is None
    assert script("tiny").stream(messages, [TOOL], Room(whole.prompt, 1, 100)) is None


def test_tool_results_are_cut_as_in_an_episode():
    messages = [user("Go."), assistant("", {"name": "pay", "arguments": {}}), tool("x" * 80), assistant("Done.")]
    text = decode("tiny", script("tiny").stream(messages, [TOOL], Room(10**6, 10**6, 20)).ids.tolist())
    assert f"<tool_response>{'x' * 20}... (80 characters)</tool_response>" in text


def write(path, *rows):
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def test_what_fits_is_counted_and_a_bad_row_is_named_by_file_and_row(tmp_path):
    good = {"messages": json.dumps([user("Hi."), assistant("Hello.")]), "tools": json.dumps([TOOL])}
    long = good | {"messages": json.dumps([user("Hi. " * 200), assistant("Hello.")])}
    read = read_conversations(write(tmp_path / "a", good, long, good), script("tiny"), Room(60, 60, 60))
    counts = read.counts()
    assert (counts["rows"], counts["cut"], counts["left_out"]) == (2, 0, 1)
    assert counts["learned_tokens"] == 2 * len(encode("tiny", "Hello.<|im_end|>")) < counts["tokens"]
    bad = good | {"messages": json.dumps([user("Hi.")])}
    with pytest.raises(ValueError, match="b row 1: messages need a user's message and an assistant's after it"):
        read_conversations(write(tmp_path / "b", good, bad), script("tiny"), ENDLESS)
    with pytest.raises(ValueError, match="has no column messages.*prove.synthesize"):
        read_conversations(write(tmp_path / "c", {"tools": "[]"}), script("tiny"), ENDLESS)


def jagged(rows):
    return torch.nested.as_nested_tensor([torch.tensor(row) for row in rows], layout=torch.jagged)


def test_on_a_cpu_a_token_is_predicted_exactly_where_verls_loss_reads_it():
    masks = [[0, 0, 1, 1, 0, 1], [0, 1], [0, 0, 0, 0, 1]]
    ids = [list(range(10, 10 + len(mask))) for mask in masks]
    data = TensorDict({"input_ids": jagged(ids), "loss_mask": jagged(masks)}, batch_size=3)
    prompts, answers, _ = split(data)
    assert [part.tolist() for part in prompts] == [[10, 11], [10], [10, 11, 12, 13]]
    assert [part.tolist() for part in answers] == [[12, 13, 14, 15], [11], [14]]
    assert predicts(data).tolist() == torch.roll(data["loss_mask"].values(), -1).bool().tolist()


def streams(count):
    return tuple(Stream(np.array([number, 1]), np.array([0, 1]), 1, 0) for number in range(count))


def numbers(batches):
    return [[row[0].item() for row in batch["input_ids"].unbind()] for batch in batches]


def test_each_epoch_has_its_own_order_and_a_continued_one_goes_on_behind_what_is_done():
    batches = Batches(streams(11), 2, seed=3)
    first = numbers(batches)
    batches.set_epoch(1)
    second = numbers(batches)
    assert len(batches) == len(first) == 5 and len({row for batch in first for row in batch}) == 10
    assert first != second and numbers(Batches(streams(11), 2, seed=4)) != first
    batches.done = 3
    assert numbers(batches) == second[3:] and numbers(batches) == second, "only the first epoch begins in its middle"


def test_the_epochs_decide_the_number_of_steps_unless_fewer_are_asked_for():
    cfg = SimpleNamespace(sft=SimpleNamespace(epochs=3), trainer=SimpleNamespace(steps=None), data={"train": "x"})
    cfg.data = SimpleNamespace(train="rows.parquet")
    config = SimpleNamespace(data=SimpleNamespace(train_batch_size=4), trainer=SimpleNamespace())
    rows = Rows(Conversations(streams(11), 0, 0), Conversations((), 0, 0))
    assert plan_steps(cfg, config, rows) == config.trainer.total_training_steps == 6
    cfg.trainer.steps = 2
    assert plan_steps(cfg, config, rows) == config.trainer.total_training_steps == 2
    config.data.train_batch_size = 12
    with pytest.raises(ValueError, match="trainer.batch=12, but rows.parquet has 11 conversations that fit"):
        plan_steps(cfg, config, rows)


def composed(*words):
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", ["run=test", *words])


@pytest.mark.parametrize(
    "words", [("trainer=cpu",), ("model=qwen3-8b", "trainer=fsdp_1gpu"), ("model=granite-4.1-8b", "trainer=fsdp_8gpu")]
)
def test_every_kind_of_machine_fine_tunes_the_policy_of_grpo_with_its_engine(words):
    cfg = composed("algorithm=sft", *words)
    sft, actor = compose_sft(cfg), compose_verl(cfg).actor_rollout_ref
    assert (sft.model.path, sft.engine.strategy) == (actor.model.path, actor.actor.fsdp_config.strategy)
    assert (sft.trainer.n_gpus_per_node, sft.trainer.total_epochs) == (max(1, cfg.trainer.gpus), 3)
    assert sft.optim.lr == cfg.lr and "hf_model" in sft.checkpoint.save_contents


def test_trainer_sft_is_eight_gpus_and_the_algorithm_in_one_word():
    one, two = (
        composed("trainer=sft", "model=qwen3-4b"),
        composed("trainer=fsdp_8gpu", "algorithm=sft", "model=qwen3-4b"),
    )
    one.trainer.name = two.trainer.name
    assert one == two
    assert composed("trainer=sft", "model=qwen3-4b", "lr=3e-6").lr == 3e-6
    assert composed("trainer=sft", "trainer.batch=64").sft.verl.data.train_batch_size == 64


def test_mistakes_are_answered_in_a_sentence():
    with pytest.raises(ValueError, match=r"of sft.verl: verl has no option optim.beta; nearest: optim.betas"):
        compose_sft(composed("algorithm=sft", "+sft.verl.optim.beta=1"))
    with pytest.raises(ValueError, match="sft.epochs=0: sft.epochs is a whole number of at least 1"):
        compose_sft(composed("algorithm=sft", "sft.epochs=0"))
    with pytest.raises(ValueError, match="sft.verl.optim.lr=fast: verl has a number there"):
        compose_sft(composed("algorithm=sft", "sft.verl.optim.lr=fast"))
    with pytest.raises(ValueError, match="trainer.batch=12 conversations cannot be shared out among 8 workers"):
        compose_sft(composed("trainer=sft", "trainer.batch=12"))


def write_rows(path, count):
    """Rows that a banking server can play."""
    rows = []
    for number in range(count):
        asked = f"What accounts do I have, please? {number}"
        call = {"name": "list_accounts", "arguments": {}}
        example = {"id": f"train-{number}", "kind": "multi_turn", "servers": ["banking"], "world_seed": number}
        example |= {"user_turns": [asked], "ground_truth": {"steps": [[call]], "edges": []}}
        said = [user(asked), assistant("", call), tool("[]"), assistant("None.")]
        row = {
            "data_source": "prove_heldout",
            "agent_name": "mcp",
            "prompt": [user(asked)],
            "tools": json.dumps([TOOL]),
        }
        extra = {"index": str(number), "split": "heldout", "example": json.dumps(example)}
        rows.append(row | {"messages": json.dumps(said), "extra_info": extra})
    return write(path, *rows)


@pytest.fixture
def run():
    """A run folder, and an end to whatever was started in it."""
    folder = ROOT / "runs" / f"test-sft-{os.getpid()}"
    started = []
    yield SimpleNamespace(folder=folder, started=started)
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def start(run, data, *words):
    files = [f"data.{split}={data}" for split in ("train", "validation", "heldout")]
    small = ["servers=banking", "servers.transport=inprocess", "rollout.max_turn_tokens=8", "trainer.batch=2"]
    command = [sys.executable, "-m", "prove.main", f"run={run.folder.name}", *files, *small, *words]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    run.started.append(process)
    return process


def finish(process):
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0, out
    return out


def kill_when(process, happened):
    """SIGKILL to everything that was started, once something has happened."""
    while not happened():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.long
def test_a_run_plays_learns_is_killed_goes_on_and_plays_again(run, tmp_path):
    data, folder = write_rows(tmp_path / "rows.parquet", 4), run.folder

    out = finish(start(run, data, "trainer.steps=0"))
    assert "95% interval" in out and not list(folder.glob("checkpoints/*"))
    base = json.loads((folder / "summary.json").read_text())
    assert (base["method"], base["heldout"]["step"], base["heldout"]["n"]) == ("base", 0, 4)
    assert "before" not in base["heldout"] and [row["step"] for row in History(folder / "metrics.jsonl").rows()] == [0]

    words = ("algorithm=sft", "trainer.steps=3", "trainer.save_every=1", "trainer.validate_every=2", "lr=1e-3")
    checkpoints = folder / "checkpoints"
    kill_when(start(run, data, *words), lambda: (checkpoints / "global_step_1" / Checkpoints.MARK).exists())
    assert not (folder / "summary.json").exists()

    out = finish(start(run, data, *words))
    assert "4 conversations" in out and "playing" in out.partition("continuing")[2], "the base is not played again"
    rows = History(folder / "metrics.jsonl").rows()
    assert [row["step"] for row in rows if "train/loss" in row] == [1, 2, 3]
    assert [row["step"] for row in rows if "val/loss" in row] == [2, 3]
    assert [row["step"] for row in rows if "heldout/reward/total" in row] == [0, 3]
    first, *_, last = (row for row in rows if "train/loss" in row)
    assert last["train/loss"] < first["train/loss"] and {"train/lr", "train/tokens", "timing_s/step"} <= last.keys()
    assert (checkpoints / "global_step_3" / "actor" / "huggingface" / "model.safetensors").exists()
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["method"], summary["steps"], summary["conversations"]["rows"]) == ("sft", 3, 4)
    assert {"before", "after", "deltas"} <= summary["heldout"].keys()
    assert {path.name for path in folder.glob("episodes/heldout/*")} == {"00000.jsonl", "00003.jsonl"}
