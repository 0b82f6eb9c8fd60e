"""`benchmark.slices=[…]`: sets with worlds of their own, a line of the table each, gold 1 and nothing 0."""

from __future__ import annotations

import json
from itertools import combinations

import pyarrow.parquet as pq
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from prove.benchmarks.items import Task
from prove.benchmarks.slices import seen
from prove.evaluate import CONF
from prove.synthesis.pipeline import _worlds as most_worlds
from prove.synthesis.slices import make_slices, slices_of
from prove.types import Example
from tests.benchmarks.made import evaluated, items, results

KEPT = ("unseen_worlds", "information_minimal", "withheld", "longer_chains")
ROWS = 2


def composed(entry, *words):
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return OmegaConf.to_container(compose(entry, list(words)), resolve=True)


def configured(out, **changes):
    cfg = composed(
        "synthesize", "synthesis=heldout_slices", "servers=banking", "workers=1", f"rows={ROWS}", f"out={out}"
    )
    cfg["slices"] = {name: cfg["slices"][name] for name in KEPT}
    return {**cfg, **changes}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("slices")
    make_slices(configured(out))
    return out


def rows(folder, name):
    table = pq.read_table(folder / f"{name}.parquet").to_pylist()
    return [Example.from_json(row["extra_info"]["example"]) for row in table]


def spans():
    """(name, first, last) world of every split that can be trained on, as the choices say."""
    for path in sorted((CONF / "synthesis").glob("*.yaml")):
        cfg = composed("synthesize", f"synthesis={path.stem}")
        for name, split in cfg.get("splits", {}).items():
            if "first_seed" in split:
                yield f"{path.stem}.{name}", split["first_seed"], split["first_seed"] + most_worlds(split, cfg)
    online = composed("config", "data=online")["data"]
    yield "online", online["first_seed"], online["first_seed"] + online["rows"] * online["tries"]


def test_the_worlds_of_a_slice_are_no_split_s():
    cfg = composed("synthesize", "synthesis=heldout_slices")
    others = list(spans())
    assert len(others) > 8
    for each in slices_of(cfg):
        split = each.options["splits"][each.name]
        first, last = split["first_seed"], split["first_seed"] + most_worlds(split, each.options)
        assert all(last <= start or end <= first for _, start, end in others), each.name


def test_slices_share_a_world_only_where_the_information_differs():
    begun = {
        name: one["first_seed"] for name, one in composed("synthesize", "synthesis=heldout_slices")["slices"].items()
    }
    shared = [pair for pair in combinations(begun, 2) if begun[pair[0]] == begun[pair[1]]]
    assert len(shared) == 3 and all(name.startswith("information_") for pair in shared for name in pair)


def test_a_slice_is_what_it_says(made):
    assert all(6 <= len(one.ground_truth.calls) <= 8 for one in rows(made, "longer_chains"))
    assert all(one.knobs["level"] == "minimal" for one in rows(made, "information_minimal"))
    assert all(not one.ground_truth.steps and one.knobs["withheld"] for one in rows(made, "withheld"))
    assert all(60_000_000 <= one.world_seed < 61_000_000 for name in KEPT for one in rows(made, name))
    assert list(json.loads((made / "slices.json").read_text())) == list(KEPT)


def test_a_slice_made_again_is_the_same(made, tmp_path):
    cfg = configured(tmp_path / "again")
    make_slices({**cfg, "slices": {"unseen_worlds": cfg["slices"]["unseen_worlds"]}})
    assert rows(made, "unseen_worlds") == rows(tmp_path / "again", "unseen_worlds")


@pytest.fixture(scope="module")
def played(made, tmp_path_factory):
    out = tmp_path_factory.mktemp("played")

    def play(name, *words):
        said = evaluated(
            "servers=banking",
            f"benchmark.slices_from={made}",
            "benchmark.slices=[all]",
            "data.train=null",
            *words,
            f"out={out / name}",
        )
        return said, out / name

    return play


@pytest.mark.parametrize("interface", ["atomic", "code", "search"])
def test_gold_is_right_in_every_slice_through_every_interface(played, interface):
    said, folder = played(f"gold-{interface}", "policy=gold", f"interface={interface}")
    found = results(folder)
    for name in KEPT:
        assert found[f"exact@slice={name}"]["value"] == found[f"state@slice={name}"]["value"] == "1.0"
        assert any(line.startswith((f"{name} ", f"{name}*")) and "1.000 [" in line for line in said.splitlines())
    assert found["failed_calls"]["value"] == "0.0" and found["turn_cap"]["value"] == "0.0"
    assert float(found["prove/total@slice=longer_chains"]["value"]) == 1.3


def test_doing_nothing_is_wrong_except_where_silence_is_right(played):
    said, folder = played("nothing", "policy=nothing", "trials=2")
    found = results(folder)
    for name in KEPT:
        assert (
            found[f"exact@slice={name}"]["value"]
            == found[f"pass^2@slice={name}"]["value"]
            == str(float(name == "withheld"))
        )
    assert "* no call is right there: doing nothing scores 1" in said and "withheld*" in said


def test_slices_by_name_are_played_in_the_order_they_were_made(played, made):
    said, folder = played("two", "policy=gold", "benchmark.slices=[longer_chains,unseen_worlds]")
    lines = [line.split()[0] for line in said.splitlines() if line.startswith(("longer_chains", "unseen_worlds"))]
    assert lines == ["unseen_worlds", "longer_chains"] and len(items(folder)) == 2 * ROWS


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["benchmark.slices=[unseen_world]"], "unseen_world is none of all, unseen_worlds.*; unseen_worlds\\?"),
        (["benchmark.slices_from=nowhere"], "synthesis=heldout_slices` makes it"),
        (["interface=cod"], "interface=cod is none of atomic, code, search; code\\?"),
        (["interface=search", "interfaces.search.results=0"], "interfaces.search.results=0 is no number of at least 1"),
    ],
)
def test_what_is_asked_wrongly_is_answered_before_anything_is_written(played, words, reason):
    with pytest.raises(ValueError, match=reason):
        played("wrong", "policy=gold", *words)


def test_servers_that_were_trained_on_are_not_called_unseen(made):
    tools = ({"function": {"name": "list_accounts", "parameters": {}}}, {"function": {"name": "new", "parameters": {}}})
    task = Task(rows(made, "unseen_worlds")[0], tools, {"slice": "unseen_servers"})
    assert "1 of its 2 tools are offered in rows.parquet" in seen([task], frozenset({"list_accounts"}), "rows.parquet")
    assert seen([task], frozenset({"another"}), "rows.parquet") == ""


def test_a_slice_with_a_world_of_the_training_rows_is_refused(played, made):
    with pytest.raises(ValueError, match="is of world 600.* which .*withheld.parquet has too"):
        played("trained", "policy=gold", f"data.train={made / 'withheld.parquet'}")


@pytest.mark.parametrize(
    ("slices", "reason"),
    [
        ({}, "slices is empty"),
        ({"a": {}}, "slices.a has no first_seed"),
        ({"a": {"first_seed": 60000000, "knobs.levls": {}}}, "slices.a: synthesis has no option knobs.levls"),
        ({"a": {"first_seed": 1000000}}, "world seeds of"),
        ({"a": {"first_seed": 60000000, "stream": "x"}}, "slices.a.stream=x is none of multi_turn"),
    ],
)
def test_slices_that_cannot_be_made_are_named(tmp_path, slices, reason):
    with pytest.raises(ValueError, match=reason):
        make_slices(configured(tmp_path / "out", slices=slices))
    assert not (tmp_path / "out").exists()
