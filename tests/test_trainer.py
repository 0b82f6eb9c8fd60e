"""Around verl: rows are checked, numbers are kept, a kill at any moment loses at most the steps since a checkpoint."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from prove.training.checkpoints import Checkpoints, forget_episodes
from prove.training.history import History
from prove.training.progress import Follow, duration
from prove.training.reports import Batch, means, means_by_source, require_survivors, spared, zero_variance_share
from prove.training.rows import check_rows

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = {
    "id": "x-1",
    "kind": "multi_turn",
    "servers": ["banking"],
    "world_seed": 1,
    "user_turns": ["Hello"],
    "ground_truth": {"steps": [], "edges": []},
}
TOOL = {"type": "function", "function": {"name": "f", "description": "", "parameters": {"type": "object"}}}


def write_rows(path: Path, *changes: dict) -> Path:
    """One good row per change, with the change applied to its example or its tools."""
    rows = []
    for change in changes:
        tools = change.pop("tools", json.dumps([TOOL]))
        extra = {"example": json.dumps({**EXAMPLE, **change})}
        prompt = [{"role": "user", "content": "Hello"}]
        rows.append({"data_source": "d", "agent_name": "mcp", "prompt": prompt, "tools": tools, "extra_info": extra})
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def make_checkpoint(folder: Path, step: int, complete: bool) -> None:
    (folder / f"global_step_{step}" / "actor").mkdir(parents=True)
    (folder / "latest_checkpointed_iteration.txt").write_text(str(step))
    if complete:
        Checkpoints(folder).mark(step)


def test_good_rows_are_counted(tmp_path: Path) -> None:
    assert check_rows(write_rows(tmp_path / "rows.parquet", {}, {}, {})) == 3


@pytest.mark.parametrize(
    "change, complaint",
    [
        ({"kind": "poem"}, "kind 'poem' is none of"),
        ({"ground_truth": {}}, "key 'steps' is missing"),
        ({"tools": "[{"}, "Expecting property name"),
        ({"tools": '[{"name": "f"}]'}, "key 'function' is missing"),
    ],
)
def test_a_bad_row_is_named_by_file_and_row(tmp_path: Path, change: dict, complaint: str) -> None:
    path = write_rows(tmp_path / "rows.parquet", {}, {}, change, {})
    with pytest.raises(ValueError) as error:
        check_rows(path)
    assert str(error.value).startswith(f"{path} row 2: ")
    assert complaint in str(error.value)


def test_missing_data_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="prove.synthesize"):
        check_rows(tmp_path / "train.parquet")


def test_a_run_continues_at_its_newest_complete_checkpoint(tmp_path: Path) -> None:
    make_checkpoint(tmp_path, 10, complete=True)
    make_checkpoint(tmp_path, 20, complete=True)
    make_checkpoint(tmp_path, 30, complete=False)
    assert Checkpoints(tmp_path).heal() == 20
    assert (tmp_path / "latest_checkpointed_iteration.txt").read_text() == "20"
    assert sorted(path.name for path in tmp_path.glob("global_step_*")) == ["global_step_10", "global_step_20"]


def test_a_tracker_torn_by_a_kill_is_written_again(tmp_path: Path) -> None:
    make_checkpoint(tmp_path, 10, complete=True)
    (tmp_path / "latest_checkpointed_iteration.txt").write_text("")
    assert Checkpoints(tmp_path).heal() == 10
    assert (tmp_path / "latest_checkpointed_iteration.txt").read_text() == "10"


def test_a_checkpoint_whose_shards_verl_has_deleted_does_not_count(tmp_path: Path) -> None:
    make_checkpoint(tmp_path, 10, complete=True)
    shutil.rmtree(tmp_path / "global_step_10" / "actor")
    assert Checkpoints(tmp_path).heal() == 0
    assert not (tmp_path / "latest_checkpointed_iteration.txt").exists()


def test_steps_done_again_appear_once_in_the_history(tmp_path: Path) -> None:
    history = History(tmp_path / "metrics.jsonl")
    for step in range(4):
        history.append(step, {"critic/score/mean": step / 4, "text": "left out"})
    with history.path.open("a") as file:
        file.write('{"step": 4, "cri')
    history.keep_until(2)
    history.append(3, {"critic/score/mean": 1.0})
    assert [row["step"] for row in history.rows()] == [0, 1, 2, 3]
    assert history.rows()[-1] == {"step": 3, "critic/score/mean": 1.0}


@pytest.mark.parametrize("validated, left", [(True, ["heldout/00002", "train/00002"]), (False, ["train/00002"])])
def test_episodes_that_will_be_played_again_are_removed(tmp_path: Path, validated: bool, left: list[str]) -> None:
    for place in ("train/00002", "train/00003", "heldout/00002", "heldout/00004"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / f"{place}.jsonl").touch()
    forget_episodes(tmp_path, 2, validated)
    assert sorted(f"{path.parent.name}/{path.stem}" for path in tmp_path.glob("*/*")) == left


def test_every_number_an_episode_reports_becomes_a_mean() -> None:
    reports = [
        {"reward_extra_info": {"coverage": 1.0, "why": "text"}, "episode": {"calls": 2}},
        {"reward_extra_info": {"coverage": 0.0}, "episode": {"calls": 4}},
    ]
    assert means(reports) == {"reward/coverage": 0.5, "episode/calls": 3.0}
    batch = Batch(reports, ["a", "b"], ["prove_validation", "prove_heldout"], [1.0, 0.0])
    assert means_by_source(batch)["validation/reward/coverage"] == 1.0
    assert means_by_source(batch)["heldout/reward/coverage"] == 0.0


def played(*fates: bool, rewards: tuple[float, ...] = (), source: str = "prove_heldout") -> Batch:
    """One group; true: the episode crashed."""
    reports = [
        {"reward_extra_info": {"total": 0.0 if fate else 1.0}, "episode": {"crashed": fate * 1.0}} for fate in fates
    ]
    return Batch(reports, ["g"] * len(fates), [source] * len(fates), list(rewards or [1.0] * len(fates)))


def test_a_run_in_which_many_episodes_crash_stops_before_it_learns_from_them():
    require_survivors(played(True, *[False] * 19), most=0.05)
    with pytest.raises(RuntimeError, match=r"2 of 20 episodes of heldout crashed \(rollout.max_crashed=0.05\)"):
        require_survivors(played(True, True, *[False] * 18), most=0.05)


def test_a_crashed_episode_is_not_in_the_mean_reward_and_does_not_move_its_group():
    batch = played(True, False, False, rewards=(0.0, 1.0, 0.5))
    assert spared(batch) == [0.75, 1.0, 0.5]
    assert means(batch.reports) == {"reward/total": 1.0, "episode/crashed": 1 / 3}
    assert spared(played(True, True, rewards=(0.0, 0.0))) == [0.0, 0.0]


def test_groups_without_variance_are_counted() -> None:
    assert zero_variance_share(["a", "a", "b", "b"], [0.5, 0.5, 0.1, 0.2]) == 0.5


def test_progress_shows_reward_pace_and_what_is_left(tmp_path: Path) -> None:
    out, path = io.StringIO(), tmp_path / "metrics.jsonl"
    with Follow(path, total=40, first=0, console=Console(file=out, width=120)):
        History(path).append(0, {"validation/reward/total": 0.25, "heldout/reward/total": 0.5})
        History(path).append(1, {"critic/score/mean": 0.5, "timing_s/step": 10.0})
    assert out.getvalue().splitlines() == [
        "step 0/40  validation 0.250  heldout 0.500",
        "step 1/40  reward 0.500  10.0 s/step  6 min left",
    ]


def test_durations_are_readable() -> None:
    assert [duration(seconds) for seconds in (5, 600, 7200)] == ["5 s", "10 min", "2.0 h"]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """An untrained policy with the tokenizer and template of the tiny one."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    from experiments.tiny_model.tokenizer import train_tokenizer

    path = tmp_path_factory.mktemp("model")
    tokenizer = train_tokenizer(["system find_account(owner) user assistant tool done 0123456789"], 400, 2048)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    Qwen3ForCausalLM(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def train(model: Path, data: Path, name: str, steps: int) -> subprocess.CompletedProcess:
    words = [
        f"model.path={model}",
        f"data.train={data}",
        f"data.validation={data}",
        f"data.heldout={data}",
        f"run={name}",
        f"trainer.steps={steps}",
        "servers=banking",
        "servers.transport=inprocess",
        "trainer.batch=2",
        "trainer.group=2",
        "trainer.save_every=1",
        "rollout.max_turn_tokens=8",
    ]
    command = [sys.executable, "-m", "prove.main", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)


def test_a_run_trains_logs_everything_and_continues_after_a_torn_checkpoint(model: Path, tmp_path: Path) -> None:
    data, name = write_rows(tmp_path / "rows.parquet", {}, {}, {}), f"test-{os.getpid()}"
    run = ROOT / "runs" / name
    try:
        first = train(model, data, name, steps=2)
        assert first.returncode == 0, first.stderr
        make_checkpoint(run / "checkpoints", 9, complete=False)
        again = train(model, data, name, steps=3)
        assert again.returncode == 0, again.stderr
        assert "at step 2 of 3" in again.stdout
        rows = History(run / "metrics.jsonl").rows()
        assert [row["step"] for row in rows if "critic/score/mean" in row] == [1, 2, 3]
        for row in rows[1:3]:
            assert {"reward/total", "reward/zero_variance_groups", "episode/calls", "actor/kl_loss"} <= row.keys()
            assert row["actor/rollout_gap"] < 1e-4
        assert len(list(run.glob("wandb/offline-run-*"))) == 2
        assert len({path.name.rsplit("-", 1)[1] for path in run.glob("wandb/offline-run-*")}) == 1, "one W&B run"
    finally:
        shutil.rmtree(run, ignore_errors=True)
