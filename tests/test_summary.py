"""The table after training: paired by example, with an interval that means what it says."""

import json

import pytest

from prove.training.summary import MEASURES, compare, paired, read_episodes, summarise, table


def rewards(*totals):
    return {f"e{i}": dict.fromkeys(MEASURES, total) for i, total in enumerate(totals)}


def test_only_examples_played_both_times_are_compared():
    compared = compare(rewards(0.0, 0.5, 1.0), rewards(0.5, 1.0))
    assert compared["n"] == 2
    assert compared["before"]["total"] == 0.25 and compared["after"]["total"] == 0.75
    assert compared["delta"] == 0.5


def test_the_interval_is_that_of_paired_differences():
    mean, (low, high) = paired([0.0, 1.0, 0.0, 1.0])
    assert mean == 0.5
    half = 1.96 * (1 / 3 / 4) ** 0.5
    assert (low, high) == (pytest.approx(0.5 - half), pytest.approx(0.5 + half))


def test_nothing_in_common_is_an_error():
    with pytest.raises(ValueError, match="both before and after"):
        compare(rewards(1.0), {})


def test_a_line_written_twice_counts_once(tmp_path):
    lines = [{"example_id": "e", "reward": dict.fromkeys(MEASURES, value)} for value in (0.0, 1.0)]
    path = tmp_path / "00000.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_episodes(path)["e"]["total"] == 1.0


def test_a_run_folder_gets_its_summary_table_and_picture(tmp_path):
    folder = tmp_path / "episodes" / "heldout"
    folder.mkdir(parents=True)
    for step, values in ((0, (0.1, 0.2, 0.3)), (8, (0.4, 0.6, 0.5))):
        lines = [{"example_id": key, "reward": reward} for key, reward in rewards(*values).items()]
        (folder / f"{step:05d}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "reward/total": 0.2}\n{"step": 2, "reward/total": 0.4}\n')
    summary = summarise(tmp_path, seconds=12.34, about={"seed": 1})
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    assert summary["heldout"]["n"] == 3 and summary["seconds"] == 12.3
    assert (tmp_path / "curves.png").stat().st_size > 5_000
    assert "exact match" in table(summary)
