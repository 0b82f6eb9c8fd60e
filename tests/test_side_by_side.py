"""The comparison of experiments/side_by_side: it runs, continues, and refuses to time what answers otherwise."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.side_by_side import results, rewards, table
from experiments.side_by_side.measures import check
from experiments.side_by_side.rows import grown
from experiments.side_by_side.run import main
from prove.types import Example, GroundTruth, Step, ToolCall
from servers.host import Host


@pytest.fixture
def words(tmp_path):
    """A check of one competitor, on one row of its own."""
    truth = GroundTruth((Step((ToolCall("list_accounts", {}),)), Step((ToolCall("list_cards", {}),))), (), (0, 0))
    row = Example("one", "multi_turn", ("banking",), 5, ("What do I have?",), truth)
    pq.write_table(pa.table({"extra_info": [{"example": row.to_json()}]}), tmp_path / "rows.parquet")
    found = {"data": tmp_path / "rows.parquet", "out": tmp_path / "figures.csv", "episodes": 1, "worlds": "[banking]"}
    return ["quick=true", "competitors=[plain]", *(f"{key}={value}" for key, value in found.items())]


def test_one_command_measures_a_competitor_and_prints_its_line(words, tmp_path, capsys):
    assert main([*words, "measures=[calls,episodes,open]", "alone=[]"]) == 0
    figures = results.read(tmp_path / "figures.csv")
    assert {(one.what, one.n) for one in figures} == {(what, 2) for what in ("calls", "p50", "p99", "episodes", "open")}
    assert all(one.low <= one.median <= one.high for one in figures)
    assert "| plain Python, deep copies |" in capsys.readouterr().out


def test_a_figure_that_is_there_is_not_measured_again(words, tmp_path):
    assert main([*words, "measures=[open]", "alone=[]"]) == 0
    before = (tmp_path / "figures.csv").read_text()
    assert main([*words, "measures=[open,fork]", "alone=[]"]) == 0
    assert (tmp_path / "figures.csv").read_text().startswith(before)


def test_a_wrong_choice_is_named(words, capsys):
    assert main([*words, "measures=[calls,spead]"]) == 2
    assert "measures: spead is none of" in capsys.readouterr().err


def test_a_competitor_that_answers_otherwise_is_not_timed():
    call = {"name": "get_account", "ok": True, "result": {"balance": 1.0}}
    check({"id": "one"}, call, True, '{"balance": 1}')
    with pytest.raises(ValueError, match="get_account of one is answered"):
        check({"id": "one"}, call, True, '{"balance": 2}')


def test_a_grown_world_has_the_rows_that_were_asked_for_and_no_id_twice():
    base = grown(Host("banking").base(3), 2000)
    assert sum(map(len, base.tables.values())) == 2000


@pytest.mark.parametrize("kind", rewards.WORST)
def test_the_straightforward_reward_pays_what_ours_pays(kind):
    known, played = rewards.scorers(), rewards.WORST[kind](20)
    assert known["straight"](played) == pytest.approx(known["graduated"](played))


def start_of(competitor: str, low: float, high: float) -> results.Figure:
    seconds = ((low + high) / 2, low, high)
    return results.Figure(competitor, "start", "start", 1, "s", 5, *seconds, "2 cores, load 1.0", "2026-11-22")


def test_where_another_is_better_in_every_repeat_the_readme_says_so():
    alike = [start_of("stdio", 0.9, 1.1), start_of("plain", 0.5, 1.0)]
    assert "plain Python" not in table.losses(alike)
    slower = [start_of("stdio", 2.9, 3.1), start_of("plain", 0.9, 1.1)]
    assert "| start, s | plain Python, deep copies 3x | - | - |" in table.losses(slower)


def test_what_changed_between_two_versions_is_told_where_it_is_half_or_more_in_every_repeat():
    before = [start_of("stdio", 2.9, 3.1), start_of("http", 2.9, 3.1), start_of("plain", 2.9, 3.1)]
    after = [start_of("stdio", 0.9, 1.1), start_of("http", 2.4, 2.6), start_of("plain", 0.9, 1.1)]
    told = table.changed(before, after)
    assert "| ours, stdio: start, s | 1 | 3 [2.9, 3.1] | 1 [0.9, 1.1] |" in told
    assert "HTTP" not in told and "plain" not in told
