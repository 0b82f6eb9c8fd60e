"""`python -m prove.main synthesis=NAME`: the rows that a run needs are made before it, once."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from prove.options.overrides import problem
from prove.options.rows import with_rows
from prove.training.making import make_rows
from prove.training.rows import check_rows
from tests.synthesis import library_cache as library

CONF = Path(__file__).resolve().parent.parent / "conf"


def composed(*words: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", ["run=test", *with_rows(words, CONF)])


def test_a_synthesis_chooses_the_data_that_it_makes_and_has_them_made() -> None:
    words = with_rows(["servers=booking", "synthesis=templates", "reward=graduated"], CONF)
    assert words == ["data=templates", "synthesize=true", "servers=booking", "reward=graduated"]
    assert problem(words, CONF, "config") is None
    assert with_rows(["synthesis=mini,tiny"], CONF)[0] == "data=mini,tiny"  # for a sweep
    assert with_rows(["data=tiny"], CONF) == ["data=tiny"]


def test_every_file_of_rows_says_what_makes_it() -> None:
    choices = {file.stem: yaml.safe_load(file.read_text()) for file in (CONF / "data").glob("*.yaml")}
    for name, data in choices.items():
        if name != "online":
            assert (CONF / "synthesis" / f"{data['synthesis']}.yaml").is_file()
            assert with_rows([f"synthesis={data['synthesis']}"], CONF)[0] == f"data={name}"


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["synthesis=record"], "synthesis=record makes no rows to train on; these do: mini, "),
        (["synthesis=tinny"], "synthesis=tinny makes no rows"),
        (["synthesis=tiny", "data=mini"], "synthesis=tiny: it is named once, and chooses data= itself"),
    ],
)
def test_what_makes_no_rows_is_refused(words: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        with_rows(words, CONF)


def test_missing_rows_are_made_and_those_that_are_there_stay(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PROVE_CACHES", str(tmp_path / "caches"))
    files = [f"data.{split}={tmp_path}/rows/{split}.parquet" for split in ("train", "validation", "heldout")]
    cfg = composed("synthesis=templates", "servers=booking", *files)
    with pytest.raises(ValueError, match="none could be made"):  # nothing was recorded
        make_rows(cfg, "booking")
    library.write(tmp_path / "caches", name="booking")
    make_rows(cfg, "booking")
    assert check_rows(Path(cfg.data.train), ["booking"], "templates") > 16
    before = Path(cfg.data.train).stat().st_mtime_ns
    make_rows(cfg, "booking")
    assert Path(cfg.data.train).stat().st_mtime_ns == before


def test_data_that_are_no_files_are_not_made() -> None:
    with pytest.raises(ValueError, match="does not say which synthesis makes its files"):
        make_rows(composed("data=online", "synthesize=true"), "tiny")
