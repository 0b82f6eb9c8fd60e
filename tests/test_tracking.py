"""Where a run's numbers go: CSV, TensorBoard, W&B without a network; and what W&B gets beside them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from prove.sweeps.ledger import leaves
from prove.training.history import History
from prove.training.loggers import prepare
from prove.training.pages import Pages, rows_of, sampled
from tests.test_replication import RIGHT, WRONG, write_run

ROOT = Path(__file__).parent.parent
OFFLINE = """
import sys
from pathlib import Path
import wandb
from prove.training import pages as showing
from prove.training.pages import Pages
run = Path(sys.argv[1])
wandb.init(project="prove", dir=str(run), settings=wandb.Settings(silent=True))
pages = Pages(run, episodes=4, explorer_mb=1, dataset_mb=1, checkpoint_mb=0.001)
pages.log_episodes(4)
showing.EXPLORER = (sys.executable, "-c", "import sys; open(sys.argv[3], 'w').write('<p>' + open(sys.argv[1]).read())")
pages.log_explorer(4)
showing.EXPLORER = (sys.executable, "-c", "raise SystemExit('no such thing')")
pages.log_explorer(4)
pages.log_dataset([str(run / "rows" / "train.parquet"), str(run / "rows" / "not_there.parquet")])
pages.log_model(run / "model")
wandb.log({"reward/total": 0.5}, step=4)
wandb.finish()
"""


@cache
def composed(*words: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", ["run=test", *words])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_metrics_csv_has_a_line_per_step_and_a_column_per_number(tmp_path):
    prepare(["csv"], tmp_path)
    history = History(tmp_path / "metrics.jsonl")
    history.append(1, {"reward/total": 0.25})
    history.append(2, {"reward/total": 0.5, "heldout/reward/total": 0.75})
    assert read(tmp_path / "metrics.csv") == [
        {"step": "1", "reward/total": "0.25", "heldout/reward/total": ""},
        {"step": "2", "reward/total": "0.5", "heldout/reward/total": "0.75"},
    ]
    history.keep_until(1)
    assert [line["step"] for line in read(tmp_path / "metrics.csv")] == ["1"]


def test_a_continued_run_has_its_earlier_steps_in_the_csv(tmp_path):
    History(tmp_path / "metrics.jsonl").append(1, {"reward/total": 0.25})
    assert not (tmp_path / "metrics.csv").exists()
    prepare(["csv"], tmp_path)
    assert [line["step"] for line in read(tmp_path / "metrics.csv")] == ["1"]


@pytest.mark.parametrize(
    "words, verls", [("[csv]", []), ("[csv,tensorboard]", ["tensorboard"]), ("[wandb]", ["wandb"])]
)
def test_verl_gets_its_own_loggers(words, verls):
    from prove.training.verl_config import compose_verl

    assert list(compose_verl(composed(f"loggers={words}")).trainer.logger) == verls


def test_fine_tuning_has_the_same_loggers():
    from prove.training.sft import compose_sft

    assert list(compose_sft(composed("algorithm=sft", "loggers=[csv,tensorboard]")).trainer.logger) == ["tensorboard"]


def test_a_logger_that_is_none_is_answered_with_the_nearest():
    from prove.training.verl_config import compose_verl

    with pytest.raises(ValueError, match="no logger wandbb; did you mean wandb"):
        compose_verl(composed("loggers=[wandbb]"))


def test_tensorboard_lies_in_the_runs_folder(tmp_path, monkeypatch):
    from verl.utils.tracking import Tracking

    monkeypatch.setenv("TENSORBOARD_DIR", "")
    prepare(["tensorboard"], tmp_path)
    tracking = Tracking("prove", "test", ["tensorboard"])
    tracking.log({"reward/total": 0.5}, step=1)
    tracking.finish()
    (events,) = (tmp_path / "tensorboard").iterdir()
    assert b"reward/total" in events.read_bytes()


@pytest.fixture
def run(tmp_path):
    folder = write_run(tmp_path / "first", [RIGHT, WRONG, RIGHT, WRONG, RIGHT, WRONG])
    for name, content in (("rows/train.parquet", b"rows"), ("rows/card.md", b"# card"), ("model/large", b"0" * 2000)):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_wandb_gets_episodes_and_rows_offline_and_no_large_model(run):
    environment = {
        **os.environ,
        "WANDB_MODE": "offline",
        "PYTHONPATH": str(ROOT),
        "WANDB_CACHE_DIR": str(run / "cache"),
    }
    environment |= {"WANDB_DATA_DIR": str(run / "staging")}
    done = subprocess.run([sys.executable, "-c", OFFLINE, str(run)], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (table,) = run.rglob("*.table.json")
    told = json.loads(table.read_text())
    assert told["columns"][:3] == ["example", "validity", "coverage"] and len(told["data"]) == 4
    (page,) = (path for path in run.rglob("*.html") if "media" in path.parts)
    assert "<p>" in page.read_text() and '"example_id": "e0"' in page.read_text()
    assert "no explorer page of" in done.stderr and "no such thing" in done.stderr
    (log,) = run.rglob("*.wandb")
    assert b"dataset-rows" in log.read_bytes() and b"model-first" not in log.read_bytes()


def test_without_wandb_nothing_happens(run):
    pages = Pages(run, 4, 100, 100, 100)
    pages.log_episodes(4)
    pages.log_explorer(4)
    pages.log_dataset([str(run / "rows" / "train.parquet")])
    pages.log_model(run / "model")


def test_the_same_rows_are_sampled_at_every_step(run):
    path = run / "episodes" / "heldout" / "00004.jsonl"
    first = [one["example_id"] for one in sampled(path, 3)]
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(reversed(lines)) + '{"example_id": "e9", "torn')
    assert [one["example_id"] for one in sampled(path, 3)] == first and len(first) == 3
    columns, rows = rows_of(sampled(path, 3))
    assert all(len(row) == len(columns) for row in rows)


def test_what_is_shown_makes_no_other_run():
    """A sweep finds a run done that was made before there was `tracking`, or with other numbers there."""
    assert not [key for key in leaves({"tracking": {"episodes": 16}, "loggers": ["csv"], "seed": 0}) if key != "seed"]
